"""A classifier that adds weighted bits, as Verilog: the adders are those of our population counts.

A weight is written in signed digits, of which no two neighbours differ from 0, so that it needs the
fewest additions. A negative digit counts the opposite of its bit and lowers the constant by as
much: -2^p x = 2^p (1 - x) - 2^p. Nothing is multiplied, and every bit is an input of one adder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from neuropil.logic.netlist.export_verilog import (
    ADDERS,
    Sum,
    count_labels,
    write_arg_max,
    write_sum,
)

__all__ = ["Design", "Rival", "WeightedSum", "to_digits"]


def to_digits(weight: int) -> list[int]:
    """Return the signed digits -1, 0 and 1 of a whole number, the lowest first.

    Parameters
    ----------
    weight : int
        Any whole number.

    Returns
    -------
    list of int
        Canonical: no two neighbours differ from 0. Empty for 0.

    References
    ----------
    Reitwiesner 1960, Advances in Computers 1, 231-308.

    Examples
    --------
    >>> to_digits(7)
    [-1, 0, 0, 1]
    """
    digits = []
    while weight:
        digit = 2 - weight % 4 if weight % 2 else 0
        digits.append(digit)
        weight = (weight - digit) // 2
    return digits


class Rival(Protocol):
    """A classifier of bits that can become a circuit."""

    def predict(self, bits: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """Return the class of each row of (n, n_inputs) bits."""

    def design(self) -> Design:
        """Return the circuit."""


@dataclass(frozen=True, slots=True)
class WeightedSum:
    """Bits of whole weights, as columns of equal weight, and a constant.

    Parameters
    ----------
    columns : tuple of tuple of str
        What has weight 1, 2, 4 and so on: ``y[3]``, or ``~y[3]`` for the opposite of a bit.
    constant : int
        What is added.
    """

    columns: tuple[tuple[str, ...], ...]
    constant: int

    @classmethod
    def of(cls, weights: npt.NDArray[np.int64], constant: int = 0) -> WeightedSum:
        """Return the sum of weighted bits.

        Parameters
        ----------
        weights : (n,) int array
            Weight of each bit.
        constant : int
            What is added.
        """
        columns: list[list[str]] = []
        for place, weight in enumerate(weights.tolist()):
            for power, digit in enumerate(to_digits(weight)):
                columns += [[] for _ in range(power + 1 - len(columns))]
                if digit:
                    columns[power].append(f"y[{place}]" if digit > 0 else f"~y[{place}]")
                    constant -= 2**power if digit < 0 else 0
        return cls(tuple(map(tuple, columns)), int(constant))

    @property
    def largest(self) -> int:
        """The sum where every bit counts, without the constant."""
        return sum(len(column) << power for power, column in enumerate(self.columns))


@dataclass(frozen=True, slots=True)
class Design:
    """A classifier as a circuit.

    Parameters
    ----------
    n_inputs : int
        Bits ``x`` of an image.
    front : str
        Body of a module that makes bits ``y`` of ``x``.
    n_bits : int
        How many bits.
    modules : str
        Further modules that the body uses.
    sums : tuple of WeightedSum
        Score of each class, a sum of bits ``y``; the highest wins, the lowest class among equals.
    """

    n_inputs: int
    front: str
    n_bits: int
    sums: tuple[WeightedSum, ...]
    modules: str = ""

    def to_verilog(self) -> str:
        """Return module ``circuit`` with inputs ``x`` and output ``best``, and its parts."""
        # A score is compared with others alone, so that all may be raised to be 0 or more.
        rise = max(0, *(-each.constant for each in self.sums))
        width = max(each.largest + each.constant + rise for each in self.sums).bit_length() or 1
        n, classes = self.n_bits, len(self.sums)
        counts = [
            write_sum(f"count_{group}", n, each.columns, Sum(width, each.constant + rise))
            for group, each in enumerate(self.sums)
        ]
        return "\n".join(
            [
                f"module gates(input [{self.n_inputs - 1}:0] x, output [{n - 1}:0] y);",
                self.front,
                "endmodule",
                self.modules,
                ADDERS,
                *counts,
                write_arg_max(classes, width),
                *self._top(width),
            ]
        )

    def _top(self, width: int) -> Sequence[str]:
        classes = len(self.sums)
        return [
            f"module circuit(input [{self.n_inputs - 1}:0] x, "
            f"output [{count_labels(classes) - 1}:0] best);",
            f"  wire [{self.n_bits - 1}:0] y;",
            f"  wire [{classes * width - 1}:0] scores;",
            "  gates front(.x(x), .y(y));",
            *(
                f"  count_{group} part{group}"
                f"(.y(y), .total(scores[{(group + 1) * width - 1}:{group * width}]));"
                for group in range(classes)
            ),
            "  arg_max last(.scores(scores), .best(best));",
            "endmodule",
            "",
        ]
