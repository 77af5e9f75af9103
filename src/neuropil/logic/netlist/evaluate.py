"""Circuits on whole words: 64 images in every word, and counts without unpacking a gate."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError
from neuropil.logic.netlist.circuit import CONSTANT, Circuit
from neuropil.logic.netlist.gates import evaluate_gate

__all__ = ["check_bits", "count_outputs", "evaluate_outputs", "pack_images", "schedule_gates"]

Words = npt.NDArray[np.uint64]

_BLOCK = 4096  # images at a time: their words of all gates stay in the cache


def pack_images(bits: npt.NDArray[np.bool_]) -> Words:
    """Pack the same bit of 64 images into one word.

    Parameters
    ----------
    bits : (n, n_inputs) array
        Inputs of each image.

    Returns
    -------
    (n_inputs, n / 64 rounded up) uint64 array
        The lowest bit of a word is its first image; bits beyond the last image are 0.
    """
    n = len(bits)
    room = np.zeros((bits.shape[1], -(-n // 64) * 8), np.uint8)
    packed = np.packbits(np.ascontiguousarray(bits.T), axis=1, bitorder="little")
    room[:, : packed.shape[1]] = packed
    return room.view("<u8").astype(np.uint64, copy=False)


def check_bits(bits: npt.ArrayLike, n_inputs: int) -> npt.NDArray[np.bool_]:
    """Return bits as a boolean array, or refuse what are no bits.

    Parameters
    ----------
    bits : (n, n_inputs) array
        Inputs, each 0 or 1.
    n_inputs : int
        What the circuit reads.
    """
    array = np.asarray(bits)
    if array.ndim != 2 or array.shape[1] != n_inputs:
        raise InputError(
            f"expected bits of shape (n, {n_inputs}), found {array.shape}",
            where="circuit inputs",
            repair="Encode the images as the circuit's training data were.",
        )
    if array.dtype != np.bool_ and not np.isin(array, (0, 1)).all():
        raise InputError(
            "expected values of 0 or 1, found others",
            where="circuit inputs",
            repair="Encode the images as the circuit's training data were.",
        )
    return array.astype(bool, copy=False)


def count_outputs(circuit: Circuit, bits: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the (n, n_classes) scores of a circuit; see :class:`Circuit`."""
    checked = check_bits(bits, circuit.n_inputs)
    scores = np.tile(circuit.constants, (len(checked), 1))
    bounds = np.searchsorted(circuit.groups, np.arange(circuit.n_classes + 1))
    schedule = schedule_gates(circuit)
    for start in range(0, len(checked), _BLOCK):
        part = checked[start : start + _BLOCK]
        words = _outputs(circuit, schedule, pack_images(part))
        for group, (low, high) in enumerate(pairwise(bounds)):
            scores[start : start + len(part), group] += _count(words[low:high], len(part))
    return scores


def evaluate_outputs(circuit: Circuit, bits: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Return the bits that a circuit counts.

    Parameters
    ----------
    circuit : Circuit
        Any circuit.
    bits : (n, n_inputs) array
        Inputs, each 0 or 1.

    Returns
    -------
    (n, n_outputs) bool array
        Outputs before they are counted.
    """
    checked = check_bits(bits, circuit.n_inputs)
    words = _outputs(circuit, schedule_gates(circuit), pack_images(checked))
    return _unpack(words, len(checked)).T.astype(bool)


def schedule_gates(circuit: Circuit) -> list[tuple[int, npt.NDArray[np.intp]]]:
    """Return groups of gates of one level and one kind, in an order in which they can be done.

    Parameters
    ----------
    circuit : Circuit
        Any circuit.

    Returns
    -------
    list of (int, (n,) int array)
        Kind and gates of each group.
    """
    if not circuit.n_gates:
        return []
    code = 16 * circuit.levels() + circuit.kinds
    order = np.argsort(code, kind="stable")
    cuts = np.flatnonzero(np.diff(code[order])) + 1
    return [(int(circuit.kinds[part[0]]), part) for part in np.split(order, cuts)]


def _outputs(
    circuit: Circuit, schedule: list[tuple[int, npt.NDArray[np.intp]]], words: Words
) -> Words:
    n = circuit.n_inputs
    nodes = np.zeros((n + circuit.n_gates + 1, words.shape[1]), np.uint64)  # last: CONSTANT
    nodes[:n] = words
    for kind, gates in schedule:
        a, b = nodes[circuit.left[gates]], nodes[circuit.right[gates]]
        nodes[n + gates] = evaluate_gate(kind, a, b)
    outputs: Words = nodes[np.where(circuit.outputs == CONSTANT, len(nodes) - 1, circuit.outputs)]
    outputs[circuit.inverted] ^= np.uint64(0xFFFFFFFFFFFFFFFF)
    return outputs


def _count(words: Words, n: int) -> npt.NDArray[np.int64]:
    """Count the rows that are on for each image, by adding columns of bits in carry-save form."""
    total = np.zeros(n, np.int64)
    place = 0
    while len(words):
        carries = []
        while len(words) >= 3:
            third = len(words) // 3
            a, b, c = (words[part * third : (part + 1) * third] for part in range(3))
            odd = a ^ b
            carries.append((a & b) | (odd & c))
            words = np.concatenate([odd ^ c, words[3 * third :]])
        if len(words) == 2:
            carries.append(words[:1] & words[1:])
            words = words[:1] ^ words[1:]
        total += _unpack(words, n)[0].astype(np.int64) << place
        words = np.concatenate(carries) if carries else words[:0]
        place += 1
    return total


def _unpack(words: Words, n: int) -> npt.NDArray[np.uint8]:
    little = np.ascontiguousarray(words).astype("<u8", copy=False)
    return np.unpackbits(little.view(np.uint8), axis=1, bitorder="little", count=n)
