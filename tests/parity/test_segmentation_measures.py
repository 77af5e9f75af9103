"""Scores of segmentations against scikit-image, and against numbers measured with it."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.measures import (
    compute_adapted_rand,
    compute_variation_of_information,
    tabulate_overlaps,
)

metrics = pytest.importorskip("skimage.metrics")


@pytest.fixture
def fib25(real_data):
    path = real_data / "em" / "fib25_training2" / "fib25_training2_labels.npz"
    if not path.is_file():
        pytest.skip(f"no {path.name} in the mirror")
    with np.load(path) as file:
        return {name: file[name] for name in ("gt", "watershed", "ffn")}


def scores(overlaps):
    information = compute_variation_of_information(overlaps)
    return (information.split, information.merge, compute_adapted_rand(overlaps).error)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("ignore", [(), (0,), (0, 2)])
def test_scores_are_those_of_scikit_image(seed, ignore):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 6, (10, 10, 10)).repeat(3, axis=seed % 3)
    segmentation = np.where(rng.random(truth.shape) < 0.2, rng.integers(0, 40, truth.shape), truth)
    overlaps = tabulate_overlaps(truth, segmentation, ignore_bodies=ignore)
    information, rand = compute_variation_of_information(overlaps), compute_adapted_rand(overlaps)
    split, merge = metrics.variation_of_information(truth, segmentation, ignore_labels=ignore)
    # What scikit-image calls precision is the recall of pairs, and the other way round.
    error, recall, precision = metrics.adapted_rand_error(truth, segmentation, ignore_labels=ignore)
    assert (information.split, information.merge) == pytest.approx((split, merge), abs=1e-9)
    assert (rand.error, rand.precision, rand.recall) == pytest.approx(
        (error, precision, recall), abs=1e-9
    )


def test_the_watershed_of_fib25(fib25):
    overlaps = tabulate_overlaps(fib25["gt"], fib25["watershed"], ignore_bodies=())
    assert [round(score, 4) for score in scores(overlaps)[:2]] == [2.3758, 0.3297]
    rand = compute_adapted_rand(tabulate_overlaps(fib25["gt"], fib25["watershed"]))
    assert [round(x, 4) for x in (rand.error, rand.precision)] == [0.2663, 0.9652]
    # scikit-image gives this one as its precision, 0.5918; of all voxels it is 0.59175.
    assert rand.recall == pytest.approx(0.5918, abs=1e-4)
    split, merge = metrics.variation_of_information(fib25["gt"], fib25["watershed"])
    assert scores(overlaps)[:2] == pytest.approx((split, merge), abs=1e-9)


def test_the_flood_filled_objects_of_fib25(fib25):
    overlaps = tabulate_overlaps(fib25["gt"], fib25["ffn"], ignore_segments=(0,))
    assert [round(score, 4) for score in scores(overlaps)] == [0.6126, 0.2632, 0.0557]


def test_the_watershed_of_gala(real_data):
    h5py = pytest.importorskip("h5py")
    folder = real_data / "em" / "gala_fibsem"
    if not folder.is_dir():
        pytest.skip("no em/gala_fibsem in the mirror")
    labels = []
    for name in ("train-gt.lzf.h5", "train-ws.lzf.h5"):
        with h5py.File(folder / name) as file:
            labels.append(file["stack"][:])
    overlaps = tabulate_overlaps(*labels)
    assert [round(score, 4) for score in scores(overlaps)] == [1.3356, 0.1212, 0.2496]
