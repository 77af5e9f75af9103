"""What cannot be judged is refused before a run has a folder: what, where, and how to mend it."""

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.contracts import ConfigError, InputError
from neuropil.preservation.checks import check_sample
from neuropil.preservation.config import PreservationConfig
from neuropil.preservation.data import TissueBlock, TissueSample, load_sample


def sample(size=(50, 4, 4), shape=(2, 600, 700), image=None, reference=(), damages=()):
    made = np.zeros(shape, "u1") if image is None else image
    return TissueSample((TissueBlock("mine", Volume(size, made)),), reference, damages)


def refuse(found, error=InputError, **settings):
    with pytest.raises(error) as caught:
        check_sample(PreservationConfig(**settings), found)
    return str(caught.value)


def test_good_tissue_passes():
    check_sample(PreservationConfig(), sample(damages=("blur:8", "noise:2+blur:4", "ice:0.1")))


def test_claims_statements_and_damage_are_read_before_tissue_is():
    config = PreservationConfig(volume="synthetic-neurites", damage=("gap:0.1",))
    with pytest.raises(ConfigError, match=r"gap"):
        check_sample(config, load_sample(config).data)
    for wrong in (PreservationConfig(audit="four"), PreservationConfig(claim=("no gaps",))):
        with pytest.raises(InputError):
            check_sample(wrong, load_sample(PreservationConfig(audit="4 blocks, 0 bad")).data)


@pytest.mark.parametrize("size", [(50, 4e5, 4e5), (50, 0.001, 0.001), (4e6, 4, 4)])
def test_voxels_of_no_microscope_are_refused(size):
    dz, dy, dx = size
    assert refuse(sample(size)) == (
        "mine: expected pixels of 0.1 to 200 nm and sections of 0.1 to 2000 nm, found voxels of "
        f"{dx:g} x {dy:g} x {dz:g} nm (x, y, z). State the size in nm, as x, y, z: --voxel-size "
        "4x4x50."
    )


def test_pixels_that_are_not_square_are_refused():
    assert refuse(sample((50, 6, 4))) == (
        "mine: expected square pixels, found 4 x 6 nm (x, y). Resample the image to one pixel "
        "size, or state x, y, z in this order."
    )


def test_small_sections_and_small_tiles_are_refused():
    assert refuse(sample(shape=(3, 17, 400))) == (
        "mine: expected 64 pixels or more along both edges of a section, found 17 x 400. Bring "
        "larger sections: these do not hold what is measured."
    )
    for tile in (1.0, 100.0):
        assert refuse(sample(), ConfigError, tile=tile).startswith(
            f"tile: expected tiles of 64 pixels or more along both edges, found an edge of {tile:g}"
        )


def test_brightness_that_is_no_number_is_refused():
    image = np.zeros((2, 100, 100), np.float32)
    image[1, 5, 7] = np.nan
    assert refuse(sample(image=image)) == (
        "mine, section 1: expected finite brightness, found 1 of 10000 voxels that are not. "
        "Replace NaN and infinite values, or crop them away."
    )


@pytest.mark.parametrize("text", ["gaps:0.1", "blur:8+gaps:0.1"])
def test_gaps_need_a_truth(text):
    assert refuse(sample(damages=(text,))) == (
        f"mine: expected true segments where gaps are to be planted ({text}), found none. Bring a "
        "volume with labels that are called truth, or give damage that needs none, such as "
        "blur:12 or noise:2."
    )


def test_control_tissue_has_the_same_pixels():
    other = (TissueBlock("control", Volume((50, 8, 8), np.zeros((1, 600, 600), "u1"))),)
    assert refuse(sample(reference=other)) == (
        "control: expected control tissue of 4 nm a pixel, as mine has, found 8. Bring control "
        "tissue that was imaged alike, or resample it."
    )
