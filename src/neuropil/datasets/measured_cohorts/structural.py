"""Structural connectivity of the Human Connectome Project: counts, and binary networks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Cohort
from neuropil.contracts import InputError, Operation, Source
from neuropil.datasets.facts import require_facts

__all__ = ["convert_binary136", "convert_binary212", "convert_counts", "read_streamline_tables"]

_COUNTS = "hcp200_sc_schaefer200_float32.npz"
_BINARY, _TRAITS = "hcp_binary_sc_dk68.npz", "hcp136_traits_openaccess.csv"
_EDGES = 2278
_REGIONS = "The order of the {n} regions is not stated at the origin."


def convert_counts(files: Mapping[str, Path], source: Source) -> Cohort:
    """Read streamline counts of 200 subjects on 231 regions.

    Parameters
    ----------
    files : mapping of str to Path
        The arrays.
    source : Source
        Their origin.

    Returns
    -------
    Cohort
        ``SC``, float32.
    """
    arrays = _load(files[_COUNTS])
    counts, ids = arrays["sc"], arrays["subject"]
    require_facts(
        {
            "200 subjects of 231 regions": counts.shape == (200, 26565),
            "whole numbers of 0 or more": bool((counts >= 0).all() and not (counts % 1).any()),
            "at most 112,328 streamlines": int(counts.max()) == 112_328,
            "26.9 % zeros": round(float((counts == 0).mean()), 3) == 0.269,
            "unique ascending ids": bool((np.diff(ids) > 0).all()),
        },
        _COUNTS,
    )
    notes = (
        "The 231 regions are the Schaefer-200 parcels and subcortical ones.",
        _REGIONS.format(n=231),
        "Age and sex of the subjects are not given.",
        "The 200 original tables are Data/SC_Weights/ of the repository "
        "HaritaEtAl2024_whobpyt-network-sc-lesions, commit 6a237f4; "
        "datasets.read_streamline_tables reads them.",
    )
    return _build({"id": ids.astype(str)}, counts, "streamlines", (source, notes))


def convert_binary136(files: Mapping[str, Path], source: Source) -> Cohort:
    """Read which connections 136 subjects have, and their open-access traits.

    Parameters
    ----------
    files : mapping of str to Path
        The arrays and the traits.
    source : Source
        Their origin.

    Returns
    -------
    Cohort
        ``SC`` of 0 and 1, float32; subjects with ``sex``, ``age_range`` [years] and ten scores.
    """
    edges = _unpack(files[_BINARY], "tensorregress136")
    traits = pl.read_csv(files[_TRAITS], infer_schema_length=None).rename(
        {"Subject": "id", "Gender": "sex", "Age": "age_range"}
    )
    missing = traits.null_count().row(0, named=True)
    require_facts(
        {
            "136 subjects with traits": traits.shape == (136, 13) and len(edges) == 136,
            "201,806 connections": int(edges.sum()) == 201_806,
            "71 male": int((traits["sex"] == "M").sum()) == 71,
            "one missing PMAT24 and one missing Endurance": (
                missing["PMAT24_A_CR"],
                missing["Endurance_Unadj"],
                sum(missing.values()),
            )
            == (1, 1, 2),
        },
        _BINARY,
    )
    notes = (
        _REGIONS.format(n=68),
        "13 of the 573 columns of the original table, all of open access, are given. The original "
        "is data/HCP.rda of the R package tensorregress, which neuropil does not read.",
    )
    return _build(traits, edges, "binary", (source, notes))


def convert_binary212(files: Mapping[str, Path], source: Source) -> Cohort:
    """Read which connections 212 subjects have.

    Parameters
    ----------
    files : mapping of str to Path
        The arrays.
    source : Source
        Their origin.

    Returns
    -------
    Cohort
        ``SC`` of 0 and 1, float32.
    """
    edges = _unpack(files[_BINARY], "cise212")
    require_facts(
        {
            "212 subjects of 68 regions": edges.shape == (212, _EDGES),
            "173,057 connections": int(edges.sum()) == 173_057,
        },
        _BINARY,
    )
    ids = [f"{number:03}" for number in range(1, len(edges) + 1)]
    notes = (
        _REGIONS.format(n=68),
        "Subjects have no ids at the origin; they are numbered from 1 in the order of the file.",
        "The original is data/A.rda of the R package CISE, which neuropil does not read.",
    )
    return _build({"id": ids}, edges, "binary", (source, notes))


def _load(path: Path) -> dict[str, npt.NDArray[Any]]:
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive}


def _unpack(path: Path, name: str) -> npt.NDArray[np.float32]:
    # Eight edges are packed into a byte; the bits beyond the last edge are filling.
    bits = np.unpackbits(_load(path)[name], axis=1)[:, :_EDGES]
    return bits.astype(np.float32)


def _build(
    subjects: Any,  # noqa: ANN401
    edges: npt.NDArray[np.float32],
    unit: str,
    origin: tuple[Source, tuple[str, ...]],
) -> Cohort:
    source, notes = origin
    done = Operation("convert_structural", {"dataset": source.name})
    return Cohort(subjects, {"SC": edges}, None, {"SC": unit}, source, (done,), notes)


def read_streamline_tables(paths: Iterable[Path]) -> Cohort:
    """Read the original tables of streamline counts, one file for each subject.

    Parameters
    ----------
    paths : iterable of Path
        Files such as ``100206_new_atlas_Yeo.nii.csv``: a square of numbers with its upper half
        filled. The diagonal is left out.

    Returns
    -------
    Cohort
        ``SC``, float64; ids from the names of the files.

    Raises
    ------
    InputError
        When there is no file, a cell is no number, sizes differ, or a subject is there twice.
    """
    ids, matrices = [], []
    for path in paths:
        ids.append(path.name.split("_")[0])
        try:
            matrices.append(np.loadtxt(path, ndmin=2))
        except ValueError as error:
            raise InputError(
                f"expected lines of numbers ({error})",
                where=str(path),
                repair="Copy the file again.",
            ) from error
    sizes = {matrix.shape for matrix in matrices}
    if len(sizes) != 1:
        raise InputError(
            f"expected matrices of one size, found {', '.join(map(str, sorted(sizes))) or 'none'}",
            where="paths",
            repair="Name the files of one parcellation.",
        )
    return Cohort.from_arrays(
        {"SC": np.stack(matrices)},
        pl.DataFrame({"id": ids}),
        units={"SC": "streamlines"},
    )
