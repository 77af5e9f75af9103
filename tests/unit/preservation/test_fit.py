"""The assay on generated tissue: what is foretold, what is refused, what is the same again."""

import numpy as np
import polars as pl
import pytest
from sklearn.exceptions import NotFittedError

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import InputError, SeedTree
from neuropil.preservation.damage.parsing import parse_damage
from neuropil.preservation.fit import PreservationAssay


@pytest.fixture(scope="module")
def tissue() -> Volume:
    return datasets.load("synthetic-neurites", kind=Volume)


@pytest.fixture(scope="module")
def assay(tissue) -> PreservationAssay:
    return PreservationAssay(spacing=160).fit(tissue)


def test_every_tile_has_a_place_a_loss_and_its_interval(assay, tissue):
    found = assay.predict(tissue)
    tiles = found.tiles
    assert tiles["z_nm"].to_list() == [160.0 * place for place in range(tiles.height)]
    assert tiles["passed"].all()
    assert (tiles["loss_low"] < tiles["loss"]).all()
    assert (tiles["loss"] < tiles["loss_high"]).all()
    assert tiles["true_error"].null_count() == 0
    assert found.steps.height == tiles.height - 1


def test_gaps_raise_the_foretold_loss_and_the_same_tissue_gives_the_same(assay, tissue):
    hurt = parse_damage("gaps:0.25").apply(tissue, SeedTree(0)).volume
    clean, bad = (assay.predict(volume).tiles["loss"].mean() for volume in (tissue, hurt))
    assert bad > clean + 0.02
    assert assay.predict(hurt).tiles.equals(assay.predict(hurt).tiles)


def test_what_the_microscope_did_is_not_assessable_and_never_bad(assay, tissue):
    noisy = parse_damage("noise:0.5").apply(tissue, SeedTree(0)).volume
    tiles = assay.predict(noisy).tiles
    assert not tiles["passed"].any()
    assert tiles["bad"].null_count() == tiles.height
    assert tiles["reason"].str.contains("signal to noise").all()


def test_a_black_tile_is_not_assessable(assay):
    black = Volume((50, 10, 10), np.zeros((1, 100, 100), "u1"))
    found = assay.predict(black)
    assert found.tiles["reason"].to_list() == [
        "100 % of the area is of one brightness (at most 50 %)"
    ]
    assert found.steps.is_empty()


def test_one_good_tile_in_twenty_sets_the_limit(assay, tissue):
    tiles = assay.predict(tissue).tiles
    limit = max(0.1, float(np.quantile(tiles["loss"].to_numpy(), 0.95)))
    assert assay.limit_ == pytest.approx(limit)
    assert tiles.filter(pl.col("loss") > limit).height <= tiles.height / 20 + 1


def test_a_reference_of_nothing_is_refused():
    black = Volume((50, 10, 10), np.zeros((2, 100, 100), "u1"))
    with pytest.raises(InputError):
        PreservationAssay().fit(black)


def test_an_assay_that_was_not_fitted_says_so(tissue):
    with pytest.raises(NotFittedError, match=r"not fitted yet: call fit\(reference\) first"):
        PreservationAssay().predict(tissue)


def test_an_array_is_no_volume():
    with pytest.raises(InputError) as caught:
        PreservationAssay().fit([np.zeros((3, 100, 100))])
    assert str(caught.value) == (
        "PreservationAssay: expected a Volume, found ndarray. Make one of an image with "
        "Volume(voxel_size, image=array)."
    )


def test_places_are_counted_from_where_a_block_lies(assay, tissue):
    judged = assay.predict(tissue)
    moved = judged.move((1000.0, 20.0, 3.0)).tiles
    for axis, by in (("z_nm", 1000), ("y_nm", 20), ("x_nm", 3)):
        assert (moved[axis] - judged.tiles[axis]).to_list() == [by] * moved.height
