"""The closed-form models beside scikit-learn and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import curve_fit, linear_sum_assignment
from sklearn.decomposition import KernelPCA
from sklearn.gaussian_process.kernels import RBF, Matern
from sklearn.kernel_ridge import KernelRidge as OneSided

from neuropil.datasets import generate_gene_atlas
from neuropil.measures import assign_hungarian
from neuropil.transcriptome import DistanceDecay, Kernel, KernelRidge, build_problem, compute_kernel
from neuropil.transcriptome.models.gene_coexpression import component_scores


@pytest.fixture(scope="module")
def problem():
    return build_problem(generate_gene_atlas(0))


def test_two_sided_ridge_is_one_sided_ridge_twice(problem):
    train, test = np.arange(0, 160, 2), np.arange(1, 160, 2)
    parts = (Kernel(feature="genes"),)
    model = KernelRidge([parts], penalties=(0.1,)).fit(problem.regions, problem.connectivity, train)
    kernel = compute_kernel(parts, problem.regions)
    block = problem.connectivity[np.ix_(train, train)].copy()
    mean = block[np.triu_indices(80, 1)].mean()
    np.fill_diagonal(block, mean)
    known, new = kernel[np.ix_(train, train)], kernel[np.ix_(test, train)]
    rows = OneSided(alpha=0.1, kernel="precomputed").fit(known, block - mean).predict(new)
    both = OneSided(alpha=0.1, kernel="precomputed").fit(known, rows.T).predict(new)
    np.testing.assert_allclose(model.predict_matrix(test), both + mean, atol=1e-9)


@pytest.mark.parametrize(
    ("shape", "reference"),
    [
        ("gaussian", RBF),
        ("exponential", lambda s: Matern(s, nu=0.5)),
        ("matern", lambda s: Matern(s, nu=1.5)),
    ],
)
def test_kernels_are_those_of_scikit_learn(problem, shape, reference):
    found = compute_kernel([Kernel(feature="coordinates", shape=shape, width=0.4)], problem.regions)
    distance = problem.regions.distance
    width = 0.4 * np.median(distance[np.triu_indices(160, 1)])
    expected = reference(width)(problem.regions.coordinates)
    np.testing.assert_allclose(found, expected, atol=1e-10)


def test_scores_are_those_of_kernel_pca(problem):
    gram = problem.regions.coexpression
    centring = np.eye(160) - 1 / 160
    centred = centring @ gram @ centring
    scores, _ = component_scores(centred, 5)
    expected = KernelPCA(5, kernel="precomputed").fit_transform(gram)
    np.testing.assert_allclose(np.abs(scores), np.abs(expected), atol=1e-6)


def test_the_decay_is_that_of_curve_fit(problem):
    train = np.arange(0, 160, 3)
    model = DistanceDecay().fit(problem.regions, problem.connectivity, train)
    upper = np.triu_indices(len(train), 1)
    distance = problem.regions.distance[np.ix_(train, train)][upper]
    target = problem.connectivity[np.ix_(train, train)][upper]
    expected, _ = curve_fit(
        lambda d, floor, length: floor + (1 - floor) * np.exp(-d / length),
        distance,
        target,
        p0=(0, 10),
        bounds=((-1, 1e-3), (1, 100)),
    )
    assert tuple(model.parameters_.values()) == pytest.approx(tuple(expected), rel=1e-3, abs=1e-4)


def test_the_assignment_is_that_of_scipy():
    distance = np.random.default_rng(0).random((6, 30, 30))
    expected = [linear_sum_assignment(each)[1] for each in distance]
    np.testing.assert_array_equal(assign_hungarian(distance), expected)
