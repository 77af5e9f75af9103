"""The formats that exist, and how a path finds its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neuropil.connectome import Connectome
from neuropil.contracts import ConfigError, InputError, OutputError
from neuropil.formats import (
    bids_relmat,
    cifti,
    codex,
    dense_matrix,
    edge_list,
    graphml,
    native,
    neuprint,
    sonata,
)
from neuropil.formats.format import Format, require_file

__all__ = ["FORMATS", "convert", "read", "sniff", "write"]

# Sniffed in this order: a matrix in CSV is told from an edge list by its first two lines, and a
# dump by the names of its columns.
_MODULES = (
    *(native, dense_matrix, graphml, bids_relmat, cifti),
    *(codex, neuprint, sonata, edge_list),
)

FORMATS: dict[str, Format] = {module.FORMAT.name: module.FORMAT for module in _MODULES}


def read(
    path: str | Path,
    *more: str | Path,
    format: str | None = None,
    **options: Any,  # noqa: ANN401
) -> Connectome:
    """Read a connectome.

    Parameters
    ----------
    path : str or Path
        A file or folder.
    *more : str or Path
        Further files of the same connectome, in any order.
    format : str, optional
        Name of its format; found from its content when not given.
    **options
        Options of the format; see ``FORMATS[name].options``.

    Returns
    -------
    Connectome
        Its content, validated.

    Raises
    ------
    InputError
        When it is missing, of no known format, damaged, or not a valid connectome.
    ConfigError
        When the format or an option is unknown, or the format is one of a single file.
    """
    paths = [Path(each) for each in (path, *more)]
    for each in paths:
        require_file(each)
    chosen = _named(format) if format else sniff(*paths)
    if more and not chosen.several:
        raise ConfigError(
            f"expected one file, found {len(paths)}",
            where=f"format {chosen.name}",
            repair="Name one file or folder.",
        )
    unknown = [name for name in options if name not in chosen.options]
    if unknown:
        raise ConfigError(
            f"there is no option {unknown[0]}",
            where=f"format {chosen.name}",
            repair=f"Its options are: {', '.join(chosen.options) or 'none'}.",
        )
    return chosen.read(*paths, **options)


def write(connectome: Connectome, path: str | Path, format: str | None = None) -> Path:
    """Write a connectome.

    Parameters
    ----------
    connectome : Connectome
        What to write.
    path : str or Path
        Where to; its ending chooses the format, and no ending means a connectome folder.
    format : str, optional
        Name of the format.

    Returns
    -------
    Path
        What was written.

    Raises
    ------
    ConfigError
        When the format or the ending is unknown.
    InputError
        When the format cannot hold the connectome.
    OutputError
        When the place cannot be written.
    """
    path = Path(path)
    chosen = _named(format) if format else _by_ending(path)
    if chosen.write is None:
        raise ConfigError(
            "this format is only read", where=f"format {chosen.name}", repair="Choose another."
        )
    chosen.write(connectome, path)
    return path


def sniff(path: str | Path, *more: str | Path) -> Format:
    """Find the format of a connectome from the content and the name of its files.

    Parameters
    ----------
    path : str or Path
        A file or folder.
    *more : str or Path
        Further files of the same connectome.

    Returns
    -------
    Format
        The first that recognises it.

    Raises
    ------
    InputError
        When a file is missing, or no format recognises them.
    """
    paths = [Path(each) for each in (path, *more)]
    for each in paths:
        require_file(each)
    candidates = [each for each in FORMATS.values() if each.several or not more]
    for candidate in candidates:
        if candidate.sniff(*paths):
            return candidate
    listed = ", ".join(each.name for each in candidates)
    if more:
        raise InputError(
            f"expected files of one of the formats {listed}, found none of them",
            where=", ".join(map(str, paths)),
            repair="Name the table of connections and the tables of its neurons; see docs/formats.",
        )
    kind = "a folder without connectome.json" if paths[0].is_dir() else "none of them"
    raise InputError(
        f"expected one of the formats {listed}, found {kind}",
        where=str(path),
        repair=f"Files end in {', '.join(_endings())}; or name the format.",
    )


def convert(
    *paths: str | Path,
    format: str | None = None,
    **options: Any,  # noqa: ANN401
) -> Path:
    """Read one format and write another.

    Parameters
    ----------
    *paths : str or Path
        One or more files or folders of one connectome, whose format is found from their content,
        and last where to write; its ending chooses the format, and no ending means a connectome
        folder.
    format : str, optional
        Name of the format that is read; found from the content when not given.
    **options
        Options of its reader; see ``FORMATS[name].options``.

    Returns
    -------
    Path
        What was written.

    Raises
    ------
    InputError, ConfigError, OutputError
        As :func:`read` and :func:`write`; also for fewer than two paths.
    """
    if len(paths) < 2:
        raise ConfigError(
            f"expected what to read and where to write, found {len(paths)} path",
            where="convert",
            repair="Name one or more sources, then the target.",
        )
    *sources, target = map(Path, paths)
    chosen = _named(format) if format else sniff(*sources)
    if chosen.several and target.is_file():
        # A forgotten target would be the last of the sources.
        raise OutputError(
            "cannot write: there is a file of that name",
            where=str(target),
            repair="Name the target after all sources, or remove that file first.",
        )
    return write(read(*sources, format=chosen.name, **options), target)


def _named(name: str) -> Format:
    if name not in FORMATS:
        raise ConfigError(
            f"there is no format {name}", repair=f"The formats are: {', '.join(FORMATS)}."
        )
    return FORMATS[name]


def _by_ending(path: Path) -> Format:
    # The longest ending wins, so that `.matrix.csv` is not taken for `.csv`.
    matches = [
        (len(ending), name)
        for name, candidate in FORMATS.items()
        for ending in candidate.endings
        if path.name.endswith(ending)
    ]
    if matches:
        return FORMATS[max(matches)[1]]
    if not path.suffix:
        return native.FORMAT
    raise ConfigError(
        f"no format has the ending {path.suffix}",
        where=str(path),
        repair=f"Use {', '.join(_endings())}, or no ending for a connectome folder.",
    )


def _endings() -> list[str]:
    return [ending for candidate in FORMATS.values() for ending in candidate.endings]
