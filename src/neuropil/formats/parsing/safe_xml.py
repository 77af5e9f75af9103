"""XML that is read as a stream: no entity is expanded, nothing outside the file is opened."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol
from xml.parsers import expat

from neuropil.contracts import InputError, require_regular_file

__all__ = ["XmlHandler", "parse_xml"]

# 64 kB at a time; not tuned.
_BLOCK = 1 << 16


class XmlHandler(Protocol):
    """What is done with the elements of a file, in the order of the file."""

    def start(self, tag: str, attributes: Mapping[str, str], line: int) -> None:
        """Meet the start of an element.

        Parameters
        ----------
        tag : str
            Its name without a namespace.
        attributes : mapping of str to str
            Its attributes.
        line : int
            Line of the file, counted from 1.
        """

    def end(self, tag: str) -> None:
        """Meet the end of an element."""

    def text(self, text: str) -> None:
        """Meet text inside an element; a long one may come in pieces."""


def parse_xml(
    path: Path, handler: XmlHandler, *, allow_doctype: bool = False, content: bytes | None = None
) -> None:
    """Read an XML file and hand its elements to a handler.

    Parameters
    ----------
    path : Path
        An existing file.
    handler : XmlHandler
        Meets the elements.
    allow_doctype : bool
        True accepts a document type that declares nothing of its own, as formats with a published
        DTD carry it. The DTD is not read.
    content : bytes, optional
        What the file holds, where it was unpacked; read from the file when not given.

    Raises
    ------
    InputError
        When the file is truncated or not well-formed, has a document type where none is allowed,
        or declares or uses entities; names line and column.
    """
    if content is None:
        require_regular_file(path)
    # expat itself: ElementTree expands entities, and hides the line of an element. A space occurs
    # in no name.
    parser = expat.ParserCreate(namespace_separator=" ")
    # Fewer calls; text may still come in pieces, and handlers must join them.
    parser.buffer_text = True

    # Raised from inside expat, which passes the exception on and stops reading at once.
    def refuse_doctype(name: str, *_: object) -> None:
        if not allow_doctype:
            raise _fault(path, parser, f"no document type, found <!DOCTYPE {name}>")

    def refuse_entity(name: str, *_: object) -> None:
        raise _fault(path, parser, f"no entities, found {name}")

    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.EntityDeclHandler = refuse_entity
    # Without its DTD an entity may be unknown; its text must not vanish.
    parser.SkippedEntityHandler = refuse_entity
    met = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal met
        met += 1
        handler.start(_local(tag), attributes, parser.CurrentLineNumber)

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda tag: handler.end(_local(tag))
    parser.CharacterDataHandler = handler.text
    try:
        with path.open("rb") if content is None else io.BytesIO(content) as file:
            size = _BLOCK
            while block := file.read(size):
                before = met
                parser.Parse(block, False)
                # expat begins a tag anew with each block it is handed, so that one of megabytes
                # would take quadratic time: blocks grow while no tag ends.
                size = size * 2 if met == before else _BLOCK
            parser.Parse(b"", True)
    # Python knows fewer encodings than a damaged declaration can name.
    except LookupError as error:
        raise InputError(
            f"expected a known encoding, found another ({error})",
            where=f"{path}, line {parser.CurrentLineNumber}",
            repair="The file may be damaged: copy it again, or write it as UTF-8.",
        ) from error
    except expat.ExpatError as error:
        raise InputError(
            f"expected well-formed XML, found an error ({expat.ErrorString(error.code)})",
            where=f"{path}, line {error.lineno}, column {error.offset + 1}",
            repair="The file may be truncated: copy or write it again.",
        ) from error


def _local(tag: str) -> str:
    # Files without the namespace, and with an older one, have the same elements.
    return tag.rpartition(" ")[2]


def _fault(path: Path, parser: expat.XMLParserType, what: str) -> InputError:
    # Entities can make a small file expand to gigabytes, or read other files.
    return InputError(
        f"expected {what}",
        where=f"{path}, line {parser.CurrentLineNumber}, column {parser.CurrentColumnNumber + 1}",
        repair="It may be unsafe: remove the declaration if you trust the file.",
    )
