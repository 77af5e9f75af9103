"""Every model is symmetric, reads no test connection, and has the numbers it claims."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from neuropil.contracts import ConfigError, InputError
from neuropil.transcriptome import (
    CATALOGUE,
    BilinearModel,
    DistanceDecay,
    GeneCoexpression,
    GenesBesideCoordinates,
    Kernel,
    KernelRidge,
    LowRankModel,
    NetworkPlan,
    RegionPairMLP,
    SpatiomolecularTransformer,
    compute_kernel,
    find_models,
    make_splits,
)
from neuropil.transcriptome.catalogue import Context
from neuropil.transcriptome.models.bilinear import count_bilinear
from neuropil.transcriptome.models.kernels import (
    describe_kernels,
    gene_kernels,
    place_kernels,
)

TINY = NetworkPlan(steps=4, chunk=2, regions=12, refit=False)


@pytest.fixture(scope="module")
def split(problem):
    return make_splits("random", problem.regions, 1)[0]


@pytest.fixture(scope="module")
def context(problem, split):
    return Context(split, problem.regions, "random", TINY)


def poisoned(connectivity, test):
    """A matrix that holds NaN wherever a test region takes part."""
    matrix = connectivity.copy()
    matrix[test] = np.nan
    matrix[:, test] = np.nan
    return matrix


CLOSED = [name for name, entry in CATALOGUE.items() if not entry.network]


@pytest.mark.parametrize("name", CLOSED)
def test_test_connections_are_never_read_and_predictions_are_symmetric(
    name, problem, split, context
):
    matrix = poisoned(problem.connectivity, split.test)
    model = CATALOGUE[name].build(context).fit(problem.regions, matrix, split.train)
    predicted = model.predict_matrix(split.test)
    assert np.isfinite(predicted).all()
    pairs = split.test[np.argwhere(np.triu(np.ones((9, 9)), 1))]
    forth, back = model.predict(pairs), model.predict(pairs[:, ::-1])
    assert np.abs(forth - back).max() <= 1e-6
    first, second = np.nonzero(np.triu(np.ones((9, 9)), 1))
    np.testing.assert_allclose(forth, predicted[:9, :9][first, second], atol=1e-6)
    clean = CATALOGUE[name].build(context).fit(problem.regions, problem.connectivity, split.train)
    np.testing.assert_array_equal(clean.predict_matrix(split.test), predicted)
    assert isinstance(model.count_parameters(), int)


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_model_must_be_fitted_first(name, context):
    model = CATALOGUE[name].build(context)
    for use in (model.predict_matrix, lambda rows: model.predict(rows[None, :2])):
        with pytest.raises(NotFittedError) as caught:
            use(np.arange(3))
        assert str(caught.value) == (
            f"This {type(model).__name__} instance is not fitted yet: call fit(regions, "
            "connectivity, train) first"
        )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"regions": [[1.0, 2.0]]},
            "regions: expected Regions, found list. Take those of build_problem(atlas).",
        ),
        (
            {"connectivity": np.zeros((3, 3))},
            "connectivity: expected numbers of shape (160, 160), found float64 of shape (3, 3). "
            "Give one row and one column for each region.",
        ),
        (
            {"train": np.ones(160, bool)},
            "train: expected whole numbers of shape (m,), found bool of shape (160,). Name regions "
            "by their place; np.flatnonzero makes places of a mask.",
        ),
        (
            {"train": np.arange(150, 170)},
            "train: expected places from 0 to 159, found 150 to 169. Name regions by their place.",
        ),
        (
            {"train": np.array([1, 2, 3, 4, 5, 6, 7, 7])},
            "train: expected at least 8 different regions, found 7 among 8. Name each train region "
            "once, as make_splits does.",
        ),
    ],
)
@pytest.mark.parametrize("name", ["decay", "genes", "mlp"])
def test_what_is_no_problem_is_refused(name, changed, message, problem, context):
    given = {
        "regions": problem.regions,
        "connectivity": problem.connectivity,
        "train": np.arange(40),
    }
    with pytest.raises(InputError) as caught:
        CATALOGUE[name].build(context).fit(**(given | changed))
    assert str(caught.value) == message


@pytest.mark.parametrize("pairs", [np.arange(3), np.zeros((2, 3), int)])
def test_what_are_no_pairs_is_refused(problem, pairs):
    model = GeneCoexpression().fit(problem.regions, problem.connectivity, np.arange(10))
    with pytest.raises(InputError) as caught:
        model.predict(pairs)
    assert str(caught.value) == (
        f"pairs: expected two regions for each pair, found an array of shape {pairs.shape}. Pass "
        "an array of shape (n_pairs, 2)."
    )


@pytest.mark.parametrize("name", CLOSED)
def test_models_are_fitted_alike_twice_and_after_a_copy(name, problem, split, context):
    model = CATALOGUE[name].build(context)
    given = (problem.regions, problem.connectivity, split.train)
    parameters = model.get_params()
    first = model.fit(*given).predict_matrix(split.test)
    assert model.get_params() == parameters
    np.testing.assert_array_equal(clone(model).fit(*given).predict_matrix(split.test), first)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_matrix(split.test), first)


def test_plans_and_kernels_may_be_plain(problem, split):
    given = (problem.regions, problem.connectivity, split.train)
    plain = RegionPairMLP(plan=TINY.model_dump()).fit(*given).predict_matrix(split.test)
    built = RegionPairMLP(plan=TINY).fit(*given).predict_matrix(split.test)
    np.testing.assert_array_equal(plain, built)
    kernel = GenesBesideCoordinates(genes={"feature": "genes", "width": 0.5}).fit(*given)
    assert kernel.ridge_.choice_.kernels[-1].width == 0.5
    with pytest.raises(ConfigError) as caught:
        RegionPairMLP(plan={"step": 3}).fit(*given)
    assert str(caught.value).startswith("plan: step: extra inputs are not permitted. The settings ")
    with pytest.raises(ConfigError) as caught:
        RegionPairMLP(plan=3).fit(*given)
    assert str(caught.value).startswith("plan: expected a mapping or NetworkPlan, found int. ")


def test_unknown_models_are_named():
    with pytest.raises(ConfigError) as caught:
        find_models(["genes", "smtcls"])
    assert str(caught.value) == (
        f"models: no model 'smtcls'. Did you mean smt-cls? The models are: {', '.join(CATALOGUE)}."
    )
    assert [entry.name for entry in find_models(["smt", "genes", "smt"])] == ["smt", "genes"]


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (
            lambda each: np.where(each == each[0, 1], np.nan, each),
            "connectivity among the train regions: expected finite connectivity, found 2 values "
            "not. Drop the regions that lack a connection from the analysis.",
        ),
        (
            lambda each: each + np.triu(np.ones_like(each)),
            "connectivity among the train regions: expected symmetric connectivity. Average it "
            "with its transpose if the measure has no direction.",
        ),
    ],
)
def test_matrices_that_cannot_be_trained_on_are_refused(problem, matrix, message):
    with pytest.raises(InputError) as caught:
        KernelRidge().fit(problem.regions, matrix(problem.connectivity), np.arange(60))
    assert str(caught.value) == message


def test_a_decay_is_found_where_it_is_planted(problem):
    distance = problem.regions.distance
    planted = 0.1 + 0.9 * np.exp(-distance / 30)
    model = DistanceDecay().fit(problem.regions, planted, np.arange(0, 160, 2))
    assert model.parameters_ == pytest.approx({"floor": 0.1, "length_mm": 30.0}, rel=1e-5)
    assert model.score(planted, np.arange(1, 160, 2)) == pytest.approx(1)
    width = DistanceDecay("gaussian").fit(
        problem.regions, np.exp(-(distance**2) / (2 * 25**2)), np.arange(80)
    )
    assert width.parameters_ == pytest.approx({"width_mm": 25.0}, rel=1e-5)
    assert (model.count_parameters(), width.count_parameters()) == (2, 1)


def test_a_decay_does_not_feel_null_maps(problem, split):
    moved = problem.regions.with_genes_of(np.random.default_rng(0).permutation(160))
    one, other = (
        DistanceDecay(folded=True).fit(each, problem.connectivity, split.train)
        for each in (problem.regions, moved)
    )
    np.testing.assert_array_equal(one.predict_matrix(split.test), other.predict_matrix(split.test))


def test_coexpression_is_what_it_says(problem):
    plain = GeneCoexpression().fit(problem.regions, problem.connectivity, np.arange(10))
    np.testing.assert_array_equal(
        plain.predict_matrix(np.arange(160)), problem.regions.coexpression
    )
    few = GeneCoexpression(3).fit(problem.regions, problem.connectivity, np.arange(10))
    assert np.linalg.matrix_rank(few.predict_matrix(np.arange(160)), tol=1e-6) <= 3
    with pytest.raises(ConfigError) as caught:
        GeneCoexpression(161).fit(problem.regions, problem.connectivity, np.arange(10))
    assert str(caught.value) == (
        "component_scores: expected 1 to 160 components, found 161. Ask for no more than there are "
        "regions."
    )


def test_counts_of_bilinear_models_are_the_published_ones(problem, split):
    assert [count_bilinear(n) for n in (7380, 27, 10)] == [54_464_401, 730, 101]
    fit = (problem.regions, problem.connectivity, split.train)
    assert BilinearModel("pca", 27).fit(*fit).count_parameters() == 730
    assert BilinearModel("pls").fit(*fit).count_parameters() == 101
    assert BilinearModel().fit(*fit).count_parameters() == 160**2 + 1
    assert LowRankModel(steps=25).fit(*fit).count_parameters() == 10 * 160


def test_components_hold_95_percent_of_the_train_variance(problem, split):
    model = BilinearModel("pca").fit(problem.regions, problem.connectivity, split.train)
    values = np.linalg.eigvalsh(problem.regions.coexpression[np.ix_(split.train, split.train)])[
        ::-1
    ]
    n = model.n_features_
    assert values[: n - 1].sum() < 0.95 * values.sum() <= values[:n].sum()


def test_more_components_than_regions_are_refused(problem, split):
    with pytest.raises(ConfigError) as caught:
        BilinearModel("pls", 500).fit(problem.regions, problem.connectivity, split.train)
    assert str(caught.value).startswith("BilinearModel('pls'): expected 1 to ")
    assert str(caught.value).endswith(
        "components, found 500. Ask for no more than the train regions span."
    )


@pytest.mark.parametrize("shape", ["gaussian", "exponential", "matern"])
@pytest.mark.parametrize("feature", ["genes", "coordinates", "folded", "sphere"])
def test_kernels_are_positive_and_1_for_a_region_with_itself(problem, feature, shape):
    kernel = compute_kernel([Kernel(feature=feature, shape=shape, width=0.4)], problem.regions)
    np.testing.assert_allclose(np.diag(kernel), 1, atol=1e-6)
    np.testing.assert_array_equal(kernel, kernel.T)
    assert np.linalg.eigvalsh(kernel).min() > -1e-8


def test_kernels_add_up_and_describe_themselves(problem):
    parts = [Kernel(feature="genes"), Kernel(feature="folded", shape="matern", weight=0.3)]
    total = compute_kernel(parts, problem.regions)
    each = [compute_kernel([part], problem.regions) for part in parts]
    np.testing.assert_allclose(total, each[0] + each[1])
    assert describe_kernels(parts) == "genes gaussian 1 + 0.3 folded matern 1"
    linear = compute_kernel([Kernel(feature="genes", shape="linear")], problem.regions)
    np.testing.assert_allclose(linear, problem.regions.coexpression + 1)


def test_kernels_that_cannot_be_are_refused(problem):
    flat = replace(problem.regions, sphere=None)
    with pytest.raises(InputError) as caught:
        compute_kernel([Kernel(feature="sphere")], flat)
    assert str(caught.value) == (
        "kernel of the feature sphere: expected places on a spherical surface, found none. Use the "
        "feature folded, or give an atlas with a sphere."
    )
    with pytest.raises(InputError) as caught:
        compute_kernel([Kernel(feature="folded", shape="linear")], flat)
    assert str(caught.value) == (
        "kernel: expected the feature genes for a linear kernel, found folded. Use another shape."
    )
    assert {part.feature for each in place_kernels(flat) for part in each} == {"folded"}


def test_the_choice_is_the_best_on_the_inner_pairs(problem, split):
    candidates = gene_kernels()
    model = KernelRidge(candidates, diagonals=(0.0, 0.6), random_state=split.run)
    choice = model.fit(problem.regions, problem.connectivity, split.train).choice_
    alone = [
        KernelRidge([each], diagonals=(diagonal,), random_state=split.run)
        .fit(problem.regions, problem.connectivity, split.train)
        .choice_.loss
        for each in candidates
        for diagonal in (0.0, 0.6)
    ]
    assert choice.loss == pytest.approx(min(alone))


def test_a_known_first_step_gives_the_same_fit(problem, split):
    places = place_kernels(problem.regions)
    whole = GenesBesideCoordinates(places, diagonals=(0.0, 0.6), random_state=split.run)
    whole.fit(problem.regions, problem.connectivity, split.train)
    known = GenesBesideCoordinates(
        places, diagonals=(0.0, 0.6), random_state=split.run, place=whole.place_
    ).fit(problem.regions, problem.connectivity, split.train)
    np.testing.assert_array_equal(
        known.predict_matrix(split.test), whole.predict_matrix(split.test)
    )
    assert whole.ridge_.choice_.kernels[-1].feature == "genes"


def test_networks_without_enough_regions_or_genes_are_refused(problem):
    plan = NetworkPlan(regions=40)
    with pytest.raises(InputError) as caught:
        RegionPairMLP(plan=plan).fit(problem.regions, problem.connectivity, np.arange(30))
    assert str(caught.value) == (
        "NetworkPlan.regions: expected at least 40 regions to train on, found 23. Draw fewer "
        "regions for a step."
    )
    bare = replace(problem.regions, expression=None, genes=None)
    with pytest.raises(InputError) as caught:
        SpatiomolecularTransformer(plan=TINY).fit(bare, problem.connectivity, np.arange(60))
    assert str(caught.value) == (
        "SpatiomolecularTransformer: expected a table of genes for every region, found the "
        "co-expression matrix alone. Use --genes expression, which drops regions without "
        "expression."
    )
