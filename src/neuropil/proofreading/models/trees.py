"""Boosted decision trees as plain arrays: saved without pickle, and evaluated with NumPy."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError, atomic_write, require_regular_file

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

__all__ = ["TreeEnsemble"]

_FORMAT = "neuropil-trees"
_VERSION = "1"
# Rows times trees that are walked at once: some 20 MB of node numbers, which stay near the cache.
_AT_ONCE = 1 << 20


@dataclass(frozen=True, eq=False)
class TreeEnsemble:
    """The trees of a boosted classifier, in one array for each property of a node.

    Nodes of all trees lie one after the other, each node before its children. It gives the
    probabilities of the scikit-learn classifier that it was made from.

    Parameters
    ----------
    feature : (n_nodes,) int32 array
        Feature by which a node divides; -1 at leaves.
    threshold : (n_nodes,) float64 array
        Rows with at most this value go left.
    children : (n_nodes, 2) int32 array
        Numbers of the left and the right child; a leaf is its own child.
    missing_left : (n_nodes,) bool array
        Whether rows without a value (NaN) go left.
    value : (n_nodes,) float64 array
        What a leaf adds to the score.
    roots : (n_rounds, n_scores) int32 array
        First node of each tree; one score for two classes, else one a class.
    baseline : (n_scores,) float64 array
        Score before the first tree.
    classes : (n_classes,) int64 array
        Labels of the classes, ascending.
    n_features : int
        Number of features of a row.

    Examples
    --------
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> rows, labels = np.arange(100.0)[:, None], np.arange(100) >= 50
    >>> fitted = HistGradientBoostingClassifier(max_iter=5).fit(rows, labels)
    >>> trees = TreeEnsemble.from_sklearn(fitted)
    >>> bool(np.allclose(trees.predict_proba(rows), fitted.predict_proba(rows), atol=1e-12))
    True
    """

    feature: npt.NDArray[np.int32]
    threshold: npt.NDArray[np.float64]
    children: npt.NDArray[np.int32]
    missing_left: npt.NDArray[np.bool_]
    value: npt.NDArray[np.float64]
    roots: npt.NDArray[np.int32]
    baseline: npt.NDArray[np.float64]
    classes: npt.NDArray[np.int64]
    n_features: int

    @classmethod
    def from_sklearn(cls, fitted: HistGradientBoostingClassifier) -> Self:
        """Take the trees of a fitted classifier.

        Parameters
        ----------
        fitted : HistGradientBoostingClassifier
            A classifier of scikit-learn, fitted on numbers, with whole numbers or truth values as
            classes.

        Returns
        -------
        TreeEnsemble
            With the same probabilities, to rounding.

        Raises
        ------
        InputError
            When the classifier has categorical features or classes that are no whole numbers;
            code them as numbers before fitting.
        """
        rounds = [[tree.nodes for tree in one] for one in fitted._predictors]
        classes = np.asarray(fitted.classes_)
        nodes = np.concatenate([tree for one in rounds for tree in one])
        if classes.dtype.kind not in "biu" or nodes["is_categorical"].any():
            raise InputError(
                "expected a classifier of numbers into classes that are whole numbers",
                where=type(fitted).__name__,
                repair="Code categories and classes as whole numbers, and fit again.",
            )
        sizes = np.array([len(tree) for one in rounds for tree in one])
        first = np.cumsum(sizes) - sizes
        leaf = nodes["is_leaf"].astype(bool)
        inside = np.stack([nodes["left"], nodes["right"]], axis=1).astype(np.int64)
        own = np.arange(len(nodes))[:, None]
        children = np.where(leaf[:, None], own, inside + np.repeat(first, sizes)[:, None])
        return cls(
            feature=np.where(leaf, -1, nodes["feature_idx"]).astype(np.int32),
            threshold=nodes["num_threshold"].astype(np.float64),
            children=children.astype(np.int32),
            missing_left=nodes["missing_go_to_left"].astype(bool),
            value=nodes["value"].astype(np.float64),
            roots=first.reshape(len(rounds), -1).astype(np.int32),
            baseline=np.asarray(fitted._baseline_prediction, np.float64).ravel(),
            classes=classes.astype(np.int64),
            n_features=int(fitted.n_features_in_),
        )

    def predict_proba(self, rows: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the probability of each class.

        Parameters
        ----------
        rows : (n, n_features) array
            Features; NaN where one is missing.

        Returns
        -------
        (n, n_classes) array
            Probabilities, in the order of ``classes``.

        Raises
        ------
        InputError
            When the rows have another number of features; bring those of the fit.
        """
        table = np.asarray(rows, dtype=np.float64)
        if table.ndim != 2 or table.shape[1] != self.n_features:
            raise InputError(
                f"expected rows of {self.n_features} features, found the shape {table.shape}",
                where="predict_proba",
                repair="Bring the features that the trees were fitted on, in their order.",
            )
        step = max(1, _AT_ONCE // self.roots.size)
        parts = [self._score(table[at : at + step]) for at in range(0, len(table), step)]
        scores = np.concatenate([np.zeros((0, len(self.baseline))), *parts])
        if len(self.baseline) == 1:
            # As a hyperbolic tangent, which cannot overflow.
            positive = 0.5 + 0.5 * np.tanh(scores[:, 0] / 2)
            return np.stack([1 - positive, positive], axis=1)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def predict(self, rows: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return the most probable class.

        Parameters
        ----------
        rows : (n, n_features) array
            Features; NaN where one is missing.

        Returns
        -------
        (n,) array
            Labels of classes.
        """
        return self.classes[self.predict_proba(rows).argmax(axis=1)]

    def _score(self, table: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Walk all trees at once with some rows."""
        node = np.broadcast_to(self.roots.ravel(), (len(table), self.roots.size)).copy()
        row = np.arange(len(table))[:, None]
        # Every child comes after its parent, so that the walk ends.
        while ((feature := self.feature[node]) >= 0).any():
            found = table[row, feature]
            left = np.where(np.isnan(found), self.missing_left[node], found <= self.threshold[node])
            node = self.children[node, 1 - left.astype(np.int64)]
        leaves = self.value[node].reshape(len(table), *self.roots.shape)
        return self.baseline + leaves.sum(axis=1)

    def save(self, path: Path | str) -> None:
        """Write the trees to one safetensors file.

        Parameters
        ----------
        path : Path or str
            File to write; whole or absent.
        """
        from safetensors.numpy import save_file

        arrays = {one.name: getattr(self, one.name) for one in fields(self)}
        n_features = arrays.pop("n_features")
        record = {"format": _FORMAT, "format_version": _VERSION, "n_features": str(n_features)}
        with atomic_write(path) as temporary:
            save_file(
                {name: np.ascontiguousarray(a) for name, a in arrays.items()}, temporary, record
            )

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read trees that :meth:`save` wrote.

        Parameters
        ----------
        path : Path or str
            The file.

        Returns
        -------
        TreeEnsemble
            Equal to what was saved.

        Raises
        ------
        InputError
            When the file is missing, damaged, or holds no trees; save them again.
        """
        from safetensors import SafetensorError, safe_open

        require_regular_file(path)
        try:
            with safe_open(Path(path), framework="numpy") as file:
                record = dict(file.metadata() or {})
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (SafetensorError, OSError) as error:
            raise _refusal(f"not a readable safetensors file ({error})", path) from error
        if record.get("format") != _FORMAT or record.get("format_version") != _VERSION:
            found = f"{record.get('format')} {record.get('format_version')}"
            raise _refusal(f"expected trees of format {_FORMAT} {_VERSION}, found {found}", path)
        names = {one.name for one in fields(cls)} - {"n_features"}
        if set(arrays) != names or not record.get("n_features", "").isdigit():
            raise _refusal(f"expected the arrays {', '.join(sorted(names))}", path)
        trees = cls(**arrays, n_features=int(record["n_features"]))
        trees._check(path)
        return trees

    def _check(self, path: Path | str) -> None:
        """Refuse arrays with which a walk would leave the trees or never end."""
        n = len(self.feature)
        kinds = {"feature": "i", "children": "i", "roots": "i", "classes": "i", "missing_left": "b"}
        kinds |= {"threshold": "f", "value": "f", "baseline": "f"}
        one_a_node = (self.threshold, self.missing_left, self.value)
        whole = (
            all(getattr(self, name).dtype.kind == kind for name, kind in kinds.items())
            and all(array.shape == (n,) for array in one_a_node)
            and self.children.shape == (n, 2)
            and self.roots.ndim == 2
            and self.baseline.shape == self.roots.shape[1:]
            and len(self.classes) == max(2, len(self.baseline))
        )
        if not whole:
            raise _refusal("the shapes of the arrays do not agree", path)
        own = np.arange(n)[:, None]
        leaf = (self.feature < 0)[:, None]
        ahead = np.where(leaf, self.children == own, self.children > own)
        inside = (
            self.children.max(initial=-1) < n and self.feature.max(initial=-1) < self.n_features
        )
        if not (ahead.all() and inside and _within(self.roots, n)):
            raise _refusal("a node names a child, a root or a feature that does not exist", path)


def _within(numbers: npt.NDArray[Any], n: int) -> bool:
    return bool(numbers.size and numbers.min() >= 0 and numbers.max() < n)


def _refusal(what: str, path: Path | str) -> InputError:
    return InputError(what, where=str(path), repair="Save the trees again, or name another file.")
