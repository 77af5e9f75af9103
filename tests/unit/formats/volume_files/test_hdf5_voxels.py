"""Volumes in HDF5 files."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from neuropil import formats
from neuropil.connectome import Volume
from neuropil.contracts import InputError
from neuropil.formats.volume_files.stored_arrays import StoredArray

VALUES = np.arange(4 * 5 * 6, dtype="u8").reshape(4, 5, 6)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "v.h5"


def fault(path: Path, **options) -> str:
    with pytest.raises(InputError) as caught:
        formats.read(path, kind=Volume, **options)
    return str(caught.value)


def test_groups_as_of_the_cremi_challenge(path: Path) -> None:
    with h5py.File(path, "w") as file:
        for name in ("volumes/raw", "volumes/labels/neuron_ids"):
            file[name] = VALUES
            file[name].attrs["resolution"] = [40.0, 4.0, 4.0]
        file["annotations/ids"] = np.arange(3)
    volume = formats.read(path, kind=Volume)
    assert volume.voxel_size == (40, 4, 4)
    assert isinstance(volume.image, StoredArray)
    assert list(volume.segmentations) == ["neuron_ids"]
    np.testing.assert_array_equal(volume.segmentation("neuron_ids"), VALUES)
    np.testing.assert_array_equal(volume.image[2, ::3, 1:], VALUES[2, ::3, 1:])
    assert volume.source.notes == (
        "Datasets without three axes were left out: annotations/ids.",
        "Voxel sizes in 'resolution' have no unit; they were taken as nm.",
    )
    # A file that stayed open could not be opened for writing.
    with h5py.File(path, "a") as file:
        file["more"] = 1


def test_edges_in_micrometres(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["raw"] = VALUES
        file["raw"].attrs["element_size_um"] = [0.04, 0.016, 0.016]
    assert formats.read(path, kind=Volume).voxel_size == (40, 16, 16)


def test_a_lone_stack_is_named_by_an_option(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["stack"] = VALUES
    assert fault(path) == (
        f"{path}: expected one image, and labels that have a name; found stack. "
        "Say what is what: image=stack, or segmentations=stack:truth."
    )
    volume = formats.read(path, kind=Volume, voxel_size=[10], segmentations=["stack:truth"])
    assert repr(volume) == ("Volume(v.h5: 4 x 5 x 6 voxels (z, y, x) of 10 x 10 x 10 nm; truth)")


def test_a_reference_to_another_file_is_not_followed(path: Path, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["raw"] = VALUES
    with h5py.File(path, "w") as file:
        file["raw"] = h5py.ExternalLink("other.h5", "/raw")
    assert fault(path, format="hdf5-volume").startswith(
        f"{path}, /raw: expected values inside the file, found a link to another file."
    )


def test_values_that_the_file_cannot_hold(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("raw", (10**4, 10**4, 10**4), "u1", chunks=(64, 64, 64))
    assert fault(path, format="hdf5-volume", voxel_size=[1]).startswith(
        f"{path}, /raw: expected values of the size of the file, found 953,674 MB in 0.0 MB."
    )


def test_chunks_that_were_never_written_are_told(path: Path) -> None:
    with h5py.File(path, "w") as file:
        array = file.create_dataset("truth", (4, 4, 4), "u4", chunks=(2, 4, 4))
        array[:2] = 1
        array.attrs["voxel_size_nm"] = [1, 1, 1]
    assert formats.read(path, kind=Volume).source.notes == (
        "Of 2 chunks of truth 1 are not there; they are read as 0.",
    )


def test_negative_labels_are_named_where_they_are_read(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["truth"] = VALUES.astype("i8") - 1
    volume = formats.read(path, kind=Volume, voxel_size=[1])
    with pytest.raises(InputError) as caught:
        volume.segmentation()
    assert str(caught.value) == (
        f"{path}, /truth: expected labels of 0 or more, found -1. Save the background as 0."
    )


def test_a_slash_in_a_name_is_refused(path: Path) -> None:
    with pytest.raises(InputError, match="cannot hold a segmentation named 'a/b'"):
        formats.write(Volume((1, 1, 1), segmentations={"a/b": VALUES}), path)


def test_a_network_is_no_volume(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["nodes/default/node_type_id"] = np.arange(3)
    with pytest.raises(InputError, match="found sonata, which holds Connectome"):
        formats.read(path, kind=Volume)


def test_an_attribute_of_sequences_is_refused_before_the_library_reads_it(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["raw"] = VALUES
        kind = h5py.vlen_dtype(np.int32)
        file["raw"].attrs.create("resolution", [np.arange(3), np.arange(2)], dtype=kind)
    assert fault(path) == (
        f"{path}, /resolution: expected numbers or a text, found another type. "
        "Copy it again, or write it again with the program that made it."
    )
