"""Files are whole or absent."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys

import pytest

from neuropil.contracts import (
    InputError,
    OutputError,
    VersionError,
    atomic_write,
    read_json,
    read_record,
    sha256_of,
    write_json,
)


def names(folder):
    return sorted(item.name for item in folder.iterdir())


def write_half(path, failure):
    with atomic_write(path) as temporary:
        temporary.write_text("half")
        raise failure


def write_half_folder(path):
    with atomic_write(path) as temporary:
        temporary.mkdir()
        (temporary / "part").write_text("1")
        raise KeyboardInterrupt


def test_a_file_takes_its_name_when_it_is_whole(tmp_path):
    with atomic_write(tmp_path / "deep" / "a.txt") as temporary:
        temporary.write_text("whole")
        assert temporary.parent == tmp_path / "deep"
        assert not (tmp_path / "deep" / "a.txt").exists()
    assert (tmp_path / "deep" / "a.txt").read_text() == "whole"
    assert names(tmp_path / "deep") == ["a.txt"]


def test_a_folder_can_be_written_too(tmp_path):
    with atomic_write(tmp_path / "folder") as temporary:
        temporary.mkdir()
        (temporary / "part").write_text("1")
    assert names(tmp_path) == ["folder"]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, failure):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(failure):
        write_half(tmp_path / "a.txt", failure)
    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_failure_leaves_no_half_folder(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        write_half_folder(tmp_path / "folder")
    assert names(tmp_path) == []


def test_a_system_error_names_the_final_file(tmp_path):
    with pytest.raises(OutputError) as caught, atomic_write(tmp_path / "a.txt"):
        raise OSError(28, "No space left on device")
    assert str(caught.value) == (
        f"{tmp_path}/a.txt: cannot write: no space left on device. "
        "Choose another place with --out, or free space and permissions there."
    )


def test_a_place_below_a_file_is_not_a_folder(tmp_path):
    (tmp_path / "file").write_text("taken")
    with pytest.raises(OutputError) as caught:
        write_json(tmp_path / "file" / "sub" / "a.json", {})
    assert str(caught.value) == (
        f"{tmp_path}/file/sub/a.json: cannot write: not a directory. "
        "Choose another place with --out, or free space and permissions there."
    )


def test_json_keeps_letters_and_refuses_what_json_has_not(tmp_path):
    write_json(tmp_path / "a.json", {"unit": "µm"})
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == '{\n  "unit": "µm"\n}\n'
    with pytest.raises(ValueError, match="Out of range float"):
        write_json(tmp_path / "a.json", {"value": float("nan")})
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == {"unit": "µm"}
    assert names(tmp_path) == ["a.json"]


def test_digests_are_those_of_the_bytes(tmp_path):
    content = b"neuropil" * 300_000
    (tmp_path / "a").write_bytes(content)
    assert sha256_of(tmp_path / "a") == hashlib.sha256(content).hexdigest()


def test_json_is_read_as_it_was_written(tmp_path):
    write_json(tmp_path / "a.json", {"unit": "µm", "values": [1, 2.5, None]})
    assert read_json(tmp_path / "a.json") == {"unit": "µm", "values": [1, 2.5, None]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "{path}: no such file. Mend it."),
        (
            b'{"a": 1,\n "b": }',
            "{path}, line 2, column 7: not valid JSON (Expecting value). Mend it.",
        ),
        (b'{"a": "\xff"}', "{path}: not text in UTF-8. Mend it."),
    ],
)
def test_json_that_cannot_be_read_is_named_with_its_place(tmp_path, content, message):
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_json(path, "Mend it.")
    assert str(caught.value) == message.format(path=path)


def test_json_in_place_of_a_folder_is_unreadable(tmp_path):
    with pytest.raises(InputError) as caught:
        read_json(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}: unreadable (")
    assert str(caught.value).endswith("). Write it again.")


@pytest.mark.parametrize("version", [1, 2])
def test_a_record_names_its_format_and_version(tmp_path, version):
    record = {"format": "a", "format_version": version, "more": 1}
    write_json(tmp_path / "a.json", record)
    assert read_record(tmp_path / "a.json", "a", 2) == record


@pytest.mark.parametrize("record", [[], "a", {"format": "b", "format_version": 1}, {}])
def test_a_record_of_another_format_is_refused(tmp_path, record):
    write_json(tmp_path / "a.json", record)
    with pytest.raises(InputError) as caught:
        read_record(tmp_path / "a.json", "a", 2)
    assert str(caught.value) == (
        f"{tmp_path}/a.json: expected a record with format 'a'. Name a folder that neuropil wrote."
    )


@pytest.mark.parametrize("version", [3, "2", None])
def test_a_record_of_a_newer_version_asks_for_an_upgrade(tmp_path, version):
    write_json(tmp_path / "a.json", {"format": "a", "format_version": version})
    with pytest.raises(VersionError) as caught:
        read_record(tmp_path / "a.json", "a", 2)
    assert str(caught.value) == (
        f"{tmp_path}/a.json: a format {version}, this installation reads up to 2. "
        "Upgrade neuropil to read it."
    )


def test_a_missing_record_is_named(tmp_path):
    with pytest.raises(InputError) as caught:
        read_record(tmp_path / "a.json", "a", 2)
    assert str(caught.value) == (
        f"{tmp_path}/a.json: no such file. Name a folder that neuropil wrote, or write it again."
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[" * 100_000, "expected JSON with few levels, found lists or objects nested too deeply"),
        ("9" * 5000, "expected numbers of JSON, found a whole number of more than 4300 digits"),
    ],
)
def test_what_python_cannot_follow_is_named(tmp_path, text, what):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_json(path)
    assert str(caught.value) == f"{path}: {what}. Write it again."


def test_a_record_larger_than_any_and_a_pipe_are_not_read(tmp_path):
    path = tmp_path / "a.json"
    with path.open("wb") as handle:
        handle.truncate(65 << 20)
    with pytest.raises(InputError) as caught:
        read_json(path)
    assert str(caught.value) == (
        f"{path}: expected a record of at most 64 MB, found 65 MB. Write it again."
    )
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(InputError, match=r"expected a file, found a pipe \(FIFO\)"):
        read_json(path)
    with pytest.raises(InputError, match="expected a file, found a character device"):
        read_json("/dev/zero")


@pytest.mark.parametrize("version", [0, -1, False])
def test_a_version_below_the_first_is_none(tmp_path, version):
    write_json(tmp_path / "a.json", {"format": "a", "format_version": version})
    with pytest.raises(InputError, match=f"expected a format_version from 1 to 2, found {version}"):
        read_record(tmp_path / "a.json", "a", 2)


@pytest.mark.parametrize("name", ["a" * 255, "ä" * 127, "a" * 254])
def test_a_name_as_long_as_the_system_allows_is_written(tmp_path, name):
    write_json(tmp_path / name, 1)
    assert names(tmp_path) == [name]
    assert read_json(tmp_path / name) == 1


def test_a_name_that_is_too_long_is_refused_by_its_own_length(tmp_path):
    with pytest.raises(OutputError) as caught:
        write_json(tmp_path / ("a" * 256), 1)
    assert str(caught.value) == (
        f"{tmp_path / ('a' * 256)}: cannot write: file name too long. "
        "Choose another place with --out, or free space and permissions there."
    )
    assert names(tmp_path) == []


# A limit on the size of files stands for a full disk: the same call fails with another number.
FULL_DISK = """
import resource, signal, sys
from pathlib import Path
import numpy as np
import polars as pl
from safetensors.numpy import save_file
from neuropil.contracts import OutputError, atomic_write, write_json
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
numbers = np.arange(10000.0)
def array(path):
    with path.open("wb") as handle:
        np.save(handle, numbers)
ways = {
    "text": lambda path: path.write_text("a" * 9999),
    "parquet": pl.DataFrame({"a": numbers}).write_parquet,
    "tensors": lambda path: save_file({"a": numbers}, path),
    "array": array,
}
for name, write in ways.items():
    try:
        with atomic_write(Path(sys.argv[1]) / name) as temporary:
            write(temporary)
    except OutputError as error:
        print(error)
"""


def test_a_full_disk_names_the_file_whoever_writes_it(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=True
    )
    repair = "Choose another place with --out, or free space and permissions there."
    reasons = dict.fromkeys(("text", "parquet", "tensors"), "file too large")
    # NumPy does not say why it could not write.
    reasons["array"] = "no space left on device"
    assert done.stdout.splitlines() == [
        f"{tmp_path / name}: cannot write: {reason}. {repair}" for name, reason in reasons.items()
    ]
    assert names(tmp_path) == []
