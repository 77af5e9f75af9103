"""From one format to another: connectomes and volumes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from neuropil.connectome import Connectome, Volume
from neuropil.contracts import ConfigError, OutputError
from neuropil.formats.registry import FORMATS, choose, read, recognise, write

__all__ = ["convert", "convert_with_notes", "find_convertible"]


def convert(
    *paths: str | Path,
    format: str | None = None,
    **options: Any,  # noqa: ANN401
) -> Path:
    """Read a connectome or a volume in one format and write it in another.

    Parameters
    ----------
    *paths : str or Path
        One or more files or folders of one connectome, or the one file or folder of a volume,
        whose format is found from their content, and last where to write; its ending chooses the
        format, and no ending means a connectome folder, of a volume a Zarr folder.
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
    return convert_with_notes(*paths, format=format, **options)[0]


def convert_with_notes(
    *paths: str | Path,
    format: str | None = None,
    **options: Any,  # noqa: ANN401
) -> tuple[Path, tuple[str, ...]]:
    """Convert as :func:`convert`, and tell what was left out or assumed on reading.

    Parameters
    ----------
    *paths : str or Path
        As for :func:`convert`.
    format : str, optional
        As for :func:`convert`.
    **options
        As for :func:`convert`.

    Returns
    -------
    path : Path
        What was written.
    notes : tuple of str
        ``source.notes`` of what was read, and of a volume its own notes.

    Raises
    ------
    InputError, ConfigError, OutputError
        As :func:`convert`.
    """
    if len(paths) < 2:
        raise ConfigError(
            f"expected what to read and where to write, found {len(paths)} path",
            where="convert",
            repair="Name one or more sources, then the target.",
        )
    *sources, target = map(Path, paths)
    # Whatever the format of the target cannot hold would be lost for good.
    if same := [each for each in sources if target.exists() and target.samefile(each)]:
        raise OutputError(
            "cannot write: it is what is read",
            where=str(same[0]),
            repair="Name another target.",
        )
    kind = find_convertible(*sources, format=format, options=options)
    chosen = choose(*sources, kind=kind, format=format, options=options)
    if chosen.several and target.is_file():
        # A forgotten target would be the last of the sources.
        raise OutputError(
            "cannot write: there is a file of that name",
            where=str(target),
            repair="Name the target after all sources, or remove that file first.",
        )
    # By name, so that the files are not sniffed twice and cannot be judged otherwise.
    noun: Connectome | Volume = read(*sources, kind=kind, format=chosen.name, **options)
    own = noun.notes if isinstance(noun, Volume) else ()
    return write(noun, target), (*noun.source.notes, *own)


def find_convertible(
    *paths: str | Path, format: str | None = None, options: Iterable[str] = ()
) -> type[Connectome] | type[Volume]:
    """Tell whether files hold a connectome or a volume.

    Parameters
    ----------
    *paths : str or Path
        Files or folders of one noun.
    format : str, optional
        Name of their format, where it is known.
    options : iterable of str
        Names of options with which they are to be read.

    Returns
    -------
    type
        ``Volume`` where the format, or else the content, is that of a volume; ``Connectome``
        otherwise, whose reader says what is wrong.
    """
    if format is not None:
        return Volume if format in FORMATS and FORMATS[format].holds is Volume else Connectome
    existing = [Path(each) for each in paths if Path(each).exists()]
    wanted = list(options)
    if len(existing) < len(paths) or recognise(existing, Connectome, wanted):
        return Connectome
    return Volume if recognise(existing, Volume, wanted) else Connectome
