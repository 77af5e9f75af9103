"""NumPy's files: every byte of them belongs to an array."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.formats.parsing.numpy_files import read_npy, read_npz

MATRIX = np.array([[0, 3], [5, 0]])


def npy(array: np.ndarray, *, pickled: bool = False) -> bytes:
    handle = io.BytesIO()
    np.save(handle, array, allow_pickle=pickled)
    return handle.getvalue()


def fault(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        (read_npz if path.suffix == ".npz" else read_npy)(path)
    return str(caught.value).replace(f"{path.parent}/", "")


@pytest.mark.parametrize(
    "array", [MATRIX, MATRIX.T.astype(">f4"), np.array("EPG"), np.array([True]), np.zeros((0, 3))]
)
def test_what_is_saved_is_read(tmp_path: Path, array: np.ndarray) -> None:
    np.save(tmp_path / "a.npy", array)
    np.savez_compressed(tmp_path / "a.npz", a=array)
    for found in (read_npy(tmp_path / "a.npy"), read_npz(tmp_path / "a.npz")["a"]):
        assert found.dtype == array.dtype
        np.testing.assert_array_equal(found, array)


def test_inserted_and_trailing_bytes_are_refused(tmp_path: Path) -> None:
    path, content = tmp_path / "a.npy", npy(MATRIX)
    message = (
        "a.npy: expected 160 bytes for int64 of shape (2, 2), found 161. "
        "It has other bytes in it: copy or save it again."
    )
    for place in (128, len(content)):
        path.write_bytes(content[:place] + b"\0" + content[place:])
        assert fault(path) == message
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("matrix.npy", content + b"\0")
    assert fault(tmp_path / "a.npz") == message.replace("a.npy:", "a.npz, array matrix:")


def test_an_array_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("matrix.npy", npy(MATRIX))
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("matrix.npy", npy(MATRIX + 1))
    assert fault(path) == (
        "a.npz: expected each array once, found 'matrix.npy' again. Save it again with np.savez."
    )


def test_other_packings_and_shapes_of_petabytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("matrix.npy", npy(MATRIX))
    assert fault(path) == (
        "a.npz: expected arrays packed as NumPy does, found 'matrix.npy' packed otherwise. "
        "Save it again with np.savez_compressed."
    )
    content = npy(MATRIX).replace(b"(2, 2), }      ", b"(2" + b"0" * 6 + b", 2), }")
    (tmp_path / "a.npy").write_bytes(content)
    assert fault(tmp_path / "a.npy") == (
        "a.npy: expected a whole NumPy file, found a damaged or truncated one of 160 bytes. "
        "Copy or save it again."
    )


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(npy(np.array([{}], dtype=object), pickled=True))
    assert fault(path) == (
        "a.npy: expected numbers and text, found pickled objects. Save plain arrays."
    )
    path.write_bytes(npy(np.zeros(2, dtype="M8[s]")))
    assert fault(path) == (
        "a.npy: expected numbers and text, found datetime64[s]. Save plain arrays."
    )


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.npz")
    assert fault(tmp_path / "a.npz") == (
        "a.npz: expected a file, found a pipe (FIFO). "
        "Name a file; save what a pipe gives to one first."
    )


def test_a_header_that_numpy_warns_about_is_read_without_a_word(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.array([1, 2]))
    content = path.read_bytes().replace(b"}  ", b"}\n ", 1)
    path.write_bytes(content)
    assert read_npy(path).tolist() == [1, 2]
