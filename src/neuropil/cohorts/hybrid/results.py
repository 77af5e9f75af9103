"""What a run of ``hybrid-latents`` does and writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.cohorts.data import choose_scale
from neuropil.cohorts.hybrid.config import HybridLatentsConfig
from neuropil.cohorts.hybrid.data import choose_modality, find_site, list_traits
from neuropil.cohorts.hybrid.features.projection import project
from neuropil.cohorts.hybrid.figures import (
    draw_contents,
    draw_map,
    draw_models,
    draw_offset,
)
from neuropil.cohorts.hybrid.fit import HybridVAE
from neuropil.cohorts.hybrid.harmonisation.results import write_cohort, write_harmonisation
from neuropil.cohorts.hybrid.models.rivals import Given, cluster, label_of
from neuropil.cohorts.hybrid.score import (
    compare_seeds,
    score_categories,
    score_leakage,
    score_on_coordinates,
    shuffle_agreement,
)
from neuropil.cohorts.hybrid.work import FittedRun
from neuropil.cohorts.quality import check_quality
from neuropil.cohorts.traits import read_trait
from neuropil.connectome import Cohort
from neuropil.contracts import (
    Metric,
    Piece,
    PieceCache,
    SeedTree,
    Task,
    usable_processors,
)
from neuropil.learning import Listener
from neuropil.measures import bootstrap_interval, summarise_null

__all__ = ["say_result", "write_run"]

Array = npt.NDArray[np.floating]
Whole = npt.NDArray[np.int64]

_COMPONENTS = 50
_OVER_SEEDS, _OVER_SUBJECTS = "bootstrap over seeds", "bootstrap over subjects"


def write_run(task: Task[HybridLatentsConfig, Cohort]) -> None:
    """Fit the model, compare it, say what it carries, harmonise, and write all of it."""
    config, writer = task.config, task.writer
    for note in task.data.notes:
        writer.note(note)
    work = _begin(task)
    _write_choice(work)
    _write_models(work)
    _write_contents(work)
    write_harmonisation(work)
    if config.harmonise_to is not None or work.site is not None:
        write_cohort(work)


def _begin(task: Task[HybridLatentsConfig, Cohort]) -> FittedRun:
    config, writer = task.config, task.writer
    modality = choose_modality(config, task.data)
    quality = check_quality(
        task.data, (modality,), max_missing=config.max_missing, drop_outliers=config.drop_outliers
    )
    writer.add_table("quality", quality.table)
    writer.add_provenance(quality.cohort.provenance[len(task.data.provenance) :])
    if quality.note:
        writer.note(f"{quality.note}. The table quality says why.")
    cohort = quality.cohort.take(quality.cohort.present(modality))
    traits, said = list_traits(config, cohort)
    for sentence in said:
        writer.note(sentence)
    model = HybridVAE(config.categories, config.continuous, modality, config.plan, task.seed.root)
    model.fit(cohort, listener=Listener(task.progress, writer.checkpoint / "network.safetensors"))
    # A run that goes on has it already: a model is written whole or not at all.
    if not writer.model.exists():
        model.save(writer.model)
    pieces = PieceCache(writer.checkpoint, task.progress, usable_processors())
    return FittedRun(task, cohort, modality, find_site(config, cohort), traits, model, pieces)


def _write_choice(work: FittedRun) -> None:
    """Write the categories, what every subject was given, and the map."""
    model, writer = work.model, work.task.writer
    found, probability = model.predict(work.cohort), model.predict_proba(work.cohort)
    z = model.transform(work.cohort)
    writer.add_table(
        "subjects",
        pl.DataFrame(
            {
                "id": work.cohort.subjects["id"],
                "category": found + 1,
                "probability": probability.max(axis=1),
                "novelty": model.novelty(work.cohort),
                **{f"z_{place + 1}": z[:, place] for place in range(z.shape[1])},
            }
        ),
    )
    choice = model.choice_
    if choice is not None:
        writer.add_table(
            "number_of_categories",
            pl.DataFrame(
                {
                    "categories": choice.candidates,
                    "held_out_gain": choice.gain,
                    "stability": choice.stability,
                }
            ),
        )
    writer.add_metrics([_category_metric(model, len(work.cohort))])
    labels = work.labels
    known = (labels >= 0).any() and work.site is not None
    names = _name_sites(work) if known else []
    ari = score_categories(labels, found)["ari"] if known else None
    _, seen = model.read_features(work.cohort)
    sites = (labels, names) if known else None
    told = seen[:, model.model_.features.acquisition]
    draw_map(writer, model.mixture_, (told, found), sites, ari)
    offsets = model.model_.decoder.offsets
    largest = int((np.linalg.norm(offsets, axis=1) * (model.model_.decoder.counts >= 5)).argmax())
    words = f"category {largest + 1}", _quantity_of(work)
    draw_offset(writer, offsets[largest], work.cohort.n_regions, words)


def _category_metric(model: HybridVAE, n: int) -> Metric:
    choice = model.choice_
    low, high = (None, None) if choice is None else (float(choice.low), float(choice.high))
    note = (
        "As asked for."
        if choice is None
        else "Chosen without labels. From the knee of the held-out likelihood to the most that it "
        "supports; within, the number on which two halves of the subjects agree best. No rule that "
        "was tried finds the planted number in all worlds: read the range."
    )
    how = "" if choice is None else "range that unseen subjects support"
    return Metric(
        "categories",
        "number of categories",
        float(model.n_categories_),
        "categories",
        n,
        low,
        high,
        how,
        headline=True,
        note=note,
    )


def _write_models(work: FittedRun) -> None:
    """Fit every model with every seed, and compare their categories with the sites."""
    config, writer = work.task.config, work.task.writer
    projection, _ = project(work.values, _COMPONENTS)
    given = Given(
        projection.scores(work.values),
        work.model.read_features(work.cohort)[1],
        work.model.model_.features.acquisition,
        work.model.n_categories_,
        config.continuous,
        config.plan,
    )
    names = tuple(dict.fromkeys((*config.models, "hybrid")))
    places = [(name, seed) for name in names for seed in range(config.seeds)]
    root = work.task.seed.root
    found = work.pieces.results(
        "models",
        [
            Piece(f"model-{name}-{seed}", cluster, (name, given, SeedTree(root + seed)))
            for name, seed in places
        ],
    )
    by_model: dict[str, list[Whole]] = {}
    for (name, _), one in zip(places, found, strict=True):
        by_model.setdefault(name, []).append(np.array(one))
    writer.add_metrics([_stability_metric(by_model["hybrid"])])
    if work.site is None or not (work.labels >= 0).any():
        writer.note("No column of sites: categories are compared with none.")
        return
    rows = [
        {"model": name, "seed": root + seed, **score_categories(work.labels, np.array(one))}
        for (name, seed), one in zip(places, found, strict=True)
    ]
    table = pl.DataFrame(rows)
    writer.add_table("models", table)
    for name in names:
        writer.add_metrics([_ari_metric(work, table, name, by_model[name][0])])
    draw_models(writer, table, work.model.n_categories_)


def _stability_metric(runs: Sequence[Whole]) -> Metric:
    return Metric(
        "stability",
        "adjusted Rand index between the categories of any two seeds, hybrid VAE",
        compare_seeds(runs),
        "ARI",
        len(runs),
        headline=True,
    )


def _ari_metric(work: FittedRun, table: pl.DataFrame, name: str, first: Whole) -> Metric:
    part = table.filter(pl.col("model") == name)
    values = part["ari"].to_numpy()
    low, high = bootstrap_interval(values, work.task.seed.integer(), np.mean)
    null = shuffle_agreement(work.labels, first, work.task.seed, work.task.config.permutations)
    means = {each: float(part[each].mean()) for each in part.columns[3:]}  # type: ignore[arg-type]
    note = ", ".join(f"{each} {value:.3f}" for each, value in means.items())
    return Metric(
        f"ari_{name}".replace("-", "_"),
        f"adjusted Rand index of categories with {work.site}, {label_of(name)}",
        float(values.mean()),
        "ARI",
        len(values),
        low,
        high,
        "" if low is None else _OVER_SEEDS,
        summarise_null(
            "labels shuffled between subjects", null, float(values[0]), smaller_is_better=False
        ),
        headline=name == "hybrid",
        note=f"Mean over seeds: {note}.",
    )


def _write_contents(work: FittedRun) -> None:
    """Say what the coordinates tell of site and traits, beside as many principal components."""
    config, writer, seed = work.task.config, work.task.writer, work.task.seed
    z = work.model.transform(work.cohort)
    projection, _ = project(work.values, z.shape[1])
    both = {"hybrid": z, "components": projection.scores(work.values)}
    rows = []
    for kind, coordinates in both.items():
        leakage = score_leakage(coordinates, work.labels, seed, min(config.permutations, 100))
        if leakage is not None:
            rows.append((f"{work.site}", kind, "balanced accuracy", leakage))
        for name in work.traits:
            # Age and site go together: only what is told within a site is told of age.
            within = name == "age" and work.site is not None and leakage is not None
            trait = read_trait(work.cohort.subjects, name, (work.site,) if within else ())  # type: ignore[arg-type]
            score = score_on_coordinates(coordinates, trait, seed, config.permutations)
            what = f"{name} within {work.site}" if within else name
            rows.append((what, kind, trait.quantity, score))
    if not rows:
        return
    writer.add_metrics([_content_metric(*row) for row in rows])
    table = pl.DataFrame(
        {
            "what": [what for what, *_ in rows],
            "coordinates": [kind for _, kind, *_ in rows],
            "quantity": [quantity for *_, quantity, _ in rows],
            **{
                name: [float(score[name]) for *_, score in rows]
                for name in ("value", "low", "high")
            },
            "chance": [float(np.mean(score["null"])) for *_, score in rows],
        }
    )
    writer.add_table("contents", table)
    draw_contents(writer, table, z.shape[1])


def _content_metric(what: str, kind: str, quantity: str, score: Mapping[str, Any]) -> Metric:
    of = "continuous coordinates" if kind == "hybrid" else "as many principal components"
    return Metric(
        f"{what}_{kind}".replace(" ", "_"),
        f"{quantity} of {what} from {of}",
        score["value"],
        "r" if quantity == "r" else "1",
        score["n"],
        score["low"],
        score["high"],
        _OVER_SUBJECTS,
        summarise_null(
            "shuffled between subjects, fitted anew",
            np.array(score["null"]),
            score["value"],
            smaller_is_better=False,
        ),
        headline=kind == "hybrid",
    )


def _name_sites(work: FittedRun) -> list[str]:
    assert work.site is not None
    texts = [str(one) for one in work.cohort.subjects[work.site].drop_nulls() if str(one).strip()]
    return sorted(set(texts))


def _quantity_of(work: FittedRun) -> str:
    scale = choose_scale(work.cohort, work.modality)
    named = {"fisher-z": "Fisher z", "log1p": "log(1 + count)"}
    return named.get(scale, work.cohort.units[work.modality])


def say_result(metrics: Mapping[str, Metric]) -> str:
    """Say in a line how many categories there are, and how they agree with sites and seeds."""
    said = [f"{metrics['categories'].value:.0f} categories"]
    if "ari_hybrid" in metrics:
        one = metrics["ari_hybrid"]
        label = one.what.removeprefix("adjusted Rand index of categories with ").split(",")[0]
        said.append(f"adjusted Rand index with {label} {one.value:.3f}")
    if "stability" in metrics:
        said.append(f"between seeds {metrics['stability'].value:.3f}")
    return "; ".join(said)
