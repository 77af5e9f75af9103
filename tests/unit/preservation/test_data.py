"""Tissue as it is brought: sizes of voxels, folders of tiles, and columns that tile the plane."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neuropil.connectome import Volume
from neuropil.contracts import ConfigError, InputError
from neuropil.preservation.config import PreservationConfig
from neuropil.preservation.data import (
    cut_tiles,
    load_sample,
    parse_voxel_size,
    read_blocks,
    read_column,
)


def save(path: Path, shape: tuple[int, ...] = (70, 80)) -> None:
    path.parent.mkdir(exist_ok=True)
    values = np.random.default_rng(0).integers(0, 255, shape, "u1")
    Image.fromarray(values).save(path)


def test_sizes_are_read_as_microscopists_write_them():
    assert parse_voxel_size("4x4x50") == (50, 4, 4)
    assert parse_voxel_size("4 × 6 x 50 nm") == (50, 6, 4)
    assert parse_voxel_size("8") == (8, 8, 8)


@pytest.mark.parametrize("text", ["4x4", "4x4x-1", "4,4,50", "4x4x0", "axbxc", "", "infx1x1"])
def test_other_sizes_are_refused(text):
    with pytest.raises(ConfigError) as caught:
        parse_voxel_size(text)
    assert str(caught.value) == (
        f"voxel_size: expected three lengths above 0 as x, y, z [nm], found {text!r}. Write for "
        "example 4x4x50 for sections of 50 nm imaged at 4 nm."
    )


def test_a_folder_of_pictures_is_one_stack(tmp_path):
    save(tmp_path / "s" / "0.png")
    save(tmp_path / "s" / "1.png")
    [block] = read_blocks(str(tmp_path / "s"), (50, 4, 4), "cortex")
    assert (block.name, block.region, block.volume.shape) == ("s", "cortex", (2, 70, 80))


def test_a_folder_of_folders_has_a_block_in_each(tmp_path):
    save(tmp_path / "a" / "0.png")
    save(tmp_path / "b" / "0.png", (90, 64))
    blocks = read_blocks(str(tmp_path), (50, 4, 4), "")
    assert [(one.name, one.volume.shape) for one in blocks] == [
        ("a", (1, 70, 80)),
        ("b", (1, 90, 64)),
    ]


def test_tiles_of_other_sizes_are_listed_in_a_table(tmp_path):
    save(tmp_path / "t1.png")
    save(tmp_path / "t2.png", (64, 96))
    (tmp_path / "tiles.csv").write_text(
        "file,block,region,x_nm\nt1.png,A,cortex,100\nt2.png,B,,\n", encoding="utf-8"
    )
    first, second = read_blocks(str(tmp_path), (50, 4, 4), "brain")
    assert (first.name, first.region, first.place) == ("A", "cortex", (0, 0, 100))
    assert (first.file, second.file) == ("t1.png", "t2.png")
    assert (second.name, second.region, second.volume.shape) == ("B", "brain", (1, 64, 96))


def test_a_table_names_files_beside_it_alone(tmp_path):
    (tmp_path / "tiles.csv").write_text("file\n../secret.png\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"expected a file in the same folder, found '../secret"):
        read_blocks(str(tmp_path), (50, 4, 4), "")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected a table with commas, as UTF-8, found none (empty CSV)"),
        (b"file,block\nt.png,A,B,C\n", "expected a table with commas, as UTF-8, found none"),
        (
            "file,region\nt.png,Gr\u00fcn\n".encode("latin-1"),
            "expected a table with commas, as UTF-8",
        ),
        (
            b"file,x_nm\nt.png,abc\n",
            "line 2: expected a place in nm below 1e+09, found 'abc' in x_nm",
        ),
        (
            b"file,x_nm\nt.png,nan\n",
            "line 2: expected a place in nm below 1e+09, found 'nan' in x_nm",
        ),
        (b"file,z_nm\nt.png,1e300\n", "line 2: expected a place in nm below 1e+09, found '1e300'"),
        (b"file,block\n,A\n", "line 2: expected a file in the same folder, found 'no name'"),
    ],
)
def test_what_is_wrong_with_a_table_is_told(tmp_path, content, message):
    save(tmp_path / "t.png")
    (tmp_path / "tiles.csv").write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_blocks(str(tmp_path), (50, 4, 4), "")
    assert str(caught.value).startswith(str(tmp_path / "tiles.csv"))
    assert message in str(caught.value)


def test_a_question_without_tissue_refuses_tissue():
    with pytest.raises(ConfigError) as caught:
        load_sample(PreservationConfig(minutes=14, volume="fib25", repair=True))
    assert str(caught.value) == (
        "minutes: expected nothing to judge beside minutes, which reads no tissue, found volume "
        "and repair. Make a run of each."
    )


def test_pictures_do_not_state_their_size(tmp_path):
    save(tmp_path / "s" / "0.png")
    with pytest.raises(InputError, match=r"State it as x, y, z: --voxel-size 4x4x50"):
        read_blocks(str(tmp_path / "s"), None, "")


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(InputError, match=r"expected pictures, volumes, or a table tiles.csv"):
        read_blocks(str(tmp_path), (50, 4, 4), "")


def test_colours_are_refused(tmp_path):
    save(tmp_path / "s" / "0.png", (70, 80, 3))
    with pytest.raises(InputError, match=r"expected one grey picture, found colours \(RGB\)"):
        read_blocks(str(tmp_path / "s"), (50, 4, 4), "")


def test_columns_tile_the_plane_and_keep_their_distance():
    volume = Volume((10, 10, 10), np.arange(9 * 50 * 70, dtype="u4").reshape(9, 50, 70) % 251)
    regions = list(cut_tiles(volume, 40, 300))
    seen = np.zeros((50, 70), int)
    for z, y, x in regions:
        seen[y, x] += 1
        assert list(range(*z.indices(9))) == [0, 4, 8]
    assert (seen == 1).all()
    assert len(regions) == 4
    column = read_column(volume, regions[-1])
    assert (column.voxel_size, column.shape) == ((40, 10, 10), (3, 25, 35))
    assert (column.read_image() == volume.read_image()[::4, 25:, 35:]).all()
