"""Models on splits: every run's scores, and held-out predictions of every pair."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import jax
import numpy as np
import polars as pl

from neuropil.contracts import Progress, SilentProgress, side_by_side
from neuropil.learning import Listener
from neuropil.measures import correlate_resampled, resample_regions
from neuropil.transcriptome.checkpoints import Checkpoints
from neuropil.transcriptome.data import PairProblem
from neuropil.transcriptome.models.base import PairModel
from neuropil.transcriptome.models.network_fit import NetworkModel, fit_networks
from neuropil.transcriptome.models.spatiomolecular_transformer import (
    AttentionMap,
    SpatiomolecularTransformer,
)
from neuropil.transcriptome.score import score_pairs
from neuropil.transcriptome.splits import Split

__all__ = [
    "Evaluation",
    "Gain",
    "ModelRun",
    "draw_means",
    "evaluate_model",
    "evaluate_network",
    "interval_of",
    "interval_of_means",
    "measure_gain",
]

Build = Callable[[Split], PairModel]
"""Builds the unfitted model of one run."""

# Resamples of the regions: the 25th value from either end bounds the interval. Not tuned.
_RESAMPLES = 1000


@dataclass(frozen=True, eq=False)
class ModelRun:
    """A model on one split.

    Parameters
    ----------
    split : Split
        Regions that were held out.
    predicted : (t, t) array
        Predictions for the pairs of the test regions.
    scores : dict of str to float or None
        As :func:`~neuropil.transcriptome.score_pairs` returns them.
    parameters : int
        Fitted numbers.
    attention : AttentionMap or None
        Attention map of a transformer on the test regions.
    """

    split: Split
    predicted: np.ndarray
    scores: Mapping[str, float | None]
    parameters: int
    attention: AttentionMap | None = None


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A model on all runs of one kind of split.

    Parameters
    ----------
    model : str
        Its name.
    problem : PairProblem
        Data.
    runs : tuple of ModelRun
        In the order of the splits.
    """

    model: str
    problem: PairProblem
    runs: tuple[ModelRun, ...]

    def values(self, name: str = "r") -> np.ndarray:
        """Return one score of each run; NaN where a run has none."""
        found = [run.scores[name] for run in self.runs]
        return np.array([np.nan if value is None else value for value in found])

    def mean(self, name: str = "r") -> float | None:
        """Return the mean of a score over the runs that have it."""
        values = self.values(name)
        known = values[np.isfinite(values)]
        return float(known.mean()) if known.size else None

    def resampled(self, counts: np.ndarray) -> np.ndarray:
        """Return the mean r over runs for each resample of the regions.

        Parameters
        ----------
        counts : (n_resamples, n) array
            How often each region was drawn.

        Returns
        -------
        (n_resamples,) array
            Mean over the runs in which enough test regions were drawn.
        """
        each = [
            correlate_resampled(
                run.predicted,
                self.problem.connectivity[np.ix_(run.split.test, run.split.test)],
                counts[:, run.split.test],
            )
            for run in self.runs
        ]
        known = np.isfinite(each)
        count = known.sum(axis=0)
        total = np.where(known, each, 0.0).sum(axis=0)
        return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)

    def average_prediction(self) -> np.ndarray:
        """Return the (n, n) mean held-out prediction of each pair; NaN where there is none."""
        n = self.problem.n
        total, count = np.zeros((n, n)), np.zeros((n, n))
        for run in self.runs:
            block = np.ix_(run.split.test, run.split.test)
            total[block] += run.predicted
            count[block] += 1
        np.fill_diagonal(count, 0)
        return np.divide(total, count, out=np.full((n, n), np.nan), where=count > 0)

    def table(self) -> pl.DataFrame:
        """Return one row for each run with all its scores."""
        return pl.DataFrame(
            [
                {
                    "model": self.model,
                    "seed": run.split.seed,
                    "fold": run.split.fold,
                    "held_out": run.split.label,
                    "train_regions": len(run.split.train),
                    "test_regions": len(run.split.test),
                    "parameters": run.parameters,
                    **run.scores,
                }
                for run in self.runs
            ],
            infer_schema_length=None,
        )


@dataclass(frozen=True)
class Gain:
    """The difference of two models' r, paired by run.

    Parameters
    ----------
    mean : float
        Mean over runs.
    low, high : float or None
        95 % interval over resampled regions.
    deviation : float
        Standard deviation over runs.
    n_regions, n_runs : int
        Independent units of the interval, and runs.
    """

    mean: float
    low: float | None
    high: float | None
    deviation: float
    n_regions: int
    n_runs: int


def evaluate_model(
    name: str,
    build: Build,
    problem: PairProblem,
    splits: Sequence[Split],
    *,
    jobs: int = 1,
    progress: Progress | None = None,
    checkpoints: Checkpoints | None = None,
) -> Evaluation:
    """Fit a model on the train regions of every split and score it on the test regions.

    Parameters
    ----------
    name : str
        Name of the model.
    build : callable
        ``build(split)`` returns the unfitted model.
    problem : PairProblem
        Data.
    splits : sequence of Split
        Runs.
    jobs : int
        Processes; 1 works in this one.
    progress : Progress, optional
        Told after each run.
    checkpoints : Checkpoints, optional
        Keeps each run, and has those that were finished before.

    Returns
    -------
    Evaluation
        One run for each split.
    """
    kept = checkpoints or Checkpoints()
    done = {split.run: _read_run(kept, split) for split in splits}
    missing = [split for split in splits if done[split.run] is None]
    with (progress or SilentProgress()).track(f"fitting {name}", len(splits)) as advance:
        advance(len(splits) - len(missing))
        if jobs == 1:
            for split in missing:
                done[split.run] = _run(build(split), problem, split, kept)
                advance(1)
        elif missing:
            size = -(-len(missing) // (2 * jobs))
            calls = [
                (_run_several, ([(build(split), split) for split in batch], problem, kept))
                for batch in (missing[at : at + size] for at in range(0, len(missing), size))
            ]
            for found in side_by_side(calls, jobs):
                done |= {run.split.run: run for run in found}
                advance(len(found))
    return Evaluation(name, problem, _in_order(done, splits))


def evaluate_network(
    name: str,
    models: Sequence[NetworkModel],
    problem: PairProblem,
    splits: Sequence[Split],
    listener: Listener | None = None,
    checkpoints: Checkpoints | None = None,
) -> Evaluation:
    """Train a network on every split, and score it there.

    An accelerator trains the splits of a seed in one program. A processor trains one after
    another: it multiplies single matrices faster than batches of them, and each split stops on
    its own.

    Parameters
    ----------
    name : str
        Name of the model.
    models : sequence of NetworkModel
        Unfitted, one for each split.
    problem : PairProblem
        Data.
    splits : sequence of Split
        Runs.
    listener : Listener, optional
        Progress of the training.
    checkpoints : Checkpoints, optional
        Keeps each run, and has those that were finished before.

    Returns
    -------
    Evaluation
        One run for each split.
    """
    alone = jax.default_backend() == "cpu"
    together: dict[int, list[int]] = {}
    for index, split in enumerate(splits):
        together.setdefault(index if alone else split.seed, []).append(index)
    kept = checkpoints or Checkpoints()
    done = {split.run: _read_run(kept, split) for split in splits}
    for chosen in together.values():
        if all(done[splits[index].run] is not None for index in chosen):
            continue
        folds = [models[index] for index in chosen]
        trains = [splits[index].train for index in chosen]
        fit_networks(folds, problem.regions, problem.connectivity, trains, listener)
        for index in chosen:
            run = _score(models[index], problem, splits[index])
            _keep_run(kept, run)
            done[run.split.run] = run
    return Evaluation(name, problem, _in_order(done, splits))


def _in_order(done: Mapping[int, ModelRun | None], splits: Sequence[Split]) -> tuple[ModelRun, ...]:
    runs = (done[split.run] for split in splits)
    return tuple(run for run in runs if run is not None)


def _keep_run(checkpoints: Checkpoints, run: ModelRun) -> None:
    arrays = {
        "predicted": run.predicted,
        "record": np.array(json.dumps([dict(run.scores), run.parameters])),
        # A run without attention has no tokens.
        "tokens": np.array(run.attention.tokens if run.attention else (), dtype=np.str_),
        "weights": run.attention.weights if run.attention else np.empty((0, 0)),
    }
    checkpoints.write(str(run.split.run), arrays)


def _read_run(checkpoints: Checkpoints, split: Split) -> ModelRun | None:
    arrays = checkpoints.read(str(split.run), "predicted", "record", "tokens", "weights")
    if arrays is None:
        return None
    scores, parameters = json.loads(str(arrays["record"]))
    tokens = tuple(arrays["tokens"].tolist())
    attention = AttentionMap(tokens, arrays["weights"]) if tokens else None
    return ModelRun(split, arrays["predicted"], scores, parameters, attention)


def _run_several(
    work: Sequence[tuple[PairModel, Split]], problem: PairProblem, checkpoints: Checkpoints
) -> list[ModelRun]:
    return [_run(model, problem, split, checkpoints) for model, split in work]


def _run(
    model: PairModel, problem: PairProblem, split: Split, checkpoints: Checkpoints
) -> ModelRun:
    model.fit(problem.regions, problem.connectivity, split.train)
    run = _score(model, problem, split)
    _keep_run(checkpoints, run)
    return run


def _score(model: PairModel, problem: PairProblem, split: Split) -> ModelRun:
    predicted = model.predict_matrix(split.test)
    scores = score_pairs(predicted, problem.connectivity, split.test, problem.regions)
    attention = model.attend(split.test) if isinstance(model, SpatiomolecularTransformer) else None
    return ModelRun(split, predicted, scores, model.count_parameters(), attention)


def measure_gain(
    better: Evaluation, base: Evaluation, seed: int, n_resamples: int = _RESAMPLES
) -> Gain:
    """Compare two models run by run.

    Parameters
    ----------
    better : Evaluation
        The model that should be better.
    base : Evaluation
        The other, on the same splits.
    seed : int
        Seed of the resampling.
    n_resamples : int
        Resamples of the regions.

    Returns
    -------
    Gain
        Its interval comes from resampling the regions, the same for both models and all runs.
    """
    difference = better.values() - base.values()
    n = better.problem.n
    counts = resample_regions(n, n_resamples, np.random.default_rng(seed))
    drawn = better.resampled(counts) - base.resampled(counts)
    low, high = np.percentile(drawn[np.isfinite(drawn)], [2.5, 97.5])
    spread = float(difference.std(ddof=1)) if difference.size > 1 else 0.0
    return Gain(float(difference.mean()), float(low), float(high), spread, n, int(difference.size))


def draw_means(evaluation: Evaluation, seed: int) -> np.ndarray:
    """Return the mean r over runs for each of 1,000 resamples of the regions.

    Parameters
    ----------
    evaluation : Evaluation
        A model on its runs.
    seed : int
        Seed of the resampling.
    """
    counts = resample_regions(evaluation.problem.n, _RESAMPLES, np.random.default_rng(seed))
    return evaluation.resampled(counts)


def interval_of_means(drawn: np.ndarray) -> tuple[float, float] | tuple[None, None]:
    """Return the 95 % interval of what :func:`draw_means` drew; None where a mean is missing."""
    if not np.isfinite(drawn).all():
        return None, None
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def interval_of(evaluation: Evaluation, seed: int) -> tuple[float, float] | tuple[None, None]:
    """Return the 95 % interval of the mean r over resampled regions.

    Parameters
    ----------
    evaluation : Evaluation
        A model on its runs.
    seed : int
        Seed of the resampling.

    Returns
    -------
    low, high : float or None
        Percentiles of the resampled means; None where no run has an r.
    """
    if evaluation.mean() is None:
        return None, None
    return interval_of_means(draw_means(evaluation, seed))
