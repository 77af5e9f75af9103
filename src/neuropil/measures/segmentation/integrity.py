"""Whether the synapses of a neuron stay together: neural reconstruction integrity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError
from neuropil.measures.segmentation.overlaps import Overlaps
from neuropil.measures.segmentation.partitions import count_unordered_pairs

__all__ = ["Integrity", "compute_integrity"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Integrity:
    """Neural reconstruction integrity of a network and of each of its neurons.

    Parameters
    ----------
    integrity : float
        Harmonic mean of precision and recall (NRI).
    precision : float
        Of the pairs of terminals in one segment, the share that is truly of one neuron.
    recall : float
        Of the pairs of terminals of one neuron, the share that is found in one segment.
    neurons : (n_neurons,) array
        Labels of the neurons of the truth, ascending.
    of_neurons : (n_neurons,) array
        Integrity of each neuron; NaN where it has no pair and none was made with it.
    """

    integrity: float
    precision: float
    recall: float
    neurons: npt.NDArray[np.int64]
    of_neurons: Floats


def compute_integrity(terminals: Overlaps) -> Integrity:
    """Compute neural reconstruction integrity (NRI) from synaptic terminals.

    Two terminals of a neuron are a way through it. The way is found when both terminals are, and in
    one segment; it is missed when they are in two or one was not found. A way is made up when a
    segment joins terminals of two neurons, or terminals that do not exist.

    Parameters
    ----------
    terminals : Overlaps
        Of ``tabulate_overlaps(neuron, segment, ignore_bodies=())``, where both are arrays with a
        label for each terminal, pre- or postsynaptic. Neuron 0 marks a terminal of the segmentation
        that is not in the truth, segment 0 a true one that was not found.

    Returns
    -------
    Integrity
        Of the network and of each neuron. An undefined share, of no pairs, is NaN.

    Raises
    ------
    InputError
        When a terminal has neither a neuron nor a segment, or all have no neuron.

    References
    ----------
    Reilly et al. 2018, Front. Neuroinform. 12:74.

    Examples
    --------
    Five terminals of one neuron, of which three and two are in one segment:

    >>> from neuropil.measures import tabulate_overlaps
    >>> found = compute_integrity(tabulate_overlaps(np.ones(5, int), np.array([1, 1, 1, 2, 2])))
    >>> found.precision, found.recall
    (1.0, 0.4)
    """
    true = terminals.bodies[terminals.body_places] > 0
    found = terminals.segments[terminals.segment_places] > 0
    _check_terminals(true, found)
    both = terminals.voxels[true & found]
    hits = count_unordered_pairs(both)
    in_segments = count_unordered_pairs(terminals.segment_sizes[terminals.segments > 0])
    in_neurons = count_unordered_pairs(terminals.body_sizes[terminals.bodies > 0])
    joined = in_segments + in_neurons
    return Integrity(
        integrity=2 * hits / joined if joined else float("nan"),
        precision=hits / in_segments if in_segments else float("nan"),
        recall=hits / in_neurons if in_neurons else float("nan"),
        neurons=terminals.bodies[terminals.bodies > 0],
        of_neurons=_integrity_of_neurons(terminals, found)[terminals.bodies > 0],
    )


def _integrity_of_neurons(terminals: Overlaps, found: npt.NDArray[np.bool_]) -> Floats:
    count = terminals.voxels.astype(float)
    others = terminals.segment_sizes[terminals.segment_places] - count
    hits, made_up = (
        np.bincount(terminals.body_places, each * found, len(terminals.bodies))
        # A wrong pair belongs to two neurons, so that each has half of it.
        for each in (count * (count - 1) / 2, count * others / 2)
    )
    size = terminals.body_sizes.astype(float)
    missed = size * (size - 1) / 2 - hits
    with np.errstate(invalid="ignore"):
        integrity: Floats = 2 * hits / (2 * hits + made_up + missed)
    return integrity


def _check_terminals(true: npt.NDArray[np.bool_], found: npt.NDArray[np.bool_]) -> None:
    nowhere = ~true & ~found
    if nowhere.any() or not true.any():
        raise InputError(
            "expected terminals with a neuron or a segment, some of them with a neuron; found "
            + ("terminals with neither" if nowhere.any() else "none with a neuron"),
            where="terminals",
            repair="0 in place of a neuron or of a segment says that it has none; leave out "
            "terminals that have neither.",
        )
