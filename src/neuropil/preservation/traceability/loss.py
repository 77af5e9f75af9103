"""Foretell what damage cost, and of what kind it is, from signs that need no truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial.distance import cdist

from neuropil.contracts import InputError
from neuropil.preservation.traceability.doses import ACQUISITION
from neuropil.preservation.traceability.features import STRANGENESS, TISSUE

__all__ = ["KernelMap", "LossModel", "choose_limit", "is_bad", "settle_kind"]

Floats = npt.NDArray[np.float64]

# Widths of the kernel, in root-mean-square distances of two examples, and shares of noise, among
# which left-out sections choose.
_WIDTHS = (0.5, 0.75, 1.0, 1.5, 2.0)
_NOISES = (0.01, 0.03, 0.1, 0.3)
_FOLDS = 7
_FEWEST = 4
# Share of good tiles that may not be called bad.
_GOOD = 0.95
# Range of the examples: single ones at its ends should not widen it.
_RANGE = (0.01, 0.99)
_LEAST = 1e-9  # keeps shares finite where a section is like nothing


@dataclass(frozen=True, eq=False)
class KernelMap:
    """A Gaussian process from features to targets, kept as its examples.

    Parameters
    ----------
    rows : (n, n_features) array
        Features of the examples, standardised.
    targets : (n, n_targets) array
        What is to be told.
    width : float
        Length scale of the kernel.
    noise : float
        Variance of the noise, of a kernel of variance 1.

    References
    ----------
    Rasmussen CE, Williams CKI 2006, Gaussian Processes for Machine Learning, algorithm 2.1.
    """

    rows: Floats
    targets: Floats
    width: float
    noise: float

    def __post_init__(self) -> None:
        kernel = self._kernel(self.rows) + self.noise * np.eye(len(self.rows))
        factor = cho_factor(kernel, lower=True)
        mean = self.targets.mean(axis=0)
        object.__setattr__(self, "_factor", factor)
        object.__setattr__(self, "_mean", mean)
        object.__setattr__(self, "_weights", cho_solve(factor, self.targets - mean))

    def _kernel(self, rows: Floats) -> Floats:
        near: Floats = np.exp(-cdist(rows, self.rows, "sqeuclidean") / (2 * self.width**2))
        return near

    def predict(self, rows: Floats) -> tuple[Floats, Floats]:
        """Return the mean of the targets, and the share of variance that examples leave open.

        Parameters
        ----------
        rows : (m, n_features) array
            Standardised features.

        Returns
        -------
        mean : (m, n_targets) array
            What is expected.
        spread : (m,) array
            Standard deviation, in that of the kernel: small among examples, 1 far from all.
        """
        near = self._kernel(rows)
        known = (near * cho_solve(self._factor, near.T).T).sum(axis=1)  # type: ignore[attr-defined]
        mean: Floats = near @ self._weights + self._mean  # type: ignore[attr-defined]
        return mean, np.sqrt(np.maximum(1 - known, 0) + self.noise)


@dataclass(frozen=True, eq=False)
class LossModel:
    """From what is seen of a section to its loss, with an interval, and to the kind of damage.

    Parameters
    ----------
    loss, kinds : KernelMap
        Regression on the loss, and on one column for each kind of damage.
    names : tuple of str
        Kinds of damage, in the order of the columns.
    unit, strange_unit : (n_features,) arrays
        By which differences from good tissue, and their strangeness, are divided.
    reach : float
        Half the width of an interval, in the spread of ``loss``: nine in ten of left-out examples
        lie within.
    clean : (n_clean,) array
        What is foretold of undamaged examples that were left out: how far good tissue strays.
    """

    loss: KernelMap
    kinds: KernelMap
    names: tuple[str, ...]
    unit: Floats
    strange_unit: Floats
    reach: float
    clean: Floats

    @classmethod
    def fit(cls, examples: pl.DataFrame, groups: Sequence[int], coverage: float = 0.9) -> Self:
        """Learn from damaged sections whose loss is known.

        Parameters
        ----------
        examples : pl.DataFrame
            As ``Reference.relate`` returns it, with ``loss`` and ``damage``.
        groups : sequence of int
            Section of each example; examples of one are left out together.
        coverage : float
            Share of left-out examples that intervals are to hold.

        Raises
        ------
        InputError
            When there are fewer than four sections, or no more than ten examples.
        """
        held = np.asarray(groups)
        if len(np.unique(held)) < _FEWEST or len(held) <= 10:
            raise InputError(
                f"expected examples of four sections or more, found {len(held)} examples of "
                f"{len(np.unique(held))}",
                where="examples",
                repair="Bring a reference with more sections, or use the shipped examples.",
            )
        raw = [examples.select(names).to_numpy() for names in (TISSUE, STRANGENESS)]
        units = [values.std(axis=0) + _LEAST for values in raw]
        rows, strange = (values / unit for values, unit in zip(raw, units, strict=True))
        targets = examples["loss"].to_numpy()[:, None]
        loss, said, spreads = _choose(rows, targets, held)
        # Errors of what was left out are in units of the spread there, as in use.
        reach = float(np.quantile(np.abs(said - targets)[:, 0] / spreads, coverage))
        clean = said[examples["damage"].to_numpy() == "clean", 0]
        names = tuple(sorted(set(examples["damage"])))
        columns = (examples["damage"].to_numpy()[:, None] == np.array(names)).astype(float)
        # How much of it there is tells the loss; how strange it is tells the kind, across tissues
        # and microscopes.
        kinds = _choose(strange, columns, held)[0]
        return cls(loss, kinds, names, units[0], units[1], reach, clean)

    def predict(self, seen: pl.DataFrame) -> pl.DataFrame:
        """Foretell loss and kind of sections.

        Parameters
        ----------
        seen : pl.DataFrame
            As ``Reference.relate`` returns it, one row a section.

        Returns
        -------
        pl.DataFrame
            ``loss``, ``loss_low``, ``loss_high``, ``kind``, and ``as NAME``: how much it is like
            each kind, if all were equally likely; 1 in all.
        """
        rows = seen.select(TISSUE).to_numpy() / self.unit
        strange = seen.select(STRANGENESS).to_numpy() / self.strange_unit
        # Beyond its examples a loss is that of the nearest, and less sure.
        near = np.clip(rows, *np.quantile(self.loss.rows, _RANGE, axis=0))
        mean, spread = self.loss.predict(near)[0], self.loss.predict(rows)[1]
        # Each against its share of the examples: undamaged ones are few, and no less likely in use.
        weights = np.clip(self.kinds.predict(strange)[0], 0, 1) / self.kinds.targets.mean(axis=0)
        likeness = weights / np.maximum(weights.sum(axis=1, keepdims=True), _LEAST)
        half = self.reach * spread
        return pl.DataFrame(
            {
                "loss": mean[:, 0],
                "loss_low": mean[:, 0] - half,
                "loss_high": mean[:, 0] + half,
                "kind": np.array(self.names)[likeness.argmax(axis=1)].tolist(),
                **{f"as {name}": likeness[:, place] for place, name in enumerate(self.names)},
            }
        )


def choose_limit(good: pl.Series, tolerated: float = 0.1) -> float:
    """Choose the foretold loss beyond which a tile is bad.

    Neurites of other sizes than those of the reference look a little like errors.

    Parameters
    ----------
    good : pl.Series
        Foretold losses of tiles of good tissue.
    tolerated : float
        What tissue may lose.

    Returns
    -------
    float
        What is tolerated, or what one good tile in twenty exceeds, where that is more.
    """
    return max(tolerated, float(np.quantile(good.to_numpy(), _GOOD)))


def settle_kind() -> pl.Expr:
    """Let the gate name the kind of what it refuses for blur or noise; ``reason`` stands beside."""
    reason = pl.col("reason").fill_null("")
    blurred = reason.str.starts_with("blur of") | reason.str.starts_with("nothing between")
    noisy = reason.str.starts_with("signal to noise")
    named = pl.when(blurred).then(pl.lit("blur")).when(noisy).then(pl.lit("noise"))
    return named.otherwise(pl.col("kind")).alias("kind")


def is_bad(loss: pl.Expr, limit: float) -> pl.Expr:
    """Tell which tiles lost too much, and that not for being like a fault of the microscope.

    Parameters
    ----------
    loss : pl.Expr
        Foretold loss; ``loss_low`` and ``kind`` stand beside it.
    limit : float
        As :func:`choose_limit` returns it.
    """
    by_tissue = ~pl.col("kind").is_in((*ACQUISITION, "clean"))
    return (loss > limit) & (pl.col("loss_low") > 0) & by_tissue


def _choose(
    rows: Floats, targets: Floats, groups: npt.NDArray[np.int64]
) -> tuple[KernelMap, Floats, Floats]:
    """Choose width and noise by left-out sections; return the map, and what it said of those."""
    unit = float(np.sqrt(cdist(rows, rows, "sqeuclidean").mean()))
    kept, places = np.unique(groups, return_inverse=True)
    # Neighbours are left out together: they show the same neurites.
    folds = places * min(_FOLDS, len(kept)) // len(kept)
    tried = [(width * unit, noise) for width in _WIDTHS for noise in _NOISES]
    left_out = [_leave_out(rows, targets, folds, *one) for one in tried]
    missed = [float(((said - targets) ** 2).sum()) for said, _ in left_out]
    best = int(np.argmin(missed))
    return KernelMap(rows, targets, *tried[best]), *left_out[best]


def _leave_out(
    rows: Floats, targets: Floats, folds: npt.NDArray[np.int64], width: float, noise: float
) -> tuple[Floats, Floats]:
    said, spreads = np.empty_like(targets), np.empty(len(targets))
    for fold in np.unique(folds):
        out = folds == fold
        kept = KernelMap(rows[~out], targets[~out], width, noise)
        said[out], spreads[out] = kept.predict(rows[out])
    return said, spreads
