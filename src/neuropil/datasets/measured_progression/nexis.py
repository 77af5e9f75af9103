"""Nine longitudinal studies of tau and alpha-synuclein in one space of 426 mouse regions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Connectome, Parcellation, Visits
from neuropil.contracts import Operation, Source
from neuropil.datasets.facts import require_facts
from neuropil.datasets.measured_progression.tables import load_arrays

__all__ = ["convert_connectome", "convert_studies"]

Arrays = Mapping[str, npt.NDArray[Any]]

_FILE = "nexis_mouse/nexis_mouse.npz"
_DATA = "__data"
_HALF = 213
# Protein, and the laboratory of the publication that the name of a study points to.
_STUDIES = {
    "asyn__human": ("alpha-synuclein", "Brundin"),
    "asyn__mouse": ("alpha-synuclein", "Brundin"),
    "endm__BolundaDSAD": ("tau", "Lee"),
    "endm__Clavaguera": ("tau", "Tolnay"),
    "endm__IbaHippInj": ("tau", "Lee"),
    "endm__IbaStrInj": ("tau", "Lee"),
    "kaufman__DS6": ("tau", "Diamond"),
    "kaufman__DS9": ("tau", "Diamond"),
    "kaufman__DS9_110": ("tau", "Diamond"),
}
_WEIGHTS = {
    "retrograde": ("net__ret", "not stated"),
    "anterograde": ("net__ant", "not stated"),
    "undirected": ("net__nd", "not stated"),
    "proximity": ("net__spat", "not stated"),
}
_ORIGIN = (
    "The originals are structs of MATLAB in the folder raw_data_mouse of the repository "
    "Raj-Lab-UCSF/Nexis, commit b99fbf7, from which nine studies were taken."
)
_SIDES = (
    "Which half of the regions is left is not stated; the seeds of all nine studies are in the "
    "first one, which is called ipsi."
)


def convert_studies(files: Mapping[str, Path], source: Source) -> Visits:
    """Read nine studies, each as a subject seen three or four times.

    Parameters
    ----------
    files : mapping of str to Path
        The arrays.
    source : Source
        Their origin.

    Returns
    -------
    Visits
        Subjects are studies, with ``protein`` and ``laboratory``. Regions have a column
        ``seed_STUDY`` for each study, densities of 25 cell types as ``density_TYPE``, and
        ``voxel_count``.
    """
    arrays = load_arrays(files[_FILE])
    _require_studies(arrays)
    times = {study: arrays[f"{study}__months"] for study in _STUDIES}
    table = pl.DataFrame(
        {
            "subject": [study for study in _STUDIES for _ in times[study]],
            "time": np.concatenate(list(times.values())),
        }
    )
    notes = (
        "A subject is a study: each value is a mean over its mice at that month.",
        "Laboratories are those of the publications that the names of the studies point to; the "
        "files do not state them.",
        "Values are semi-quantitative scores of each study's own scale.",
        _SIDES,
        _ORIGIN,
    )
    return Visits(
        table,
        np.concatenate([arrays[f"{study}{_DATA}"].T for study in _STUDIES]),
        _build_regions(arrays),
        pl.DataFrame(
            {
                "id": list(_STUDIES),
                "protein": [protein for protein, _ in _STUDIES.values()],
                "laboratory": [laboratory for _, laboratory in _STUDIES.values()],
            }
        ),
        "month",
        "pathology",
        "semi-quantitative score",
        source,
        (Operation("convert_nexis", {"dataset": source.name}),),
        notes,
    )


def convert_connectome(files: Mapping[str, Path], source: Source) -> Connectome:
    """Read four graphs between the regions of the studies as four weights.

    Parameters
    ----------
    files : mapping of str to Path
        The arrays.
    source : Source
        Their origin.

    Returns
    -------
    Connectome
        426 regions in the order of the studies; weights ``retrograde``, ``anterograde``,
        ``undirected`` and ``proximity``, null where a graph has no edge.
    """
    arrays = load_arrays(files[_FILE])
    matrices = {name: arrays[key].astype(np.float64) for name, (key, _) in _WEIGHTS.items()}
    require_facts(
        {
            "426 regions": {each.shape for each in matrices.values()} == {(426, 426)},
            "retrograde is the transpose of anterograde": np.array_equal(
                matrices["retrograde"], matrices["anterograde"].T
            ),
            "undirected and proximity are symmetric": all(
                np.array_equal(matrices[name], matrices[name].T)
                for name in ("undirected", "proximity")
            ),
            "retrograde sum 5827754": round(float(matrices["retrograde"].sum())) == 5_827_754,
        },
        _FILE,
    )
    ids = _build_regions(arrays).regions["name"]
    rows, columns = np.nonzero(np.any([each != 0 for each in matrices.values()], axis=0))
    edges = {"pre": ids.gather(rows), "post": ids.gather(columns)}
    for name, matrix in matrices.items():
        cells = pl.Series(name, matrix[rows, columns])
        edges[name] = cells.set(cells == 0, None)
    nodes = pl.DataFrame({"id": ids, "region": np.tile(arrays["net_labels"][:, 0], 2)})
    notes = (
        "Row and column of each weight are those of the published matrix of that name.",
        "The diagonal is of connections within a region, and no route of spread between regions.",
        _SIDES,
        _ORIGIN,
    )
    units = {name: unit for name, (_, unit) in _WEIGHTS.items()}
    return Connectome.from_frames(
        nodes, pl.DataFrame(edges), units=units, source=replace(source, notes=notes), directed=True
    )


def _require_studies(arrays: Arrays) -> None:
    found = {name.removesuffix(_DATA) for name in arrays if name.endswith(_DATA)}
    bases = [
        np.array_equal(np.nan_to_num(arrays[f"{study}{_DATA}"][:, 0]), arrays[f"{study}__base"])
        for study in found
    ]
    seeds = [np.flatnonzero(arrays[f"{study}__seed"]) for study in found]
    require_facts(
        {
            "44 arrays": len(arrays) == 44,
            "nine studies": found == set(_STUDIES),
            "426 regions": all(len(arrays[f"{study}{_DATA}"]) == 2 * _HALF for study in found),
            "the base is the first time with 0 where nothing was scored": all(bases),
            "seeds in the first half": all(len(seed) and seed.max() < _HALF for seed in seeds),
            "25 cell types": arrays["celltype__tasic"].shape == (2 * _HALF, 25),
        },
        _FILE,
    )


def _build_regions(arrays: Arrays) -> Parcellation:
    labels = arrays["net_labels"]
    halves = [side for side in ("ipsi", "contra") for _ in labels]
    names, divisions, parts = (np.tile(labels[:, column], 2).tolist() for column in range(3))
    columns: dict[str, Any] = {
        "key": range(1, 2 * _HALF + 1),
        "name": [f"{name} ({half})" for name, half in zip(names, halves, strict=True)],
        "injection_side": halves,
        "division": divisions,
        "part": parts,
        "voxel_count": np.tile(arrays["region_voxels"].astype(np.int64), 2),
    }
    for study in _STUDIES:
        columns[f"seed_{study}"] = arrays[f"{study}__seed"].astype(bool)
    for place, kind in enumerate(arrays["celltype__tasic_names"]):
        columns[f"density_{kind}"] = arrays["celltype__tasic"][:, place].astype(np.float64)
    return Parcellation(pl.DataFrame(columns))
