"""What a run of ``joint-individual`` does and writes: the pairing, the models, the latents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.cohorts.data import Views, choose_scale, find_varying
from neuropil.cohorts.joint.catalogue import CATALOGUE
from neuropil.cohorts.joint.config import JointIndividualConfig
from neuropil.cohorts.joint.evaluation import JOINT, Evaluation, evaluate
from neuropil.cohorts.joint.figures import draw_models, draw_pairing, draw_traversal
from neuropil.cohorts.joint.fit import JointIndividualVAE
from neuropil.cohorts.joint.interpretation import find_traversals, list_edges
from neuropil.cohorts.joint.pairing import PairingTest, run_pairing_test
from neuropil.cohorts.quality import Quality, check_quality
from neuropil.cohorts.splits import group_subjects, name_group, split_subjects
from neuropil.cohorts.traits import (
    CoordinateFold,
    Trait,
    check_traits,
    read_trait,
    score_trait,
    trait_row,
)
from neuropil.connectome import Cohort
from neuropil.contracts import (
    ConfigError,
    InputError,
    Metric,
    Piece,
    PieceCache,
    SeedTree,
    Task,
    did_you_mean,
    usable_processors,
)
from neuropil.learning import Listener
from neuropil.measures import summarise_null

__all__ = ["check_cohort", "models_of", "read_views", "say_result", "write_run"]

# Fewer leave no fold with subjects to train, to choose and to test.
_FEWEST = 10
_LEVEL = 0.05
# A p of .001 is small enough for a trait, and every shuffle is fitted anew.
_MOST_PERMUTATIONS = 1000
_OVER_SUBJECTS = "bootstrap over subjects"


@dataclass(frozen=True)
class _Result:
    evaluation: Evaluation
    config: JointIndividualConfig
    seed: SeedTree


def read_views(cohort: Cohort, config: JointIndividualConfig) -> Views:
    """Return both modalities on the scales of their units."""
    return Views.of(cohort, {name: choose_scale(cohort, name) for name in config.modalities})


def models_of(config: JointIndividualConfig) -> tuple[str, ...]:
    """List the models of some settings, the mean first."""
    return tuple(dict.fromkeys(("mean", *config.models)))


def write_run(task: Task[JointIndividualConfig, Cohort]) -> None:
    """Test the pairing, evaluate every model on held-out subjects, and write what they show.

    Parameters
    ----------
    task : Task
        The run.
    """
    config, writer, seed = task.config, task.writer, task.seed
    for note in task.data.notes:
        writer.note(note)
    cohort = _write_quality(task)
    views = read_views(cohort, config)
    pairing = run_pairing_test(views, config.permutations, seed)
    writer.add_metrics([_pairing_metric(pairing)])
    draw_pairing(writer, pairing)
    if config.pairing_test:
        return
    groups, note = _group(cohort, config)
    if note:
        writer.note(note)
    folds = split_subjects(groups, config.folds, seed, strata=_strata(cohort, config))
    specs = {name: CATALOGUE[name].make(config) for name in models_of(config)}
    pieces = PieceCache(writer.checkpoint, task.progress, usable_processors())
    evaluation = evaluate(views, folds, specs, seed, pieces, keep_coordinates=bool(config.traits))
    result = _Result(evaluation, config, seed)
    writer.add_metrics(_metrics(result))
    writer.add_table("subjects", _name_subjects(evaluation.table, cohort))
    if config.traits:
        _write_traits(task, cohort, evaluation.coordinates, pieces)
    draw_models(writer, evaluation, config, seed)
    network = next((name for name in reversed(config.models) if CATALOGUE[name].network), None)
    if network is not None:
        _write_network(task, cohort, network)


def _write_network(task: Task[JointIndividualConfig, Cohort], cohort: Cohort, name: str) -> None:
    """Fit a network to all subjects, and write it, its coordinates and what they stand for."""
    config, writer = task.config, task.writer
    model = JointIndividualVAE(
        config.modalities,
        config.n_components,
        config.n_joint,
        config.plan.model_copy(update=dict(CATALOGUE[name].network)),
        config.group,
        task.seed.root,
    )
    model.fit(cohort, listener=Listener(task.progress, writer.checkpoint / "network"))
    model.save(writer.model)
    latents = model.encode(cohort)
    parts = {"joint": latents.joint, **latents.individual}
    columns = {
        f"{part}_{k + 1}": values[:, k]
        for part, values in parts.items()
        for k in range(values.shape[1])
    }
    writer.add_table("coordinates", pl.DataFrame({"id": cohort.subjects["id"], **columns}))
    traversals = find_traversals(model.model_)
    writer.add_table("traversals", list_edges(traversals, cohort))
    for traversal in traversals:
        draw_traversal(writer, traversal, cohort)


def _write_quality(task: Task[JointIndividualConfig, Cohort]) -> Cohort:
    quality = _control(task.data, task.config)
    task.writer.add_table("quality", quality.table)
    task.writer.add_provenance(quality.cohort.provenance[len(task.data.provenance) :])
    if quality.note:
        task.writer.note(f"{quality.note}. The table quality says why.")
    return quality.cohort


def _control(cohort: Cohort, config: JointIndividualConfig) -> Quality:
    return check_quality(
        cohort,
        config.modalities,
        max_missing=config.max_missing,
        drop_outliers=config.drop_outliers,
    )


def _group(cohort: Cohort, config: JointIndividualConfig) -> tuple[npt.NDArray[np.int64], str]:
    name = name_group(cohort, config.group)
    groups, note = group_subjects(None if name is None else cohort.subjects[name], len(cohort))
    if config.group is None and name is not None:
        note = f"Subjects of one {name!r} are in one fold. {note}".strip()
    return groups, note


def _strata(cohort: Cohort, config: JointIndividualConfig) -> npt.NDArray[np.generic] | None:
    if config.site is None:
        return None
    return cohort.subjects[config.site].cast(pl.String).fill_null("").to_numpy()


def _confounds(config: JointIndividualConfig) -> tuple[str, ...]:
    """Return what is taken out of traits: the confounds, and the site."""
    names = (*config.confounds, *([config.site] if config.site else []))
    return tuple(dict.fromkeys(names))


def _pairing_metric(pairing: PairingTest) -> Metric:
    null = summarise_null(
        "subjects of one modality shuffled", pairing.null, pairing.value, smaller_is_better=False
    )
    return Metric(
        "pairing",
        "likeness of subjects in one modality beside that in the other (Mantel's r)",
        pairing.value,
        "r",
        pairing.n,
        null=null,
        headline=True,
        note="If this is no larger than for shuffled subjects, nothing shows that both modalities "
        "are of the same people, and no model can.",
    )


def _metrics(result: _Result) -> list[Metric]:
    metrics = []
    for target in result.config.modalities:
        for model in models_of(result.config):
            metrics += _metrics_of(result, model, target)
    return metrics


def _metrics_of(result: _Result, model: str, target: str) -> list[Metric]:
    evaluation, seed, name = result.evaluation, result.seed, f"{model}_{target}".replace("-", "_")
    (source,) = (other for other in result.config.modalities if other != target)
    label = CATALOGUE[model].label
    # The last one is what a reader came for; the others stand beside it.
    last = model == models_of(result.config)[-1]
    frame = evaluation.of(model, target)
    n = frame.height
    values = {
        each: evaluation.value(model, target, each)
        for each in (
            "unit_r",
            "unit_mse",
            "top1",
            "rank",
            "unit_own_mse",
            "r_squared",
            "demeaned_r",
        )
    }
    note = (
        f"In the unit of the data: r {values['unit_r']:.3f}, MSE {values['unit_mse']:.5f}, MSE of "
        f"its own reconstruction {values['unit_own_mse']:.5f}. Identification: first "
        f"{values['top1']:.2f}, mean rank {values['rank']:.2f}. Joint coordinates: "
        f"{_list_ranks(frame)}."
    )
    low, high = evaluation.interval(model, target, "r_squared", seed)
    found = [
        Metric(
            f"r_squared_{name}",
            f"R^2 of {target} from {source} against the group's mean, {label}",
            values["r_squared"],
            "1",
            n,
            low,
            high,
            _OVER_SUBJECTS,
            headline=last,
            note=note,
        )
    ]
    if model != "mean":
        low, high = evaluation.interval(model, target, "demeaned_r", seed)
        null = summarise_null(
            "predictions given to other subjects of the fold",
            evaluation.shuffled(model, target, seed),
            values["demeaned_r"],
            smaller_is_better=False,
        )
        what = f"demeaned r of {target} from {source}, {label}"
        found.append(
            Metric(
                f"demeaned_r_{name}",
                what,
                values["demeaned_r"],
                "r",
                n,
                low,
                high,
                _OVER_SUBJECTS,
                null,
                headline=last,
            )
        )
    return found


def _write_traits(
    task: Task[JointIndividualConfig, Cohort],
    cohort: Cohort,
    coordinates: Mapping[tuple[str, str], list[CoordinateFold]],
    pieces: PieceCache,
) -> None:
    """Predict every trait from the coordinates of every model."""
    config, groups = task.config, _group(cohort, task.config)[0]
    traits = [read_trait(cohort.subjects, name, _confounds(config)) for name in config.traits]
    places = [(trait, place) for trait in traits for place in coordinates if place[0] != "mean"]
    permutations = min(config.permutations, _MOST_PERMUTATIONS)
    work = [
        # By number: the name of a column may be none of a file.
        Piece(
            f"trait-{number}",
            score_trait,
            (coordinates[place], trait, groups, task.seed.child("traits"), permutations),
        )
        for number, (trait, place) in enumerate(places)
    ]
    found = pieces.results("traits", work)
    for trait in traits:
        if not trait.known.all():
            task.writer.note(
                f"{(~trait.known).sum()} of {len(cohort)} subjects are left out of the prediction "
                f"of {trait.name!r}: it or a confound is not known."
            )
    rows = [
        trait_row(trait, place, score) for (trait, place), score in zip(places, found, strict=True)
    ]
    task.writer.add_table("traits", pl.DataFrame(rows))
    last = models_of(config)[-1]
    task.writer.add_metrics(
        [
            _trait_metric(trait, place, score, config)
            for (trait, place), score in zip(places, found, strict=True)
            if place[0] == last
        ]
    )


def _trait_metric(
    trait: Trait, place: tuple[str, str], score: dict[str, Any], config: JointIndividualConfig
) -> Metric:
    model, kind = place
    of = "joint coordinates" if kind == JOINT else f"coordinates of {kind} alone"
    which = f" ({trait.labels[1]} against {trait.labels[0]})" if trait.labels else ""
    confounds = _confounds(config)
    out = f", {' and '.join(confounds)} taken out" if confounds else ""
    return Metric(
        f"{trait.quantity}_{trait.name}_{kind}_{model}".replace("-", "_"),
        f"{trait.quantity} of {trait.name}{which} from {of}, {CATALOGUE[model].label}{out}",
        score["value"],
        "r" if trait.quantity == "r" else "1",
        score["n"],
        score["low"],
        score["high"],
        _OVER_SUBJECTS,
        summarise_null(
            "trait shuffled between subjects, fitted anew",
            np.array(score["null"]),
            score["value"],
            smaller_is_better=False,
        ),
        headline=True,
        note="Predicted by ridge regression in folds whose models have not seen the subject.",
    )


def _list_ranks(frame: pl.DataFrame) -> str:
    ranks = frame.group_by("fold").agg(pl.col("n_joint").first()).sort("fold")["n_joint"]
    return ", ".join(map(str, ranks)) + " (by fold)"


def _name_subjects(table: pl.DataFrame, cohort: Cohort) -> pl.DataFrame:
    ids = cohort.subjects["id"].gather(table["row"])
    return table.select(ids.alias("id"), pl.exclude("row"))


def check_cohort(config: JointIndividualConfig, cohort: Cohort) -> None:
    """Refuse what cannot be analysed, before a folder exists.

    Raises
    ------
    ConfigError
        When a model, a modality or a column is unknown, the groups do not make the folds, or a
        trait is neither a number nor of two values.
    InputError
        When fewer subjects than a fit needs have both modalities, or nothing varies.
    """
    for name in config.models:
        if name not in CATALOGUE:
            raise ConfigError(
                f"there is no model {name!r}",
                where="models",
                repair=f"{did_you_mean(name, CATALOGUE)}The models are: {', '.join(CATALOGUE)}.",
            )
    for name in config.modalities:
        if name not in cohort.modalities:
            raise ConfigError(
                f"there is no modality {name!r}",
                where="modalities",
                repair=f"Those of {cohort.source.name} are: {', '.join(cohort.modalities)}.",
            )
    for setting, column in (("group", config.group), ("site", config.site)):
        if column is not None and column not in cohort.subjects.columns:
            raise ConfigError(
                f"there is no column {column!r}",
                where=setting,
                repair=f"The subjects have: {', '.join(cohort.subjects.columns)}.",
            )
    if config.site is not None and config.site == config.group:
        raise ConfigError(
            f"{config.site!r} cannot be dealt to all folds and be kept in one",
            where="site",
            repair="Name it as group alone to leave sites out whole, or as site alone.",
        )
    quality = _control(cohort, config)
    _check_subjects(quality, config)
    # A site alone, without traits, deals the subjects.
    confounds = _confounds(config) if config.traits else config.confounds
    check_traits(quality.cohort.subjects, config.traits, confounds, config.group)
    # Which subjects are in a fold depends on the seed, whether there can be such folds does not.
    groups = _group(quality.cohort, config)[0]
    split_subjects(groups, config.folds, SeedTree(0), strata=_strata(quality.cohort, config))


def _check_subjects(quality: Quality, config: JointIndividualConfig) -> None:
    cohort = quality.cohort
    both = np.logical_and.reduce([cohort.present(name) for name in config.modalities])
    if both.sum() < _FEWEST:
        lone = [f"{name}: {int(cohort.present(name).sum())}" for name in config.modalities]
        said = f"; {quality.note}" if quality.note else ""
        raise InputError(
            f"expected at least {_FEWEST} subjects with both modalities, found {int(both.sum())} "
            f"({', '.join(lone)} of {len(cohort)}{said})",
            where=cohort.source.name,
            repair="Check that the ids of both modalities are spelled alike, or add subjects.",
        )
    for name in config.modalities:
        edges = cohort.edges(name)[both]
        if not find_varying(edges).any():
            raise InputError(
                f"all subjects have the same {name}",
                where=cohort.source.name,
                repair="Check that each subject's own file was read.",
            )


def say_result(metrics: Mapping[str, Metric]) -> str:
    """Say in a line whether the pairing shows, and what is predicted beyond the mean."""
    pairing = metrics["pairing"]
    assert pairing.null is not None
    p = pairing.null.p
    shown = "shows" if p is not None and p < _LEVEL else "does not show"
    said = f"The pairing of both modalities {shown} (Mantel's r {pairing.value:.3f}, p = {p:.2g})"
    predicted = [
        f"{metric.what.split(' against')[0]}: {metric.value:.3f} [{metric.low:.3f}, "
        f"{metric.high:.3f}]"
        for name, metric in metrics.items()
        if name.startswith("r_squared_") and metric.headline
    ]
    return "; ".join([said, *predicted])
