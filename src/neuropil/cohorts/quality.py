"""Quality control: what of a cohort no model should see, and what its reader should know of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import csr_array

from neuropil.cohorts.data import choose_scale, find_varying, to_scale
from neuropil.connectome import Cohort, list_some
from neuropil.contracts import InputError, Operation

__all__ = ["MAX_MISSING", "Quality", "check_quality"]

Array = npt.NDArray[np.floating]
Truths = npt.NDArray[np.bool_]

MAX_MISSING = 0.2
"""Share of missing edges beyond which a modality of a subject is not used.

Of 1,102 subjects of ABIDE three are beyond it, and 25 beyond a twentieth.
"""

# Units with numbers that they cannot have. Half precision rounds 1 by .0005.
_RANGES = {
    "streamlines": (0.0, np.inf),
    "synapses": (0.0, np.inf),
    "edges": (0.0, np.inf),
    "binary": (0.0, 1.0),
    "correlation": (-1.001, 1.001),
    "partial correlation": (-1.001, 1.001),
}
# An outlier is both so many times as far from the group as the middle subject, and so many robust
# standard deviations of these distances beyond it. Of 24 regions with random or low-rank values one
# subject in 5,000 or fewer is, of the planted worlds none, of HCP's 100 one in each modality and of
# ABIDE's 1,102 twenty.
_TIMES, _DEVIATIONS = 2.5, 5.0
# Of fewer, the spread of the distances is too rough.
_FEWEST = 20
_MASKED, _KEPT, _LEFT_OUT = "modality left out", "kept", "subject left out"
# The standard deviation of a Gaussian, by its median absolute deviation.
_DEVIATION = 1.4826


@dataclass(frozen=True)
class Quality:
    """What quality control found and did.

    Parameters
    ----------
    cohort : Cohort
        What is left, in the order of before; a modality of a subject that is not used is missing.
    table : pl.DataFrame
        ``id, modality, found, done``: subjects in their order, then what concerns edges, whose id
        is null.
    note : str
        All of it in a line, without a stop; empty where nothing was found.
    """

    cohort: Cohort
    table: pl.DataFrame
    note: str


@dataclass(frozen=True)
class _Finding:
    row: int | None
    modality: str | None
    found: str
    done: str


def check_quality(
    cohort: Cohort,
    modalities: Sequence[str],
    *,
    max_missing: float = MAX_MISSING,
    drop_outliers: bool = False,
) -> Quality:
    """Leave out what of some modalities no model should see, and name the rest that is odd.

    A modality of a subject counts as missing where it has no value, where all its edges are the
    same, where a value is none of its unit, or where too many edges are missing. A subject without
    any modality is left out. Outliers are subjects whose mean connectivity of the regions is far
    from the group's median; they are named. Edges that never vary, and those that nobody has, are
    counted and stay: they change nothing that is predicted, and leave the regions as they are.

    Parameters
    ----------
    cohort : Cohort
        Subjects; negative counts, correlations beyond 1, repeated ids and modalities of different
        regions are refused when it is made.
    modalities : sequence of str
        Those that are to be used; others stay as they are.
    max_missing : float
        Share of missing edges beyond which a modality of a subject is not used.
    drop_outliers : bool
        Whether that modality of an outlier is not used either.

    Returns
    -------
    Quality
        The cohort that is left, and what was found and done.

    Raises
    ------
    InputError
        When there is no such modality, or no subject is left.

    Examples
    --------
    >>> cohort = Cohort.from_arrays({"SC": [[1, 2, 3], [5, 5, 5], [2, 0, 1]]})
    >>> found = check_quality(cohort, ["SC"])
    >>> found.cohort.ids, found.table.row(0)
    (('0', '2'), ('1', 'SC', 'all edges are 5', 'subject left out'))
    """
    findings: list[_Finding] = []
    masks = {}
    for name in modalities:
        unfit = _find_unfit(cohort, name, max_missing)
        far = _find_far(cohort, name, unfit)
        masks[name] = set(unfit) | (set(far) if drop_outliers else set())
        findings += [_Finding(row, name, found, _MASKED) for row, found in unfit.items()]
        done = _MASKED if drop_outliers else _KEPT
        findings += [_Finding(row, name, found, done) for row, found in far.items()]
        findings += _find_edges(cohort, name, masks[name])
    gone = set.intersection(*masks.values()) if masks else set()
    if len(gone) == len(cohort):
        raise InputError(
            f"expected at least one subject with {' or '.join(modalities)}, found none that can be "
            f"used: {'; '.join(sorted({one.found for one in findings if one.row is not None}))}",
            where=cohort.source.name,
            repair="Check how the connections were read, and their unit.",
        )
    findings = [replace(one, done=_LEFT_OUT) if one.row in gone else one for one in findings]
    # A sort keeps the order of the modalities of a subject.
    findings.sort(key=lambda one: len(cohort) if one.row is None else one.row)
    left = _leave_out(cohort, masks, gone)
    return Quality(left, _tabulate(findings, cohort), _say(findings, cohort))


def _find_unfit(cohort: Cohort, name: str, max_missing: float) -> dict[int, str]:
    """Tell which subjects' modality cannot be used, and why, by their rows."""
    edges = cohort.edges(name)
    missing = np.isnan(edges)
    count = missing.sum(axis=1)
    low, high = _RANGES.get(cohort.units[name], (-np.inf, np.inf))
    # Comparisons with NaN are false.
    wrong = (edges < low) | (edges > high)
    same = _are_same(edges)
    found = {}
    for row in np.flatnonzero((count > max_missing * edges.shape[1]) | wrong.any(axis=1) | same):
        if count[row] == edges.shape[1]:
            found[int(row)] = "no value"
        elif wrong[row].any():
            value = edges[row][wrong[row]][0]
            found[int(row)] = f"{wrong[row].sum()} values that {cohort.units[name]} cannot have, "
            found[int(row)] += f"such as {value:.6g}"
        elif same[row]:
            found[int(row)] = f"all edges are {edges[row][~missing[row]][0]:.6g}"
        else:
            found[int(row)] = f"{count[row]} of {edges.shape[1]} edges missing"
    return found


def _are_same(edges: Array) -> Truths:
    """Tell which subjects' edges are all the same, shape (n,); one or two edges may well be."""
    if edges.shape[1] < 3:
        return np.zeros(len(edges), bool)
    missing = np.isnan(edges)
    highest = np.where(missing, -np.inf, edges).max(axis=1)
    return np.asarray(highest == np.where(missing, np.inf, edges).min(axis=1))


def _find_far(cohort: Cohort, name: str, unfit: dict[int, str]) -> dict[int, str]:
    """Tell which subjects' mean connectivity of the regions is far from the group's."""
    rows = np.setdiff1d(np.arange(len(cohort)), list(unfit))
    if len(rows) < _FEWEST:
        return {}
    edges = to_scale(cohort.edges(name)[rows], choose_scale(cohort, name))
    distances = _measure_distances(_average_regions(edges, cohort.n_regions))
    middle = float(np.median(distances))
    spread = _DEVIATION * float(np.median(np.abs(distances - middle)))
    # Half of the subjects may be equally far, as where no region varies.
    if not spread > np.finfo(float).eps * middle:
        return {}
    far = distances > max(middle + _DEVIATIONS * spread, _TIMES * middle)
    return {
        int(rows[at]): f"mean connectivity {distances[at] / middle:.1f} times as far from the "
        "group's as that of the middle subject"
        for at in np.flatnonzero(far)
    }


def _average_regions(edges: Array, n_regions: int) -> Array:
    """Return the mean edge of each region, shape (n, n_regions), NaN where it has none."""
    first, second = np.triu_indices(n_regions, 1)
    places = np.arange(len(first))
    at = np.concatenate([places, places]), np.concatenate([first, second])
    touches = csr_array((np.ones(2 * len(first)), at), shape=(len(first), n_regions))
    seen = ~np.isnan(edges)
    count = seen.astype(float) @ touches
    total = np.where(seen, edges, 0.0) @ touches
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _measure_distances(profiles: Array) -> Array:
    """Return root mean squares of robust scores over the regions, shape (n,)."""
    # A region that nobody has says nothing, and its median would be a warning.
    held = profiles[:, ~np.isnan(profiles).all(axis=0)]
    around = held - np.nanmedian(held, axis=0)
    spread = _DEVIATION * np.nanmedian(np.abs(around), axis=0)
    vary = spread > np.finfo(float).eps * np.nanmax(np.abs(held), axis=0, initial=0.0)
    scores = around[:, vary] / spread[vary]
    count = np.maximum((~np.isnan(scores)).sum(axis=1), 1)
    return np.asarray(np.sqrt(np.nansum(scores**2, axis=1) / count))


def _find_edges(cohort: Cohort, name: str, unused: set[int]) -> list[_Finding]:
    edges = np.delete(cohort.edges(name), list(unused), axis=0)
    if not len(edges):
        return []
    nobody = np.isnan(edges).all(axis=0)
    # Of a single subject no edge varies, which says nothing of the edges.
    still = ~find_varying(edges) & ~nobody & (len(edges) > 1)
    total = edges.shape[1]
    counts = {
        f"{nobody.sum()} of {total} edges that no subject has": nobody,
        f"{still.sum()} of {total} edges that are the same in all subjects": still,
    }
    return [_Finding(None, name, found, _KEPT) for found, which in counts.items() if which.any()]


def _leave_out(cohort: Cohort, masks: dict[str, set[int]], gone: set[int]) -> Cohort:
    edges = dict(cohort.connectivity)
    masked = {name: len(rows - gone) for name, rows in masks.items()}
    for name, rows in masks.items():
        # Those without the modality from the start are no change.
        if rows - gone and cohort.present(name)[list(rows - gone)].any():
            edges[name] = np.array(cohort.edges(name))
            edges[name][list(rows)] = np.nan
    if any(edges[name] is not cohort.connectivity[name] for name in edges):
        done = Operation("check_quality", {"modalities left out": masked})
        cohort = replace(cohort, connectivity=edges, provenance=(*cohort.provenance, done))
    return cohort.take(np.setdiff1d(np.arange(len(cohort)), list(gone))) if gone else cohort


def _tabulate(findings: list[_Finding], cohort: Cohort) -> pl.DataFrame:
    rows = [
        (None if one.row is None else cohort.ids[one.row], one.modality, one.found, one.done)
        for one in findings
    ]
    schema = dict.fromkeys(("id", "modality", "found", "done"), pl.String)
    return pl.DataFrame(rows, schema, orient="row")


def _say(findings: list[_Finding], cohort: Cohort) -> str:
    said = []
    of = f"of {len(cohort)} subjects"
    gone = {one.row for one in findings if one.done == _LEFT_OUT}
    if gone:
        were = "was" if len(gone) == 1 else "were"
        said.append(f"{len(gone)} {of} {were} left out: {_name(gone, cohort)}")
    for modality in cohort.modalities:
        own = [one for one in findings if one.modality == modality]
        masked = {one.row for one in own if one.done == _MASKED}
        far = {one.row for one in own if one.done == _KEPT} - {None}
        if masked:
            said.append(f"{modality} of {len(masked)} {of} is not used: {_name(masked, cohort)}")
        if far:
            said.append(
                f"{modality} of {len(far)} {of} is far from the group's, and kept: "
                f"{_name(far, cohort)}"
            )
        said += [f"{modality} has {one.found}" for one in own if one.row is None]
    return "; ".join(said)


def _name(rows: set[int | None], cohort: Cohort) -> str:
    return list_some(
        repr(cohort.ids[row]) for row in sorted(row for row in rows if row is not None)
    )
