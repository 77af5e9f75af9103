"""A circuit as the C kernel takes it: gates that are only counted are told from those kept."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError
from neuropil.logic.netlist.circuit import CONSTANT, Circuit
from neuropil.logic.netlist.evaluate import check_bits, schedule_gates

__all__ = ["CompiledCircuit"]

_PASS, _INVERT = 3, 12  # gates that give A, and its opposite
_PADDING = 64  # bytes of the widest register: thresholds are read in whole ones

Ints = npt.NDArray[np.int32]


class _Netlist(ctypes.Structure):
    _fields_ = [
        *(
            (name, ctypes.c_int32)
            for name in ("features", "levels", "kept", "classes", "runs", "counted_runs")
        ),
        *(
            (name, ctypes.c_void_p)
            for name in (
                *("thresholds", "node", "left", "right", "kind", "run"),
                *("first", "second", "counted_kind", "counted_run", "class_run", "constants"),
            )
        ),
    ]


class CompiledCircuit:
    """A circuit that the C kernel evaluates on blocks of images; nothing is compiled for it.

    Parameters
    ----------
    circuit : Circuit
        Any circuit.
    library : ctypes.CDLL
        From :func:`load_kernel`.
    thresholds : (n_features, n_levels) array, optional
        Where given, what is evaluated are bytes and not bits: an input of the circuit is on where
        its byte reaches its threshold. Inputs of one feature are neighbours, as
        :class:`~neuropil.logic.BitEncoder` makes them.

    Raises
    ------
    InputError
        When thresholds are as many as no circuit input, or beyond what a byte can hold.
    """

    def __init__(
        self,
        circuit: Circuit,
        library: ctypes.CDLL,
        thresholds: npt.ArrayLike | None = None,
    ) -> None:
        self.circuit = circuit
        self._library = library
        self._bits = thresholds is None
        given = np.ones((circuit.n_inputs, 1)) if thresholds is None else np.asarray(thresholds)
        self._levels = _check_thresholds(given, circuit.n_inputs)
        nodes, n_kept = _place_nodes(circuit, self._levels.shape[1])
        kept, counted = _list_kept(circuit, nodes), _list_counted(circuit, nodes)
        features, levels = self._levels.shape
        padded = np.zeros((levels, -(-features // _PADDING) * _PADDING), np.uint8)
        padded[:, :features] = self._levels.T
        opposite = np.bincount(
            circuit.groups[(circuit.outputs == CONSTANT) & circuit.inverted],
            minlength=circuit.n_classes,
        )
        self._arrays: tuple[npt.NDArray[Any], ...] = (
            padded,
            *(np.ascontiguousarray(array, np.int32) for array in (*kept, *counted)),
            circuit.constants + opposite,
        )
        self._netlist = _Netlist(
            features,
            levels,
            n_kept,
            circuit.n_classes,
            len(kept[-2]),
            len(counted[2]),
            *(array.ctypes.data for array in self._arrays),
        )

    def __call__(self, bits: npt.ArrayLike) -> npt.NDArray[np.int32]:
        """Return the score of every class.

        Parameters
        ----------
        bits : (n, n_inputs) array, or (n, n_features) array of uint8 where there are thresholds
            Inputs, each 0 or 1; or bytes, such as grey levels.

        Returns
        -------
        (n, n_classes) int32 array
            Scores.
        """
        given = check_bits(bits, self.circuit.n_inputs) if self._bits else self._check(bits)
        checked: npt.NDArray[Any] = np.ascontiguousarray(given)
        scores = np.empty((len(checked), self.circuit.n_classes), np.int32)
        failed = self._library.evaluate(
            ctypes.byref(self._netlist),
            ctypes.c_void_p(checked.ctypes.data),
            ctypes.c_int64(len(checked)),
            ctypes.c_void_p(scores.ctypes.data),
        )
        if failed:
            raise MemoryError(f"no memory for {self.circuit.n_gates} gates")
        return scores

    def _check(self, given: npt.ArrayLike) -> npt.NDArray[np.uint8]:
        array, features = np.asarray(given), len(self._levels)
        if array.ndim != 2 or array.shape[1] != features or array.dtype != np.uint8:
            raise InputError(
                f"expected uint8 of shape (n, {features}), found {array.dtype} of {array.shape}",
                where="circuit inputs",
                repair="Give whole grey levels from 0 to 255, or encode the images and leave "
                "thresholds out.",
            )
        return array


def _check_thresholds(given: npt.NDArray[Any], n_inputs: int) -> npt.NDArray[np.int64]:
    """Return thresholds between whole bytes as the whole bytes that reach them."""
    whole = np.ceil(np.asarray(given, np.float64))
    if whole.ndim != 2 or whole.size != n_inputs or not ((whole >= 0) & (whole <= 255)).all():
        raise InputError(
            f"expected {n_inputs} thresholds from 0 to 255 of shape (n_features, n_levels), found "
            f"shape {whole.shape}",
            where="thresholds",
            repair="Take those of the encoder that the circuit was trained with.",
        )
    return whole.astype(np.int64)


def _read_by_gates(circuit: Circuit) -> npt.NDArray[np.intp]:
    """Return the gates that other gates read, in rising order."""
    read = np.zeros(circuit.n_inputs + circuit.n_gates, bool)
    read[circuit.left] = read[circuit.right] = True
    return np.flatnonzero(read[circuit.n_inputs :])


def _place_nodes(circuit: Circuit, levels: int) -> tuple[npt.NDArray[np.int64], int]:
    """Return the row of each node in the kernel, -1 where it has none, and the rows of gates.

    Inputs come level by level there, and not feature by feature, so that whole registers of
    neighbouring bytes are compared with their thresholds.
    """
    place = np.full(circuit.n_inputs + circuit.n_gates, -1)
    inputs = np.arange(circuit.n_inputs)
    place[: circuit.n_inputs] = inputs % levels * (circuit.n_inputs // levels) + inputs // levels
    kept = _read_by_gates(circuit)
    place[circuit.n_inputs + kept] = circuit.n_inputs + np.arange(kept.size)
    return place, kept.size


def _list_kept(circuit: Circuit, nodes: npt.NDArray[np.int64]) -> list[npt.NDArray[Any]]:
    """Return node, left, right, kind and run of the gates that are kept as rows."""
    chosen = np.zeros(circuit.n_gates, bool)
    chosen[_read_by_gates(circuit)] = True
    runs = [(kind, part[chosen[part]]) for kind, part in schedule_gates(circuit)]
    runs = [(kind, part) for kind, part in runs if part.size]
    gates = np.concatenate([part for _, part in runs] or [np.zeros(0, np.intp)])
    return [
        nodes[circuit.n_inputs + gates],
        nodes[circuit.left[gates]],
        nodes[circuit.right[gates]],
        np.array([kind for kind, _ in runs]),
        np.cumsum([0, *(len(part) for _, part in runs)]),
    ]


def _list_counted(circuit: Circuit, nodes: npt.NDArray[np.int64]) -> list[npt.NDArray[Any]]:
    """Return first, second, kind, run and run of a class of what is counted.

    An output whose node has a row is read from there; a gate that is nothing but an output is
    done while it is counted, with its inversion in its kind.
    """
    live = np.flatnonzero(circuit.outputs != CONSTANT)
    output, group = circuit.outputs[live], circuit.groups[live]
    gate = np.maximum(output - circuit.n_inputs, 0)
    has_row = nodes[output] >= 0

    def read(side: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        return nodes[np.where(has_row, output, side[gate] if side.size else output)]

    plain = np.where(has_row, _PASS, circuit.kinds[gate] if circuit.n_gates else _PASS)
    kind = np.where(circuit.inverted[live], 15 - plain, plain)
    first, second = read(circuit.left), read(circuit.right)
    # By what is read first, so that neighbours find it in the nearest cache.
    order = np.lexsort((second, first, kind, group))
    run = 16 * group[order] + kind[order]
    start = np.flatnonzero(np.diff(run, prepend=-1))
    return [
        first[order],
        second[order],
        kind[order[start]],
        np.append(start, order.size),
        np.searchsorted(run[start] // 16, np.arange(circuit.n_classes + 1)),
    ]
