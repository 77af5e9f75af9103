"""Volumes in NumPy archives."""

from pathlib import Path

import numpy as np
import pytest

from neuropil import formats
from neuropil.connectome import Connectome, Volume
from neuropil.contracts import InputError

VALUES = np.arange(2 * 3 * 4, dtype="u2").reshape(2, 3, 4)


def test_axes_of_the_file_are_turned_and_small_arrays_are_noted(tmp_path: Path) -> None:
    path = tmp_path / "v.npz"
    np.savez(path, seg=VALUES.T, axes=np.array("xyz"), resolution_nm=[8, 16, 40], ids=np.arange(24))
    volume = formats.read(path, kind=Volume)
    assert (volume.shape, volume.voxel_size) == ((2, 3, 4), (40, 16, 8))
    np.testing.assert_array_equal(volume.segmentation("seg"), VALUES)
    assert volume.segmentations["seg"].flags.c_contiguous
    assert volume.source.notes == ("Arrays without three axes were left out: ids.",)


def test_an_archive_of_a_volume_is_no_matrix_and_the_other_way_round(tmp_path: Path) -> None:
    path = formats.write(Volume((1, 1, 1), VALUES), tmp_path / "v.npz")
    assert formats.sniff(path, kind=Volume).name == "volume-arrays"
    with pytest.raises(InputError, match="found volume-arrays, which holds Volume"):
        formats.read(path)
    matrix = formats.write(Connectome.from_matrix([[0, 2], [1, 0]]), tmp_path / "m.npz")
    with pytest.raises(InputError, match="found dense-matrix, which holds Connectome"):
        formats.read(matrix, kind=Volume)


def test_a_bare_array_of_three_axes_is_an_image_and_one_of_two_a_matrix(tmp_path: Path) -> None:
    np.save(tmp_path / "image.npy", VALUES)
    assert formats.sniff(tmp_path / "image.npy", kind=Volume).name == "volume-arrays"
    volume = formats.read(tmp_path / "image.npy", kind=Volume, voxel_size=(50, 4, 4))
    np.testing.assert_array_equal(volume.read_image(), VALUES)
    assert (volume.voxel_size, dict(volume.segmentations)) == ((50, 4, 4), {})
    np.save(tmp_path / "matrix.npy", np.eye(3))
    assert formats.sniff(tmp_path / "matrix.npy").name == "dense-matrix"


def test_a_bare_array_does_not_state_the_size_of_a_voxel(tmp_path: Path) -> None:
    np.save(tmp_path / "image.npy", VALUES)
    with pytest.raises(InputError, match="as voxel_size"):
        formats.read(tmp_path / "image.npy", kind=Volume)


def test_names_that_the_archive_needs_are_refused(tmp_path: Path) -> None:
    volume = Volume((1, 1, 1), segmentations={"axes": VALUES})
    with pytest.raises(InputError) as caught:
        formats.write(volume, tmp_path / "v.npz")
    assert str(caught.value) == (
        f"{tmp_path}/v.npz: an archive cannot hold a segmentation named 'axes'. "
        "Rename it, or write a Zarr folder."
    )


def test_a_text_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "v.npz"
    np.savez(path, image=VALUES, voxel_size_nm=[1, 1, 1], species=np.array([1, 2]))
    with pytest.raises(InputError, match=r"array species: expected a text, found int64 of shape"):
        formats.read(path, kind=Volume)


def test_objects_are_not_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "v.npz"
    np.savez(path, image=np.array([[[{}]]], dtype=object))
    with pytest.raises(InputError, match="expected numbers and text, found pickled objects"):
        formats.read(path, kind=Volume)
