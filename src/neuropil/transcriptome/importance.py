"""Which genes carry the prediction: how far r falls when a gene is shuffled among test regions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from neuropil.contracts import InputError, Progress, SeedTree, SilentProgress
from neuropil.measures import adjust_p_values
from neuropil.transcriptome.checkpoints import Checkpoints
from neuropil.transcriptome.data import PairProblem, score_genes, upper_pairs
from neuropil.transcriptome.models.gene_order import cut_tokens, order_genes
from neuropil.transcriptome.models.kernel_ridge import KernelRidge
from neuropil.transcriptome.splits import Split

__all__ = ["GeneBlocks", "Shuffling", "gene_blocks", "measure_importance", "rank_blocks"]

# Tables of more genes have no ranking of single ones (card.md, "Protocol"); the limit is not tuned.
# Tokens have as many genes as those of the published transformer.
_MOST_GENES = 1000
_TOKEN = 60


@dataclass(frozen=True, eq=False)
class GeneBlocks:
    """Genes that are shuffled together.

    Parameters
    ----------
    levels : tuple of {"gene", "token", "chromosome"}
        What each block is.
    names : tuple of str
        Name of each block; the symbol where it is a single gene.
    members : tuple of (k,) int array
        Columns of each.
    """

    levels: tuple[str, ...]
    names: tuple[str, ...]
    members: tuple[np.ndarray, ...]


@dataclass(frozen=True, eq=False)
class _Fitted:
    """A gene kernel ridge in the numbers that a changed gene needs."""

    train: np.ndarray
    test: np.ndarray
    dual: np.ndarray
    width: float
    pairs: tuple[np.ndarray, np.ndarray]
    measured: np.ndarray

    @cached_property
    def product(self) -> np.ndarray:
        return self.test @ self.train.T

    @cached_property
    def total(self) -> np.ndarray:
        return np.asarray(self.test.sum(axis=1))

    @cached_property
    def square(self) -> np.ndarray:
        return np.asarray((self.test**2).sum(axis=1))

    def r_with(self, rows: np.ndarray, members: np.ndarray) -> float:
        """Return r when the test regions have the genes ``members`` of the regions ``rows``.

        Train rows sum to zero, so that the product needs the changed genes alone.
        """
        old = self.test[:, members]
        new = old[rows]
        total = self.total + (new - old).sum(axis=1)
        square = self.square + (new**2 - old**2).sum(axis=1)
        product = self.product + (new - old) @ self.train[:, members].T
        norm = np.sqrt(square - total**2 / self.test.shape[1])
        squared = np.maximum(2 - 2 * product / norm[:, None], 0)
        kernel = np.exp(squared / (-2 * self.width**2))
        predicted = (kernel @ self.dual @ kernel.T)[self.pairs]
        return float(np.corrcoef(predicted, self.measured)[0, 1])


def gene_blocks(problem: PairProblem) -> GeneBlocks:
    """Return single genes, tokens of 60 neighbours on the genome, and chromosomes.

    Parameters
    ----------
    problem : PairProblem
        With a table of genes.

    Returns
    -------
    GeneBlocks
        Single genes where there are at most 1,000; tokens where genes have positions or are
        more; chromosomes where they are named.

    Raises
    ------
    InputError
        When there is no table of genes.
    """
    genes, expression = problem.regions.genes, problem.regions.expression
    if genes is None or expression is None:
        raise InputError(
            "expected a table of genes for every region, found the co-expression matrix alone",
            where="importance of genes",
            repair="Build the problem with genes='expression'.",
        )
    blocks: list[tuple[str, str, np.ndarray]] = []
    symbols = genes["symbol"].to_list()
    placed = "genome_order" in genes.columns and genes["genome_order"].is_not_null().any()
    if len(symbols) <= _MOST_GENES:
        blocks += [("gene", name, np.array([column])) for column, name in enumerate(symbols)]
    if placed or len(symbols) > _MOST_GENES:
        order = order_genes(genes, expression, "genome" if placed else "expression")
        blocks += [("token", name, cut) for name, cut in cut_tokens(genes, order, _TOKEN)]
    if "chromosome" in genes.columns:
        found = genes["chromosome"].cast(pl.String)
        for name in found.drop_nulls().unique(maintain_order=True).to_list():
            members = np.flatnonzero((found == name).fill_null(value=False).to_numpy())
            blocks.append(("chromosome", f"chromosome {name}", members))
    levels, names, members_of = zip(*blocks, strict=True)
    return GeneBlocks(levels, names, members_of)


def measure_importance(
    problem: PairProblem,
    splits: Sequence[Split],
    null_maps: np.ndarray,
    seed: SeedTree,
    *,
    repeats: int = 5,
    jobs: int = 1,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Rank genes by the loss of held-out r when they are shuffled among the test regions.

    The model is the gene kernel of width 1. The null is the same on spun maps, on which it is
    trained again; the values of all blocks of a level are pooled there.

    Parameters
    ----------
    problem : PairProblem
        With a table of genes.
    splits : sequence of Split
        Runs.
    null_maps : (m, n) int array
        Permutations of the regions.
    seed : SeedTree
        Source of the shuffles.
    repeats : int
        Shuffles of each gene in each run.
    jobs : int
        Processes.
    progress : Progress, optional
        Told after the map itself and after each null map.

    Returns
    -------
    pl.DataFrame
        Columns ``level`` (``gene``, ``token`` or ``chromosome``), ``gene`` (name of the block),
        ``genes`` in it, ``importance`` (loss of r, mean over runs), ``deviation`` over runs,
        ``p`` against the pooled null and ``q`` corrected over the blocks of the level; most
        important first within each level.
    """
    shuffling = Shuffling(problem, tuple(splits), null_maps, seed, repeats)
    return rank_blocks(shuffling, jobs, progress)


@dataclass(frozen=True, eq=False)
class Shuffling:
    """Which genes are shuffled on which maps.

    Parameters
    ----------
    problem : PairProblem
        With a table of genes.
    splits : tuple of Split
        Runs.
    null_maps : (m, n) int array
        Permutations of the regions.
    seed : SeedTree
        Source of the shuffles.
    repeats : int
        Shuffles of each gene in each run.
    """

    problem: PairProblem
    splits: tuple[Split, ...]
    null_maps: np.ndarray
    seed: SeedTree
    repeats: int


def rank_blocks(
    shuffling: Shuffling,
    jobs: int = 1,
    progress: Progress | None = None,
    checkpoints: Checkpoints | None = None,
) -> pl.DataFrame:
    """Rank genes, tokens and chromosomes, and keep what was computed of each map.

    Parameters
    ----------
    shuffling : Shuffling
        Data, runs and maps.
    jobs : int
        Processes.
    progress : Progress, optional
        Told after the map itself and after each null map.
    checkpoints : Checkpoints, optional
        Keeps the losses on each map, and has those that were finished before.

    Returns
    -------
    pl.DataFrame
        As :func:`measure_importance` returns it.
    """
    problem, splits = shuffling.problem, shuffling.splits
    blocks = gene_blocks(problem)
    maps = np.concatenate([np.arange(problem.n)[None], shuffling.null_maps])

    def build(numbers: Sequence[int]) -> list[tuple[Callable[..., np.ndarray], tuple[Any, ...]]]:
        seeds = [shuffling.seed.child(row).integer() for row in numbers]
        return [
            (_losses, (problem, splits, blocks, maps[row], shuffling.repeats, seed))
            for row, seed in zip(numbers, seeds, strict=True)
        ]

    listener, kept = progress or SilentProgress(), checkpoints or Checkpoints()
    with listener.track("importance of genes", len(maps) * len(splits)) as advance:
        found = kept.find_arrays(len(maps), build, jobs, advance)
    levels = np.array(blocks.levels)
    tables = [
        _rank(level, blocks, levels == level, found) for level in dict.fromkeys(blocks.levels)
    ]
    return pl.concat(tables)


def _rank(
    level: str, blocks: GeneBlocks, chosen: np.ndarray, found: Sequence[np.ndarray]
) -> pl.DataFrame:
    """Return the blocks of one level; the first of ``found`` is the map itself."""
    losses = found[0][:, chosen]
    true = losses.mean(axis=0)
    columns = {
        "level": [level] * true.size,
        "gene": [name for name, taken in zip(blocks.names, chosen, strict=True) if taken],
        "genes": [len(each) for each, taken in zip(blocks.members, chosen, strict=True) if taken],
        "importance": true,
        "deviation": losses.std(axis=0, ddof=1) if len(losses) > 1 else np.zeros_like(true),
    }
    if len(found) > 1:
        pooled = np.sort(np.concatenate([each[:, chosen].mean(axis=0) for each in found[1:]]))
        above = pooled.size - np.searchsorted(pooled, true, side="left")
        columns["p"] = (1 + above) / (1 + pooled.size)
        columns["q"] = adjust_p_values(columns["p"])
    return pl.DataFrame(columns).sort("importance", descending=True, maintain_order=True)


def _losses(
    problem: PairProblem,
    splits: Sequence[Split],
    blocks: GeneBlocks,
    permutation: np.ndarray,
    repeats: int,
    seed: int,
) -> np.ndarray:
    """Return the loss of r of each run and block on one map, (runs, blocks)."""
    moved = problem.regions.with_genes_of(permutation)
    rng = np.random.default_rng(seed)
    losses = np.zeros((len(splits), len(blocks.members)))
    for row, split in enumerate(splits):
        model = KernelRidge(random_state=split.run).fit(moved, problem.connectivity, split.train)
        fitted = _prepare(model, moved.expression, problem.connectivity, split)
        same = np.arange(len(fitted.test))
        whole = fitted.r_with(same, blocks.members[0])
        for column, members in enumerate(blocks.members):
            for _ in range(repeats):
                shuffled = rng.permutation(same)
                losses[row, column] += (whole - fitted.r_with(shuffled, members)) / repeats
    return losses


def _prepare(
    model: KernelRidge, expression: np.ndarray | None, connectivity: np.ndarray, split: Split
) -> _Fitted:
    assert expression is not None
    scored = score_genes(expression)
    train = scored[split.train]
    train = train - train.mean(axis=1, keepdims=True)
    train = train / np.linalg.norm(train, axis=1, keepdims=True)
    distance = model.regions_.gene_distance
    width = float(np.median(distance[upper_pairs(len(distance))]))
    upper = upper_pairs(len(split.test))
    measured = connectivity[np.ix_(split.test, split.test)][upper]
    return _Fitted(train, scored[split.test], model.dual_, width, upper, measured)
