"""Folders of pictures: the order of sections, grey values as stored, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neuropil import formats
from neuropil.connectome import Volume
from neuropil.contracts import InputError


def save(folder: Path, name: str, values: np.ndarray) -> Path:
    path = folder / name
    Image.fromarray(values).save(path)
    return path


def fault(path: Path, **options) -> str:
    with pytest.raises(InputError) as caught:
        formats.read(path, kind=Volume, **options)
    return str(caught.value)


def grey(value: int, shape: tuple[int, int] = (3, 4), dtype: str = "u1") -> np.ndarray:
    return np.full(shape, value, dtype)


def test_sections_follow_their_numbers_and_no_other_file_counts(tmp_path: Path) -> None:
    for place in (10, 2, 0):
        save(tmp_path, f"s{place}.png", grey(place))
    (tmp_path / "notes.txt").write_text("sections 0, 2, 10")
    save(tmp_path, ".hidden.png", grey(99))
    volume = formats.read(tmp_path, kind=Volume, voxel_size=[50, 4, 4])
    assert formats.sniff(tmp_path, kind=Volume).name == "image-folder"
    assert volume.voxel_size == (50, 4, 4)
    assert volume.read_image()[:, 0, 0].tolist() == [0, 2, 10]
    assert [record.name for record in volume.source.files] == ["s0.png", "s2.png", "s10.png"]


def test_sixteen_bits_are_kept(tmp_path: Path) -> None:
    save(tmp_path, "a.png", grey(40_000, dtype="u2"))
    found = formats.read(tmp_path, kind=Volume, voxel_size=4).read_image()
    assert (found.dtype, int(found.max())) == (np.dtype("u2"), 40_000)


def test_labels_have_a_name(tmp_path: Path) -> None:
    save(tmp_path, "0.png", grey(7))
    volume = formats.read(tmp_path, kind=Volume, voxel_size=4, segmentation="truth")
    assert volume.image is None
    assert volume.segmentation("truth").tolist() == [[[7] * 4] * 3]


def test_a_voxel_size_is_asked_for(tmp_path: Path) -> None:
    save(tmp_path, "0.png", grey(7))
    assert "Give its edges along z, y and x [nm] as voxel_size" in fault(tmp_path)


def test_colour_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path, "0.png", np.zeros((3, 4, 3), "u1"))
    assert fault(tmp_path, voxel_size=4) == (
        f"{path}: expected one grey picture, found colours (RGB). Electron microscopes write grey "
        "values: save one channel as a grey picture, and a stack of pages as a file of its own."
    )


def test_sections_of_another_size_are_refused(tmp_path: Path) -> None:
    save(tmp_path, "0.png", grey(1))
    path = save(tmp_path, "1.png", grey(1, (5, 4)))
    assert fault(tmp_path, voxel_size=4) == (
        f"{path}: expected 3 x 4 pixels of uint8 as in 0.png, found 5 x 4 of uint8. Keep sections "
        "of one stack in a folder; tiles of other sizes go into folders of their own."
    )


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64), "u1")
    path = save(tmp_path, "0.png", noise)
    path.write_bytes(path.read_bytes()[:300])
    assert fault(tmp_path, voxel_size=4) == (
        f"{path}: expected a whole picture. Copy it again, or write it again with the program that "
        "made it."
    )


def test_a_folder_without_pictures_is_no_stack(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected pictures \(.png, .tif, .tiff, .jpg, .jpeg\)"):
        formats.read(tmp_path, kind=Volume, format="image-folder")
