"""A detector learns planted membranes, is calibrated, and is the same when it is read again."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.contracts import InputError, SeedTree
from neuropil.measures import compute_calibration_error, compute_roc_area
from neuropil.preservation.detector.fit import MembraneDetector, split_sections
from neuropil.preservation.detector.plan import DetectorPlan


def _last(cells: Volume) -> tuple[Volume, np.ndarray]:
    section = cells.crop((slice(5, 6), slice(None), slice(None)))
    return section, (section.segmentation("truth") == 0).ravel()


def test_membranes_of_a_section_that_was_never_seen_are_found(
    cells: Volume, detector: MembraneDetector
) -> None:
    section, truth = _last(cells)
    probability = detector.predict(section)
    assert probability.shape == section.shape
    assert probability.dtype == np.float32
    assert compute_roc_area(truth, probability.ravel()) > 0.97
    assert compute_calibration_error(probability.ravel().astype(float), truth) < 0.05


def test_it_works_at_its_own_pixel_size(cells: Volume, detector: MembraneDetector) -> None:
    section, truth = _last(cells)
    fine = Volume((50.0, 5.0, 5.0), np.repeat(np.repeat(section.read_image(), 2, 1), 2, 2))
    probability = detector.predict(fine)
    assert probability.shape == (1, 192, 192)
    assert compute_roc_area(truth, probability[:, ::2, ::2].ravel()) > 0.97


def test_edges_that_eight_does_not_divide(cells: Volume, detector: MembraneDetector) -> None:
    part = cells.crop((slice(5, 6), slice(0, 91), slice(0, 77)))
    whole = detector.predict(cells.crop((slice(5, 6), slice(None), slice(None))))
    assert detector.predict(part).shape == (1, 91, 77)
    # Away from the new edges and up to the brightness by which it is standardised.
    difference = np.abs(detector.predict(part) - whole[:, :91, :77])[:, :60, :45]
    assert float(difference.mean()) < 0.01


def test_a_detector_that_is_read_again_says_the_same(
    cells: Volume, detector: MembraneDetector, tmp_path: Path
) -> None:
    path = tmp_path / "detector.safetensors"
    detector.save(path, {"licence": "CC BY"})
    again = MembraneDetector.load(path)
    np.testing.assert_array_equal(again.predict(cells), detector.predict(cells))
    assert again.plan == detector.plan
    assert again.held_out_sections_.tolist() == [4]
    assert json.loads(path.with_suffix(".json").read_text())["facts"] == {"licence": "CC BY"}
    # Two bytes a number, and a header.
    assert path.stat().st_size < 25_000


def test_the_same_seed_trains_the_same_detector(cells: Volume) -> None:
    plan = DetectorPlan(widths=(4,), steps=3, batch=1, edge=32)
    one, other, different = (
        MembraneDetector(plan).fit(cells, sections=[0, 1], seed=SeedTree(seed)).predict(cells)
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one, different)


def test_nothing_but_the_named_sections_is_learnt_from(cells: Volume) -> None:
    plan = DetectorPlan(widths=(4,), steps=3, batch=1, edge=32)
    image = cells.read_image().copy()
    image[3:] = 0
    hidden = replace(cells, image=image)
    seen = cells.crop((slice(0, 3), slice(None), slice(None)))
    one, other = (
        MembraneDetector(plan).fit(volume, sections=[0, 1, 2], seed=SeedTree(0)).predict(seen)
        for volume in (cells, hidden)
    )
    np.testing.assert_array_equal(one, other)


def test_the_last_sections_are_held_out() -> None:
    trained, held_out = split_sections(range(15), 0.2)
    assert trained.tolist() == list(range(12))
    assert held_out.tolist() == [12, 13, 14]
    trained, held_out = split_sections([4, 9], 0.9)
    assert (trained.tolist(), held_out.tolist()) == ([4], [9])


def test_one_section_is_too_few(cells: Volume) -> None:
    with pytest.raises(InputError) as caught:
        MembraneDetector().fit(cells, sections=[2], seed=SeedTree(0))
    assert str(caught.value) == (
        "sections: expected at least two sections, found 1. "
        "One is trained on, and probabilities are calibrated on another."
    )


def test_a_section_that_is_not_there_is_named(cells: Volume) -> None:
    with pytest.raises(InputError) as caught:
        MembraneDetector().fit(cells, sections=[2, 6], seed=SeedTree(0))
    assert str(caught.value) == (
        "sections: expected sections from 0 to 5, found 6. Name sections that the volume has."
    )


def test_a_detector_that_was_never_fitted_is_named(cells: Volume) -> None:
    with pytest.raises(InputError) as caught:
        MembraneDetector().predict(cells)
    assert str(caught.value) == (
        "detector: expected a trained detector, found one that was never fitted. "
        "Call fit, or load one: load_shipped() brings one that is trained."
    )


def test_pixels_that_are_not_square_are_refused(detector: MembraneDetector) -> None:
    with pytest.raises(InputError, match="expected square pixels, found 4 x 8 nm"):
        detector.predict(Volume((50.0, 4.0, 8.0), np.zeros((1, 16, 16), np.uint8)))


def test_a_file_without_its_description_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected the description of a detector"):
        MembraneDetector.load(tmp_path / "missing.safetensors")


def test_pixels_that_are_not_finite_are_counted_before_resampling(
    detector: MembraneDetector,
) -> None:
    image = np.zeros((1, 64, 64))
    image[0, 3, 4] = np.inf
    with pytest.raises(InputError, match="expected brightness that is finite, found 1 pixels"):
        detector.predict(Volume((50.0, 4.0, 4.0), image))
