"""Files that gzip packed, or did not, up to a size."""

import gzip
import os
from pathlib import Path

import pytest

from neuropil.contracts import InputError
from neuropil.formats.parsing.packed_bytes import read_bytes


def test_the_content_tells_and_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(b"plain")
    assert read_bytes(path) == b"plain"
    path.write_bytes(gzip.compress(b"packed"))
    assert read_bytes(path) == b"packed"


def test_a_few_bytes_that_unpack_to_many_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(bytes((2 << 20) + 1)))
    with pytest.raises(InputError) as caught:
        read_bytes(path, largest=2 << 20)
    assert str(caught.value) == (
        f"{path}: expected at most 2 MB, unpacked, found more. Name a smaller file."
    )
    path.write_bytes(bytes((2 << 20) + 1))
    with pytest.raises(InputError, match="expected at most 2 MB, found more"):
        read_bytes(path, largest=2 << 20)


def test_what_is_cut_or_no_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"packed")[:-4])
    with pytest.raises(InputError, match="expected a whole gzip file"):
        read_bytes(path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(InputError, match=r"expected a file, found a pipe \(FIFO\)"):
        read_bytes(path)
