"""Stacks of TIFF pages: sizes of voxels, labels, and what is refused."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import tifffile

from neuropil import formats
from neuropil.connectome import Volume
from neuropil.contracts import InputError

VALUES = np.arange(4 * 5 * 6, dtype="u1").reshape(4, 5, 6)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s.tif"


def fault(path: Path, **options) -> str:
    with pytest.raises(InputError) as caught:
        formats.read(path, kind=Volume, **options)
    return str(caught.value)


def test_the_voxel_size_of_imagej(path: Path) -> None:
    tifffile.imwrite(
        path,
        VALUES,
        imagej=True,
        # Pixels in each micrometre along x and y.
        resolution=(250.0, 62.5),
        metadata={"axes": "ZYX", "spacing": 0.04, "unit": "um"},
    )
    volume = formats.read(path, kind=Volume)
    assert volume.voxel_size == (40, 16, 4)
    np.testing.assert_array_equal(volume.read_image(), VALUES)


def test_the_voxel_size_of_ome_in_its_default_unit(path: Path) -> None:
    sizes = {"PhysicalSizeZ": 0.04, "PhysicalSizeY": 0.016, "PhysicalSizeX": 0.008}
    tifffile.imwrite(path, VALUES, ome=True, metadata={"axes": "ZYX", **sizes})
    assert formats.read(path, kind=Volume).voxel_size == (40, 16, 8)


def test_what_is_written_is_read_by_other_programs(path: Path) -> None:
    labels = VALUES.astype("u8") + 70_000
    formats.write(Volume((40, 16, 8), segmentations={"truth": labels}), path)
    with tifffile.TiffFile(path) as file:
        assert (file.is_ome, file.series[0].axes, file.series[0].dtype) == (True, "ZYX", "uint32")
    np.testing.assert_array_equal(tifffile.imread(path), labels)
    read = formats.read(path, kind=Volume, segmentation="truth")
    assert read.voxel_size == (40, 16, 8)
    np.testing.assert_array_equal(read.segmentation("truth"), labels)


def test_labels_are_no_image(path: Path) -> None:
    tifffile.imwrite(path, VALUES.astype("u4"), photometric="minisblack")
    assert fault(path, voxel_size=[1]) == (
        f"{path}: expected an image of uint8, uint16, float16, float32, float64, found uint32. "
        "Name it where these are labels, such as segmentation=truth."
    )
    tifffile.imwrite(path, VALUES.astype("u2"), photometric="minisblack")
    assert formats.read(path, kind=Volume, voxel_size=[1]).source.notes == (
        "It was read as an image; segmentation=NAME reads it as labels.",
    )


def test_without_a_voxel_size_the_option_is_named(path: Path) -> None:
    # A resolution for printers says nothing about the distance of sections.
    tifffile.imwrite(
        path, VALUES, resolution=(72, 72), resolutionunit="INCH", photometric="minisblack"
    )
    assert fault(path).endswith("voxel_size=40,16,16.")


def test_colours_are_refused(path: Path) -> None:
    tifffile.imwrite(path, np.zeros((4, 5, 6, 3), "u1"), photometric="rgb")
    assert fault(path, voxel_size=[1]) == (
        f"{path}: expected grey sections of axes ZYX, found axes QYXS of shape (4, 5, 6, 3). "
        "Save one channel and one time as a stack of grey pages."
    )


def test_two_stacks_are_refused(path: Path) -> None:
    with tifffile.TiffWriter(path) as writer:
        writer.write(VALUES, photometric="minisblack")
        writer.write(VALUES[:, :3], photometric="minisblack")
    assert fault(path, voxel_size=[1]).startswith(f"{path}: expected one stack, found 2.")


def test_one_page_is_one_section(path: Path) -> None:
    tifffile.imwrite(path, VALUES[0])
    assert formats.read(path, kind=Volume, voxel_size=[1]).shape == (1, 5, 6)


def test_a_cut_file_is_refused_or_noted_without_a_word_of_the_library(path, capfd) -> None:
    tifffile.imwrite(path, VALUES, photometric="minisblack")
    whole = path.read_bytes()
    for length in range(4, len(whole), 7):
        path.write_bytes(whole[:length])
        with suppress(InputError):
            volume = formats.read(path, kind=Volume, voxel_size=[1])
            same = np.array_equal(volume.read_image(), VALUES)
            assert same or volume.source.notes[0].startswith("Reading it, tifffile said: ")
    assert capfd.readouterr() == ("", "")


def test_several_arrays_and_large_labels_are_not_written(path: Path) -> None:
    with pytest.raises(InputError, match="a TIFF file holds one array, found image, truth"):
        formats.write(Volume((1, 1, 1), VALUES, {"truth": VALUES}), path)
    large = VALUES.astype("u8") + 2**33
    with pytest.raises(InputError, match=r"holds labels up to 4294967295, found 8589934711"):
        formats.write(Volume((1, 1, 1), segmentations={"truth": large}), path)
