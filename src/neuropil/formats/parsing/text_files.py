"""The bytes of a text file: in a known encoding, and whole."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from neuropil.contracts import ConfigError, InputError
from neuropil.formats.parsing.packed_bytes import read_bytes
from neuropil.formats.parsing.quoting import quote

__all__ = [
    "PLAIN",
    "TextReading",
    "check_ends_whole",
    "decode_text",
    "find_encoding",
    "read_text",
]

# What a person can type for a character that a shell or an editor takes for itself.
_SPELLINGS = {
    "\\t": "\t",
    "tab": "\t",
    "comma": ",",
    "semicolon": ";",
    "bar": "|",
    "space": " ",
    "blank": " ",
}


@dataclass(frozen=True)
class TextReading:
    """How a text file is to be read.

    Parameters
    ----------
    separator : str, optional
        Character between columns, or its name, such as ``tab``; found when not given.
    whole : bool
        True takes a file as whole although it does not end with a line break.
    encoding : str, optional
        Name of the encoding; UTF-8 when not given.
    offers : frozenset of str
        Those of the names above that are options of the reader: a message offers no others.

    Raises
    ------
    ConfigError
        When the separator is not a single character, or there is no such encoding.
    """

    separator: str | None = None
    whole: bool = False
    encoding: str | None = None
    offers: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.separator is not None:
            spelled = _SPELLINGS.get(self.separator.lower(), self.separator)
            if len(spelled) != 1 or spelled in '"\r\n' or not spelled.isascii():
                raise ConfigError(
                    f"expected one character, found {quote(self.separator)}",
                    where="option separator",
                    repair="Such as separator=';', or one of the names tab, comma, semicolon, "
                    "bar and space.",
                )
            object.__setattr__(self, "separator", spelled)
        try:
            "".encode(self.encoding or "utf-8")
        except LookupError as error:
            raise ConfigError(
                f"there is no encoding {quote(self.encoding)}",
                where="option encoding",
                repair="Such as encoding='latin-1', encoding='cp1252' or encoding='utf-16'.",
            ) from error


PLAIN = TextReading()
"""UTF-8 that must end with a line break, for readers without options."""


def read_text(path: Path, reading: TextReading = PLAIN) -> bytes:
    """Read a whole text file as UTF-8, without a byte order mark.

    Parameters
    ----------
    path : Path
        A file, compressed with gzip or not.
    reading : TextReading
        Its encoding, and whether it is whole in any case.

    Returns
    -------
    bytes
        Its text in UTF-8.

    Raises
    ------
    InputError
        As :func:`read_bytes`, and when it is not text in the encoding that was named, or may be cut
        short.
    """
    content = read_bytes(path)
    # Text in UTF-8 is judged by whoever parses it: a table of a gigabyte is not decoded twice.
    if find_encoding(content, reading):
        content = decode_text(path, content, reading).encode()
    content = content.removeprefix(codecs.BOM_UTF8)
    check_ends_whole(path, content, reading)
    return content


def find_encoding(start: bytes, reading: TextReading = PLAIN) -> str | None:
    """Find the encoding of a text: the one that was named, or UTF-16 by its byte order mark.

    Parameters
    ----------
    start : bytes
        Its first bytes.
    reading : TextReading
        The encoding that was named, if any.

    Returns
    -------
    str, optional
        None where it is UTF-8, as far as these bytes tell.

    Examples
    --------
    >>> find_encoding("a,b".encode("utf-16")), find_encoding(b"a,b")
    ('utf-16', None)
    """
    if reading.encoding:
        return reading.encoding
    # What a spreadsheet calls Unicode text; no text in UTF-8 begins so.
    marks = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return "utf-16" if start.startswith(marks) else None


def decode_text(path: Path, content: bytes, reading: TextReading = PLAIN) -> str:
    """Decode the bytes of a file.

    Parameters
    ----------
    path : Path
        The file, for errors.
    content : bytes
        All its bytes.
    reading : TextReading
        Its encoding.

    Returns
    -------
    str
        The text.

    Raises
    ------
    InputError
        When a byte is none of the encoding; names its line.
    """
    encoding = find_encoding(content, reading) or "utf-8"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        # Any byte is a letter of Latin-1, so that nothing but a person can tell it from damage.
        offered = ", or read with encoding='latin-1' if it is that"
        raise InputError(
            f"expected {'UTF-8' if encoding == 'utf-8' else encoding} text, found byte "
            f"{content[error.start]:#x}",
            where=f"{path}, line {line}",
            repair=f"Save as UTF-8{offered if 'encoding' in reading.offers else ''}.",
        ) from error


def check_ends_whole(path: Path, content: bytes, reading: TextReading = PLAIN) -> None:
    r"""Check that a text ends with a line break: a number that was cut short is still a number.

    Parameters
    ----------
    path : Path
        The file, for errors.
    content : bytes
        Its text, or the end of it; nothing is not judged.
    reading : TextReading
        Whether it is whole in any case.

    Raises
    ------
    InputError
        When it ends without one; copy it again, or say that it is whole.

    Examples
    --------
    >>> check_ends_whole(Path("a.csv"), b"pre,post,weight\n1,2,37\n")
    """
    if reading.whole or not content or content.endswith(b"\n"):
        return
    last = content[-200:].decode(errors="replace").rpartition("\n")[2]
    offered = ", or read with whole=True" if "whole" in reading.offers else ""
    raise InputError(
        f"expected a line break at the end of the file, found {quote(last[-20:])}",
        where=str(path),
        repair=f"It may be cut short: copy or download it again. If it is whole, end its last "
        f"line{offered}.",
    )
