"""Null maps of expression: genes move together over the surface, models are trained again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import Field

from neuropil.contracts import (
    Citation,
    ConfigError,
    Progress,
    SeedTree,
    Settings,
    SilentProgress,
)
from neuropil.measures import SpinNull, SpinRanking, Spins, build_spin_groups, rank_spins
from neuropil.transcriptome.catalogue import Context, ModelEntry
from neuropil.transcriptome.checkpoints import Checkpoints
from neuropil.transcriptome.data import PairProblem
from neuropil.transcriptome.models.base import PairModel
from neuropil.transcriptome.models.genes_beside_coordinates import GenesBesideCoordinates
from neuropil.transcriptome.splits import Split

__all__ = ["SPIN_CITATIONS", "NullMaps", "SpinPlan", "draw_null_maps", "retrain_on_nulls"]

SPIN_CITATIONS = (
    Citation(
        "vasa2018",
        "Vasa et al. 2018, Adolescent Tuning of Association Cortex in Human Structural Brain "
        "Networks, Cerebral Cortex 28:281",
        "10.1093/cercor/bhx249",
    ),
    Citation(
        "markello2021spatial",
        "Markello, Misic 2021, Comparing spatial null models for brain maps, NeuroImage 236:118052",
        "10.1016/j.neuroimage.2021.118052",
    ),
)
"""What to cite for null maps."""

_BATCH = 8  # null maps that a process is sent at a time; not tuned


class SpinPlan(Settings):
    """How null maps are drawn and chosen.

    Parameters
    ----------
    spins : int
        Spins drawn; those that keep the decay of co-expression best are used.
    points : {"auto", "sphere", "pseudo-sphere"}
        Places on a spherical surface where there are any, or projected centroids.
    reassignment : {"vasa", "hungarian"}
        How rotated points find their regions.
    subcortex : {"spun", "fixed"}
        Whether subcortical regions move too.
    nearby : {"dropped", "kept"}
        What becomes of spins that carry genes less far, on average, than co-expression reaches.
        The published selection keeps them, and since they change little it prefers them.
    """

    spins: int = Field(default=10_000, ge=2)
    points: Literal["auto", "sphere", "pseudo-sphere"] = "auto"
    reassignment: Literal["vasa", "hungarian"] = "vasa"
    subcortex: Literal["spun", "fixed"] = "spun"
    nearby: Literal["dropped", "kept"] = "dropped"


@dataclass(frozen=True, eq=False)
class NullMaps:
    """Drawn spins, best first.

    Parameters
    ----------
    null : SpinNull
        Where they come from.
    spins : Spins
        Permutations and costs, in the order in which they were drawn.
    ranking : SpinRanking
        Their order.
    order : (m,) int array
        Spins that may be used, best first.
    moved_mm : (n_spins,) array
        How far each spin carries the genes of a region, mean over regions [mm].
    """

    null: SpinNull
    spins: Spins
    ranking: SpinRanking
    order: np.ndarray
    moved_mm: np.ndarray

    def best(self, n: int) -> np.ndarray:
        """Return the (n, regions) permutations that keep the decay of co-expression best.

        Raises
        ------
        ConfigError
            When there are fewer; draw more spins.
        """
        if len(self.order) < n:
            raise ConfigError(
                f"expected at least {n} spins that move genes far enough, found {len(self.order)} "
                f"of {len(self.spins)}",
                where="spin.spins",
                repair="Draw more spins, or ask for fewer nulls.",
            )
        return self.spins.permutations[self.order[:n]]

    @property
    def best_length(self) -> float:
        """Mean decay length of the ten best [mm], as many as the published protocol uses."""
        lengths = self.ranking.table["decay_length_mm"].to_numpy()
        return float(lengths[self.order[:10]].mean())

    @property
    def median_length(self) -> float:
        """Median decay length of all spins [mm]."""
        return float(np.median(self.ranking.table["decay_length_mm"].to_numpy()))


def draw_null_maps(
    problem: PairProblem, plan: SpinPlan, seed: SeedTree, progress: Progress | None = None
) -> NullMaps:
    """Draw spins of the regions and order them by how smooth they leave the expression.

    Parameters
    ----------
    problem : PairProblem
        Regions and their genes; connectivity is not read.
    plan : SpinPlan
        How many, on which points.
    seed : SeedTree
        Source of the rotations.
    progress : Progress, optional
        Told after each batch.
    """
    regions = problem.regions
    has_sphere = regions.sphere is not None and bool(
        np.isfinite(regions.sphere[regions.cortical]).all()
    )
    use_sphere = plan.points == "sphere" or (plan.points == "auto" and has_sphere)
    groups = build_spin_groups(
        regions.coordinates,
        regions.sides,
        regions.cortical,
        regions.sphere if use_sphere else None,
        subcortex=plan.subcortex,
        names=regions.names,
    )
    label = "sphere" if use_sphere else "pseudo-sphere"
    null = SpinNull(groups, regions.n, plan.reassignment, label)
    listener = progress or SilentProgress()
    with listener.track("spinning", plan.spins * len(groups)) as advance:
        spins = null.draw(plan.spins, seed.child("spins").generator(), advance)
    ranking = rank_spins(spins, regions.coexpression, regions.distance)
    moved = regions.distance[np.arange(regions.n), spins.permutations].mean(axis=1)
    least = min(ranking.true_length, float(np.median(moved)))
    far = moved >= least if plan.nearby == "dropped" else moved > 0
    return NullMaps(null, spins, ranking, ranking.order[far[ranking.order]], moved)


def retrain_on_nulls(
    entry: ModelEntry,
    problem: PairProblem,
    contexts: Sequence[Context],
    permutations: np.ndarray,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
    checkpoints: Checkpoints | None = None,
) -> np.ndarray:
    """Train a model again on each null map and score it on every run.

    Genes move, coordinates and connectivity stay. What a model learns from coordinates alone is
    learned once, since it is the same for all nulls.

    Parameters
    ----------
    entry : ModelEntry
        The model.
    problem : PairProblem
        Data.
    contexts : sequence of Context
        One for each run.
    permutations : (m, n) int array
        Null maps.
    jobs : int
        Processes.
    progress : Progress, optional
        Told after each null map.
    checkpoints : Checkpoints, optional
        Keeps each batch of maps, and has those that were finished before.

    Returns
    -------
    (m, n_runs) array
        Pearson r on the test pairs.
    """

    def build(numbers: Sequence[int]) -> list[tuple[Callable[..., np.ndarray], tuple[Any, ...]]]:
        models = [_prepare(entry, problem, context) for context in contexts]
        work = list(zip(models, [context.split for context in contexts], strict=True))
        batches = [permutations[_BATCH * each : _BATCH * (each + 1)] for each in numbers]
        return [(_score_nulls, (work, problem, batch)) for batch in batches]

    n_batches = -(-len(permutations) // _BATCH)
    kept, listener = checkpoints or Checkpoints(), progress or SilentProgress()
    with listener.track(f"null maps, {entry.name}", len(permutations)) as advance:
        found = kept.find_arrays(n_batches, build, jobs, advance)
    return np.concatenate(found)


def _prepare(entry: ModelEntry, problem: PairProblem, context: Context) -> PairModel:
    """Build the model of a run with its choice of coordinate kernels, where it makes one."""
    model = entry.build(context)
    if isinstance(model, GenesBesideCoordinates):
        model.fit(problem.regions, problem.connectivity, context.split.train)
        chosen = model.place_
        model = entry.build(context)
        model.set_params(place=chosen)
    return model


def _score_nulls(
    work: Sequence[tuple[PairModel, Split]], problem: PairProblem, permutations: np.ndarray
) -> np.ndarray:
    scores = np.empty((len(permutations), len(work)))
    for row, permutation in enumerate(permutations):
        moved = problem.regions.with_genes_of(permutation)
        for column, (model, split) in enumerate(work):
            model.fit(moved, problem.connectivity, split.train)
            scores[row, column] = model.score(problem.connectivity, split.test)
    return scores
