"""Where data came from and what was done to them."""

from __future__ import annotations

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
        """Format as a BibTeX ``misc`` entry.

        Examples
        --------
        >>> print(Citation("turner2020", "Turner 2020, A title", "10.1/2").to_bibtex())
        @misc{turner2020,
          note = {Turner 2020, A title},
          doi = {10.1/2}
        }
        """
        # As note: the text is one line that readers see, and is not taken apart into authors and
        # journal.
        fields = [f"  note = {{{self.text}}}"]
        if self.doi:
            fields.append(f"  doi = {{{self.doi}}}")
        return f"@misc{{{self.key},\n" + ",\n".join(fields) + "\n}"


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
