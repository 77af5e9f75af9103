"""A smaller circuit with the same scores.

Every node becomes a literal: a canonical node and whether it is inverted. A canonical gate is 0
when both inputs are 0, reads its smaller node first, and exists once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from neuropil.logic.netlist.circuit import CONSTANT, Circuit
from neuropil.logic.netlist.gates import UNARY_KINDS

__all__ = ["merge_gates", "simplify"]

_FALSE, _TRUE = -2, -1  # as literals: node -1, and the same inverted
_XOR = 6

# The gate with input A or B inverted, and with inputs exchanged, for every gate.
_FLIP_A = [((kind & 3) << 2) | (kind >> 2) for kind in range(16)]
_FLIP_B = [((kind & 5) << 1) | ((kind >> 1) & 5) for kind in range(16)]
_EXCHANGE = [(kind & 9) | ((kind & 2) << 1) | ((kind & 4) >> 1) for kind in range(16)]


@dataclass
class _Hashing:
    """Canonical gates, numbered after the inputs.

    Parameters
    ----------
    n_inputs : int
        Number of inputs.
    gates : list of (int, int, int)
        Kind and nodes of each.
    known : dict
        Node of each.
    """

    n_inputs: int
    gates: list[tuple[int, int, int]] = field(default_factory=list)
    known: dict[tuple[int, int, int], int] = field(default_factory=dict)

    def literal(self, kind: int, a: int, b: int) -> int:
        """Return the literal of a gate that reads two literals."""
        if a & 1:
            kind, a = _FLIP_A[kind], a ^ 1
        if b & 1:
            kind, b = _FLIP_B[kind], b ^ 1
        if _FALSE in (a, b):
            live, other = (a, kind >> 1 & 1) if b == _FALSE else (b, kind >> 2 & 1)
            return _unary(kind >> 3 & 1, other, live)
        if a == b:
            return _unary(kind >> 3 & 1, kind & 1, a)
        if kind in UNARY_KINDS:
            return _unary(kind >> 3 & 1, kind & 1, b if kind in (5, 10) else a)
        if a > b:
            kind, a, b = _EXCHANGE[kind], b, a
        opposite = kind >> 3
        kind = 15 - kind if opposite else kind
        if kind == _XOR and (shorter := self._cancel(a >> 1, b >> 1)) is not None:
            return shorter ^ opposite
        return self._number((kind, a >> 1, b >> 1)) ^ opposite

    def _number(self, gate: tuple[int, int, int]) -> int:
        node = self.known.get(gate)
        if node is None:
            node = self.known[gate] = self.n_inputs + len(self.gates)
            self.gates.append(gate)
        return 2 * node

    def _cancel(self, a: int, b: int) -> int | None:
        """Return a shorter form of an exclusive or whose inputs share a node, if there is one."""
        left, right = self._parts(a), self._parts(b)
        for one, other in (({a}, right), (left, {b}), (left, right)):
            if one & other:
                rest = sorted(one ^ other)
                return 2 * rest[0] if len(rest) == 1 else self.literal(_XOR, *(2 * x for x in rest))
        return None

    def _parts(self, node: int) -> set[int]:
        """Return the two nodes of an exclusive or; any other node itself."""
        if node >= self.n_inputs:
            kind, a, b = self.gates[node - self.n_inputs]
            if kind == _XOR:
                return {a, b}
        return {node}


def _unary(at_zero: int, at_one: int, literal: int) -> int:
    if at_zero == at_one:
        return _TRUE if at_one else _FALSE
    return literal if at_one else literal ^ 1


def merge_gates(circuit: Circuit) -> Circuit:
    """Merge and remove gates, and keep every output in its place.

    Parameters
    ----------
    circuit : Circuit
        Any circuit.

    Returns
    -------
    Circuit
        With the same outputs, bit for bit; some may be constant. No gate is constant, unary,
        double or unused.
    """
    hashing = _Hashing(circuit.n_inputs)
    literals = list(range(0, 2 * circuit.n_inputs, 2))
    gates = zip(circuit.kinds.tolist(), circuit.left.tolist(), circuit.right.tolist(), strict=True)
    for kind, left, right in gates:
        literals.append(hashing.literal(kind, literals[left], literals[right]))
    literals.append(_FALSE)  # the place of CONSTANT, -1
    chosen = np.array([literals[node] for node in circuit.outputs], np.int64).reshape(-1)
    chosen ^= circuit.inverted.astype(np.int64)
    return _rebuild(circuit, hashing, chosen >> 1, (chosen & 1).astype(bool))


def _rebuild(
    circuit: Circuit,
    hashing: _Hashing,
    outputs: npt.NDArray[np.int64],
    inverted: npt.NDArray[np.bool_],
) -> Circuit:
    """Keep the gates in use, each in the polarity in which more outputs want it."""
    n = circuit.n_inputs
    kinds, left, right = np.array(hashing.gates, np.int64).reshape(-1, 3).T
    used = np.zeros(n + kinds.size + 1, bool)  # the last is CONSTANT
    used[outputs] = True
    for gate in range(kinds.size - 1, -1, -1):
        if used[n + gate]:
            used[left[gate]] = used[right[gate]] = True
    votes = np.zeros(n + kinds.size + 1, np.int64)
    np.add.at(votes, outputs, np.where(inverted, 1, -1))
    flipped = votes > 0
    flipped[:n] = flipped[-1] = False
    kinds = np.where(flipped[left], np.array(_FLIP_A)[kinds], kinds)
    kinds = np.where(flipped[right], np.array(_FLIP_B)[kinds], kinds)
    kinds = np.where(flipped[n:-1], 15 - kinds, kinds)
    kept = used[n:-1]
    place = np.concatenate([np.arange(n), n - 1 + np.cumsum(kept), [CONSTANT]])
    return replace(
        circuit,
        kinds=kinds[kept],
        left=place[left[kept]],
        right=place[right[kept]],
        outputs=place[outputs],
        inverted=inverted ^ flipped[outputs],
    )


def simplify(circuit: Circuit) -> Circuit:
    """Merge and remove gates, and fold constant and opposite outputs into the classes' constants.

    Parameters
    ----------
    circuit : Circuit
        Any circuit.

    Returns
    -------
    Circuit
        With the same scores.
    """
    merged = merge_gates(circuit)
    constant = merged.outputs == CONSTANT
    constants = merged.constants + np.bincount(
        merged.groups[constant & merged.inverted], minlength=merged.n_classes
    )
    keys = merged.groups.astype(np.int64) * (merged.n_inputs + merged.n_gates + 1) + merged.outputs
    keep = ~constant
    for key in np.unique(keys[keep & merged.inverted]):
        same = np.flatnonzero((keys == key) & keep)
        opposite = merged.inverted[same]
        pairs = min(int(opposite.sum()), int((~opposite).sum()))
        keep[same[opposite][:pairs]] = keep[same[~opposite][:pairs]] = False
        constants[merged.groups[same[0]]] += pairs
    chosen = {name: getattr(merged, name)[keep] for name in ("outputs", "inverted", "groups")}
    return merge_gates(replace(merged, constants=constants, **chosen))
