"""What the assay is given: blocks of tissue by name and region, and a reference."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from neuropil import datasets, formats
from neuropil.connectome import Volume
from neuropil.contracts import ConfigError, InputError, Loaded, Operation, SeedTree, Source
from neuropil.preservation.config import REAL, PreservationConfig
from neuropil.preservation.damage.parsing import parse_damage

__all__ = [
    "TissueBlock",
    "TissueSample",
    "cut_tiles",
    "damage_blocks",
    "load_sample",
    "parse_voxel_size",
    "read_blocks",
    "read_column",
]

Region = tuple[slice, slice, slice]
Size = tuple[float, float, float]

# Sections of the control block that neither detector nor losses were learnt from.
_UNSEEN_FROM = 130
# Middle doses of what is told apart, as a command line writes them.
_SHOWN = ("gaps:0.1", "aiz:0.13", "ice:0.105", "shrink:0.73", "blur:20", "noise:1")

LIST_OF_TILES = "tiles.csv"
"""Table of a folder of tiles: ``file``, and where known ``block``, ``region`` and ``x_nm`` etc."""
_PLACES = ("z_nm", "y_nm", "x_nm")
# A metre [nm].
_FARTHEST = 1e9


@dataclass(frozen=True, eq=False)
class TissueBlock:
    """Tissue that was cut from one place: a stack of sections, or a tile.

    Parameters
    ----------
    name : str
        What it is called; unique in a sample.
    volume : Volume
        Its image, with ``truth`` where segments are known.
    region : str
        Region of the brain; empty where it is not stated.
    place : tuple of float
        Where its first voxel lies, along z, y and x [nm]; zeros where it is not stated.
    file : str
        File of a tile that a table names; else empty.
    """

    name: str
    volume: Volume
    region: str = ""
    place: tuple[float, float, float] = (0.0, 0.0, 0.0)
    file: str = ""


@dataclass(frozen=True, eq=False)
class TissueSample:
    """All blocks of a study, and a reference of good tissue where one was brought.

    Parameters
    ----------
    blocks : tuple of TissueBlock
        One or more; none where a statement is audited.
    reference : tuple of TissueBlock
        Control tissue that was imaged in the same way; empty where the shipped one is to serve.
    damages : tuple of str
        Damage that a copy of each block is given.
    notes : tuple of str
        What a reader of results should know about the data.
    """

    blocks: tuple[TissueBlock, ...]
    reference: tuple[TissueBlock, ...] = ()
    damages: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def source(self) -> Source:
        """Origin of the first block; blocks of a folder share it."""
        return self.blocks[0].volume.source if self.blocks else Source(name="a statement")

    @property
    def provenance(self) -> tuple[Operation, ...]:
        """What was done to the first block."""
        return self.blocks[0].volume.provenance if self.blocks else ()


def parse_voxel_size(text: str) -> Size:
    """Read the size of a voxel as microscopists write it, ``4x4x50``: x, y, z.

    Parameters
    ----------
    text : str
        Three numbers with an x between them [nm], or one for all.

    Returns
    -------
    tuple of float
        Edges along z, y and x [nm].

    Raises
    ------
    ConfigError
        When the text has another form.

    Examples
    --------
    >>> parse_voxel_size("4x4x50")
    (50.0, 4.0, 4.0)
    """
    parts = [part.strip() for part in re.split("[x×]", text.lower().removesuffix("nm").strip())]
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) == 1:
        numbers *= 3
    if len(numbers) != 3 or not all(0 < number < float("inf") for number in numbers):
        raise ConfigError(
            f"expected three lengths above 0 as x, y, z [nm], found {text!r}",
            where="voxel_size",
            repair="Write for example 4x4x50 for sections of 50 nm imaged at 4 nm.",
        )
    x, y, z = numbers
    return z, y, x


def read_blocks(name: str, voxel_size: Size | None, region: str) -> tuple[TissueBlock, ...]:
    """Read tissue from a dataset, a volume, a folder of volumes, or a folder of tiles.

    Parameters
    ----------
    name : str
        Dataset name or path. A folder with ``tiles.csv`` holds tiles, which the table names; a
        folder of pictures is one stack; a folder of volumes, or of such folders, holds one block
        in each.
    voxel_size : tuple of float, optional
        Edges of a voxel along z, y and x [nm], for files that do not state them.
    region : str
        Region of the brain where no table says it.

    Returns
    -------
    tuple of TissueBlock
        In the order of their names, or of the table.

    Raises
    ------
    ConfigError
        When the name is neither a dataset nor something that exists.
    InputError
        When a file is damaged, has colours, or nothing states the size of a voxel.
    """
    path = Path(name)
    if name in datasets.names(Volume) or not path.is_dir():
        volume = datasets.load_or_read(name, kind=Volume) if not path.is_file() else None
        return (TissueBlock(path.stem, volume or _read(path, voxel_size), region),)
    if (path / LIST_OF_TILES).is_file():
        return tuple(_read_tiles(path, voxel_size, region))
    if _is_volume(path):
        return (TissueBlock(path.name, _read(path, voxel_size), region),)
    inside = sorted(one for one in path.iterdir() if not one.name.startswith("."))
    blocks = [
        TissueBlock(one.stem, _read(one, voxel_size), region) for one in inside if _is_volume(one)
    ]
    if not blocks:
        raise InputError(
            "expected pictures, volumes, or a table tiles.csv, found none of them",
            where=str(path),
            repair="Name a folder of grey pictures (one stack), a folder with one volume a block, "
            "or add tiles.csv with a column file.",
        )
    return tuple(blocks)


def _is_volume(path: Path) -> bool:
    try:
        formats.sniff(path, kind=Volume)
    except (InputError, ConfigError):
        return False
    return True


def _read(path: Path, voxel_size: Size | None) -> Volume:
    options: dict[str, Any] = {} if voxel_size is None else {"voxel_size": voxel_size}
    try:
        volume: Volume = formats.read(path, kind=Volume, **options)
    except InputError as error:
        if "as voxel_size" not in error.repair:
            raise
        raise InputError(
            error.what,
            where=error.where,
            repair="State it as x, y, z: --voxel-size 4x4x50 for sections of 50 nm at 4 nm.",
        ) from error
    return volume


def _read_tiles(folder: Path, voxel_size: Size | None, region: str) -> Iterator[TissueBlock]:
    where = folder / LIST_OF_TILES
    table = _read_table(where)
    if voxel_size is None:
        raise InputError(
            "expected the size of a voxel, which pictures do not state",
            where=str(folder),
            repair="State it as x, y, z: --voxel-size 4x4x50 for sections of 50 nm at 4 nm.",
        )
    for line, row in enumerate(table.iter_rows(named=True), 2):
        path = folder / str(row["file"] or "")
        if not row["file"] or path.resolve().parent != folder.resolve():
            raise InputError(
                f"expected a file in the same folder, found {row['file'] or 'no name'!r}",
                where=f"{where}, line {line}",
                repair="Put the tiles beside their table, and name each.",
            )
        source = Source(name=folder.name)
        volume = Volume(voxel_size, formats.read_picture(path)[None], source=source)
        yield TissueBlock(
            str(row.get("block") or path.stem),
            volume,
            str(row.get("region") or region),
            _read_place(row, f"{where}, line {line}"),
            path.name,
        )


def _read_table(path: Path) -> pl.DataFrame:
    try:
        table = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        raise InputError(
            f"expected a table with commas, as UTF-8, found none ({str(error).splitlines()[0]})",
            where=str(path),
            repair="Save it as CSV with UTF-8, with a column file and as many cells in each line.",
        ) from error
    if "file" not in table.columns or not table.height:
        raise InputError(
            f"expected a column file with the names of tiles, found {', '.join(table.columns)}",
            where=str(path),
            repair="Add it; block, region, x_nm, y_nm and z_nm may stand beside it.",
        )
    return table


def _read_place(row: Mapping[str, str | None], where: str) -> Size:
    found = []
    for axis in _PLACES:
        text = row.get(axis) or "0"
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        # Farther than the size of a brain is another unit, or a mistake.
        if not abs(number) <= _FARTHEST:
            raise InputError(
                f"expected a place in nm below {_FARTHEST:.0e}, found {text!r} in {axis}",
                where=where,
                repair="Write a number, or leave the cell empty.",
            )
        found.append(number)
    return found[0], found[1], found[2]


def load_sample(config: PreservationConfig) -> Loaded[TissueSample]:
    """Return the tissue that the settings name, or control tissue that is to be damaged.

    Raises
    ------
    ConfigError
        When a name is neither a dataset nor something that exists, or a size cannot be read.
    InputError
        When a file is damaged, or does not state the size of a voxel.
    """
    if config.audit is not None or config.minutes is not None:
        _require_alone(config)
        return Loaded(TissueSample(()))
    size = None if config.voxel_size is None else parse_voxel_size(config.voxel_size)
    reference = () if config.reference is None else read_blocks(config.reference, size, "")
    if config.volume is not None:
        blocks = read_blocks(config.volume, size, config.region)
        return Loaded(TissueSample(blocks, reference, config.damage))
    volume, notes = datasets.load_or_substitute(REAL, kind=Volume)
    if not volume.source.synthetic:
        # What the shipped detector has not seen.
        volume = volume.crop((slice(_UNSEEN_FROM, None), slice(None), slice(None)))
    # Sections between those that are judged: the same tissue, undamaged.
    between = max(round(config.spacing / volume.voxel_size[0]) // 2, 1)
    good = volume.crop((slice(between, None), slice(None), slice(None)))
    return Loaded(
        TissueSample(
            (TissueBlock("control", volume),),
            reference or (TissueBlock("sections between", good),),
            config.damage or _SHOWN,
        ),
        notes,
    )


def _require_alone(config: PreservationConfig) -> None:
    """Refuse tissue beside a question that reads none."""
    asked = "audit" if config.audit is not None else "minutes"
    usual = PreservationConfig()
    named = [
        name
        for name in ("volume", "reference", "damage", "repair", "minutes")
        if name != asked and getattr(config, name) != getattr(usual, name)
    ]
    if named:
        raise ConfigError(
            f"expected nothing to judge beside {asked}, which reads no tissue, found "
            f"{' and '.join(named)}",
            where=asked,
            repair="Make a run of each.",
        )


def damage_blocks(
    blocks: tuple[TissueBlock, ...], damages: tuple[str, ...], seed: SeedTree
) -> tuple[TissueBlock, ...]:
    """Add a damaged copy of each block for each damage.

    Parameters
    ----------
    blocks : tuple of TissueBlock
        Clean tissue; most damages need its ``truth``.
    damages : tuple of str
        As ``parse_damage`` reads them, such as ``gaps:0.1``.
    seed : SeedTree
        Where random draws come from.

    Returns
    -------
    tuple of TissueBlock
        The clean blocks first; copies are called by block and damage.
    """
    operators = [parse_damage(text) for text in damages]
    return blocks + tuple(
        replace(
            block,
            name=f"{block.name}, {text}",
            volume=operator.apply(block.volume, seed.child(f"{block.name} {text}")).volume,
        )
        for block in blocks
        for text, operator in zip(damages, operators, strict=True)
    )


def cut_tiles(volume: Volume, spacing: float, edge: float) -> Iterator[Region]:
    """Cut a volume in columns of tiles, to be read and judged one by one.

    Parameters
    ----------
    volume : Volume
        Tissue, on disk or in memory.
    spacing : float
        Distance of the sections that are read [nm].
    edge : float
        Edge of a tile [nm]; half as much more or less where a volume is no multiple of it.

    Yields
    ------
    tuple of slice
        All sections that are read of one column; columns tile the plane in equal parts.
    """
    nz, ny, nx = volume.shape
    step = max(round(spacing / volume.voxel_size[0]), 1)
    for low_y, high_y in _divide(ny, edge / volume.voxel_size[1]):
        for low_x, high_x in _divide(nx, edge / volume.voxel_size[2]):
            yield slice(0, nz, step), slice(low_y, high_y), slice(low_x, high_x)


def read_column(volume: Volume, region: Region) -> Volume:
    """Read one column of tiles into memory.

    Parameters
    ----------
    volume : Volume
        Tissue.
    region : tuple of slice
        As :func:`cut_tiles` yields it.

    Returns
    -------
    Volume
        Its sections, with the distance between them as the edge of a voxel along z.
    """
    dz, dy, dx = volume.voxel_size
    return replace(
        volume,
        voxel_size=(dz * (region[0].step or 1), dy, dx),
        image=volume.read_image(region),
        segmentations={name: volume.segmentation(name, region) for name in volume.segmentations},
    )


def _divide(n: int, length: float) -> Iterator[tuple[int, int]]:
    """Divide n pixels in equal parts of about a length."""
    parts = max(round(n / length), 1)
    bounds = [round(n * place / parts) for place in range(parts + 1)]
    yield from pairwise(bounds)
