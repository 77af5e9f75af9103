"""Visits in words: what a reader should know first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from neuropil.connectome.visits import Visits

__all__ = ["list_visit_facts"]


def list_visit_facts(visits: Visits) -> list[tuple[str, str]]:
    """List what a reader should know first.

    Parameters
    ----------
    visits : Visits
        What to describe.

    Returns
    -------
    list of (str, str)
        What is told, and what it is.
    """
    sizes = f"{visits.n_subjects} subjects, {visits.n_visits} visits, {visits.n_regions} regions"
    each = np.bincount(visits.subject_rows())
    numbers, counts = np.unique(each, return_counts=True)
    seen = ", ".join(
        f"{count} seen {'once' if number == 1 else f'{number} times'}"
        for number, count in zip(numbers, counts, strict=True)
    )
    unit, times = f"{visits.time_unit}s", visits.times
    if visits.gaps().any():
        when = f"up to {visits.gaps().max():g} {unit} after the first"
    else:
        when = f"at {times.min():g} to {times.max():g} {unit}"
    facts = [
        (visits.source.name, sizes),
        ("visits", f"{seen}; {when}"),
        (visits.quantity, f"unit {visits.unit}"),
        ("columns", ", ".join(visits.subjects.columns)),
        ("licence", visits.source.licence),
    ]
    if visits.source.synthetic:
        facts.append(("synthetic", "generated, not measured"))
    return [*facts, *(("note", note) for note in (*visits.source.notes, *visits.notes))]
