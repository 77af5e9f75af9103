"""The hard circuit: a netlist of two-input gates whose outputs are counted by class."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError
from neuropil.logic.netlist.gates import GATE_NAMES, UNARY_KINDS

if TYPE_CHECKING:
    from neuropil.connectome import Connectome

__all__ = ["CONSTANT", "Circuit"]

CONSTANT = -1
"""Node of an output that is always 0, or always 1 where it is inverted."""

_LARGEST = 2**30
_ARRAYS = {
    "kinds": np.uint8,
    "left": np.int32,
    "right": np.int32,
    "outputs": np.int32,
    "inverted": np.bool_,
    "groups": np.int32,
    "constants": np.int64,
}


@dataclass(frozen=True, eq=False)
class Circuit:
    """A netlist of two-input gates.

    Nodes are the inputs, 0 to ``n_inputs - 1``, and then the gates in an order in which each reads
    nodes before it. The score of a class is the number of its outputs that are on, plus its
    constant; the prediction is the class of the highest score, the lowest class among equals.

    Parameters
    ----------
    n_inputs : int
        Number of input bits.
    kinds : (n_gates,) uint8 array
        Function of each gate, as numbered in :data:`~neuropil.logic.GATE_NAMES`.
    left, right : (n_gates,) int32 array
        Nodes that each gate reads as A and B.
    outputs : (n_outputs,) int32 array
        Nodes that are counted; :data:`CONSTANT` for a constant.
    inverted : (n_outputs,) bool array
        Whether an output is the opposite of its node.
    groups : (n_outputs,) int32 array
        Class that counts each output, in rising order.
    constants : (n_classes,) int64 array
        What is added to the count of each class.
    classes : tuple of str
        Names of the classes.

    Raises
    ------
    InputError
        When arrays differ in length, or a node or gate does not exist; the message names the
        first one. Save the circuit again.

    Examples
    --------
    >>> import numpy as np
    >>> circuit = Circuit(2, [6, 1], [0, 0], [1, 1], [2, 3], [0, 0], [0, 1], [0, 0], ("odd", "two"))
    >>> circuit(np.array([[0, 1], [1, 1]], bool)).tolist()
    [[1, 0], [0, 1]]
    """

    n_inputs: int
    kinds: npt.NDArray[Any]
    left: npt.NDArray[Any]
    right: npt.NDArray[Any]
    outputs: npt.NDArray[Any]
    inverted: npt.NDArray[Any]
    groups: npt.NDArray[Any]
    constants: npt.NDArray[Any]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        for name, kind in _ARRAYS.items():
            array: npt.NDArray[Any] = np.array(getattr(self, name), dtype=kind)
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        object.__setattr__(self, "classes", tuple(self.classes))
        self._check_lengths()
        nodes = np.arange(self.n_gates) + self.n_inputs
        _refuse("gate function from 0 to 15", self.kinds > 15, self.kinds)
        for side in (self.left, self.right):
            _refuse("input among the nodes before the gate", (side < 0) | (side >= nodes), side)
        beyond = (self.outputs < CONSTANT) | (self.outputs >= self.n_inputs + self.n_gates)
        _refuse("output that is a node", beyond, self.outputs)
        outside = (self.groups < 0) | (self.groups >= len(self.classes))
        _refuse("class that exists", outside, self.groups)
        _refuse("classes in rising order", np.diff(self.groups, prepend=0) < 0, self.groups)
        # Scores are whole numbers of 32 bits in C: beyond them the highest would become the lowest.
        _refuse(
            f"constant from {-_LARGEST} to {_LARGEST}",
            (self.constants < -_LARGEST) | (self.constants > _LARGEST),
            self.constants,
        )

    def _check_lengths(self) -> None:
        gates = {self.kinds.shape, self.left.shape, self.right.shape}
        outputs = {self.outputs.shape, self.inverted.shape, self.groups.shape}
        classes = {self.constants.shape, (len(self.classes),)}
        # Nodes are numbered in 32 bits.
        inputs = 1 <= self.n_inputs < _LARGEST
        if max(map(len, (gates, outputs, classes))) > 1 or not inputs:
            raise InputError(
                f"expected arrays of one length, found {sorted(gates)} for gates, "
                f"{sorted(outputs)} for outputs, {sorted(classes)} for classes and "
                f"{self.n_inputs} inputs",
                where="circuit",
                repair="Save the circuit again.",
            )

    def __call__(self, bits: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return the score of every class.

        Parameters
        ----------
        bits : (n, n_inputs) array
            Inputs, each 0 or 1.

        Returns
        -------
        (n, n_classes) int64 array
            Scores.

        Raises
        ------
        InputError
            When the shape is another, or a value is neither 0 nor 1.
        """
        from neuropil.logic.netlist.evaluate import count_outputs

        return count_outputs(self, bits)

    def predict(self, bits: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return the position of the class with the highest score, the lowest among equals.

        Parameters
        ----------
        bits : (n, n_inputs) array
            Inputs, each 0 or 1.
        """
        return np.argmax(self(bits), axis=1)

    @property
    def n_gates(self) -> int:
        """Number of gates."""
        return self.kinds.size

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)

    @property
    def depth(self) -> int:
        """Largest number of gates between an input and an output."""
        return int(self.levels().max(initial=0))

    def levels(self) -> npt.NDArray[np.int64]:
        """Return the (n_gates,) level of each gate: 1 where it reads inputs alone."""
        level = np.zeros(self.n_inputs + self.n_gates, np.int64)
        start = 0
        while start < self.n_gates:
            # Gates whose inputs are all known already are levelled together.
            known = self.n_inputs + start
            late = np.maximum(self.left[start:], self.right[start:]) >= known
            end = start + (int(np.argmax(late)) if late.any() else self.n_gates - start)
            part = slice(start, end)
            level[known : self.n_inputs + end] = 1 + np.maximum(
                level[self.left[part]], level[self.right[part]]
            )
            start = end
        return level[self.n_inputs :]

    def count_kinds(self) -> dict[str, int]:
        """Return how many gates have each function, by name."""
        counts = np.bincount(self.kinds, minlength=16)
        return {name: int(count) for name, count in zip(GATE_NAMES, counts, strict=True)}

    def count_idle(self) -> int:
        """Return how many gates are constants, pass-throughs, inverters, or read one node twice."""
        return int((np.isin(self.kinds, UNARY_KINDS) | (self.left == self.right)).sum())

    def simplify(self) -> Circuit:
        """Return a smaller circuit with the same scores.

        Constants are folded, equal gates are merged up to an inversion, pass-throughs and
        inverters vanish, and gates that no output depends on are removed.
        """
        from neuropil.logic.netlist.simplify import simplify

        return simplify(self)

    def to_c(self) -> str:
        """Return the circuit as one self-contained C source."""
        from neuropil.logic.netlist.export_c import write_c

        return write_c(self)

    def to_verilog(self, *, registers: bool = False, wide_adders: bool = False) -> str:
        """Return the circuit as structural Verilog with its population counts and arg-max.

        Parameters
        ----------
        registers : bool
            Whether an input ``clk`` is added, and registers after the gates, after the population
            counts and after the arg-max, with a latency of 3 clock cycles. Without them the
            circuit is combinational.
        wide_adders : bool
            Whether population counts add six bits at a time, which needs fewer tables of six
            inputs and more cells of two.
        """
        from neuropil.logic.netlist.export_verilog import write_verilog

        return write_verilog(self, registers=registers, wide_adders=wide_adders)

    def to_blif(self) -> str:
        """Return the gates as BLIF; the outputs are the bits that are counted."""
        from neuropil.logic.netlist.export_text import write_blif

        return write_blif(self)

    def to_dot(self) -> str:
        """Return the gates as a Graphviz graph."""
        from neuropil.logic.netlist.export_text import write_dot

        return write_dot(self)

    def to_connectome(self) -> Connectome:
        """Return the wiring as a connectome: inputs, gates and classes are its nodes."""
        from neuropil.logic.netlist.wiring_graph import build_connectome

        return build_connectome(self)

    def save(self, folder: Path | str) -> None:
        """Write ``netlist.safetensors`` and ``netlist.json`` into a folder."""
        from neuropil.logic.netlist.storage import write_netlist

        write_netlist(self, folder)

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read a circuit that :meth:`save` wrote.

        Raises
        ------
        InputError
            When the folder holds no netlist, or a damaged one; save it again.
        VersionError
            When its format is newer than this installation reads; upgrade.
        """
        from neuropil.logic.netlist.storage import read_netlist

        return cls(**read_netlist(folder))


def _refuse(wanted: str, wrong: npt.NDArray[np.bool_], values: npt.NDArray[np.generic]) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError(
            f"expected a {wanted}, found {values[row]} in row {row}",
            where="circuit",
            repair="Save the circuit again.",
        )
