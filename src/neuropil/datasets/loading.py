"""A dataset as the noun that it holds, what stands in for it, and files of one's own instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar, overload

from neuropil import formats
from neuropil.connectome import Connectome
from neuropil.contracts import (
    ConfigError,
    DataUnavailableError,
    FileRecord,
    Progress,
    Source,
    did_you_mean,
)
from neuropil.datasets.registry import info, names
from neuropil.datasets.spec import Dataset
from neuropil.datasets.store import fetch

__all__ = ["load", "load_or_read", "load_or_substitute"]

Noun = TypeVar("Noun")
Converter = Callable[[Mapping[str, Path], Source], Any]


@overload
def load(name: str, progress: Progress | None = None, *, kind: None = None) -> Any: ...  # noqa: ANN401
@overload
def load(name: str, progress: Progress | None = None, *, kind: type[Noun]) -> Noun: ...
def load(name: str, progress: Progress | None = None, *, kind: type[Any] | None = None) -> Any:
    """Load a dataset, fetching its files where they are not here yet.

    Parameters
    ----------
    name : str
        One of :func:`neuropil.datasets.names`.
    progress : Progress, optional
        Told about each downloaded block [bytes].
    kind : type, optional
        What the dataset must hold; anything when not given.

    Returns
    -------
    Connectome, Cohort, Visits, GeneAtlas, ImageSet, Skeleton or Volume
        What the dataset holds. Its ``source`` names the files with their SHA-256 and what to cite.

    Raises
    ------
    ConfigError
        When no dataset has that name, or it holds something else than ``kind``.
    DataUnavailableError, IntegrityError
        As :func:`fetch`.

    Examples
    --------
    >>> load("synthetic-head-direction").source.synthetic
    True
    """
    dataset = info(name)
    # By name, because the catalogue imports no noun; and before the files, which may be large.
    if kind is not None and dataset.holds != kind.__name__:
        fitting = ", ".join(names(kind))
        raise ConfigError(
            f"expected a dataset that holds {kind.__name__}, {name!r} holds {dataset.holds}",
            where="datasets.load",
            repair=f"Choose one of: {fitting or 'none is registered'}.",
        )
    paths = fetch(name, progress)
    # Imported when it is asked for: listing datasets must not load every reader.
    module, function = dataset.converter.split(":")
    convert: Converter = getattr(import_module(module), function)
    return convert(paths, _describe_source(dataset))


def _describe_source(dataset: Dataset) -> Source:
    return Source(
        name=dataset.name,
        licence=dataset.licence,
        synthetic=dataset.synthetic,
        files=tuple(
            # As published and not as found: `fetch` has refused all other bytes.
            FileRecord(file.name, file.sha256, file.size, next(iter(file.urls), None))
            for file in dataset.files
        ),
        citations=dataset.citations,
    )


@overload
def load_or_substitute(
    name: str,
    progress: Progress | None = None,
    *,
    kind: None = None,
) -> tuple[Any, tuple[str, ...]]: ...
@overload
def load_or_substitute(
    name: str, progress: Progress | None = None, *, kind: type[Noun]
) -> tuple[Noun, tuple[str, ...]]: ...
def load_or_substitute(
    name: str, progress: Progress | None = None, *, kind: type[Any] | None = None
) -> tuple[Any, tuple[str, ...]]:
    """Load a dataset, or the one that stands in for it where its files cannot be had.

    Parameters
    ----------
    name : str
        One of :func:`neuropil.datasets.names`. Its ``substitute`` is tried next, then the
        substitute of that one.
    progress : Progress, optional
        Told about each downloaded block [bytes].
    kind : type, optional
        What the dataset must hold; anything when not given.

    Returns
    -------
    data : Connectome, Cohort, Visits, GeneAtlas, ImageSet, Skeleton or Volume
        Of the first dataset that can be had.
    notes : tuple of str
        Empty where that is the one asked for, else one sentence that names both.

    Raises
    ------
    ConfigError
        When no dataset has that name, or it holds something else than ``kind``.
    DataUnavailableError
        When neither the dataset nor what stands in for it can be had.
    IntegrityError
        As :func:`fetch`.

    Examples
    --------
    >>> data, notes = load_or_substitute("synthetic-head-direction", kind=Connectome)
    >>> data.n_nodes, notes
    (152, ())
    """
    used, data = _load_first(name, progress, kind)
    if used == name:
        return data, ()
    embedded = "" if info(used).files else "the embedded "
    return data, (f"{name} could not be had; {embedded}{used} was used instead.",)


def _load_first(name: str, progress: Progress | None, kind: type[Any] | None) -> tuple[str, Any]:
    try:
        return name, load(name, progress, kind=kind)
    except DataUnavailableError:
        other = info(name).substitute
        if other is None:
            raise
    # Outside the handler, or a later failure would be shown as a consequence of this one.
    return _load_first(other, progress, kind)


@overload
def load_or_read(
    name: str | Path,
    *more: str | Path,
    kind: type[Noun],
    **reading: Any,  # noqa: ANN401
) -> Noun: ...
@overload
def load_or_read(
    name: str | Path,
    *more: str | Path,
    **reading: Any,  # noqa: ANN401
) -> Connectome: ...
def load_or_read(
    name: str | Path, *more: str | Path, kind: type[Any] = Connectome, **reading: Any
) -> Any:
    """Load a dataset by its name, or read files of one's own.

    Parameters
    ----------
    name : str or Path
        Name of a dataset, or a file or folder.
    *more : str or Path
        Further files of the same noun.
    kind : type
        The noun that is expected.
    **reading
        ``format`` and options of its reader, as ``formats.read`` takes them; a dataset has none.

    Returns
    -------
    instance of ``kind``
        Its content, validated.

    Raises
    ------
    ConfigError
        When a single name is neither a dataset nor something that exists, a dataset holds another
        noun, or options are given for a dataset.
    InputError
        When a file is missing, of no known format, damaged, or holds another noun.
    DataUnavailableError, IntegrityError
        As :func:`fetch`, for a dataset.
    """
    text, path = str(name), Path(name)
    # Names first: a dataset is meant even where a file of that name lies in the folder.
    if not more and text in names():
        if reading:
            raise ConfigError(
                f"expected no options of a reader for a dataset, found {', '.join(reading)}",
                where=f"dataset {text}",
                repair=f"Leave them out, or write ./{text} for a file of that name.",
            )
        return load(text, kind=kind)
    # A name with a folder or an ending is meant as a path: its reader says what is missing.
    if not more and not path.exists() and path.name == text and not path.suffix:
        fitting = names(kind)
        raise ConfigError(
            f"there is no file, folder or dataset {text!r}",
            repair=f"{did_you_mean(text, fitting)}The datasets are: {', '.join(fitting)}; "
            f"the current folder is {Path.cwd()}.",
        )
    return formats.read(name, *more, kind=kind, **reading)
