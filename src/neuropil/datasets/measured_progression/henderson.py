"""Alpha-synuclein pathology of 35 mice after an injection into the right caudoputamen.

References
----------
Henderson et al. 2019, Nature Neuroscience 22:1248.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from neuropil.connectome import Connectome, Parcellation, Visits
from neuropil.contracts import Operation, Source
from neuropil.datasets.facts import require_facts
from neuropil.datasets.measured_progression.tables import (
    build_connectome,
    read_columns,
    read_square,
)

__all__ = ["convert_cell_counts", "convert_connectome", "convert_pathology"]

_FOLDER = "henderson2019_asyn"
_PATHOLOGY, _COUNTS = f"{_FOLDER}/pathology.csv", f"{_FOLDER}/cell_body_counts.csv"
_CONNECTOME, _REGIONS = f"{_FOLDER}/connectome_116.csv", f"{_FOLDER}/regions.csv"
_SPACE = "Allen mouse brain, axes as published"
# The fibrils went into the right hemisphere, so that the injected side is the right one.
_SIDES = {"ipsi": "R", "contra": "L"}
_SEED = "iCPu"
_GROUPS = {"G20": [6, 6, 7], "NTG": [4, 6, 6]}
_ORIGIN = (
    "The originals are in the folder Data83018 of the repository ejcorn/connectome_diffusion, "
    "commit b967d08; columns were put into the order of the connectome."
)


def convert_pathology(files: Mapping[str, Path], source: Source) -> Visits:
    """Read the area of pathology in each region of each mouse.

    Parameters
    ----------
    files : mapping of str to Path
        Pathology and regions.
    source : Source
        Their origin.

    Returns
    -------
    Visits
        One visit of each mouse, in months after the injection, with the ``group``.
    """
    table = read_columns(files[_PATHOLOGY])
    values = table.drop("mouse", "months", "group").cast(pl.Float64).to_numpy()
    counts = {
        group: [table.filter(group=group, months=month).height for month in (1, 3, 6)]
        for group in _GROUPS
    }
    regions = _read_regions(files[_REGIONS])
    require_facts(
        {
            "35 mice of 116 regions": values.shape == (35, 116),
            "14 missing values": int(np.isnan(values).sum()) == 14,
            "30.2 % zeros": round(float((values == 0).mean()), 3) == 0.302,
            "largest value .859006": round(float(np.nanmax(values)), 6) == 0.859006,
            "sum 48.652187": round(float(np.nansum(values)), 6) == 48.652187,
            "mice by group and month": counts == _GROUPS,
            "regions in the order of the columns": regions.regions["name"].to_list()
            == table.columns[3:],
        },
        _PATHOLOGY,
    )
    notes = (
        "Each mouse was seen once, since its brain was sectioned: months differ between mice.",
        "Whether the measure is a percentage or a fraction of the area is not stated at the "
        "origin.",
        f"The injection was into the right caudoputamen, {_SEED}; ipsilateral regions are R.",
        _ORIGIN,
    )
    return _build(table, values, regions, ("alpha-synuclein pathology", "area"), (source, notes))


def convert_cell_counts(files: Mapping[str, Path], source: Source) -> Visits:
    """Read the number of cell bodies with pathology in each region of each mouse.

    Parameters
    ----------
    files : mapping of str to Path
        Counts, pathology (whose mice they are) and regions.
    source : Source
        Their origin.

    Returns
    -------
    Visits
        One visit of each mouse.
    """
    table, mice = read_columns(files[_COUNTS]), read_columns(files[_PATHOLOGY])
    values = table.drop("time", "group").cast(pl.Float64).to_numpy()
    times = [f"{month} MPI" for month in mice["months"]]
    require_facts(
        {
            "35 mice of 116 regions": values.shape == (35, 116),
            "14 missing values": int(np.isnan(values).sum()) == 14,
            "sum 3088.5": float(np.nansum(values)) == 3088.5,
            "groups and months of the pathology": table["group"].equals(mice["group"])
            and table["time"].to_list() == times,
            "regions of the pathology": table.columns[2:] == mice.columns[3:],
        },
        _COUNTS,
    )
    notes = (
        "The table has no ids of mice; its groups and months are those of the pathology line by "
        "line, and so the mice were taken as the same.",
        _ORIGIN,
    )
    regions = _read_regions(files[_REGIONS])
    return _build(mice, values, regions, ("cell bodies with pathology", "count"), (source, notes))


def convert_connectome(files: Mapping[str, Path], source: Source) -> Connectome:
    """Read the mesoscale connectome between the regions of the pathology.

    Parameters
    ----------
    files : mapping of str to Path
        Matrix and regions.
    source : Source
        Their origin.

    Returns
    -------
    Connectome
        116 regions in the order of the pathology; row = source of the axons, column = target.
    """
    matrix = read_square(files[_CONNECTOME])
    half = len(matrix) // 2
    require_facts(
        {
            "116 regions": matrix.shape == (116, 116),
            "the same block for both sides": np.array_equal(
                matrix[:half, :half], matrix[half:, half:]
            )
            and np.array_equal(matrix[:half, half:], matrix[half:, :half]),
            "sum 869.244279": round(float(matrix.sum()), 6) == 869.244279,
            "64.9 % nonzero": round(float((matrix != 0).mean()), 3) == 0.649,
        },
        _CONNECTOME,
    )
    notes = (
        "The diagonal is of connections within a region, and no route of spread between regions.",
        "One hemisphere was measured, and both are taken as alike; weights have eight digits.",
        _ORIGIN,
    )
    regions = _read_regions(files[_REGIONS])
    weight = ("connection_strength", "not stated")
    origin = replace(source, notes=notes)
    return build_connectome(matrix, regions, regions.regions["name"].to_list(), weight, origin)


def _read_regions(path: Path) -> Parcellation:
    table = read_columns(path)
    injected = table["hemisphere"]
    regions = pl.DataFrame(
        {
            "key": range(1, table.height + 1),
            "name": table["region"],
            "hemisphere": injected.replace_strict(_SIDES),
            **{f"{axis}_mm": table[f"{axis}_um"] / 1000 for axis in "xyz"},
            "injection_side": injected,
            "allen_structures": table["allen_structures"],
            "snca_expression": table["snca_expression"],
            "seed": table["region"] == _SEED,
        }
    )
    return Parcellation(regions, space=_SPACE)


def _build(
    mice: pl.DataFrame,
    values: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    regions: Parcellation,
    measure: tuple[str, str],
    origin: tuple[Source, tuple[str, ...]],
) -> Visits:
    source, notes = origin
    quantity, unit = measure
    return Visits(
        pl.DataFrame({"subject": mice["mouse"], "time": mice["months"]}),
        values,
        regions,
        pl.DataFrame({"id": mice["mouse"], "group": mice["group"]}),
        "month",
        quantity,
        unit,
        source,
        (Operation("convert_henderson", {"dataset": source.name}),),
        notes,
    )
