"""Heaps of HDF5 files are walked before the library follows them."""

import random
from pathlib import Path

import h5py
import pytest

from neuropil.contracts import InputError
from neuropil.formats.parsing.hdf5_heaps import has_whole_heaps
from neuropil.formats.parsing.hdf5_tables import open_hdf5


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("names", data=["EPG", "PEN_a", "x" * 9000], dtype=h5py.string_dtype())
        file.attrs["unit"] = "nS"
    return path


def test_the_heaps_of_a_whole_file_are_whole(path: Path, tmp_path: Path) -> None:
    assert has_whole_heaps(path)
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["numbers"] = [1, 2]
    assert has_whole_heaps(tmp_path / "b.h5")


@pytest.mark.parametrize("number", [0, 1 << 62])
def test_an_object_of_no_or_endless_size_is_refused(path: Path, number: int) -> None:
    content = bytearray(path.read_bytes())
    start = content.index(b"GCOL")
    # The first object is made the free space, over which the library would go round for ever.
    content[start + 16 : start + 18] = b"\0\0"
    content[start + 24 : start + 32] = number.to_bytes(8, "little")
    path.write_bytes(content)
    assert not has_whole_heaps(path)
    with pytest.raises(InputError) as caught, open_hdf5(path):
        pass
    assert str(caught.value) == (
        f"{path}: expected a whole HDF5 file, found a damaged or truncated one of "
        f"{len(content)} bytes. Copy it again, or write it again with the program that made it."
    )


def test_bytes_put_into_a_heap_are_told_or_leave_it_whole(path: Path) -> None:
    whole = path.read_bytes()
    start = whole.index(b"GCOL")
    rng = random.Random(0)
    refused = 0
    for _ in range(100):
        place = start + rng.randrange(64)
        path.write_bytes(whole[:place] + rng.randbytes(rng.randint(1, 8)) + whole[place:])
        try:
            with open_hdf5(path) as group:
                group.read("names")
        except InputError:
            refused += 1
    assert refused > 80
