"""Zarr folders of both versions: what is read, what stays on disk, what is refused."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import zarr
from numcodecs import Blosc

from neuropil import formats
from neuropil.connectome import Volume
from neuropil.contracts import ConfigError, InputError, OutputError, Source
from neuropil.formats.volume_files.stored_arrays import StoredArray

VALUES = np.arange(4 * 5 * 6, dtype="u2").reshape(4, 5, 6)
AXES = [{"name": axis, "type": "space", "unit": "micrometer"} for axis in "zyx"]


def fault(path: Path, error: type[Exception] = InputError, **options) -> str:
    with pytest.raises(error) as caught:
        formats.read(path, kind=Volume, **options)
    return str(caught.value)


def put(group, name: str, values=VALUES, **more):
    array = group.create_array(name, shape=values.shape, dtype=values.dtype, **more)
    array[...] = values
    return array


@pytest.fixture(params=[2, 3])
def root(tmp_path: Path, request):
    return zarr.open_group(tmp_path / "v.zarr", mode="w", zarr_format=request.param)


def test_a_pyramid_of_ome_is_read_at_its_finest_with_its_labels(root, tmp_path: Path) -> None:
    def describe(*paths: str):
        sets = [
            {
                "path": path,
                "coordinateTransformations": [
                    {"type": "scale", "scale": [0.02 * 2**n, 0.008 * 2**n, 0.008 * 2**n]}
                ],
            }
            for n, path in enumerate(paths)
        ]
        # The scale of all levels doubles those of each.
        every = [{"type": "scale", "scale": [2, 2, 2]}]
        return [{"axes": AXES, "datasets": sets, "coordinateTransformations": every}]

    put(root, "0")
    put(root, "1", VALUES[::2, ::2, ::2])
    root.attrs["multiscales"] = describe("0", "1")
    labels = root.create_group("labels").create_group("neurons")
    put(labels, "0", VALUES.astype("u8"))
    labels.attrs["multiscales"] = describe("0")
    volume = formats.read(tmp_path / "v.zarr", kind=Volume)
    assert volume.voxel_size == (40, 16, 16)
    assert list(volume.segmentations) == ["neurons"]
    assert isinstance(volume.image, StoredArray)
    np.testing.assert_array_equal(volume.read_image(), VALUES)
    np.testing.assert_array_equal(volume.segmentation("neurons"), VALUES)


def test_leading_axes_of_length_one_are_dropped_and_longer_ones_left_out(root, tmp_path) -> None:
    put(root, "image", VALUES[None, None]).attrs["resolution"] = [40, 16, 8]
    put(root, "colours", np.stack([VALUES] * 3))
    volume = formats.read(tmp_path / "v.zarr", kind=Volume)
    assert volume.shape == (4, 5, 6)
    np.testing.assert_array_equal(volume.image[1:3, 2, ::2], VALUES[1:3, 2, ::2])
    assert volume.source.notes == (
        "The array colours was left out: its shape is (3, 4, 5, 6).",
        "Voxel sizes in 'resolution' have no unit; they were taken as nm.",
    )


def test_axes_xyz_are_turned_together_with_the_voxel_size(root, tmp_path: Path) -> None:
    put(root, "raw", VALUES.T).attrs.update({"resolution": [8, 16, 40], "unit": "nm"})
    volume = formats.read(tmp_path / "v.zarr", kind=Volume, axes="xyz")
    assert (volume.shape, volume.voxel_size) == ((4, 5, 6), (40, 16, 8))
    np.testing.assert_array_equal(volume.read_image(), VALUES)
    np.testing.assert_array_equal(volume.image[-1, 1:3], VALUES[-1, 1:3])


def test_an_array_alone_needs_a_name_and_a_voxel_size(tmp_path: Path) -> None:
    path = tmp_path / "raw.zarr"
    zarr.save_array(path, VALUES)
    assert fault(path) == (
        f"{path}: expected the size of a voxel, which the file does not state as three "
        "positive numbers. Give its edges "
        "along z, y and x [nm] as voxel_size, such as voxel_size=40,16,16."
    )
    assert formats.read(path, kind=Volume, voxel_size=[10]).voxel_size == (10, 10, 10)
    assert fault(path, ConfigError, voxel_size=[1, 2]) == (
        "voxel_size: expected one or three positive numbers [nm], found [1, 2]. "
        "Give the edges of a voxel along z, y and x, such as voxel_size=40,16,16."
    )
    other = tmp_path / "stack.zarr"
    shutil.copytree(path, other)
    assert fault(other) == (
        f"{other}: expected one image, and labels that have a name; found stack. "
        "Say what is what: image=stack, or segmentations=stack:truth."
    )
    named = formats.read(other, kind=Volume, voxel_size=[10], segmentations=["stack:truth"])
    np.testing.assert_array_equal(named.segmentation("truth"), VALUES)


def test_a_folder_keeps_origin_history_and_notes(tmp_path: Path) -> None:
    source = Source("block 7", licence="CC0", synthetic=True, notes=("Cut by hand.",))
    volume = Volume((40, 16, 8), VALUES, species="fly", source=source, notes=("Dark.",))
    written = volume.crop((slice(0, 2), slice(None), slice(None)))
    read = formats.read(formats.write(written, tmp_path / "v.zarr"), kind=Volume)
    assert read.equals(written)
    assert (read.source.name, read.source.licence) == ("block 7", "CC0")
    assert read.source.synthetic
    assert read.source.notes == ("Cut by hand.",)
    assert read.notes == ("Dark.",)
    assert [each.name for each in read.provenance] == ["crop", "read_volume"]
    [record] = read.source.files
    assert record.name == "v.zarr"
    with pytest.raises(OutputError, match="there is a file or folder of that name"):
        formats.write(volume, tmp_path / "v.zarr")


def test_the_hash_of_a_folder_follows_every_chunk(tmp_path: Path) -> None:
    for name, first in (("a.zarr", 0), ("b.zarr", 1)):
        values = VALUES.copy()
        values[0, 0, 0] = first
        formats.write(Volume((1, 1, 1), values), tmp_path / name)
    one, other = (
        formats.read(tmp_path / name, kind=Volume).source.files[0] for name in ("a.zarr", "b.zarr")
    )
    assert one.sha256 != other.sha256


def test_chunks_that_are_not_there_are_told(tmp_path: Path) -> None:
    values = np.ones((70, 5, 6), "u1")
    path = formats.write(Volume((1, 1, 1), values), tmp_path / "v.zarr")
    (path / "image" / "c" / "1" / "0" / "0").unlink()
    volume = formats.read(path, kind=Volume)
    assert volume.source.notes + volume.notes == (
        "Of 2 chunks of image 1 are not there; they are read as 0.",
    )


def test_a_damaged_chunk_is_named_when_it_is_read(tmp_path: Path) -> None:
    path = formats.write(Volume((1, 1, 1), VALUES), tmp_path / "v.zarr")
    chunk = path / "image" / "c" / "0" / "0" / "0"
    content = bytearray(chunk.read_bytes())
    content[-1] ^= 1
    chunk.write_bytes(content)
    volume = formats.read(path, kind=Volume)
    with pytest.raises(InputError, match=r"v\.zarr, array image: cannot be read \(") as caught:
        volume.read_image()
    assert str(caught.value).endswith(
        "Copy it again, or write it again with the program that made it."
    )


def test_a_cut_frame_of_blosc_is_not_read_beyond_its_end(tmp_path: Path) -> None:
    root = zarr.open_group(tmp_path / "v.zarr", mode="w", zarr_format=2)
    put(root, "em", compressors=Blosc())
    chunk = tmp_path / "v.zarr" / "em" / "0.0.0"
    whole = chunk.read_bytes()
    volume = formats.read(tmp_path / "v.zarr", kind=Volume, voxel_size=[1])
    np.testing.assert_array_equal(volume.read_image(), VALUES)
    chunk.write_bytes(whole[:-9])
    with pytest.raises(InputError) as caught:
        volume.read_image()
    assert str(caught.value) == (
        f"{chunk}: expected a chunk of {len(whole)} bytes, as its header says, found "
        f"{len(whole) - 9}. Copy it again, or write it again with the program that made it."
    )


def test_codecs_that_are_not_for_numbers_are_refused(tmp_path: Path) -> None:
    root = zarr.open_group(tmp_path / "v.zarr", mode="w", zarr_format=2)
    put(root, "raw")
    record = tmp_path / "v.zarr" / "raw" / ".zarray"
    metadata = json.loads(record.read_text())
    record.write_text(json.dumps(metadata | {"filters": [{"id": "base64"}]}))
    assert fault(tmp_path / "v.zarr").startswith(
        f"{tmp_path}/v.zarr, array raw: expected codecs that pack numbers, found base64."
    )
    pickled = {"filters": [{"id": "pickle", "protocol": 5}], "dtype": "|O", "fill_value": None}
    for changes in (pickled, {"filters": pickled["filters"]}):
        record.write_text(json.dumps(metadata | changes))
        assert fault(tmp_path / "v.zarr")


def test_shapes_of_petabytes_are_refused_before_memory_is_taken(tmp_path: Path) -> None:
    path = formats.write(Volume((1, 1, 1), VALUES), tmp_path / "v.zarr")
    record = path / "image" / "zarr.json"
    metadata = json.loads(record.read_text()) | {"shape": [10**6] * 3}
    record.write_text(json.dumps(metadata))
    volume = formats.read(path, kind=Volume)
    with pytest.raises(InputError, match="expected to read at most 8 GB at once") as caught:
        volume.read_image()
    assert str(caught.value).endswith("Read it in blocks, or crop it first.")
    metadata["chunk_grid"]["configuration"]["chunk_shape"] = [10**4] * 3
    record.write_text(json.dumps(metadata))
    assert "expected chunks of at most 1 GB, found 1,862.6 GB" in fault(path)


def test_damaged_metadata_and_folders_without_volumes(tmp_path: Path) -> None:
    path = formats.write(Volume((1, 1, 1), VALUES), tmp_path / "v.zarr")
    (path / "zarr.json").write_text("{")
    assert fault(path).startswith(
        f"{path}: expected a whole Zarr folder, found a damaged one (JSONDecodeError)."
    )
    zarr.open_group(tmp_path / "empty.zarr", mode="w")
    assert fault(tmp_path / "empty.zarr") == (
        f"{tmp_path}/empty.zarr: expected an array of three axes, found none. "
        "Name a file with a stack of images or of labels."
    )
    zarr.save_array(tmp_path / "flat.zarr", VALUES[0])
    assert fault(tmp_path / "flat.zarr") == (
        f"{tmp_path}/flat.zarr: expected an array of three axes, found one of shape (5, 6). "
        "Name a folder with a stack of images or of labels."
    )


def test_arrays_of_two_voxel_sizes_are_not_mixed(root, tmp_path: Path) -> None:
    for name, edge in (("truth", 8), ("ffn", 16)):
        put(root, name).attrs["voxel_size_nm"] = [40, edge, edge]
    assert fault(tmp_path / "v.zarr") == (
        f"{tmp_path}/v.zarr: expected arrays of one voxel size, found 40 x 8 x 8 nm and "
        "40 x 16 x 16 nm. Read them one by one, with segmentations=NAME or image=NAME."
    )
    one = formats.read(tmp_path / "v.zarr", kind=Volume, segmentations=["ffn"])
    assert one.voxel_size == (40, 16, 16)
    assert one.notes == ("Arrays that were left out: truth.",)
