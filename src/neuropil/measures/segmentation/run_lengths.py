"""How far one can follow a neuron in a segmentation before an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Skeleton, Volume, find_rows
from neuropil.contracts import InputError, SeedTree
from neuropil.measures.intervals import bootstrap_groups
from neuropil.measures.segmentation.counting import check_whole_labels
from neuropil.measures.segmentation.edits import check_threshold
from neuropil.measures.segmentation.overlaps import Overlaps, tabulate_overlaps

__all__ = [
    "RunLength",
    "bootstrap_run_volume",
    "compute_run_length",
    "compute_run_volume",
    "find_segments",
]

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_NANOMETRES = {"nm": 1.0, "um": 1e3, "µm": 1e3, "μm": 1e3, "mm": 1e6}
_EDGE = 128  # of the blocks in which the segments of points are read [voxels]
_FEWEST_BODIES = 3  # as for all bootstrap intervals here: two have three resamples


@dataclass(frozen=True, eq=False)
class RunLength:
    """What one expects to follow from a random place of a neuron.

    Parameters
    ----------
    expected : float
        Mean over all places of what is in the same correct segment; 0 at a place where none is.
    perfect : float
        The same of a segmentation without an error.
    total : float
        All that could be followed.
    correct : float
        Share of the total that lies in a segment of one neuron alone.
    split : float
        Share between two segments.
    merged : float
        Share in segments that hold several neurons.
    omitted : float
        Share that is not segmented.
    mergers : (n,) array
        Labels of the segments that hold several neurons.
    """

    expected: float
    perfect: float
    total: float
    correct: float
    split: float
    merged: float
    omitted: float
    mergers: Integers


def compute_run_length(
    skeletons: Sequence[Skeleton],
    segments: Sequence[npt.NDArray[np.integer]],
    merge_points: int = 1,
) -> RunLength:
    """Compute the expected run length (ERL) of neurons that were traced.

    An edge of a skeleton is correct when both its points lie in one segment that holds no other
    neuron. A random place of all skeletons lies in a run: the correct edges of its neuron in one
    segment. The expected run length is the mean length of that run, 0 where the edge is not
    correct.

    Parameters
    ----------
    skeletons : sequence of Skeleton
        One for each neuron, in one unit.
    segments : sequence of (n_points,) integer array
        Label of the segment at each point, as :func:`find_segments` gives it; 0 where there is
        none.
    merge_points : int
        Points of each of two neurons that a segment must hold to be a merger. With 1, a point that
        lies across a boundary makes its neighbour's segment one.

    Returns
    -------
    RunLength
        Lengths are in the unit of the skeletons.

    Raises
    ------
    InputError
        When there is no skeleton, units differ, nothing has a length, or there is not one label for
        each point.

    References
    ----------
    Januszewski et al. 2018, Nat. Methods 15:605.
    """
    check_threshold(merge_points, "merge_points")
    labels = _check_skeletons(skeletons, segments)
    edges = _Edges.of(skeletons, labels)
    total = float(edges.length.sum())
    if not total > 0:
        raise InputError(
            "expected skeletons with a length, found points without any distance",
            where="skeletons",
            repair="Bring skeletons with at least one edge.",
        )
    mergers = _find_mergers(labels, merge_points)
    omitted = (edges.near == 0) | (edges.far == 0)
    split = ~omitted & (edges.near != edges.far)
    merged = ~omitted & ~split & np.isin(edges.near, mergers)
    correct = ~(omitted | split | merged)
    perfect = sum(skeleton.length() ** 2 for skeleton in skeletons)

    def share(part: npt.NDArray[np.bool_]) -> float:
        return float(edges.length[part].sum() / total)

    return RunLength(
        expected=edges.sum_squared_runs(correct) / total,
        perfect=perfect / total,
        total=total,
        correct=share(correct),
        split=share(split),
        merged=share(merged),
        omitted=share(omitted),
        mergers=mergers,
    )


@dataclass(frozen=True)
class _Edges:
    """Edges of all skeletons: neuron, label at either end, length."""

    neuron: Integers
    near: Integers
    far: Integers
    length: Floats

    @classmethod
    def of(cls, skeletons: Sequence[Skeleton], labels: Sequence[Integers]) -> _Edges:
        columns = []
        for neuron, (skeleton, label) in enumerate(zip(skeletons, labels, strict=True)):
            points = skeleton.points
            rows = find_rows(points["parent"], points["id"])
            child = rows.is_not_null().arg_true().to_numpy()
            parent = rows.drop_nulls().to_numpy().astype(np.int64)
            places = points.select("x", "y", "z").to_numpy()
            length = np.linalg.norm(places[child] - places[parent], axis=1)
            columns.append((np.full(len(child), neuron), label[child], label[parent], length))
        return cls(*map(np.concatenate, zip(*columns, strict=True)))

    def sum_squared_runs(self, correct: npt.NDArray[np.bool_]) -> float:
        """Sum the squares of the lengths of runs: the correct edges of a neuron in a segment."""
        keys = np.stack([self.neuron[correct], self.near[correct]])
        _, run = np.unique(keys, axis=1, return_inverse=True)
        return float(np.square(np.bincount(run, self.length[correct])).sum())


def compute_run_volume(overlaps: Overlaps, merge_voxels: int) -> RunLength:
    """Compute the expected run in voxels, for a truth without skeletons.

    As the expected run length, with voxels in place of edges: a random voxel of the truth lies in a
    run, the voxels that its body shares with its segment. The expected run is the mean size of it,
    0 in a segment that holds several bodies and in label 0 of the segmentation. Thick parts of a
    neuron count more than they do along a skeleton, so it is no length and not to be compared with
    one; nothing lies between two segments.

    Parameters
    ----------
    overlaps : Overlaps
        Voxels that bodies and segments share.
    merge_voxels : int
        Voxels of each of two bodies that a segment must hold to be a merger; boundaries that
        differ by a voxel should not reach it.

    Returns
    -------
    RunLength
        Lengths are numbers of voxels, and ``split`` is 0.

    Raises
    ------
    InputError
        When the threshold is below 1.
    """
    merger, correct = _find_correct(overlaps, merge_voxels)
    background = overlaps.segments == 0
    total = float(overlaps.n_voxels)
    at, voxels = overlaps.segment_places, overlaps.voxels.astype(float)
    return RunLength(
        expected=float(np.square(voxels[correct]).sum() / total),
        perfect=float(np.square(overlaps.body_sizes.astype(float)).sum() / total),
        total=total,
        correct=float(voxels[correct].sum() / total),
        split=0.0,
        merged=float(voxels[merger[at]].sum() / total),
        omitted=float(voxels[background[at]].sum() / total),
        mergers=overlaps.segments[merger],
    )


def bootstrap_run_volume(
    overlaps: Overlaps, merge_voxels: int, seed: SeedTree
) -> tuple[float, float] | tuple[None, None]:
    """Compute the interval of the expected run in voxels by resampling bodies.

    Bodies are drawn with replacement, each with all of its runs; which segments are mergers stays
    what it is in the whole volume.

    Parameters
    ----------
    overlaps : Overlaps
        Voxels that bodies and segments share.
    merge_voxels : int
        As for :func:`compute_run_volume`.
    seed : SeedTree
        Seed of the resampling.

    Returns
    -------
    low, high : float or None
        From the 2.5th to the 97.5th percentile [voxels]; None and None for fewer than three
        bodies.

    Raises
    ------
    InputError
        When the threshold is below 1.
    """
    _, correct = _find_correct(overlaps, merge_voxels)
    n = len(overlaps.bodies)
    if n < _FEWEST_BODIES:
        return None, None
    squares = np.square(np.where(correct, overlaps.voxels.astype(float), 0.0))
    runs, sizes = np.bincount(overlaps.body_places, squares, n), overlaps.body_sizes
    rng = seed.child("run volume").generator()
    # A random voxel lies in a body as often as it is large: sums are divided, and not means.
    return bootstrap_groups(np.arange(n), lambda rows: runs[rows].sum() / sizes[rows].sum(), rng)


def _find_correct(
    overlaps: Overlaps, merge_voxels: int
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Tell which segments are mergers, and which pairs lie in a segment that is none."""
    check_threshold(merge_voxels, "merge_voxels")
    large = overlaps.segment_places[overlaps.voxels >= merge_voxels]
    held = np.bincount(large, minlength=len(overlaps.segments))
    background = overlaps.segments == 0
    merger = (held > 1) & ~background
    return merger, ~(merger | background)[overlaps.segment_places]


def find_segments(skeleton: Skeleton, volume: Volume, name: str | None = None) -> Integers:
    """Find the segment at each point of a skeleton.

    Parameters
    ----------
    skeleton : Skeleton
        Points in nm, um or mm from the outer corner of the volume's first voxel.
    volume : Volume
        The tissue; one that is on disk is read where points are.
    name : str, optional
        Which segmentation; the only one when not given.

    Returns
    -------
    (n_points,) array
        Labels.

    Raises
    ------
    InputError
        When the unit is another one, a point lies outside the volume, or there is no such
        segmentation.
    """
    if skeleton.unit not in _NANOMETRES:
        raise InputError(
            f"expected a skeleton in nm, um or mm, found {skeleton.unit!r}",
            where="skeleton",
            repair="Multiply its coordinates by the size of their unit.",
        )
    places = skeleton.points.select("z", "y", "x").to_numpy() * _NANOMETRES[skeleton.unit]
    voxels = np.floor(places / volume.voxel_size).astype(np.int64)
    outside = (voxels != np.clip(voxels, 0, np.array(volume.shape) - 1)).any(axis=1)
    if outside.any():
        raise InputError(
            f"expected points inside a volume of {volume.shape} voxels, found "
            f"{int(outside.sum())} of {len(voxels)} outside",
            where="skeleton",
            repair="Cut the skeleton at the border, and check its unit and the voxel size.",
        )
    found = np.zeros(len(voxels), dtype=np.int64)
    blocks, of_point = np.unique(voxels // _EDGE, axis=0, return_inverse=True)
    for number, block in enumerate(blocks):
        low, here = block * _EDGE, of_point.ravel() == number
        z, y, x = (slice(start, start + _EDGE) for start in low.tolist())
        labels = volume.segmentation(name, (z, y, x))[tuple((voxels[here] - low).T)]
        found[here] = check_whole_labels(labels, "segmentation")
    return found


def _find_mergers(labels: Sequence[Integers], merge_points: int) -> Integers:
    neuron = np.repeat(np.arange(1, len(labels) + 1), [len(each) for each in labels])
    label = np.concatenate(labels)
    if not label.any():
        return np.zeros(0, dtype=np.int64)
    points = tabulate_overlaps(neuron, label, ignore_segments=(0,))
    held = np.bincount(
        points.segment_places[points.voxels >= merge_points], minlength=len(points.segments)
    )
    return points.segments[held > 1]


def _check_skeletons(
    skeletons: Sequence[Skeleton], segments: Sequence[npt.NDArray[np.integer]]
) -> list[Integers]:
    units = sorted({skeleton.unit for skeleton in skeletons})
    if len(units) != 1:
        raise InputError(
            f"expected skeletons in one unit, found {', '.join(units) or 'no skeleton'}",
            where="skeletons",
            repair="Bring at least one, and convert all to one unit.",
        )
    labels = [np.asarray(each) for each in segments]
    expected = [(skeleton.n_points,) for skeleton in skeletons]
    found = [each.shape for each in labels]
    if found != expected:
        raise InputError(
            f"expected labels of all points of each skeleton, of shapes {expected}, found {found}",
            where="segments",
            repair="Use what find_segments gives for each skeleton.",
        )
    return [check_whole_labels(each, "segments") for each in labels]
