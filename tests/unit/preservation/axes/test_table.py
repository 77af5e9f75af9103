"""Axes read what was planted in real sections, at two pixel sizes."""

import json

import numpy as np
import pytest

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import InputError, RunWriter, SeedTree
from neuropil.measures import compute_roc_area
from neuropil.preservation.axes.features import FEATURES, pool
from neuropil.preservation.axes.figures import draw_axis_profile
from neuropil.preservation.axes.grids import AxisSection
from neuropil.preservation.axes.model import AxisModel, load_shipped_axes
from neuropil.preservation.axes.reference import AxisReference
from neuropil.preservation.axes.table import AXES, measure_axes
from neuropil.preservation.damage.gaps import Gaps
from neuropil.preservation.damage.ice import Ice
from neuropil.preservation.damage.zones import AmbiguousZones
from neuropil.preservation.detector.shipped import load_shipped

# Of the block only sections that neither detector nor axes have learnt from.
SECTIONS = {"fib25": (150, 190, 230), "isbi2012": (16, 22)}


def cut(name, z):
    volume = datasets.load(name, kind=Volume)
    return volume.crop((slice(z, z + 1), slice(None), slice(None)))


def read(volume):
    return measure_axes(volume, load_shipped().predict(volume))


def test_cells_are_means_of_nine_pixels():
    values = np.arange(36.0).reshape(6, 6)
    np.testing.assert_allclose(pool(values), [[7, 10], [25, 28]])
    assert pool(np.ones((7, 7))).shape == (3, 3)


def test_sections_of_all_pixel_sizes_come_to_one_grid():
    image = np.random.default_rng(0).normal(size=(100, 150)).astype(np.float32)
    chance = np.zeros((100, 150), np.float32)
    section = AxisSection(image, chance, 4.0)
    assert section.image.shape == section.probability.shape == (40, 60)
    assert section.area == pytest.approx(0.24)
    assert section.restore(section.image).shape == (100, 150)
    assert np.median(section.image) == pytest.approx(0, abs=0.05)


def test_maps_of_zones_and_voids_find_what_was_planted(real_data):
    del real_data
    for z in SECTIONS["fib25"]:
        section = cut("fib25", z)
        zones = AmbiguousZones(0.13).apply(section, SeedTree(z))
        assert compute_roc_area(zones.mask.ravel(), read(zones.volume).map_zones().ravel()) > 0.85
        voids = Ice(0.105, mode="erase").apply(section, SeedTree(z))
        table = read(voids.volume)
        assert compute_roc_area(voids.mask.ravel(), table.map_voids().ravel()) > 0.95
        assert table.rows["void_fraction"][0] == pytest.approx(voids.mask.mean(), abs=0.03)


@pytest.mark.parametrize("name", list(SECTIONS))
def test_missing_membrane_rises_with_gaps(real_data, name):
    del real_data
    for z in SECTIONS[name]:
        section = cut(name, z)
        found = [
            read(Gaps(share).apply(section, SeedTree(z)).volume).rows["gap_fraction"][0]
            for share in (0.0, 0.1, 0.2)
        ]
        assert found[0] < found[1] < found[2]
        assert found[2] == pytest.approx(0.2, abs=0.1)


def test_the_same_section_gives_the_same_table(real_data):
    del real_data
    section = cut("fib25", 150)
    first, second = read(section).rows, read(section).rows
    assert first.equals(second)
    assert first.columns == ["section", *AXES]


def test_physical_units_do_not_depend_on_pixels(real_data):
    del real_data
    section = cut("isbi2012", 16)
    coarse = Volume(
        (50, 8, 8),
        image=section.read_image().reshape(1, 256, 2, 256, 2).mean(axis=(2, 4)).astype(np.uint8),
    )
    fine_row, coarse_row = (read(one).rows.row(0, named=True) for one in (section, coarse))
    for axis in ("membrane_density", "profile_diameter"):
        assert coarse_row[axis] == pytest.approx(fine_row[axis], rel=0.15)


def test_what_was_saved_reads_the_same(real_data, tmp_path):
    del real_data
    model = load_shipped_axes()
    model.save(tmp_path / "axes.safetensors", {"seed": 1})
    again = AxisModel.load(tmp_path / "axes.safetensors")
    assert again.scale == model.scale
    features = np.random.default_rng(0).normal(size=(4, 5, len(FEATURES))).astype(np.float32)
    np.testing.assert_array_equal(again.network.predict(features), model.network.predict(features))
    np.testing.assert_allclose(model.network.predict(features).sum(axis=-1), 1, rtol=1e-5)


def test_damaged_files_are_named(tmp_path):
    path = tmp_path / "axes.safetensors"
    load_shipped_axes().save(path)
    record = path.with_suffix(".json")
    record.write_text(json.dumps({"scale": {}}))
    with pytest.raises(InputError, match="expected the description of axes") as caught:
        AxisModel.load(path)
    assert str(caught.value).endswith("Fit again, and save it.")


def test_shipped_axes_say_what_they_learnt_from():
    from neuropil.preservation.axes import model

    record = json.loads(model._SHIPPED.with_suffix(".json").read_text())
    assert record["facts"]["licence"] == "CC BY"
    assert "Parag" in record["facts"]["attribution"]


def test_figures_show_the_numbers(real_data, tmp_path):
    del real_data
    table = read(AmbiguousZones(0.13).apply(cut("fib25", 150), SeedTree(0)).volume)
    rows = table.rows
    reference = AxisReference.fit([read(cut("fib25", z)).rows for z in (130, 160, 190, 220, 249)])
    writer = RunWriter(tmp_path / "run", "preservation", "Axes", seed=0, config={})
    draw_axis_profile(writer, rows, reference)
    figures = tmp_path / "run" / "figures"
    assert {path.stem for path in figures.glob("*.svg")} == {"axis-profile"}
    assert rows["zone_fraction"][0] > 0.05


@pytest.mark.parametrize(
    ("probability", "message"),
    [
        (
            np.zeros((1, 80, 70)),
            "not stated: expected probabilities of the shape (1, 80, 80), found (1, 80, 70). "
            "Predict them from this very volume.",
        ),
        (
            np.full((1, 80, 80), 2.0),
            "not stated: expected probabilities from 0 to 1, found 2 to 2. Bring the output of a "
            "membrane detector's predict.",
        ),
        (
            np.full((1, 80, 80), np.nan),
            "not stated: expected probabilities from 0 to 1, found nan to nan. Bring the output of "
            "a membrane detector's predict.",
        ),
    ],
)
def test_probabilities_that_do_not_fit_are_named(probability, message):
    image = np.random.default_rng(0).normal(size=(1, 80, 80))
    with pytest.raises(InputError) as caught:
        measure_axes(Volume((50, 4, 4), image=image), probability)
    assert str(caught.value) == message
