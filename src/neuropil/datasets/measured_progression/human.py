"""Group maps and group connectomes of people: tau, amyloid, tractography, many similarities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Cohort, Connectome, Parcellation, Visits, label_regions
from neuropil.contracts import Operation, Source
from neuropil.datasets.facts import require_facts
from neuropil.datasets.measured_progression.tables import (
    build_connectome,
    load_arrays,
    name_sides,
    read_columns,
    read_square,
)

__all__ = [
    "convert_enigma",
    "convert_hansen",
    "convert_hcp83",
    "convert_moments",
    "convert_ucl_tau",
    "convert_ucl_tractography",
]

Floats = npt.NDArray[np.float64]

_UCL, _ENIGMA = "ucl_network_spreading", "enigma_dk68"
_CHAGGAR, _HANSEN = "chaggar_adni_params", "hansen_multimodal_dk68/hansen_dk68.npz"
_SIZES = {68: "ctx", 82: "with_sctx"}
_UNITS = {"consensusSC": "binary", "consensusSC_wei": "not stated"}
_OWN_NAMES = {"consensusSC": "SC", "consensusSC_wei": "SC_weighted"}


def convert_ucl_tau(files: Mapping[str, Path], source: Source) -> Visits:
    """Read the group mean of tau PET, with amyloid PET as a column of the regions.

    Parameters
    ----------
    files : mapping of str to Path
        Tau, amyloid and names of regions.
    source : Source
        Their origin.

    Returns
    -------
    Visits
        One subject, the group, seen once; regions have ``amyloid_suvr`` and ``cortical``.
    """
    tau = read_columns(files[f"{_UCL}/pathology.csv"])
    amyloid = read_columns(files[f"{_UCL}/regional_amyloid.csv"])
    values = tau["0"].to_numpy()
    require_facts(
        {
            "84 regions": len(values) == 84,
            "tau of 1.0227 to 1.7583": (round(values.min(), 4), round(values.max(), 4))
            == (1.0227, 1.7583),
            "tau sum 114.91501": round(float(values.sum()), 5) == 114.91501,
            "the same regions in both maps": amyloid["region"].to_list()
            == tau.to_series(0).to_list(),
        },
        f"{_UCL}/pathology.csv",
    )
    regions = _read_ucl_regions(files)
    described = regions.regions.with_columns(amyloid["suvr"].alias("amyloid_suvr"))
    return Visits(
        pl.DataFrame({"subject": ["group mean"], "time": [0.0]}),
        values[None],
        replace(regions, regions=described),
        pl.DataFrame({"id": ["group mean"]}),
        "year",
        "tau PET",
        "SUVR",
        source,
        (Operation("convert_ucl_tau", {"dataset": source.name}),),
        ("A mean over a group of people; time has no meaning in it.",),
    )


def convert_ucl_tractography(files: Mapping[str, Path], source: Source) -> Connectome:
    """Read the tractography between the regions of the tau map.

    Parameters
    ----------
    files : mapping of str to Path
        Matrix and names of regions.
    source : Source
        Their origin.

    Returns
    -------
    Connectome
        84 regions, undirected.
    """
    name = f"{_UCL}/tractography.csv"
    matrix = read_square(files[name])
    require_facts(
        {
            "84 regions": matrix.shape == (84, 84),
            "symmetric": np.array_equal(matrix, matrix.T),
            "diagonal of zeros": not np.diag(matrix).any(),
            "sum 31002552.84": round(float(matrix.sum()), 2) == 31002552.84,
        },
        name,
    )
    regions = _read_ucl_regions(files)
    weight = ("tractography", "not stated")
    return build_connectome(matrix, regions, label_regions(regions), weight, source)


def _read_ucl_regions(files: Mapping[str, Path]) -> Parcellation:
    listed = read_columns(files[f"{_UCL}/RegionList.csv"])["region_name"].to_list()
    regions = name_sides([f"{each[-1]}_{each[:-2].lower()}" for each in listed])
    # Cortex of the left side first, then everything below it, then cortex of the right side.
    cortical = [place < 34 or 49 <= place < 83 for place in range(84)]
    return Parcellation(regions.with_columns(pl.Series("cortical", cortical)))


def convert_enigma(files: Mapping[str, Path], source: Source) -> Cohort:
    """Read the group means of SC and FC.

    Parameters
    ----------
    files : mapping of str to Path
        Two matrices and two lists of labels, of 68 or of 82 regions.
    source : Source
        Their origin.

    Returns
    -------
    Cohort
        One subject, the group.
    """
    size = 82 if any("with_sctx" in name for name in files) else 68
    end = _SIZES[size]
    structure, function = (
        read_square(files[f"{_ENIGMA}/{kind}Matrix_{end}.csv"]) for kind in ("struc", "func")
    )
    labels, others = (
        files[f"{_ENIGMA}/{kind}Labels_{end}.csv"].read_text().strip().split(",")
        for kind in ("struc", "func")
    )
    nonzero, top = {68: (0.301, 1.427), 82: (0.354, 1.427)}[size]
    require_facts(
        {
            f"{size} regions": structure.shape == function.shape == (size, size),
            "labels equal for both": labels == others and len(labels) == size,
            "SC symmetric": np.array_equal(structure, structure.T),
            "SC of 0 to 12.615": (structure.min(), round(structure.max(), 3)) == (0, 12.615),
            f"{nonzero:.1%} of SC nonzero": round(float((structure != 0).mean()), 3) == nonzero,
            "FC of 0 to 1.427": (function.min(), round(function.max(), 3)) == (0, top),
        },
        f"{_ENIGMA}/strucMatrix_{end}.csv",
    )
    notes = (
        "Means over a group of the Human Connectome Project; no single person is in them.",
        "FC is on the scale of Fisher z, with negative values set to 0 at the origin.",
    )
    given = {"SC": structure, "FC": function}
    units = {"SC": "log streamlines", "FC": "Fisher z"}
    return _build_group(given, Parcellation(name_sides(labels)), units, (source, notes))


def convert_hansen(files: Mapping[str, Path], source: Source) -> Cohort:
    """Read ten matrices of connectivity and similarity, and maps of the regions.

    Parameters
    ----------
    files : mapping of str to Path
        The arrays.
    source : Source
        Their origin.

    Returns
    -------
    Cohort
        One subject, the group; regions have centroids, predictors, receptors and effects of
        disorders on thickness.
    """
    arrays = load_arrays(files[_HANSEN])
    squares = {name: each for name, each in arrays.items() if each.shape == (68, 68)}
    distance = squares.pop("eu_distance")
    similar = [each for name, each in squares.items() if name not in _UNITS]
    require_facts(
        {
            "ten matrices of 68 regions": len(squares) == 10,
            "nothing missing": not any(np.isnan(each).any() for each in squares.values()),
            "symmetric": all(np.array_equal(each, each.T) for each in squares.values()),
            "similarities of 1 with themselves": all(
                np.allclose(np.diag(each), 1) for each in similar
            ),
            "distances of centroids": np.allclose(
                distance[0, 1], np.linalg.norm(arrays["coords_mni"][0] - arrays["coords_mni"][1])
            ),
        },
        _HANSEN,
    )
    given = {_OWN_NAMES.get(name, name): each for name, each in squares.items()}
    units = {_OWN_NAMES.get(name, name): _UNITS.get(name, "correlation") for name in squares}
    notes = (
        "The repositories of the data have no licence: use them here, and do not pass them on.",
        "The order of regions is not that of enigma-dk68; match them by name.",
    )
    return _build_group(given, _read_hansen_regions(arrays), units, (source, notes))


def _read_hansen_regions(arrays: Mapping[str, npt.NDArray[Any]]) -> Parcellation:
    columns: dict[str, Floats] = {
        f"{axis}_mm": arrays["coords_mni"][:, place] for place, axis in enumerate("xyz")
    }
    for names, values, prefix in (
        (arrays["bio_predictor_names"], arrays["bio_predictors"], "predictor"),
        (arrays["enigma_disorders"], arrays["enigma_ct"], "thickness"),
        # The file of receptors has no names.
        (range(1, 19), arrays["receptors"], "receptor"),
    ):
        columns |= {f"{prefix}_{name}": values[:, place] for place, name in enumerate(names)}
    table = name_sides(arrays["labels"].tolist())
    added = [pl.Series(name, values.astype(np.float64)) for name, values in columns.items()]
    return Parcellation(table.with_columns(added), space="MNI152")


def convert_hcp83(files: Mapping[str, Path], source: Source) -> Connectome:
    """Read the connectome of 83 regions that local-capacity models were fitted on.

    Parameters
    ----------
    files : mapping of str to Path
        Matrix and regions.
    source : Source
        Their origin.

    Returns
    -------
    Connectome
        Undirected.
    """
    name = f"{_CHAGGAR}/hcp_scale1_adjacency.csv"
    matrix, table = read_square(files[name]), read_columns(files[f"{_CHAGGAR}/parc.csv"])
    require_facts(
        {
            "83 regions": matrix.shape == (83, 83) and table.height == 83,
            "symmetric": np.array_equal(matrix, matrix.T),
            "largest weight 1": matrix.max() == 1,
        },
        name,
    )
    side = table["Hemisphere"].replace_strict({"left": "L", "right": "R", "none": None})
    regions = pl.DataFrame(
        {
            "key": table["ID"],
            "name": table["Label"],
            "hemisphere": side,
            **{f"{axis}_mm": table[axis] for axis in "xyz"},
            "cortical": table["Region"] == "cortical",
            "lobe": table["Lobe"].replace("occiptal", "occipital"),
        }
    )
    parcellation = Parcellation(regions)
    weight = ("connection_strength", "share of the largest")
    return build_connectome(matrix, parcellation, label_regions(parcellation), weight, source)


def convert_moments(files: Mapping[str, Path], source: Source) -> Parcellation:
    """Read mean and variance of healthy and pathological tau PET in each region.

    Parameters
    ----------
    files : mapping of str to Path
        The table.
    source : Source
        Its origin.

    Returns
    -------
    Parcellation
        105 regions with ``healthy_mean``, ``healthy_variance``, ``pathological_mean`` and
        ``pathological_variance`` [SUVR]; null where no mixture was fitted.
    """
    name = f"{_CHAGGAR}/component_moments.csv"
    table = read_columns(files[name])
    cortex = table.filter(pl.col("region").str.starts_with("ctx_"))
    require_facts(
        {
            "105 regions": table.shape == (105, 5),
            "68 complete regions of cortex": cortex.height == 68
            and sum(cortex.null_count().row(0)) == 0,
        },
        name,
    )
    labels = [_relabel(each) for each in table["region"]]
    moments = {
        "healthy_mean": table["C0_mean"],
        "healthy_variance": table["C0_cov"],
        "pathological_mean": table["C1_mean"],
        "pathological_variance": table["C1_cov"],
    }
    regions = name_sides(labels).with_columns(
        [each.cast(pl.Float64).alias(label) for label, each in moments.items()]
    )
    done = Operation("convert_moments", {"dataset": source.name})
    return Parcellation(regions, source=source, provenance=(done,))


def _relabel(label: str) -> str:
    for start, side in (("ctx_lh_", "L_"), ("ctx_rh_", "R_"), ("Left_", "L_"), ("Right_", "R_")):
        if label.startswith(start):
            return f"{side}{label.removeprefix(start)}"
    return label


def _build_group(
    given: Mapping[str, npt.NDArray[Any]],
    parcellation: Parcellation,
    units: Mapping[str, str],
    origin: tuple[Source, tuple[str, ...]],
) -> Cohort:
    source, notes = origin
    cohort = Cohort.from_arrays(
        {name: each[None].astype(np.float64) for name, each in given.items()},
        pl.DataFrame({"id": ["group mean"]}),
        parcellation=parcellation,
        units=units,
        source=source,
        # Halves that differ in the last digits alone; beyond that the facts above refuse them.
        symmetrise="mean",
    )
    done = Operation("convert_group_connectome", {"dataset": source.name})
    return replace(cohort, provenance=(done,), notes=(*notes, *cohort.notes))
