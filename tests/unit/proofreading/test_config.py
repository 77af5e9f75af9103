"""What a run could learn nothing from is refused before it begins, with what to do about it."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.contracts import ConfigError, InputError, Source
from neuropil.proofreading.config import (
    ProofreadingConfig,
    choose_segmentation,
    load_volume,
    require_tissue,
)

LABELS = np.arange(30 * 12 * 12, dtype=np.uint32).reshape(30, 12, 12) // 200 + 1
IMAGE = np.random.default_rng(0).integers(0, 255, LABELS.shape).astype(np.uint8)
CONFIG = ProofreadingConfig.build({"mending": {"margin": 4}})


def _tissue(image=IMAGE, **segmentations):
    layers = segmentations or {"mine": LABELS, "truth": LABELS}
    return Volume((10.0,) * 3, image, layers, source=Source(name="block"))


def test_the_first_segmentation_that_is_not_the_truth_is_mended():
    volume = _tissue(truth=LABELS, mine=LABELS, yours=LABELS)
    assert choose_segmentation(CONFIG, volume) == "mine"
    named = CONFIG.model_copy(update={"segmentation": "yours"})
    assert choose_segmentation(named, volume) == "yours"
    require_tissue(CONFIG, volume)


def test_a_volume_without_a_truth_is_told_of_the_other_command():
    with pytest.raises(ConfigError) as caught:
        require_tissue(CONFIG, _tissue(mine=LABELS))
    assert str(caught.value) == (
        "truth: expected the true segmentation 'truth', by which a run trains and is judged, found "
        "mine. Name the true one with --truth. Without any, `neuropil proofread fix VOLUME --out "
        "fixed.zarr` mends by a proofreader that was trained on other tissue: its own, or that of "
        "a run, with --proofreader RUN."
    )


@pytest.mark.parametrize(
    ("settings", "names", "message"),
    [
        (
            {},
            ("truth",),
            "segmentation: expected a segmentation beside the truth, found truth. Bring the one "
            "that is to be mended as well.",
        ),
        (
            {"segmentation": "mien"},
            ("mine", "truth"),
            "segmentation: expected a segmentation mien, found mine, truth. Did you mean mine? "
            "Name one of them.",
        ),
        (
            {"segmentation": "truth"},
            ("mine", "truth"),
            "segmentation: expected a segmentation with errors, found the true one, 'truth', "
            "twice. Name another one, or another --truth.",
        ),
    ],
)
def test_segmentations_that_are_not_there_are_named(settings, names, message):
    config = CONFIG.model_copy(update=settings)
    with pytest.raises(ConfigError) as caught:
        require_tissue(config, _tissue(**dict.fromkeys(names, LABELS)))
    assert str(caught.value) == message


BAD = {
    "no image": (
        _tissue(image=None),
        "block: expected an image, found segmentations only. Bring the image of the tissue as "
        "well.",
    ),
    "nan": (
        _tissue(np.where(LABELS == 2, np.nan, IMAGE)),
        "image: expected a brightness that is a finite number, found nan at voxel z = 1, y = 4, "
        "x = 8. Replace such voxels by the brightness around them, or cut them off.",
    ),
    "blank": (
        _tissue(np.full_like(IMAGE, 90)),
        "image: expected an image in which brightness differs, found 90 nearly everywhere. Name "
        "the image of this tissue; a blank one tells nothing about its objects.",
    ),
    "no truth": (
        _tissue(mine=LABELS, truth=0 * LABELS),
        "block: expected objects in the segmentation 'truth', found background alone. Name a "
        "region with labels other than 0.",
    ),
    "no objects": (
        _tissue(mine=0 * LABELS, truth=LABELS),
        "block: expected objects in the segmentation 'mine', found background alone. Name a region "
        "with labels other than 0.",
    ),
    "thin": (
        _tissue().crop((slice(0, 10), slice(None), slice(None))),
        "halves: expected more than 10 voxels along z, found 10. Use a larger volume, or a thinner "
        "margin (mending.margin).",
    ),
    "narrow": (
        _tissue().crop((slice(None), slice(0, 6), slice(None))),
        "halves: expected more than 6 voxels along y, found 6. Use a larger volume, or a thinner "
        "margin (mending.margin).",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_tissue_that_teaches_nothing_is_refused(case):
    volume, message = BAD[case]
    with pytest.raises(InputError) as caught:
        require_tissue(CONFIG, volume)
    assert str(caught.value) == message


def test_a_file_without_the_size_of_a_voxel_is_to_be_copied_with_it(tmp_path):
    path = tmp_path / "block.npz"
    np.savez(path, image=IMAGE, truth=LABELS, mine=LABELS)
    with pytest.raises(InputError) as caught:
        load_volume(ProofreadingConfig(volume=str(path)))
    assert str(caught.value) == (
        f"{path}: expected the size of a voxel, which the file does not state as three positive "
        "numbers. Write a copy that states it, z first: `neuropil convert "
        f"{path} tissue.zarr --option voxel_size=40,16,16`."
    )
