"""From arrays to a volume: by name, by option, and what is refused in each."""

from pathlib import Path

import numpy as np
import pytest

from neuropil import formats
from neuropil.connectome import Volume
from neuropil.contracts import ConfigError, InputError

VALUES = np.arange(2 * 3 * 4, dtype="u2").reshape(2, 3, 4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "v.npz"


def read(path: Path, arrays: dict, **options) -> Volume:
    np.savez(path, **({"voxel_size_nm": [40, 16, 8]} | arrays))
    return formats.read(path, kind=Volume, **options)


def fault(path: Path, arrays: dict, error: type[Exception] = InputError, **options) -> str:
    with pytest.raises(error) as caught:
        read(path, arrays, **options)
    return str(caught.value)


def test_names_tell_the_image_from_labels(path: Path) -> None:
    volume = read(path, {"Raw": VALUES, "gt": VALUES, "ws": VALUES + 1})
    np.testing.assert_array_equal(volume.read_image(), VALUES)
    assert list(volume.segmentations) == ["gt", "ws"]
    assert volume.notes == ("The segmentation 'ws' has no background: no voxel is 0.",)


def test_options_choose_and_rename(path: Path) -> None:
    volume = read(
        path, {"a": VALUES, "b": VALUES, "c": VALUES}, image="a", segmentations=["b:truth"]
    )
    assert (volume.image is not None, list(volume.segmentations)) == (True, ["truth"])
    assert volume.notes == ("Arrays that were left out: c.",)


def test_a_name_that_is_not_there_is_told_with_those_that_are(path: Path) -> None:
    assert fault(path, {"truth": VALUES}, ConfigError, segmentations=["truht"]) == (
        f"{path}: expected an array 'truht', found none. Did you mean truth? "
        "Its arrays of three axes are: truth."
    )
    twice = {"a": VALUES, "b": VALUES}
    assert fault(path, twice, ConfigError, segmentations=["a:c", "b:c"]) == (
        "segmentations: expected segmentations of different names, found one twice. "
        "Rename one of them as NAME:NEW_NAME."
    )


def test_labels_must_be_whole_and_not_negative(path: Path) -> None:
    assert "expected labels that are whole numbers, found float64 in 'p1'" in fault(
        path, {"p1": VALUES / 2}
    )
    assert fault(path, {"gt": VALUES.astype("i4") - 1}) == (
        f"{path}, array gt: expected labels of 0 or more, found -1. Save the background as 0."
    )


def test_shapes_that_differ_and_empty_arrays(path: Path) -> None:
    assert "'image' has (2, 3, 3)" in fault(path, {"gt": VALUES, "image": VALUES[:, :, :3]})
    assert "none of them empty" in fault(path, {"gt": VALUES[:0]})


def test_two_images_are_not_guessed_between(path: Path) -> None:
    assert fault(path, {"raw": VALUES, "image": VALUES}) == (
        f"{path}: expected one image, and labels that have a name; found raw, image. "
        "Say what is what: image=raw, or segmentations=raw:truth."
    )


def test_a_voxel_size_that_is_given_goes_first_and_is_noted(path: Path) -> None:
    volume = read(path, {"image": VALUES}, voxel_size=[50, 4, 4])
    assert volume.voxel_size == (50, 4, 4)
    assert volume.notes == (
        "The file states voxels of 40 x 16 x 8 nm along z, y, x; 50 x 4 x 4 nm was given and "
        "taken.",
    )
