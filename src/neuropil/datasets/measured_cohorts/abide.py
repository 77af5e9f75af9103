"""ABIDE I: functional connectivity of 1,102 subjects from 20 sites, and their phenotypes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Cohort, Parcellation
from neuropil.contracts import InputError, Operation, Source
from neuropil.datasets.facts import require_facts

__all__ = ["convert", "correlate_abide_series"]

_ARRAYS, _PHENOTYPE = "abide1_fc_ho_float16.npz", "abide1_phenotype.csv"
_NAMES = {"SUB_ID": "id", "SITE_ID": "site", "AGE_AT_SCAN": "age", "SEX": "sex"}
_NAMES |= {"DX_GROUP": "diagnosis"}
_SEXES = {1: "M", 2: "F"}
_DIAGNOSES = {1: "ASD", 2: "control"}
# Sums of squares of a constant series are not exactly 0.
_CONSTANT = 1e-12
_FILE = re.compile(r"_(?P<id>[0-9]+)_rois_ho\.1D$")
_NOTES = (
    "The pipeline of these series, and whether the global signal was regressed out, are not stated "
    "at the origin.",
    "278 subjects have regions without variance; their edges are missing.",
    "Age and site are confounded (the site alone predicts age with r .70): judge age within sites.",
    "Correlations were stored in half precision, to .0003. The 1,102 original series are rois_ho/ "
    "of the repository CS455Final, commit 2b5e6d3; datasets.correlate_abide_series reads them.",
)


def convert(files: Mapping[str, Path], source: Source) -> Cohort:
    """Read correlations and phenotypes, which stand in the same order.

    Parameters
    ----------
    files : mapping of str to Path
        The arrays and the phenotypes.
    source : Source
        Their origin.

    Returns
    -------
    Cohort
        ``FC``, float32, on the 111 regions of the Harvard-Oxford atlas; subjects with ``site``,
        ``age`` [years], ``sex`` (M, F), ``diagnosis`` (ASD, control), ``n_timepoints`` and others.
    """
    with np.load(files[_ARRAYS], allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive}
    subjects = _read_phenotypes(files[_PHENOTYPE])
    _check(arrays, subjects)
    # By the constructor: correlations in half precision need no test of the order of triangles,
    # which takes a second.
    return Cohort(
        subjects,
        {"FC": arrays["fc"]},
        _name_regions(arrays["roi_labels"].tolist()),
        {"FC": "correlation"},
        source,
        (Operation("convert_abide"),),
        _NOTES,
    )


def _read_phenotypes(path: Path) -> pl.DataFrame:
    table = pl.read_csv(path, infer_schema_length=None).rename(_NAMES)
    return table.rename(str.lower).with_columns(
        pl.col("id").cast(pl.String),
        pl.col("sex").replace_strict(_SEXES),
        pl.col("diagnosis").replace_strict(_DIAGNOSES),
    )


def _name_regions(labels: Iterable[str]) -> Parcellation:
    # The first label of a file stands behind the sign of a comment; the others keep theirs.
    names = [label.lstrip("#") for label in labels]
    return Parcellation(pl.DataFrame({"key": [int(name) for name in names], "name": names}))


def _check(arrays: Mapping[str, npt.NDArray[Any]], subjects: pl.DataFrame) -> None:
    function, sites = arrays["fc"], subjects["site"].value_counts()["count"]
    ids, ages = arrays["sub_id"].astype(str).tolist(), subjects["age"]
    lasting = arrays["n_timepoints"]
    require_facts(
        {
            "1102 subjects of 111 regions": function.shape == (1102, 6105),
            "unique ids": len(set(ids)) == len(ids),
            "ids of the phenotypes": ids == subjects["id"].to_list(),
            "111 labels": len(set(arrays["roi_labels"].tolist())) == 111,
            "correlations from -.768 to 1": bool(
                round(float(np.nanmin(function)), 3) == -0.768 and np.nanmax(function) == 1
            ),
            "missing edges in 278 subjects": int(np.isnan(function).any(axis=1).sum()) == 278,
            "78 to 316 time points": (lasting.min(), lasting.max()) == (78, 316),
            "939 male": int((subjects["sex"] == "M").sum()) == 939,
            "531 with autism": int((subjects["diagnosis"] == "ASD").sum()) == 531,
            "20 sites of 26 to 184": (len(sites), sites.min(), sites.max()) == (20, 26, 184),
            "ages from 6.47 to 64": (ages.min(), ages.max()) == (6.47, 64.0),
        },
        _ARRAYS,
    )


def correlate_abide_series(paths: Iterable[Path]) -> Cohort:
    """Correlate the original time series of ABIDE I, one file for each subject.

    Series are standardised over time and correlated; edges of a region without variance are NaN.

    Parameters
    ----------
    paths : iterable of Path
        Files such as ``CMU_a_0050642_rois_ho.1D``: a line of labels, then one line for each time
        point.

    Returns
    -------
    Cohort
        ``FC``, float64; ids without the zeros before them, as in the phenotypes, and
        ``n_timepoints``.

    Raises
    ------
    InputError
        When there is no file, a name has no id, a subject is there twice, labels differ, or a cell
        is no number.
    """
    ids, edges, lengths = [], [], []
    labels: tuple[str, ...] | None = None
    for path in paths:
        named = _FILE.search(path.name)
        if named is None:
            raise InputError(
                "expected a name such as CMU_a_0050642_rois_ho.1D",
                where=str(path),
                repair="Keep the names of the origin, which hold the ids of the subjects.",
            )
        found, series = _read_series(path)
        if labels not in (None, found):
            raise InputError(
                "expected the labels of the files before it, found others",
                where=f"{path}, line 1",
                repair="Correlate series of one atlas at a time.",
            )
        labels = found
        ids.append(str(int(named["id"])))
        edges.append(_correlate(series))
        lengths.append(len(series))
    if labels is None:
        raise InputError("expected files, found none", where="paths", repair="Name the series.")
    return Cohort.from_arrays(
        {"FC": np.stack(edges)},
        pl.DataFrame({"id": ids, "n_timepoints": lengths}),
        parcellation=_name_regions(labels),
        units={"FC": "correlation"},
    )


def _read_series(path: Path) -> tuple[tuple[str, ...], npt.NDArray[np.float64]]:
    with path.open(encoding="utf-8") as lines:
        labels = tuple(next(lines, "").split())
        try:
            series = np.loadtxt(lines, ndmin=2)
        except ValueError as error:
            raise InputError(
                f"expected lines of numbers below the labels ({error})",
                where=str(path),
                repair="Copy the file again.",
            ) from error
    if series.shape[1] != len(labels) or not np.isfinite(series).all():
        raise InputError(
            f"expected {len(labels)} finite numbers in each line, found {series.shape[1]}",
            where=str(path),
            repair="Copy the file again.",
        )
    return labels, series


def _correlate(series: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    spread = series.std(axis=0)
    spread[spread <= _CONSTANT] = np.nan
    standard = (series - series.mean(axis=0)) / spread
    matrix = standard.T @ standard / len(series)
    edges: npt.NDArray[np.float64] = matrix[np.triu_indices(len(matrix), 1)]
    # Rounding may leave a correlation of 1 a little above it.
    return np.clip(edges, -1, 1)
