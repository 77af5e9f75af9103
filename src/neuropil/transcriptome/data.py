"""From an atlas to what the models eat: features of regions, and one connectivity matrix."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import polars as pl
from jaxtyping import Float, Int

from neuropil.connectome import GeneAtlas
from neuropil.contracts import InputError, Operation, Source

__all__ = [
    "FEWEST",
    "GeneSource",
    "PairProblem",
    "Regions",
    "build_problem",
    "score_genes",
    "upper_pairs",
]

GeneSource = Literal["auto", "coexpression", "expression"]

FEWEST = 8
"""Least number of regions in a fold: in a quarter of them, held out for choices, two are a pair."""

_COEXPRESSION = "coexpression"
# Targets that are taken when none is named: signed functional connectivity, which is published.
_PREFERRED = ("FC", "FC-ENIGMA", "SC")


def upper_pairs(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns of each pair of n regions once.

    Examples
    --------
    >>> upper_pairs(3)
    (array([0, 0, 1]), array([1, 2, 2]))
    """
    rows, columns = np.triu_indices(n, 1)
    return rows, columns


@dataclass(frozen=True, eq=False)
class Regions:
    """What is known about each region without its connections.

    Parameters
    ----------
    names : tuple of str
        Regions in order.
    coordinates : (n, 3) array
        Centroids [mm], x to the right.
    coexpression : (n, n) array
        Correlation of the regions' z-scored expression: the Gram matrix of the genes.
    sides : (n,) array of str
        ``L``, ``R`` or nothing.
    cortical : (n,) bool array
        Which are cortex.
    networks : (n,) array of str
        Network of each, or nothing.
    expression : (n, g) array or None
        Expression of g genes; None where only the Gram matrix is at hand.
    genes : pl.DataFrame or None
        Their symbols and positions.
    sphere : (n, 3) array or None
        Unit vectors on a spherical surface; NaN for regions that are not on it.
    """

    names: tuple[str, ...]
    coordinates: Float[np.ndarray, "n 3"]
    coexpression: Float[np.ndarray, "n n"]
    sides: np.ndarray
    cortical: np.ndarray
    networks: np.ndarray
    expression: Float[np.ndarray, "n g"] | None = None
    genes: pl.DataFrame | None = None
    sphere: Float[np.ndarray, "n 3"] | None = None

    @property
    def n(self) -> int:
        """Number of regions."""
        return len(self.names)

    @cached_property
    def distance(self) -> np.ndarray:
        """Euclidean distance, (n, n) [mm]."""
        return _distances(self.coordinates)

    @cached_property
    def folded_distance(self) -> np.ndarray:
        """Distance after both hemispheres were laid on the left one, (n, n) [mm]."""
        return _distances(np.abs(self.coordinates) * [-1, 0, 0] + self.coordinates * [0, 1, 1])

    @cached_property
    def gene_distance(self) -> np.ndarray:
        """Distance of expression, (n, n): the square root of 2 - 2 r."""
        distance = np.sqrt(np.maximum(2 - 2 * self.coexpression, 0))
        np.fill_diagonal(distance, 0.0)
        return np.asarray(distance)

    @cached_property
    def sphere_distance(self) -> np.ndarray | None:
        """Chord between places on the unit sphere, the right hemisphere mirrored, (n, n).

        Infinite between regions of which one is not on the surface, None without a surface.
        """
        if self.sphere is None:
            return None
        mirrored = self.sphere * np.where(self.sides == "R", -1.0, 1.0)[:, None] ** [1, 0, 0]
        on_surface = np.isfinite(mirrored).all(axis=1)
        chord = _distances(np.nan_to_num(mirrored))
        return np.where(on_surface[:, None] & on_surface, chord, np.inf)

    @cached_property
    def place_cache(self) -> dict[object, np.ndarray]:
        """What was computed from places; null maps share it."""
        return {}

    @cached_property
    def gene_cache(self) -> dict[object, np.ndarray]:
        """What was computed from genes."""
        return {}

    def with_genes_of(self, permutation: Int[np.ndarray, " n"]) -> Regions:
        """Give each region the genes of another; coordinates stay.

        Parameters
        ----------
        permutation : (n,) int array
            Region whose genes each region gets.
        """
        moved = replace(
            self,
            coexpression=self.coexpression[np.ix_(permutation, permutation)],
            expression=None if self.expression is None else self.expression[permutation],
        )
        # What does not depend on genes is not computed again for each of a thousand nulls.
        for name in ("distance", "folded_distance", "sphere_distance", "place_cache"):
            moved.__dict__[name] = getattr(self, name)
        return moved


@dataclass(frozen=True, eq=False)
class PairProblem:
    """Regions, and the connectivity that is to be predicted for pairs of them.

    Parameters
    ----------
    regions : Regions
        Features.
    connectivity : (n, n) array
        Symmetric; its diagonal is never used.
    target : str
        Name of the matrix.
    gene_source : str
        Where the Gram matrix comes from: ``coexpression`` or ``expression``.
    source : Source
        Origin of the data.
    notes : tuple of str
        What a reader should know, dropped regions among it.
    provenance : tuple of Operation
        What was done to the data.
    """

    regions: Regions
    connectivity: Float[np.ndarray, "n n"]
    target: str
    gene_source: str
    source: Source
    notes: tuple[str, ...] = ()
    provenance: tuple[Operation, ...] = ()

    @property
    def n(self) -> int:
        """Number of regions."""
        return self.regions.n


def build_problem(
    atlas: GeneAtlas, target: str | None = None, genes: GeneSource = "auto"
) -> PairProblem:
    """Choose a connectivity matrix and a source of genes, and drop regions that lack either.

    Parameters
    ----------
    atlas : GeneAtlas
        The data.
    target : str, optional
        Name of a matrix; signed functional connectivity where there is one.
    genes : {"auto", "coexpression", "expression"}
        Genome-wide co-expression matrix or table of genes; ``auto`` takes the matrix where it
        covers all regions of the target, and the table else.

    Returns
    -------
    PairProblem
        Its notes name what was dropped.

    Raises
    ------
    InputError
        When there is no such matrix, the genes are not at hand, or fewer than 8 regions are left.
    """
    name = target or _default_target(atlas)
    covered = atlas.covered(name)
    within = atlas.select(covered, f"not covered by {name}")
    chosen = _choose_genes(within, genes)
    known = within.covered(_COEXPRESSION) if chosen == _COEXPRESSION else within.expressed()
    kept = within.select(known, f"without genes ({chosen})")
    if kept.n_regions < FEWEST:
        raise InputError(
            f"expected at least {FEWEST} regions with genes and {name}, found {kept.n_regions}",
            where=atlas.source.name,
            repair="Choose another target or other genes.",
        )
    notes = [*atlas.notes]
    if kept.n_regions < within.n_regions:
        lost = [n for n, k in zip(within.region_names, known, strict=True) if not k]
        notes.append(f"{len(lost)} regions without genes were dropped: {', '.join(lost)}.")
    return PairProblem(
        _regions(kept, chosen),
        kept.matrix(name),
        name,
        chosen,
        atlas.source,
        tuple(notes),
        kept.provenance,
    )


def _default_target(atlas: GeneAtlas) -> str:
    named = [name for name in _PREFERRED if name in atlas.matrices]
    others = [name for name in atlas.matrices if name != _COEXPRESSION]
    if not named + others:
        raise InputError(
            "expected a connectivity matrix, found none",
            where=atlas.source.name,
            repair="Add one; co-expression alone is not predicted.",
        )
    return (named + others)[0]


def _choose_genes(atlas: GeneAtlas, genes: GeneSource) -> str:
    has_matrix = _COEXPRESSION in atlas.matrices
    if genes == _COEXPRESSION and not has_matrix:
        raise InputError(
            "expected a matrix coexpression, found none",
            where=atlas.source.name,
            repair="Use --genes expression.",
        )
    if genes == "auto":
        whole = has_matrix and bool(atlas.covered(_COEXPRESSION).all())
        return _COEXPRESSION if whole else "expression"
    return genes


def _regions(atlas: GeneAtlas, chosen: str) -> Regions:
    complete = bool(atlas.expressed().all())
    from_matrix = chosen == _COEXPRESSION
    gram = atlas.matrix(_COEXPRESSION) if from_matrix else _correlate(atlas.expression)
    return Regions(
        atlas.region_names,
        atlas.coordinates,
        gram,
        atlas.sides,
        atlas.cortical,
        atlas.networks,
        atlas.expression if complete else None,
        atlas.genes if complete else None,
        atlas.sphere,
    )


def score_genes(expression: Float[np.ndarray, "n g"]) -> Float[np.ndarray, "n g"]:
    """Return z-scores of each gene over all regions; a constant gene becomes 0."""
    deviation = expression.std(axis=0)
    return (expression - expression.mean(axis=0)) / np.where(deviation > 0, deviation, 1)


def _correlate(expression: np.ndarray) -> np.ndarray:
    """Correlate regions after each gene was z-scored over them; no targets are used."""
    deviation = expression.std(axis=0)
    if not deviation.any():
        raise InputError(
            "expected genes that differ between regions, all are constant",
            where="expression",
            repair="Read the table with regions as rows.",
        )
    gram = np.corrcoef(score_genes(expression[:, deviation > 0]))
    np.fill_diagonal(gram, 1.0)
    return np.asarray((gram + gram.T) / 2)


def _distances(points: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.norm(points[:, None] - points[None], axis=2))
