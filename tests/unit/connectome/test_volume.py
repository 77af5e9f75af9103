"""A volume refuses arrays that do not fit, and gives back what lies where."""

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.contracts import InputError, Source

LABELS = np.arange(4 * 5 * 6, dtype=np.uint16).reshape(4, 5, 6)


def _volume(**more):
    return Volume((40.0, 16.0, 8.0), segmentations={"truth": LABELS}, **more)


def test_extent_is_voxels_times_their_size():
    assert _volume().shape == (4, 5, 6)
    assert _volume().extent == (160.0, 80.0, 48.0)


def test_an_image_of_another_shape_is_refused():
    with pytest.raises(InputError, match=r"shape \(4, 5, 6\) of 'truth'.*'image' has \(4, 5, 5\)"):
        _volume(image=LABELS[:, :, :5])


def test_float_labels_are_refused():
    with pytest.raises(InputError, match="expected labels that are whole numbers, found float64"):
        Volume((1, 1, 1), segmentations={"a": LABELS.astype(float)})


@pytest.mark.parametrize("size", [(1.0, 1.0), (0.0, 1.0, 1.0), (1.0, float("nan"), 1.0)])
def test_a_voxel_size_must_be_three_positive_numbers(size):
    with pytest.raises(InputError, match="voxel size of three positive numbers"):
        Volume(size, segmentations={"a": LABELS})


def test_an_empty_volume_is_refused():
    with pytest.raises(InputError, match="none of them empty"):
        Volume((1, 1, 1), image=np.zeros((0, 4, 4)))
    with pytest.raises(InputError, match="found neither"):
        Volume((1, 1, 1))


def test_a_crop_holds_the_same_voxels_and_says_where_they_are_from():
    part = _volume(image=LABELS).crop((slice(1, 3), slice(None), slice(2, 5)))
    np.testing.assert_array_equal(part.segmentation(), LABELS[1:3, :, 2:5])
    np.testing.assert_array_equal(part.read_image(), LABELS[1:3, :, 2:5])
    assert part.provenance[-1].parameters == {"region": "1:3, 0:5, 2:5"}


def test_cores_tile_the_volume_and_margins_stay_inside():
    count = np.zeros(LABELS.shape, dtype=int)
    for block in _volume().blocks(3, margin=1):
        count[block.core] += 1
        for core, read, n in zip(block.core, block.read, LABELS.shape, strict=True):
            assert read.start == max(core.start - 1, 0)
            assert read.stop == min(core.stop + 1, n)
    assert (count == 1).all()


def test_a_misspelt_segmentation_is_named_with_what_exists():
    with pytest.raises(InputError, match=r"segmentation 'truht', of truth\. Did you mean truth\?"):
        _volume().segmentation("truht")
    with pytest.raises(InputError, match="expected an image"):
        _volume().read_image()
    both = _volume().with_segmentation("other", LABELS)
    with pytest.raises(InputError, match="the name of a segmentation, of truth, other"):
        both.segmentation()


def test_equality_is_of_voxels_and_not_of_their_types():
    other = Volume((40, 16, 8), segmentations={"truth": LABELS.astype(np.int64)})
    assert _volume().equals(other)
    assert not _volume().equals(_volume(image=LABELS))
    assert not _volume(species="fly").equals(other)
    changed = LABELS.copy()
    changed[3, 4, 5] = 0
    assert not _volume().equals(_volume().with_segmentation("truth", changed))
    assert not _volume().equals(other.with_segmentation("ffn", LABELS))


def test_a_volume_describes_itself():
    volume = Volume(
        (40.0, 16.0, 8.0),
        LABELS,
        {"truth": LABELS},
        source=Source("block <7>", synthetic=True),
        notes=("Dark.",),
    )
    assert volume.describe() == (
        "block <7>: 4 x 5 x 6 voxels along z, y, x\nvoxel: 40 x 16 x 8 nm\n"
        "extent: 0.16 x 0.08 x 0.048 um\nimage: uint16\nsegmentation truth: uint16\n"
        "species: not stated\nlicence: not stated\nsynthetic: generated, not measured\nnote: Dark."
    )
    shown = volume._repr_html_()
    assert "<th>block &lt;7&gt;</th>" in shown
    assert "<td>truth</td><td>labels</td><td>uint16</td>" in shown
