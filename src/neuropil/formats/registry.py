"""The formats that exist, and how a path finds its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neuropil.connectome import Connectome
from neuropil.contracts import ConfigError, InputError
from neuropil.formats import dense_matrix, edge_list, native
from neuropil.formats.format import Format, require_file

__all__ = ["FORMATS", "convert", "read", "sniff", "write"]

# Sniffed in this order: a matrix in CSV is told from an edge list by its first two lines.
_MODULES = (native, dense_matrix, edge_list)

FORMATS: dict[str, Format] = {module.FORMAT.name: module.FORMAT for module in _MODULES}


def read(path: str | Path, format: str | None = None, **options: Any) -> Connectome:  # noqa: ANN401
    """Read a connectome.

    Parameters
    ----------
    path : str or Path
        A file or folder.
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
        When the format or an option is unknown.
    """
    path = Path(path)
    require_file(path)
    chosen = _named(format) if format else sniff(path)
    unknown = [name for name in options if name not in chosen.options]
    if unknown:
        raise ConfigError(
            f"there is no option {unknown[0]}",
            where=f"format {chosen.name}",
            repair=f"Its options are: {', '.join(chosen.options) or 'none'}.",
        )
    return chosen.read(path, **options)


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


def sniff(path: str | Path) -> Format:
    """Find the format of a file or folder from its content and name.

    Parameters
    ----------
    path : str or Path
        A file or folder.

    Returns
    -------
    Format
        The first that recognises it.

    Raises
    ------
    InputError
        When it is missing, or no format recognises it.
    """
    path = Path(path)
    require_file(path)
    for candidate in FORMATS.values():
        if candidate.sniff(path):
            return candidate
    kind = "a folder without connectome.json" if path.is_dir() else "none of them"
    raise InputError(
        f"expected one of the formats {', '.join(FORMATS)}, found {kind}",
        where=str(path),
        repair=f"Files end in {', '.join(_endings())}; or name the format.",
    )


def convert(source: str | Path, target: str | Path) -> Path:
    """Read one format and write another.

    Parameters
    ----------
    source : str or Path
        A file or folder; its format is found from its content.
    target : str or Path
        Where to; its ending chooses the format, and no ending means a connectome folder.

    Returns
    -------
    Path
        What was written.

    Raises
    ------
    InputError, ConfigError, OutputError
        As :func:`read` and :func:`write`.
    """
    return write(read(source), target)


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
