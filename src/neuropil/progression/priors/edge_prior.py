"""What is held likely of each edge before any data of pathology: probability, doubt and reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Connectome, list_some
from neuropil.contracts import InputError, Operation, Source, did_you_mean
from neuropil.progression.priors.answers import EdgeAnswers
from neuropil.progression.priors.fusion import Fusion, fuse
from neuropil.progression.priors.reasons import order_reasons, tabulate_reasons
from neuropil.progression.priors.sparsity import sparsify

__all__ = ["EdgePrior"]

Floats = npt.NDArray[np.float64]

_UNKNOWN_SOURCE = Source(name="not stated")


@dataclass(frozen=True, eq=False, repr=False)
class EdgePrior:
    """Probabilities of all pairs of regions, by mechanism and fused.

    A prior is never changed: each operation returns a new one with one more entry in
    ``provenance``. Build one with :meth:`from_answers`.

    Parameters
    ----------
    regions : tuple of str
        Labels, in the order of the rows and columns.
    probabilities : mapping of str to (n_regions, n_regions) array
        By mechanism: symmetric, in [0, 1], 0 on the diagonal.
    doubts : mapping of str to (n_regions, n_regions) array
        By mechanism: standard deviation over repeats; NaN where there was one.
    fused : (n_regions, n_regions) array
        All mechanisms together: symmetric, in [0, 1], 0 on the diagonal.
    fused_doubt : (n_regions, n_regions) array
        Its standard deviation; NaN where it is not known.
    reasons : pl.DataFrame
        One row a pair and mechanism: ``first``, ``second``, ``mechanism``, ``probability``,
        ``doubt``, ``answers`` (how many there were) and ``reason``.
    source : Source
        Who answered.
    provenance : tuple of Operation
        What was done, first to last.

    Raises
    ------
    InputError
        When a matrix has another shape, is not symmetric, or holds what is no probability.
    """

    regions: tuple[str, ...]
    probabilities: Mapping[str, Floats]
    doubts: Mapping[str, Floats]
    fused: Floats
    fused_doubt: Floats
    reasons: pl.DataFrame
    source: Source = _UNKNOWN_SOURCE
    provenance: tuple[Operation, ...] = ()

    def __post_init__(self) -> None:
        for name, matrix in (*self.probabilities.items(), ("fused", self.fused)):
            _check(matrix, len(self.regions), name)
        for matrix in (*self.probabilities.values(), *self.doubts.values(), self.fused):
            # What a prior has handed out must not change it from outside.
            matrix.setflags(write=False)

    @classmethod
    def from_answers(cls, answers: EdgeAnswers, fusion: Fusion | None = None) -> Self:
        """Average answers over ends and repeats, and fuse the mechanisms.

        The two ends of a pair are averaged within each repeat, which makes matrices symmetric; the
        mean over repeats is the probability, their standard deviation the doubt. The order of the
        answers does not matter: the same answers give the same bits.

        Parameters
        ----------
        answers : EdgeAnswers
            All answers.
        fusion : Fusion, optional
            How mechanisms become one; noisy-or when not given.

        Returns
        -------
        EdgePrior
            Not yet thinned out; see :meth:`sparsify`.
        """
        plan = fusion or Fusion()
        n = len(answers.regions)
        # Of pairs and not of matrices until the end: symmetry then is a copy, and no rounding.
        means, spreads, counts = {}, {}, {}
        for mechanism in answers.mechanisms:
            values = answers.collect(mechanism)
            means[mechanism], spreads[mechanism] = _average(values)
            counts[mechanism] = np.isfinite(values).sum(axis=(0, 1))
        fused, doubt = fuse(means, spreads, plan)
        reasons = tabulate_reasons(answers, means, spreads, counts)
        weights = None if plan.weights is None else dict(plan.weights)
        done = Operation("fuse", {"rule": plan.rule, "weights": weights, "floor": plan.floor})
        return cls(
            answers.regions,
            {name: _fill(each, n) for name, each in means.items()},
            {name: _fill(each, n) for name, each in spreads.items()},
            _fill(fused, n),
            _fill(doubt, n),
            reasons,
            Source(answers.source, notes=_note_models(answers)),
            (done,),
        )

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """What was asked about."""
        return tuple(self.probabilities)

    def pairs(self) -> Floats:
        """Return the fused probabilities of the upper triangle, row by row."""
        values: Floats = self.fused[np.triu_indices(len(self.regions), 1)]
        return values

    def sparsify(self, share: float = 0.2) -> Self:
        """Leave the strongest pairs and the tree that joins all regions.

        Parameters
        ----------
        share : float
            Share of the pairs that is kept, in (0, 1].

        Returns
        -------
        EdgePrior
            With 0 in ``fused`` where a pair is left out; the mechanisms stay whole.

        Raises
        ------
        ConfigError
            When the share is not in (0, 1].
        InputError
            When the graph cannot be connected; add a floor.
        """
        return self.with_fused(sparsify(self.fused, share), Operation("sparsify", {"share": share}))

    def with_fused(self, fused: Floats, done: Operation) -> Self:
        """Return the prior with another fused matrix.

        Parameters
        ----------
        fused : (n_regions, n_regions) array
            Symmetric, in [0, 1].
        done : Operation
            What was done to it.

        Raises
        ------
        InputError
            When the matrix is none of probabilities.
        """
        return replace(self, fused=fused, provenance=(*self.provenance, done))

    def take(self, regions: Sequence[str]) -> Self:
        """Return the prior of some of its regions, in the order given.

        Parameters
        ----------
        regions : sequence of str
            Labels, each once.

        Returns
        -------
        EdgePrior
            With its matrices and reasons in that order.

        Raises
        ------
        InputError
            When a label is unknown.
        """
        # Matrices are cut and not computed again: the same bits stand at the same pair.
        rows = [self.find_region(label) for label in regions]
        square = np.ix_(rows, rows)
        place = {label: number for number, label in enumerate(regions)}
        known = self.reasons.filter(
            pl.col("first").is_in(list(regions)) & pl.col("second").is_in(list(regions))
        )
        return replace(
            self,
            regions=tuple(regions),
            probabilities={name: each[square] for name, each in self.probabilities.items()},
            doubts={name: each[square] for name, each in self.doubts.items()},
            fused=self.fused[square],
            fused_doubt=self.fused_doubt[square],
            reasons=order_reasons(known, place, self.mechanisms),
            provenance=(*self.provenance, Operation("take", {"regions": list(regions)})),
        )

    def say_reasons(self) -> tuple[str, ...]:
        """Say in a line why each pair is held likely or not.

        Returns
        -------
        tuple of str
            (n_pairs,) the likeliest mechanism of each pair of the upper triangle, row by row,
            with its reason.
        """
        # One line a pair is read beside an edge; the whole table is for who wants to know more.
        likeliest = self.reasons.sort("probability", descending=True, maintain_order=True).unique(
            ["first", "second"], keep="first", maintain_order=True
        )
        said = {
            (first, second): f"{mechanism} {chance:.2f}: {reason}" if reason else mechanism
            for first, second, mechanism, chance, reason in likeliest.select(
                "first", "second", "mechanism", "probability", "reason"
            ).iter_rows()
        }
        return tuple(
            said[first, second]
            for place, first in enumerate(self.regions)
            for second in self.regions[place + 1 :]
        )

    def find_reasons(self, first: str, second: str) -> pl.DataFrame:
        """Return why a pair is held likely or not, one row a mechanism.

        Parameters
        ----------
        first, second : str
            Labels of the regions, in any order.

        Returns
        -------
        pl.DataFrame
            Rows of ``reasons``.

        Raises
        ------
        InputError
            When a label is unknown.
        """
        numbers = sorted(self.find_region(label) for label in (first, second))
        one, other = (self.regions[number] for number in numbers)
        return self.reasons.filter((pl.col("first") == one) & (pl.col("second") == other))

    def find_region(self, label: str) -> int:
        """Return the row of a region.

        Parameters
        ----------
        label : str
            Its label.

        Raises
        ------
        InputError
            When it is unknown.
        """
        if label not in self.regions:
            raise InputError(
                f"expected a region of the prior, found {label!r}",
                where="prior",
                repair=f"{did_you_mean(label, self.regions)}It has {list_some(self.regions)}.",
            )
        return self.regions.index(label)

    def to_connectome(self) -> Connectome:
        """Return the fused probabilities as an undirected connectome, to be written or measured."""
        return Connectome.from_matrix(
            self.fused,
            pl.DataFrame({"id": self.regions}),
            weight="probability",
            unit="probability",
            source=self.source,
            directed=False,
        )

    def __repr__(self) -> str:
        edges = int((self.pairs() > 0).sum())
        return (
            f"EdgePrior({len(self.regions)} regions, {edges:,} of {len(self.pairs()):,} pairs "
            f"above 0; {', '.join(self.mechanisms)}; {self.source.name})"
        )


def _average(values: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation over repeats of (n_repeats, 2, n_pairs) answers."""
    known = np.isfinite(values)
    # Sums over short axes are made in the order of the repeats, on every machine alike.
    each = np.where(known, values, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    asked = known.any(axis=1)
    n = asked.sum(axis=0)
    mean = np.where(asked, each, 0).sum(axis=0) / n
    squares = np.where(asked, (each - mean) ** 2, 0).sum(axis=0)
    # One answer says nothing about how much a source wavers: unknown, and not 0.
    doubt = np.sqrt(np.where(n > 1, squares / np.maximum(n - 1, 1), np.nan))
    # Means of numbers up to 1 may pass it by a rounding.
    return np.clip(mean, 0.0, 1.0), doubt


def _fill(values: Floats, n: int) -> Floats:
    rows, columns = np.triu_indices(n, 1)
    matrix = np.zeros((n, n))
    matrix[rows, columns] = values
    matrix[columns, rows] = values
    return matrix


def _note_models(answers: EdgeAnswers) -> tuple[str, ...]:
    models = sorted({(each.model, each.version) for each in answers.answers})
    named = list_some(f"{model} ({version})" if version else model for model, version in models)
    return (f"{len(answers.answers):,} answers of {named}.",)


def _check(matrix: Floats, n: int, name: str) -> None:
    found = None
    if matrix.shape != (n, n):
        found = f"shape {matrix.shape}"
    # Written so that NaN, of which no comparison is true, is refused.
    elif not ((matrix >= 0) & (matrix <= 1)).all():
        wrong = matrix[~((matrix >= 0) & (matrix <= 1))]
        found = f"{wrong[0]:g} among them"
    elif (matrix != matrix.T).any():
        found = f"{int((matrix != matrix.T).sum()) // 2} pairs that differ by direction"
    elif np.diagonal(matrix).any():
        found = "a diagonal that is not 0"
    if found:
        raise InputError(
            f"expected ({n}, {n}) symmetric probabilities with a diagonal of 0, found {found}",
            where=f"prior, {name}",
            repair="Average both directions, clip to [0, 1], and set the diagonal to 0.",
        )
