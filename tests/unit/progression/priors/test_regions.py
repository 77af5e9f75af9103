"""Sets of regions by name and by file; labels of the atlas are recognised in every spelling."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from neuropil import formats
from neuropil.connectome import Cohort, Connectome, Parcellation
from neuropil.contracts import ConfigError, InputError
from neuropil.datasets import generate_views
from neuropil.progression.priors.desikan_killiany import (
    BUNDLES,
    CORTEX_TYPES,
    DESIKAN_KILLIANY,
)
from neuropil.progression.priors.regions import Region, RegionSet, load_region_set


def test_the_atlas_has_the_labels_of_the_other_graphs():
    regions = load_region_set("dk68")
    assert regions.labels == generate_views().labels
    assert {each.side for each in regions.regions} == {"L", "R"}
    assert all(each.facts for each in regions.regions)


def test_places_are_anatomy_and_not_more_than_rough():
    regions = load_region_set("dk68").regions
    for left, right in zip(regions[:34], regions[34:], strict=True):
        assert left.place == (-right.place[0], *right.place[1:])
        assert right.place[0] > 0
        assert all(value % 5 == 0 for value in right.place)
    place = {each.label: each.place for each in regions}
    # Front, back, top and bottom.
    assert max(place, key=lambda label: place[label][1])[2:] == "frontalpole"
    assert min(place, key=lambda label: place[label][1])[2:] == "lateraloccipital"
    assert max(place, key=lambda label: place[label][2])[2:] == "paracentral"


def test_the_tables_name_no_unknown_region_type_or_network():
    assert len(DESIKAN_KILLIANY) == 34
    assert {each.cortex for each in DESIKAN_KILLIANY.values()} == set(CORTEX_TYPES)
    assert {each.artery for each in DESIKAN_KILLIANY.values()} == {
        "anterior",
        "middle",
        "posterior",
    }
    assert {each.lobe for each in DESIKAN_KILLIANY.values()} == {
        "frontal", "parietal", "temporal", "occipital", "cingulate", "insula"
    }  # fmt: skip
    assert len({each.network for each in DESIKAN_KILLIANY.values()}) == 7
    for ends in BUNDLES.values():
        assert {name for end in ends for name in end} <= set(DESIKAN_KILLIANY)
        assert not set(ends[0]) & set(ends[1])


@pytest.mark.usefixtures("real_data")
def test_measured_places_are_near_the_rough_ones():
    """Written down beforehand; the measured ones check them and were used for nothing else."""
    from neuropil import datasets

    measured = datasets.load("hansen-dk68", kind=Cohort).parcellation.regions
    rough = {each.label: each.place for each in load_region_set("dk68").regions}
    off = [
        np.linalg.norm(np.subtract(rough[f"{side}_{name}"], place))
        for name, side, *place in measured.select(
            "name", "hemisphere", "x_mm", "y_mm", "z_mm"
        ).iter_rows()
    ]
    assert np.median(off) < 8
    assert max(off) < 25


@pytest.mark.parametrize(
    "label",
    ["L_entorhinal", "lh_entorhinal", "lh.entorhinal", "ctx-lh-Entorhinal", "left entorhinal"],
)
def test_a_label_is_recognised_however_a_program_writes_it(label, tmp_path):
    matrix = np.ones((2, 2)) - np.eye(2)
    nodes = pl.DataFrame({"id": [label, "my_area"]})
    path = tmp_path / "mine"
    formats.write(Connectome.from_matrix(matrix, nodes, weight="count", unit="fibres"), path)
    known, other = load_region_set(path).regions
    assert (known.label, known.words, known.side) == (label, "left entorhinal cortex", "L")
    assert known.place == (-25, -10, -35)
    assert (other.words, other.side, other.place, other.facts) == ("my area", "", None, None)


def test_places_of_a_file_are_taken_in_millimetres(tmp_path):
    nodes = pl.DataFrame(
        {"id": ["L_insula", "x"], "x": [-3e7, 1e6], "y": [0.0, 2e6], "z": [1e6, 0]}
    )
    matrix = np.ones((2, 2)) - np.eye(2)
    formats.write(Connectome.from_matrix(matrix, nodes, weight="n", unit="fibres"), tmp_path / "a")
    found = load_region_set(tmp_path / "a")
    assert found.name == "a"
    assert [each.place for each in found.regions] == [(-30, 0, 1), (1, 2, 0)]
    assert found.compute_distances()[0, 1] == pytest.approx(np.sqrt(31**2 + 2**2 + 1))


def test_labels_of_a_cohort_are_those_of_its_parcellation(tmp_path):
    regions = pl.DataFrame({"key": [1, 2], "name": ["L_insula", "R_insula"]})
    cohort = Cohort(
        pl.DataFrame({"id": ["s1"]}), {"SC": np.ones((1, 1))}, Parcellation(regions), {"SC": "n"}
    )
    formats.write(cohort, tmp_path / "cohort.npz")
    found = load_region_set(tmp_path / "cohort.npz")
    assert found.labels == ("L_insula", "R_insula")
    assert found.compute_distances()[0, 1] == 80


def test_a_name_that_is_none_is_refused():
    with pytest.raises(ConfigError) as error:
        load_region_set("dk86")
    assert str(error.value) == (
        "regions: expected dk68 or a file with regions, found 'dk86'. Did you mean dk68? Name a "
        "connectome, a cohort, visits or a parcellation."
    )


def test_a_set_needs_two_regions_with_names_of_their_own():
    with pytest.raises(InputError) as error:
        RegionSet("one", (Region("A", "a"),))
    assert str(error.value) == (
        "one: expected at least two regions, found 1. An edge joins two: name a set with more."
    )
    with pytest.raises(InputError) as error:
        RegionSet("two", (Region("A", "a"), Region("A", "a")))
    assert str(error.value) == (
        "two: expected unique labels, found A again. Rename the regions, or state their hemisphere."
    )


def test_distances_need_places():
    with pytest.raises(InputError) as error:
        RegionSet("mine", (Region("A", "a"), Region("B", "b"))).compute_distances()
    assert str(error.value) == (
        "mine: expected the place of every region, found none of A, B. Use labels of the "
        "Desikan-Killiany atlas such as L_entorhinal, add columns x_mm, y_mm, z_mm to the "
        "parcellation, or ask a language model."
    )
