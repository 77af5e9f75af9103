"""Files that are whole or absent: written under a temporary name, then renamed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from neuropil.contracts.errors import InputError, NeuropilError, OutputError, VersionError

__all__ = [
    "atomic_write",
    "is_remainder",
    "parse_json",
    "read_json",
    "read_record",
    "remove",
    "require_new_folder",
    "require_regular_file",
    "sha256_of",
    "write_json",
]

# Files may be larger than the memory; nothing depends closely on the size of a block.
_BLOCK = 1 << 20
# The largest record that neuropil writes has a few MB; parsed, JSON takes about ten times its size.
_LARGEST_JSON = 64 << 20
# Names of what is no file, as `ls` shows them by their first letter.
_KINDS = (
    (stat.S_ISFIFO, "a pipe (FIFO)"),
    (stat.S_ISCHR, "a character device"),
    (stat.S_ISBLK, "a block device"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISDIR, "a folder"),
)
# Longest name of a file in bytes, on every file system that is usual.
_LONGEST_NAME = 255
_REMAINDER = re.compile(r"\..*\.[0-9a-f]{8}\.part", re.DOTALL)
# How libraries written in Rust tell the system's error, in a text of an error of their own.
_OS_ERROR = re.compile(r"\(os error (\d+)\)")


def remove(path: Path) -> None:
    """Remove a file or a folder, as far as the system allows it."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):  # the place may not exist, which is then the error to report
            path.unlink()


def is_remainder(path: Path) -> bool:
    """Tell whether a name is one that :func:`atomic_write` left when its process was killed."""
    return _REMAINDER.fullmatch(path.name) is not None


def _temporary_name(name: str) -> str:
    tail = f".{secrets.token_hex(4)}.part"
    # A name that is just short enough for the disk must not fail for the sake of its temporary one.
    short = os.fsencode(name)[: _LONGEST_NAME - len(tail) - 1]
    # Bytes cut within a letter are left out.
    return f".{short.decode(errors='ignore')}{tail}"


def _reason_of(error: Exception) -> str | None:
    """Say why the system refused a write; None where the error is of another kind."""
    found = _OS_ERROR.search(str(error))
    if found:
        return os.strerror(int(found[1]))
    if not isinstance(error, OSError):
        return None
    # NumPy counts what it could not write and gives no reason; there is only one.
    counted = re.fullmatch(r"\d+ requested and \d+ written", str(error))
    return "No space left on device" if counted else error.strerror or str(error)


def _output_error(path: Path, reason: str) -> OutputError:
    return OutputError(
        f"cannot write: {reason[:1].lower()}{reason[1:]}",
        where=str(path),
        repair="Choose another place with --out, or free space and permissions there.",
    )


@contextmanager
def atomic_write(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path that takes its final name only when the block succeeds.

    Parameters
    ----------
    path : Path or str
        Final name of a file, or of a folder that does not exist yet. Missing parent
        folders are made.

    Yields
    ------
    Path
        A name in the same folder. Create a file or a folder there.

    Raises
    ------
    OutputError
        When the place is full, read-only or not a folder; choose another.
    """
    path = Path(path)
    # In the same folder, since a rename is atomic within one file system only; hidden, so that no
    # listing of results shows a half-written file.
    temporary = path.with_name(_temporary_name(path.name))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        # Without it the new name can outlive a power cut and its content not.
        if temporary.is_file():
            with temporary.open("rb") as handle:
                # A rename may reach the disk before the bytes do: after a power cut the name would
                # hold nothing.
                os.fsync(handle.fileno())
        temporary.replace(path)
    # Output errors are of the system too, and were named by a write inside this one.
    except NeuropilError:
        raise
    except Exception as error:
        reason = _reason_of(error)
        if reason is None:
            raise
        raise _output_error(path, reason) from error
    finally:
        remove(temporary)


def write_json(path: Path | str, value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Write a value as indented JSON with a final newline; NaN and infinity are refused.

    Parameters
    ----------
    path : Path or str
        File to write.
    value : object
        Any JSON value.
    """
    with atomic_write(path) as temporary:
        # NaN would be written as a word that no other JSON reader takes.
        text = json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False)
        temporary.write_text(text + "\n", encoding="utf-8")


def require_new_folder(folder: Path | str) -> None:
    """Refuse a folder that exists, before a model is written into it.

    Raises
    ------
    OutputError
        When it exists; name another.
    """
    if Path(folder).exists():
        raise OutputError(
            "the folder exists", where=str(folder), repair="Name a new folder for the model."
        )


def require_regular_file(path: Path | str) -> None:
    """Check that a path is a file with content of its own, before it is opened.

    A pipe would wait for a writer for ever, and a device such as ``/dev/zero`` has no end.

    Parameters
    ----------
    path : Path or str
        Its name; a link is followed.

    Raises
    ------
    InputError
        When there is none, or it is a folder, a pipe, a device or a socket.
    """
    try:
        mode = Path(path).stat().st_mode
    # A name with a NUL, or a loop of links, is no file either.
    except (OSError, ValueError) as error:
        raise InputError(
            "there is no such file or folder",
            where=str(path),
            repair=f"Check the name; the current folder is {Path.cwd()}.",
        ) from error
    if not stat.S_ISREG(mode):
        found = next((word for test, word in _KINDS if test(mode)), "something else")
        raise InputError(
            f"expected a file, found {found}",
            where=str(path),
            repair="Name a file; save what a pipe gives to one first.",
        )


def read_json(path: Path | str, repair: str = "Write it again.") -> Any:  # noqa: ANN401
    """Read a JSON file.

    Parameters
    ----------
    path : Path or str
        File.
    repair : str
        What to do where it is missing or damaged.

    Returns
    -------
    object
        Its content.

    Raises
    ------
    InputError
        When there is no such file, it is no regular file, has more than 64 MB, or is not JSON in
        UTF-8; the message names the line.
    """
    path = Path(path)
    if not path.exists():
        raise InputError("no such file", where=str(path), repair=repair)
    # A folder is named below, as unreadable.
    if not path.is_dir():
        require_regular_file(path)
    if (size := path.stat().st_size) > _LARGEST_JSON:
        raise InputError(
            f"expected a record of at most {_LARGEST_JSON >> 20} MB, found {size / 2**20:.0f} MB",
            where=str(path),
            repair=repair,
        )
    try:
        return parse_json(path.read_text(encoding="utf-8"), str(path), repair)
    except OSError as error:
        raise InputError(f"unreadable ({error})", where=str(path), repair=repair) from error
    except UnicodeDecodeError as error:
        raise InputError("not text in UTF-8", where=str(path), repair=repair) from error


def parse_json(text: str, where: str, repair: str = "Write it again.") -> Any:  # noqa: ANN401
    """Parse JSON, each fault with its line.

    Parameters
    ----------
    text : str
        JSON.
    where : str
        File, and where needed the place in it, that the text comes from.
    repair : str
        What to do where it is damaged.

    Returns
    -------
    object
        Its content.

    Raises
    ------
    InputError
        When it is no JSON, is nested more deeply than Python can follow, or holds a whole number of
        thousands of digits.

    Examples
    --------
    >>> parse_json("[1, 2]", "a.json")
    [1, 2]
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"not valid JSON ({error.msg})",
            where=f"{where}, line {error.lineno}, column {error.colno}",
            repair=repair,
        ) from error
    except RecursionError as error:
        raise InputError(
            "expected JSON with few levels, found lists or objects nested too deeply",
            where=where,
            repair=repair,
        ) from error
    # The one other error: Python turns no text of more than 4,300 digits into a whole number.
    except ValueError as error:
        raise InputError(
            f"expected numbers of JSON, found a whole number of more than "
            f"{sys.get_int_max_str_digits()} digits",
            where=where,
            repair=repair,
        ) from error


def read_record(path: Path | str, name: str, version: int) -> dict[str, Any]:
    """Read a JSON record that names its format and version.

    Parameters
    ----------
    path : Path or str
        File.
    name : str
        Format that it must have.
    version : int
        Newest version that can be read.

    Returns
    -------
    dict
        Its content.

    Raises
    ------
    InputError
        When the file is missing, damaged, or of another format.
    VersionError
        When its version is newer; upgrade.
    """
    record = read_json(path, "Name a folder that neuropil wrote, or write it again.")
    # The name before the version: another program's version 7 asks for no upgrade.
    if not isinstance(record, dict) or record.get("format") != name:
        raise InputError(
            f"expected a record with format {name!r}",
            where=str(path),
            repair="Name a folder that neuropil wrote.",
        )
    found = record.get("format_version")
    if isinstance(found, int) and found < 1:
        raise InputError(
            f"expected a format_version from 1 to {version}, found {found!r}",
            where=str(path),
            repair="Name a folder that neuropil wrote, or write it again.",
        )
    # True is a whole number in Python.
    if isinstance(found, bool) or not isinstance(found, int) or found > version:
        raise VersionError(
            f"{name} format {found}, this installation reads up to {version}",
            where=str(path),
            repair="Upgrade neuropil to read it.",
        )
    return record


def sha256_of(path: Path | str) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as handle:
        while block := handle.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
