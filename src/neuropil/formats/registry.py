"""The formats that exist, for every noun, and how a path finds its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, overload

from neuropil.connectome import (
    Cohort,
    Connectome,
    GeneAtlas,
    ImageSet,
    Parcellation,
    Skeleton,
    Visits,
    Volume,
)
from neuropil.contracts import ConfigError, InputError
from neuropil.formats import (
    bids_relmat,
    cifti,
    codex,
    dense_matrix,
    edge_list,
    gene_arrays,
    gene_tables,
    gifti,
    graphml,
    idx,
    native,
    neuprint,
    sonata,
    swc,
)
from neuropil.formats.cohort_files import arrays as cohort_arrays
from neuropil.formats.cohort_files import bids_folder as cohort_folder
from neuropil.formats.format import Format, require_file
from neuropil.formats.visit_files import visit_table
from neuropil.formats.volume_files import (
    array_archive,
    hdf5_voxels,
    image_folder,
    tiff_stack,
    zarr_folder,
)

__all__ = ["FORMATS", "choose", "read", "recognise", "sniff", "write"]

Noun = TypeVar("Noun")

# Sniffed in this order: a matrix in CSV is told from an edge list by its first two lines, and a
# dump by the names of its columns.
_MODULES = (
    *(native, dense_matrix, graphml, bids_relmat, cifti),
    *(codex, neuprint, sonata, edge_list),
    *(swc, gifti, gene_tables, gene_arrays, idx),
    *(cohort_arrays, cohort_folder, visit_table),
    *(zarr_folder, array_archive, hdf5_voxels, tiff_stack, image_folder),
)

# Folders that a name without an ending stands for.
_FOLDERS = {
    Connectome: native.FORMAT,
    Cohort: cohort_folder.FORMAT,
    Volume: zarr_folder.FORMAT,
}

# Files that other programs read; what they hold comes in by way of these.
_OTHER_PROGRAMS = {
    ".mat": "Save its matrix with scipy.io.loadmat and numpy.save, or as text.",
    ".xlsx": "Save its sheet as CSV.",
    ".xls": "Save its sheet as CSV.",
    ".gexf": "Read it with networkx.read_gexf and Connectome.from_networkx, or export GraphML.",
    ".gml": "Read it with networkx.read_gml and Connectome.from_networkx, or export GraphML.",
    ".edgelist": "Add a line of names, such as source target weight, and name it .txt.",
}

_OTHER_SPELLING = {"weight": "weights", "weights": "weight"}

# A tuple of modules and no scan of the folder: the order matters, and imports stay visible.
FORMATS: dict[str, Format] = {module.FORMAT.name: module.FORMAT for module in _MODULES}
"""Every format by its name, those of connectomes first; ``holds`` tells the noun."""


@overload
def read(
    path: str | Path,
    *more: str | Path,
    kind: type[Noun],
    format: str | None = None,
    **options: Any,  # noqa: ANN401
) -> Noun: ...
@overload
def read(
    path: str | Path,
    *more: str | Path,
    format: str | None = None,
    **options: Any,  # noqa: ANN401
) -> Connectome: ...
def read(
    path: str | Path,
    *more: str | Path,
    kind: type[Any] = Connectome,
    format: str | None = None,
    **options: Any,
) -> Any:
    """Read a connectome, or another noun.

    Parameters
    ----------
    path : str or Path
        A file or folder.
    *more : str or Path
        Further files of the same noun; of a connectome in any order.
    kind : type
        The noun that is expected: ``Connectome``, ``Cohort``, ``Skeleton``, ``Parcellation``,
        ``GeneAtlas``, ``ImageSet``, ``Visits`` or ``Volume``.
    format : str, optional
        Name of its format; found from its content when not given.
    **options
        Options of the format; see ``FORMATS[name].options``.

    Returns
    -------
    instance of ``kind``
        Its content, validated.

    Raises
    ------
    InputError
        When it is missing, of no known format, damaged, or holds another noun.
    ConfigError
        When the format or an option is unknown, or the format is one of a single file or of
        another noun.
    """
    paths = _existing(path, *more)
    chosen = choose(*paths, kind=kind, format=format, options=options)
    if more and not chosen.several:
        raise ConfigError(
            f"expected one file, found {len(paths)}",
            where=f"format {chosen.name}",
            repair="Name one file or folder.",
        )
    spelled = {_spell(name, chosen): value for name, value in options.items()}
    # Checked here, because a reader would raise a TypeError that names no format.
    unknown = [name for name in spelled if name not in chosen.options]
    if unknown:
        raise ConfigError(
            f"there is no option {unknown[0]}",
            where=f"format {chosen.name}",
            repair=f"Its options are: {', '.join(chosen.options) or 'none'}.",
        )
    _check_choices(chosen, spelled)
    return chosen.read(*paths, **spelled)


def _check_choices(chosen: Format, options: dict[str, Any]) -> None:
    """Refuse a word that an option does not know: a slip would be taken for some other word."""
    kinds = chosen.option_types()
    for name, value in options.items():
        words = get_args(kinds[name]) if get_origin(kinds[name]) is Literal else (value,)
        if value not in words:
            raise ConfigError(
                f"expected {name} to be one of {', '.join(map(repr, words))}, found {value!r}",
                where=f"format {chosen.name}",
                repair=f"Such as {name}={words[-1]!r}.",
            )


def choose(
    path: str | Path,
    *more: str | Path,
    kind: type = Connectome,
    format: str | None = None,
    options: Iterable[str] = (),
) -> Format:
    """Choose the format by which files are read.

    Parameters
    ----------
    path : str or Path
        A file or folder.
    *more : str or Path
        Further files of the same noun.
    kind : type
        The noun that is expected.
    format : str, optional
        Its name; found from the content of the files when not given.
    options : iterable of str
        Names of options: of several formats that recognise the files, the first that has them all
        is taken, so that ``pre`` and ``post`` make an edge list of a table of numbers.

    Returns
    -------
    Format
        That of the name, else one that recognises the files.

    Raises
    ------
    InputError, ConfigError
        As :func:`sniff`, and when there is no format of that name.
    """
    if format:
        return _named(format, kind)
    first = sniff(path, *more, kind=kind)
    wanted = list(options)
    if all(_spell(name, first) in first.options for name in wanted):
        return first
    # A file that no format with these options recognises is refused by the first, with its options.
    return recognise(_existing(path, *more), kind, wanted) or first


def recognise(
    paths: Sequence[Path], kind: type = Connectome, options: Iterable[str] = ()
) -> Format | None:
    """Find the first format of a noun that recognises files and has some options.

    Parameters
    ----------
    paths : sequence of Path
        Existing files or folders of one noun.
    kind : type
        The noun.
    options : iterable of str
        Names of options that its reader must have.

    Returns
    -------
    Format, optional
        None where no format does.
    """
    wanted = list(options)
    fitting = (
        each
        for each in _holding(kind)
        if all(_spell(name, each) in each.options for name in wanted)
    )
    return _recognise(paths, fitting)


def _spell(name: str, chosen: Format) -> str:
    """Spell the weight as a format does: some have several, some one."""
    other = _OTHER_SPELLING.get(name, name)
    return name if name in chosen.options or other not in chosen.options else other


def write(
    noun: Connectome | Cohort | Skeleton | Parcellation | GeneAtlas | ImageSet | Visits | Volume,
    path: str | Path,
    format: str | None = None,
) -> Path:
    """Write a connectome, or another noun that has a format to be written in.

    Parameters
    ----------
    noun : Connectome or other noun
        What to write.
    path : str or Path
        Where to; its ending chooses the format, and no ending means a folder.
    format : str, optional
        Name of the format.

    Returns
    -------
    Path
        What was written.

    Raises
    ------
    ConfigError
        When the format or the ending is unknown, or holds another noun.
    InputError
        When the format cannot hold what is written.
    OutputError
        When the place cannot be written.
    """
    path = Path(path)
    put = choose_written(path, type(noun), format).write
    assert put is not None
    put(noun, path)
    return path


def choose_written(path: str | Path, kind: type = Connectome, format: str | None = None) -> Format:
    """Choose the format in which a noun would be written, before there is anything to write.

    Parameters
    ----------
    path : str or Path
        Where to; its ending chooses the format, and no ending means a folder.
    kind : type
        The noun.
    format : str, optional
        Name of the format.

    Returns
    -------
    Format
        One that writes the noun.

    Raises
    ------
    ConfigError
        When the format or the ending is unknown, holds another noun, or is only read.
    """
    chosen = _named(format, kind) if format else _by_ending(Path(path), kind)
    if chosen.write is None:
        raise ConfigError(
            "this format is only read", where=f"format {chosen.name}", repair="Choose another."
        )
    return chosen


def sniff(path: str | Path, *more: str | Path, kind: type = Connectome) -> Format:
    """Find the format of a connectome, or another noun, from the content and names of its files.

    Parameters
    ----------
    path : str or Path
        A file or folder.
    *more : str or Path
        Further files of the same noun.
    kind : type
        The noun that is expected.

    Returns
    -------
    Format
        The first that recognises it.

    Raises
    ------
    InputError
        When a file is missing, holds another noun, or no format recognises it.
    ConfigError
        When no format holds ``kind``.
    """
    paths = _existing(path, *more)
    fitting = _holding(kind)
    # Formats of the expected noun first: only where none fits is it asked what else it might be.
    chosen = _recognise(paths, fitting)
    if chosen:
        return chosen
    other = _recognise(paths, (each for each in FORMATS.values() if each not in fitting))
    if other:
        raise InputError(
            f"expected a format that holds {kind.__name__}, found {other.name}, which holds "
            f"{other.holds.__name__}",
            where=", ".join(map(str, paths)),
            repair=f"Read it with kind={other.holds.__name__}, or name files of one of the "
            f"formats {_list(fitting)}.",
        )
    raise _unrecognised(paths, kind)


def _existing(*paths: str | Path) -> list[Path]:
    found = [Path(each) for each in paths]
    for each in found:
        require_file(each)
    return found


def _holding(kind: type) -> list[Format]:
    fitting = [each for each in FORMATS.values() if each.holds is kind]
    if not fitting:
        nouns = dict.fromkeys(each.holds.__name__ for each in FORMATS.values())
        raise ConfigError(
            f"no format holds {kind.__name__}", repair=f"Formats hold: {', '.join(nouns)}."
        )
    return fitting


def _recognise(paths: Sequence[Path], candidates: Iterable[Format]) -> Format | None:
    # Readers of one file cannot even be asked about several.
    able = (each for each in candidates if each.several or len(paths) == 1)
    return next((each for each in able if each.sniff(*paths)), None)


def _unrecognised(paths: Sequence[Path], kind: type) -> InputError:
    several = len(paths) > 1
    candidates = [each for each in _holding(kind) if each.several or not several]
    what = f"one of the formats {_list(candidates)}"
    if kind is not Connectome:
        known = "; ".join(f"{each.name}, {each.description}" for each in _holding(kind))
        return InputError(
            f"expected {what if candidates else 'one file'}, found none of them",
            where=", ".join(map(str, paths)),
            repair=f"Formats that hold {kind.__name__}: {known}.",
        )
    if several:
        return InputError(
            f"expected files of {what}, found none of them",
            where=", ".join(map(str, paths)),
            repair="Name the table of connections and the tables of its neurons; see docs/formats.",
        )
    other = _OTHER_PROGRAMS.get(paths[0].suffix.lower())
    if other:
        return InputError(
            f"expected {what}, found a file that ends in {paths[0].suffix}",
            where=str(paths[0]),
            repair=other,
        )
    found = "a folder without connectome.json" if paths[0].is_dir() else "none of them"
    return InputError(
        f"expected {what}, found {found}",
        where=str(paths[0]),
        repair=f"Files end in {', '.join(_endings(kind))}; or name the format.",
    )


def _named(name: str, kind: type) -> Format:
    fitting = _holding(kind)
    listed = f"The formats are: {_list(fitting)}."
    if name not in FORMATS:
        raise ConfigError(f"there is no format {name}", repair=listed)
    if FORMATS[name] not in fitting:
        raise ConfigError(
            f"expected a format that holds {kind.__name__}, found one that holds "
            f"{FORMATS[name].holds.__name__}",
            where=f"format {name}",
            repair=listed,
        )
    return FORMATS[name]


def _by_ending(path: Path, kind: type) -> Format:
    # The longest ending wins, so that `.matrix.csv` is not taken for `.csv`.
    matches = [
        (len(ending), each.name)
        for each in _holding(kind)
        for ending in each.endings
        if path.name.endswith(ending)
    ]
    if matches:
        # Tuples compare by length first; the name only makes the choice between equals repeatable.
        return FORMATS[max(matches)[1]]
    # A name without an ending is a folder.
    if not path.suffix and kind in _FOLDERS:
        return _FOLDERS[kind]
    endings = ", ".join(_endings(kind))
    if not endings:
        raise ConfigError(
            f"no format that holds {kind.__name__} can be written",
            where=str(path),
            repair=f"The formats {_list(_holding(kind))} are only read.",
        )
    named = f"{kind.__name__.lower()} folder"
    folder = f", or no ending for a {named}" if kind in _FOLDERS else ""
    raise ConfigError(
        f"no format has the ending {path.suffix}", where=str(path), repair=f"Use {endings}{folder}."
    )


def _endings(kind: type) -> list[str]:
    return [ending for each in _holding(kind) for ending in each.endings]


def _list(formats: Iterable[Format]) -> str:
    return ", ".join(each.name for each in formats)
