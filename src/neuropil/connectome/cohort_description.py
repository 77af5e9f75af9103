"""A cohort in words: what a reader should know first, and what cannot be right in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from neuropil.connectome.cohort import Cohort

__all__ = ["list_cohort_facts", "note_indefinite"]

# Correlation matrices have no negative eigenvalue; this much is rounding of whoever computed them.
_ROUNDING = 1e-3


def list_cohort_facts(cohort: Cohort) -> list[tuple[str, str]]:
    """List what a reader should know first.

    Parameters
    ----------
    cohort : Cohort
        What to describe.

    Returns
    -------
    list of (str, str)
        What is told, and what it is.
    """
    facts = [(cohort.source.name, f"{cohort.n_subjects} subjects, {cohort.n_regions} regions")]
    for name, unit in cohort.units.items():
        missing = cohort.n_missing(name)
        without = f", {missing} single values missing" if missing else ""
        held = int(cohort.present(name).sum())
        facts.append((name, f"unit {unit}, {held} subjects{without}"))
    facts.append(("columns", ", ".join(cohort.subjects.columns)))
    facts.append(("licence", cohort.source.licence))
    if cohort.source.synthetic:
        facts.append(("synthetic", "generated, not measured"))
    return [*facts, *(("note", note) for note in (*cohort.source.notes, *cohort.notes))]


def note_indefinite(cohort: Cohort, given: Mapping[str, npt.ArrayLike]) -> list[str]:
    """Say where correlations cannot be those of one matrix, as in a wrong order of triangles.

    Parameters
    ----------
    cohort : Cohort
        The cohort.
    given : mapping of str to array_like
        Modalities to be looked at, as they came: their type tells how they were rounded.

    Returns
    -------
    list of str
        One sentence for each modality in which a smallest eigenvalue is negative.
    """
    notes = []
    for name, values in given.items():
        if cohort.units[name] != "correlation":
            continue
        dtype = np.asarray(values).dtype
        digits = float(np.finfo(dtype).eps) if dtype.kind == "f" else 0.0
        # Rounding each cell moves the eigenvalues by the square root of their number; in half
        # precision that is more than the margin itself.
        smallest = cohort.smallest_eigenvalues(name)
        wrong = int((smallest < -_ROUNDING - digits * cohort.n_regions**0.5).sum())
        if wrong:
            notes.append(
                f"{name!r} of {wrong} of {cohort.n_subjects} subjects is no correlation matrix "
                f"(smallest eigenvalue {np.nanmin(smallest):.3g}): were its triangles written "
                "by columns, and read with order='column'?"
            )
    return notes
