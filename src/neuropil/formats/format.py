"""What a format is, and how its reader says where a file is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Unpack, get_args, get_origin, get_type_hints

from neuropil.connectome import Connectome
from neuropil.contracts import FileRecord, Source, require_regular_file, sha256_of

__all__ = ["Format", "describe_file", "require_file"]


@dataclass(frozen=True, slots=True)
class Format:
    """A way to hold a noun, such as a connectome, in a file or folder.

    Parameters
    ----------
    name : str
        Short name, such as ``edge-list``.
    endings : tuple of str
        Endings by which :func:`neuropil.formats.write` chooses it, with the dot; empty for a
        folder, and for what is only read.
    description : str
        What it holds, in one line.
    sniff : callable
        ``sniff(path)`` tells whether an existing path is of this format.
    read : callable
        ``read(path, **options)`` returns what ``holds`` names. Both take any number of paths where
        ``several`` is true.
    write : callable, optional
        ``write(noun, path)``; None where the format is only read.
    holds : type
        Class of the noun.
    options : mapping of str to str
        Meaning of each option of ``read``.
    several : bool
        True where one noun comes as several files.
    also_reads : tuple of str
        Further endings of files that are read and never written.
    aliases : mapping of str to tuple of str
        For a column that is needed, the names by which it is known.
    """

    name: str
    endings: tuple[str, ...]
    description: str
    sniff: Callable[..., bool]
    read: Callable[..., Any]
    write: Callable[[Any, Path], object] | None = None
    holds: type = Connectome
    options: Mapping[str, str] = field(default_factory=dict)
    several: bool = False
    also_reads: tuple[str, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def option_types(self) -> dict[str, Any]:
        """List the type of each option: the reader's keyword-only arguments or typed mapping.

        Returns
        -------
        dict of str to object
            As the reader annotates them.
        """
        hints = get_type_hints(self.read)
        # A reader with more options than parameters are good for takes them as a TypedDict.
        grouped = [get_args(each)[0] for each in hints.values() if get_origin(each) is Unpack]
        for group in grouped:
            hints |= get_type_hints(group)
        return {name: hints[name] for name in self.options}


def require_file(path: Path) -> None:
    """Check that a file or folder exists.

    Parameters
    ----------
    path : Path
        Its name.

    Raises
    ------
    InputError
        When there is none, or it is a pipe, a socket or a device; check the name.
    """
    # A pipe has no end until its writer closes it, and a device none at all; neither can be read
    # twice, which telling the format from the content needs.
    if not path.is_dir():
        require_regular_file(path)


def describe_file(path: Path, notes: Iterable[str] = ()) -> Source:
    """Record a file as the origin of what was read from it.

    Parameters
    ----------
    path : Path
        An existing file.
    notes : iterable of str
        What was left out, assumed or changed on reading it.

    Returns
    -------
    Source
        With its name, SHA-256 and size [bytes], and the notes.
    """
    record = FileRecord(path.name, sha256_of(path), path.stat().st_size)
    return Source(name=path.name, files=(record,), notes=tuple(notes))
