"""What follows from the tissue that was learnt from is said, and other voxels are refused."""

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.contracts import InputError, Source
from neuropil.proofreading.repair.tissue import Tissue

LEARNT = Tissue("block", "watershed", (10.0, 10.0, 10.0), "fly")


def _volume(*size, name="mine"):
    labels = np.ones((2, 2, 2), int)
    return Volume(size, segmentations={"a": labels}, source=Source(name))


def test_like_voxels_are_no_matter():
    [note] = LEARNT.compare(_volume(10, 10, 10))
    assert note.startswith("The proofreader was trained on block (watershed, voxels of 10 x 10 x ")


def test_other_sizes_and_the_same_tissue_are_said():
    assert "Voxels here are 8 x 8 x 8 nm, others than those" in LEARNT.compare(_volume(8, 8, 8))[1]
    known = LEARNT.compare(_volume(10, 10, 10, name="block"))
    assert known[1].startswith("It was trained on this tissue itself")
    made = Tissue("block", "watershed", (10.0, 10.0, 10.0), synthetic=True)
    assert made.compare(_volume(10, 10, 10))[1].startswith("That tissue is generated")


def test_another_form_is_refused():
    LEARNT.require_form(_volume(8, 8, 8))
    LEARNT.require_form(_volume(14, 10, 10))
    with pytest.raises(InputError, match=r"found 40 x 4 x 4 nm. Resample the volume"):
        LEARNT.require_form(_volume(40, 4, 4))


def test_a_volume_is_described():
    assert Tissue.of(_volume(8, 8, 8), "a") == Tissue("mine", "a", (8.0, 8.0, 8.0))
