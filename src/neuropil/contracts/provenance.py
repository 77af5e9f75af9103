"""Where data came from and what was done to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

__all__ = ["Citation", "FileRecord", "Operation", "Source"]

JSON = str | int | float | bool | None | list[Any] | dict[str, Any]


@dataclass(frozen=True, slots=True)
class Citation:
    """A work to cite.

    Parameters
    ----------
    key : str
        Short name, such as ``scheffer2020``.
    text : str
        Authors, year, title, journal, in one line.
    doi : str, optional
        Digital object identifier without the resolver.
    """

    key: str
    text: str
    doi: str | None = None

    def to_bibtex(self) -> str:
        """Format as a BibTeX entry with author, title, year and journal as fields.

        A text of another form than ``Authors YEAR, Title, Journal Volume:Pages`` is kept whole, as
        a note.

        Examples
        --------
        >>> print(Citation("turner2020", "Turner et al. 2020, A title, eLife 9:e1", "10.1/2").to_bibtex())
        @article{turner2020,
          author = {Turner and others},
          title = {{A title}},
          year = {2020},
          journal = {eLife},
          volume = {9},
          pages = {e1},
          doi = {10.1/2}
        }
        """  # noqa: E501 - an example is one line
        parts = _FORM.fullmatch(self.text)
        found = parts.groupdict() if parts else {}
        fields = (
            {
                "author": " and ".join(map(_name_of, found["authors"].split(", "))),
                # In two pairs of braces, or styles would write names in small letters.
                "title": f"{{{_escape(found['title'])}}}",
                "year": found["year"],
                **{name: _escape(found[name] or "") for name in ("journal", "volume", "pages")},
            }
            if found
            else {"note": _escape(self.text)}
        )
        fields["doi"] = self.doi or ""
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
        kind = "article" if fields.get("journal") else "misc"
        return f"@{kind}{{{self.key},\n" + ",\n".join(lines) + "\n}"


_FORM = re.compile(
    r"(?P<authors>.+?) (?P<year>\d{4}), (?P<title>.+?)"
    # The journal stands after the last comma: titles have commas of their own.
    r"(?:, (?P<journal>[^,]+?)(?: (?P<volume>[\w-]+):(?P<pages>\S+))?)?"
)
# Family name and initials, such as Dong LL.
_INITIALS = re.compile(r"(?P<family>.+) (?P<initials>[A-Z]{1,3})")


def _name_of(author: str) -> str:
    """Return an author as BibTeX reads it; "et al." becomes "and others"."""
    alone = author.removesuffix(" et al.")
    parts = _INITIALS.fullmatch(alone)
    if parts:
        name = f"{_escape(parts['family'])}, {'. '.join(parts['initials'])}."
    else:
        # A family name of two words would be read as a given name and a family name.
        name = f"{{{_escape(alone)}}}" if " " in alone else _escape(alone)
    return name if alone == author else f"{name} and others"


def _escape(text: str) -> str:
    """Write the signs that LaTeX reads as commands."""
    return re.sub(r"([&%$#_{}])", r"\\\1", text)


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file that was read.

    Parameters
    ----------
    name : str
        File name, relative to its dataset.
    sha256 : str
        SHA-256 of its bytes, in hexadecimal.
    size : int
        Length [bytes].
    url : str, optional
        Public address of the same bytes.
    """

    name: str
    sha256: str
    size: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """The origin of a connectome.

    Parameters
    ----------
    name : str
        Dataset name, or the file it was read from.
    licence : str
        Licence of the data.
    synthetic : bool
        True where the data were generated and not measured.
    files : tuple of FileRecord
        What was read.
    citations : tuple of Citation
        What to cite when the data are used.
    notes : tuple of str
        What was left out, assumed or changed on reading: a whole sentence each, shown to whoever
        reads, measures or converts the data.
    """

    name: str
    licence: str = "not stated"
    synthetic: bool = False
    files: tuple[FileRecord, ...] = ()
    citations: tuple[Citation, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the source as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Rebuild a source from :meth:`to_json`."""
        return cls(
            name=value["name"],
            licence=value["licence"],
            synthetic=value["synthetic"],
            files=tuple(FileRecord(**item) for item in value["files"]),
            citations=tuple(Citation(**item) for item in value["citations"]),
            notes=tuple(value.get("notes", ())),  # folders of before had none
        )


@dataclass(frozen=True, slots=True)
class Operation:
    """One step in the life of a connectome.

    Parameters
    ----------
    name : str
        The verb, such as ``select``.
    parameters : dict
        Its arguments as JSON values.
    """

    name: str
    parameters: Mapping[str, JSON] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the operation as plain JSON values."""
        return {"name": self.name, "parameters": dict(self.parameters)}
