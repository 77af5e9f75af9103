"""Sections are brought to one spread and one pixel size."""

import numpy as np
import pytest

from neuropil.contracts import InputError, SeedTree
from neuropil.preservation.detector.sections import (
    pad_section,
    resample_section,
    standardise_section,
)


def test_brightness_and_contrast_of_the_microscope_do_not_matter() -> None:
    section = SeedTree(0).generator().normal(size=(40, 50))
    seen = standardise_section(section)
    assert abs(float(np.median(seen))) < 1e-6
    assert 0.9 < float(seen.std()) < 1.1
    np.testing.assert_allclose(standardise_section(3 * section + 100), seen, atol=1e-4)


def test_a_bright_void_moves_other_pixels_little() -> None:
    section = SeedTree(0).generator().normal(size=(60, 60))
    holed = section.copy()
    holed[:6] = 50.0
    change = standardise_section(holed)[6:] - standardise_section(section)[6:]
    assert float(np.abs(change).mean()) < 0.25


def test_a_section_of_one_brightness_is_zero() -> None:
    assert not standardise_section(np.full((8, 8), 7)).any()


def test_brightness_that_is_not_finite_is_refused() -> None:
    section = np.zeros((8, 8))
    section[0, 0] = np.nan
    with pytest.raises(InputError) as caught:
        standardise_section(section)
    assert str(caught.value) == (
        "image: expected brightness that is finite, found 1 pixels that are not. "
        "Replace them by the median of the section."
    )


def test_the_same_grid_is_left_as_it_is() -> None:
    section = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert resample_section(section, (3, 4)) is section


def test_a_slope_stays_where_it_is_on_a_coarser_and_a_finer_grid() -> None:
    slope = np.repeat(np.arange(60.0)[:, None], 60, axis=1)
    coarse, fine = resample_section(slope, (24, 24)), resample_section(slope, (120, 120))
    # The middle of coarse pixel k lies at 2.5 k + .75 of the fine grid.
    np.testing.assert_allclose(coarse[4:-4, 0], 2.5 * np.arange(24)[4:-4] + 0.75, atol=1e-3)
    np.testing.assert_allclose(fine[2:-2, 0], np.arange(120)[2:-2] / 2 - 0.25, atol=1e-3)


def test_thinning_out_averages_noise() -> None:
    noise = SeedTree(0).generator().normal(size=(250, 250))
    assert float(resample_section(noise, (100, 100)).std()) < 0.6


def test_padding_mirrors_to_the_multiple() -> None:
    padded = pad_section(np.arange(6, dtype=np.float32).reshape(2, 3), 4)
    assert padded.shape == (4, 4)
    assert padded[0].tolist() == [0, 1, 2, 2]
    assert padded[2].tolist() == padded[1].tolist()
