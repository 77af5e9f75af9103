"""Every model on the same folds: what it predicts of subjects that it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.cohorts.data import Views, average_edges, from_scale
from neuropil.cohorts.joint.models.base import Latents, PairedModel, Specification
from neuropil.cohorts.joint.score import identify, score_subjects
from neuropil.cohorts.splits import Fold
from neuropil.cohorts.traits import CoordinateFold
from neuropil.contracts import Piece, PieceCache, SeedTree

__all__ = ["JOINT", "Evaluation", "evaluate", "score_fold"]

Array = npt.NDArray[np.floating]

JOINT = "joint"
"""What joint coordinates are kept by; individual ones are by their modality."""


@dataclass(frozen=True)
class Evaluation:
    """Scores of models on held-out subjects.

    Parameters
    ----------
    table : pl.DataFrame
        One row for each model, target, fold and tested subject: ``model, target, fold, row, r,
        demeaned_r, mse, mean_mse, top1, rank, own_mse``, ``n_joint`` of the fitted model, and
        ``unit_r, unit_mse, unit_own_mse`` in the unit of the data instead of on the model's scale.
    likeness : mapping of (str, str) to list of (n, n) array
        By model and target, of each fold: measured (rows) beside predicted subjects.
    coordinates : mapping of (str, str) to list of CoordinateFold
        By model and ``joint`` or the modality that coordinates belong to alone, of each fold: of
        subjects with both modalities. Empty where they are not kept.
    """

    table: pl.DataFrame
    likeness: Mapping[tuple[str, str], list[Array]]
    coordinates: Mapping[tuple[str, str], list[CoordinateFold]] = field(default_factory=dict)

    def of(self, model: str, target: str) -> pl.DataFrame:
        """Return the rows of one model and target."""
        return self.table.filter((pl.col("model") == model) & (pl.col("target") == target))

    def value(self, model: str, target: str, quantity: str) -> float:
        """Return a quantity over all tested subjects."""
        return float(_summarise(self.of(model, target), quantity)[0])

    def interval(
        self, model: str, target: str, quantity: str, seed: SeedTree, draws: int = 1000
    ) -> tuple[float, float]:
        """Return the central 95 % of a quantity over resampled subjects."""
        frame = self.of(model, target)
        rng = seed.child(f"{model} {target} {quantity}").generator()
        rows = rng.integers(frame.height, size=(draws, frame.height))
        low, high = np.percentile(_summarise(frame, quantity, rows), [2.5, 97.5])
        return float(low), float(high)

    def shuffled(self, model: str, target: str, seed: SeedTree, draws: int = 1000) -> Array:
        """Return mean demeaned r of predictions given to other subjects of their fold."""
        rng = seed.child(f"{model} {target} null").generator()
        folds = self.likeness[model, target]
        null = np.zeros(draws)
        for each in folds:
            for draw in range(draws):
                null[draw] += each[np.arange(len(each)), rng.permutation(len(each))].sum()
        null /= sum(len(each) for each in folds)
        value = self.value(model, target, "demeaned_r")
        # Predictions that are the same for everybody: equal, but for the last digits of the sums.
        return np.where(np.isclose(null, value, rtol=0, atol=1e-9), value, null)


def _summarise(frame: pl.DataFrame, quantity: str, rows: Any = None) -> Array:  # noqa: ANN401
    chosen = np.arange(frame.height)[None] if rows is None else rows
    if quantity != "r_squared":
        return np.asarray(frame[quantity].to_numpy()[chosen].mean(axis=1))
    error, around = (frame[name].to_numpy()[chosen] for name in ("mse", "mean_mse"))
    return np.asarray(1 - error.sum(axis=1) / around.sum(axis=1))


def evaluate(
    views: Views,
    folds: Sequence[Fold],
    models: Mapping[str, Specification],
    seed: SeedTree,
    pieces: PieceCache,
    *,
    keep_coordinates: bool = False,
) -> Evaluation:
    """Fit every model on every fold and score the subjects of its test.

    Parameters
    ----------
    views : Views
        All subjects.
    folds : sequence of Fold
        Their divisions; one that tests no subject with both modalities is left out.
    models : mapping of str to Specification
        By name.
    seed : SeedTree
        Of fits that draw numbers; each fold has a child of it.
    pieces : PieceCache
        Does the fits side by side and caches them.
    keep_coordinates : bool
        Whether the coordinates of fitted and tested subjects are kept, as traits need them.
    """
    complete = views.complete()
    # A fold may happen to test none that has both.
    used = [number for number, fold in enumerate(folds) if complete[fold.test].any()]
    places = [(name, number) for name in models for number in used]
    work = [
        Piece(
            f"{name}-{number}",
            score_fold,
            (models[name], views, folds[number], seed.child(number), keep_coordinates),
        )
        for name, number in places
    ]
    tables: list[pl.DataFrame] = []
    likeness: dict[tuple[str, str], list[Array]] = {}
    coordinates: dict[tuple[str, str], list[CoordinateFold]] = {}
    for (name, number), scores in zip(places, pieces.results("fitting", work), strict=True):
        test = folds[number].test
        rows = test[complete[test]]
        for target in views.modalities:
            tables.append(_as_rows(scores[target], (name, target, number, scores["n_joint"]), rows))
            likeness.setdefault((name, target), []).append(np.array(scores[target]["likeness"]))
        for kind, kept in scores.get("coordinates", {}).items():
            fitted, tested = (np.array(one, float) for one in kept)
            part = CoordinateFold(_fitted(folds[number], complete), rows, (fitted, tested))
            coordinates.setdefault((name, kind), []).append(part)
    return Evaluation(pl.concat(tables), likeness, coordinates)


def _fitted(fold: Fold, complete: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return the rows of those who train or choose and have both modalities, in rising order."""
    rows = np.sort(np.concatenate([fold.training, fold.validation]))
    return rows[complete[rows]]


def _as_rows(
    columns: Mapping[str, Any], place: tuple[str, str, int, int], rows: npt.NDArray[np.int64]
) -> pl.DataFrame:
    model, target, fold, n_joint = place
    values = {name: column for name, column in columns.items() if name != "likeness"}
    return pl.DataFrame({"row": rows, **values}).select(
        pl.lit(model).alias("model"),
        pl.lit(target).alias("target"),
        pl.lit(fold).alias("fold"),
        pl.all(),
        pl.lit(n_joint).alias("n_joint"),
    )


def score_fold(
    spec: Specification,
    views: Views,
    fold: Fold,
    seed: SeedTree,
    keep_coordinates: bool = False,
) -> dict[str, Any]:
    """Fit a model on one division and score the tested subjects who have both modalities.

    Parameters
    ----------
    spec : Specification
        The model.
    views : Views
        All subjects.
    fold : Fold
        Which of them train, choose and test.
    seed : SeedTree
        Of a fit that draws numbers.
    keep_coordinates : bool
        Whether the coordinates of fitted and tested subjects are kept.

    Returns
    -------
    dict
        ``n_joint``, and for each modality as target what :func:`score_subjects` finds, ``top1``,
        ``rank``, and ``own_mse`` of its reconstruction, as lists; ``unit_r``, ``unit_mse`` and
        ``unit_own_mse``: the same in the unit of the data; ``coordinates`` where they are kept: of
        fitted and of tested subjects who have both, by ``joint`` and each modality.
    """
    training, validation = views.take(fold.training), views.take(fold.validation)
    model = spec.fit(training, validation, seed)
    known = training.together(validation)
    test = views.take(fold.test)
    test = test.take(test.complete())
    latents = model.encode(test)
    found: dict[str, Any] = {"n_joint": latents.joint.shape[1]}
    if keep_coordinates:
        fitted = model.encode(views.take(_fitted(fold, views.complete())))
        found["coordinates"] = {
            kind: [np.asarray(one, float).tolist() for one in (known, _by_kind(latents)[kind])]
            for kind, known in _by_kind(fitted).items()
        }
    for target in views.modalities:
        predicted, rebuilt = model.predict(test, target), model.reconstruct(test, target)
        mean = average_edges(known.edges[target])
        scores = score_subjects(predicted, test.edges[target], mean)
        own = np.nanmean((rebuilt - test.edges[target]) ** 2, axis=1)
        top1, rank = identify(scores["likeness"])
        in_unit = _score_in_unit(model, known, test, target)
        found[target] = {
            name: np.asarray(values, float).tolist()
            for name, values in {
                **scores,
                "top1": top1,
                "rank": rank,
                "own_mse": own,
                **in_unit,
            }.items()
        }
    return found


def _score_in_unit(model: PairedModel, known: Views, test: Views, target: str) -> dict[str, Array]:
    """Score predictions and reconstructions as means in the unit of the data."""
    scale = test.scales.get(target, "none")
    measured = from_scale(test.edges[target], scale)
    pairs = known.take(known.complete())

    def bring_back(do: Callable[[Views, str], Array]) -> Array:
        # How far known subjects are from it is how far the mean in the unit is off.
        spread = np.sqrt(average_edges((do(pairs, target) - pairs.edges[target]) ** 2))
        return from_scale(do(test, target), scale, spread)

    predicted, rebuilt = bring_back(model.predict), bring_back(model.reconstruct)
    scores = score_subjects(predicted, measured, np.zeros(measured.shape[1]))
    own = np.nanmean((rebuilt - measured) ** 2, axis=1)
    return {"unit_r": scores["r"], "unit_mse": scores["mse"], "unit_own_mse": own}


def _by_kind(latents: Latents) -> dict[str, Array]:
    return {JOINT: latents.joint, **latents.individual}
