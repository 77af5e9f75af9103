"""Structural and functional connectivity of 100 subjects on the Desikan-Killiany cortex."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from scipy.io import loadmat

from neuropil.connectome import Cohort
from neuropil.contracts import Source
from neuropil.datasets.facts import require_facts

__all__ = ["convert"]

_FILE = "raw/mapping_SC_FC/example_data.mat"
_NOTES = (
    "The pairing of SC and FC cannot be shown (Mantel r .010, p .21): use these data for groups "
    "and for each modality alone, and claim nothing about the coupling of single subjects.",
    "Subjects have no ids at the origin; they are numbered from 1 in the order of the file. Ages "
    "and traits are not given.",
    "The order of the 68 regions is not stated at the origin.",
)


def convert(files: Mapping[str, Path], source: Source) -> Cohort:
    """Read the published MATLAB file, whose triangles are written by columns.

    Parameters
    ----------
    files : mapping of str to Path
        The file.
    source : Source
        Its origin.

    Returns
    -------
    Cohort
        ``SC`` and ``FC`` of 100 subjects, float32.
    """
    arrays = loadmat(files[_FILE], variable_names=["sc", "fc"])
    ids = [f"{number:03}" for number in range(1, len(arrays["sc"]) + 1)]
    cohort = Cohort.from_arrays(
        {name.upper(): arrays[name].astype(np.float32) for name in ("sc", "fc")},
        pl.DataFrame({"id": ids}),
        units={"SC": "resampled streamline weight", "FC": "correlation"},
        source=source,
        order="column",
    )
    structure, function = cohort.edges("SC"), cohort.edges("FC")
    require_facts(
        {
            "100 subjects of 68 regions": (len(cohort), cohort.n_regions) == (100, 68),
            "SC from 0 to .918": structure.min() == 0 and round(float(structure.max()), 3) == 0.918,
            "70.3 % zeros in SC": round(float((structure == 0).mean()), 3) == 0.703,
            "FC from -.634 to .993": bool(-0.634 <= function.min() < function.max() <= 0.993),
            # Read by rows, matrices have eigenvalues of -6.
            "positive definite FC": bool((cohort.smallest_eigenvalues("FC") > 1e-3).all()),
        },
        _FILE,
    )
    return replace(cohort, notes=(*cohort.notes, *_NOTES))
