"""The sixteen gates of two inputs: names, truth tables, and the four terms that make all of them.

The number of a gate is its truth table: the bits from high to low are the outputs for the inputs
(A, B) = 00, 01, 10 and 11.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["BASIS", "GATE_NAMES", "TRUTH", "UNARY_KINDS", "evaluate_gate"]

GATE_NAMES = (
    "0",
    "A and B",
    "A and not B",
    "A",
    "not A and B",
    "B",
    "A xor B",
    "A or B",
    "nor",
    "xnor",
    "not B",
    "A or not B",
    "not A",
    "not A or B",
    "nand",
    "1",
)
"""Name of each gate by its number."""

TRUTH: npt.NDArray[np.bool_] = (
    (np.arange(16)[:, None] >> np.arange(3, -1, -1)[None, :]) & 1
).astype(bool)
"""(16, 4) outputs for the inputs 00, 01, 10 and 11."""

UNARY_KINDS = (0, 3, 5, 10, 12, 15)
"""Gates that do not need two inputs: constants, pass-throughs and inverters."""


def _basis() -> npt.NDArray[np.float32]:
    """Solve c0 + c1 A + c2 B + c3 AB for every truth table."""
    zero, b, a, both = TRUTH.astype(np.float32).T
    return np.stack([zero, a - zero, b - zero, both - a - b + zero], axis=1)


BASIS: npt.NDArray[np.float32] = _basis()
"""(16, 4) coefficients of 1, A, B and AB: every gate is bilinear on [0, 1]."""


def evaluate_gate(
    kind: int, a: npt.NDArray[np.unsignedinteger], b: npt.NDArray[np.unsignedinteger]
) -> npt.NDArray[np.unsignedinteger]:
    """Evaluate one gate on words of bits.

    Parameters
    ----------
    kind : int
        Number of the gate.
    a, b : array of unsigned int
        Words; every bit is an input of its own.

    Returns
    -------
    array of unsigned int
        Words of outputs.

    Examples
    --------
    >>> int(evaluate_gate(6, np.uint8(0b0011), np.uint8(0b0101)))
    6
    """
    plain = min(kind, 15 - kind)
    if plain == 6:
        words = a ^ b
    elif plain == 7:
        words = a | b
    else:
        # 0 to 5 are products of nothing, A, B and their opposites.
        words = (a, a & b, a & ~b, a, ~a & b, b)[plain] if plain else a ^ a
    return words if kind < 8 else ~words
