"""Gradient-boosted trees on bits, the values of their leaves rounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.logic.rivals.design import Design, WeightedSum

__all__ = ["Tree", "TreeRival", "find_step", "fit_trees"]

Bits = npt.NDArray[np.bool_]
_LARGEST = 15  # of a leaf: with 7 a tenth of a point of held-out images is lost
_WITHIN = 0.95  # share of the leaves that are not cut off


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of questions about single bits.

    Parameters
    ----------
    feature, off, on : (n_nodes,) int array
        Bit that a node asks for, and the nodes that follow; -1 where it is a leaf.
    value : (n_nodes,) int array
        What a leaf adds, from 0.
    """

    feature: npt.NDArray[np.int64]
    off: npt.NDArray[np.int64]
    on: npt.NDArray[np.int64]
    value: npt.NDArray[np.int64]

    def evaluate(self, bits: Bits) -> npt.NDArray[np.int64]:
        """Return what the tree adds for each row of (n, n_inputs) bits."""
        node = np.zeros(len(bits), np.int64)
        rows = np.arange(len(bits))
        while (self.feature[node] >= 0).any():
            feature = self.feature[node]
            asked = bits[rows, np.maximum(feature, 0)]
            node = np.where(feature < 0, node, np.where(asked, self.on[node], self.off[node]))
        return self.value[node]

    def expression(self, node: int = 0) -> str:
        """Return the tree as an expression of Verilog in bits ``x``."""
        if self.feature[node] < 0:
            return f"{_LARGEST.bit_length()}'d{self.value[node]}"
        on, off = (self.expression(int(side[node])) for side in (self.on, self.off))
        return f"(x[{self.feature[node]}] ? {on} : {off})"


class TreeRival:
    """Some trees for each class.

    Parameters
    ----------
    trees : list of list of Tree
        Trees of each class.
    constants : (n_classes,) int array
        What is added.
    n_inputs : int
        Bits of an image.
    """

    def __init__(
        self, trees: list[list[Tree]], constants: npt.NDArray[np.int64], n_inputs: int
    ) -> None:
        self.trees, self.constants, self._n_inputs = trees, constants, n_inputs

    def predict(self, bits: Bits) -> npt.NDArray[np.int64]:
        """Return the class of each row of (n, n_inputs) bits."""
        sums = [sum(tree.evaluate(bits) for tree in trees) for trees in self.trees]
        return np.argmax(np.stack(sums, axis=1) + self.constants, axis=1)

    def design(self) -> Design:
        """Return the circuit: choices among leaves, and one sum a class."""
        width = _LARGEST.bit_length()
        lines, sums, place = [], [], 0
        n_bits = width * sum(map(len, self.trees))
        for trees, constant in zip(self.trees, self.constants.tolist(), strict=True):
            weights = np.zeros(n_bits, np.int64)
            for tree in trees:
                lines.append(f"  assign y[{place + width - 1}:{place}] = {tree.expression()};")
                weights[place : place + width] = 2 ** np.arange(width)
                place += width
            sums.append(WeightedSum.of(weights, constant))
        return Design(self._n_inputs, "\n".join(lines), n_bits, tuple(sums))


def fit_trees(
    train: tuple[Bits, npt.NDArray[np.integer]], rounds: int, leaves: int, seed: int
) -> TreeRival:
    """Boost trees, and round what their leaves add.

    Parameters
    ----------
    train : ((n, n_inputs) bool array, (n,) int array)
        Bits and classes.
    rounds : int
        Trees of each class.
    leaves : int
        Leaves of a tree.
    seed : int
        Of the draws of features.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    fitted = HistGradientBoostingClassifier(
        learning_rate=0.3,
        max_iter=rounds,
        max_leaf_nodes=leaves,
        max_bins=2,
        early_stopping=False,
        max_features=0.3,
        # Without it leaves of images that are all right or all wrong by now grow without limit.
        l2_regularization=10,
        random_state=seed,
    )
    fitted.fit(train[0].astype(np.uint8), train[1])
    nodes = [[tree.nodes for tree in row] for row in fitted._predictors]
    leaf = np.concatenate([part["value"][part["is_leaf"] == 1] for row in nodes for part in row])
    scale = find_step(leaf)
    n_classes = len(fitted.classes_)
    # A constant of a tree moves its leaves to 0 and above, where they are not negative.
    grown = [[_round(row[group], scale) for row in nodes] for group in range(n_classes)]
    start = np.rint(np.ravel(fitted._baseline_prediction) / scale).astype(np.int64)
    constants = start + np.array([sum(low for _, low in trees) for trees in grown])
    trees = [[tree for tree, _ in trees] for trees in grown]
    return TreeRival(trees, constants, train[0].shape[1])


def find_step(leaves: npt.NDArray[np.floating]) -> float:
    """Return the step to which leaves are rounded; those beyond the range of a tree are cut off.

    A few leaves may be a thousand times as large as the others, where images are nearly all right
    and one is wrong: a step for those would round all others to nothing.

    Parameters
    ----------
    leaves : (n,) array
        What the leaves of all trees add.
    """
    return float(np.quantile(np.abs(leaves), _WITHIN)) * 2 / _LARGEST


def _round(nodes: npt.NDArray[Any], scale: float) -> tuple[Tree, int]:
    """Return a tree of scikit-learn with whole leaves from 0, and what was taken off them."""
    leaf = nodes["is_leaf"] == 1
    limit = scale * _LARGEST / 2
    value = np.rint(np.clip(nodes["value"], -limit, limit) / scale).astype(np.int64)
    low = int(value[leaf].min())

    def of_splits(name: str) -> npt.NDArray[np.int64]:
        return np.where(leaf, -1, nodes[name].astype(np.int64))

    tree = Tree(
        of_splits("feature_idx"),
        of_splits("left"),
        of_splits("right"),
        np.where(leaf, np.minimum(value - low, _LARGEST), 0),
    )
    return tree, low
