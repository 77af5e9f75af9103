"""What a run writes of harmonising: the ways compared, and the cohort as it would be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from neuropil import formats
from neuropil.cohorts.data import choose_scale, to_scale
from neuropil.cohorts.hybrid.data import list_traits
from neuropil.cohorts.hybrid.figures import draw_harmonisation
from neuropil.cohorts.hybrid.harmonisation.comparison import (
    METHODS,
    Comparison,
    compare_fold,
    design_covariates,
    pool_folds,
)
from neuropil.cohorts.hybrid.harmonisation.found import CategoryLocation, choose_shrinkage
from neuropil.cohorts.hybrid.work import FittedRun
from neuropil.contracts import Metric, Piece

__all__ = ["write_cohort", "write_harmonisation"]

# Ridge between subjects grows with the cube of their number: of more a random part is compared.
_MOST_COMPARED = 1500


def write_harmonisation(work: FittedRun) -> None:
    """Compare ways to harmonise in folds."""
    config, writer, seed = work.task.config, work.task.writer, work.task.seed
    labels = work.labels
    if work.site is None or len(np.unique(labels[labels >= 0])) < 2:
        writer.note("Fewer than two sites are known: ways to harmonise are not compared.")
        return
    cohort = work.cohort
    if len(cohort) > _MOST_COMPARED:
        rng = seed.child("compared").generator()
        rows = np.sort(rng.choice(len(cohort), _MOST_COMPARED, replace=False))
        cohort = cohort.take(rows)
        writer.note(f"Ways to harmonise are compared in {_MOST_COMPARED:,} subjects drawn.")
    traits, _ = list_traits(config, cohort)
    given = Comparison(
        cohort,
        work.modality,
        work.site,
        traits,
        config.covariates,
        work.model.n_categories_,
        config.continuous,
        config.plan,
    )
    parts = work.pieces.results(
        "harmonising",
        [
            Piece(f"harmonise-{fold}", compare_fold, (given, config.folds, fold, seed))
            for fold in range(config.folds)
        ],
    )
    table = pool_folds(given, parts)
    writer.add_table("harmonisation", table)
    draw_harmonisation(writer, table, METHODS)
    writer.add_metrics(_harmonisation_metrics(table, parts, len(cohort)))


def _harmonisation_metrics(
    table: pl.DataFrame, parts: Sequence[Mapping[str, Any]], n: int
) -> list[Metric]:
    strengths = ", ".join(f"{part['shrinkage']:g}" for part in parts)
    found = []
    for row in table.iter_rows(named=True):
        label, way = METHODS[row["way"]], row["way"]
        note = f"Shrinkage of the folds: {strengths} subjects." if way == "found" else ""
        kept = {key: value for key, value in row.items() if key not in ("way", "k_means", "tied")}
        said = ", ".join(f"{key} {value:.3f}" for key, value in kept.items())
        note = f"{note} Told from all connections: {said or 'nothing asked for'}. By a mixture: "
        values = [part[way]["k_means"] for part in parts]
        found.append(
            Metric(
                f"left_{way}",
                f"agreement of k-means with sites, {label}",
                float(np.mean(values)),
                "ARI",
                n,
                min(values),
                max(values),
                "smallest and largest of the folds",
                headline=way == "found",
                note=f"{note}{row['tied']:.3f}.".strip(),
            )
        )
    return found


def write_cohort(work: FittedRun) -> None:
    """Write every connectome as it would be under one protocol, as a cohort again."""
    config, writer, model = work.task.config, work.task.writer, work.model
    probability = model.predict_proba(work.cohort)
    kept = design_covariates(work.cohort.subjects, config.covariates)
    space = model.model_.space
    held = space.enter(work.cohort.edges(work.modality))
    strength = choose_shrinkage(space, held, probability, kept, work.task.seed)
    location = CategoryLocation.fit(held, probability, kept, strength)
    target = None
    if config.harmonise_to is not None and work.site is not None:
        rows = (work.cohort.subjects[work.site].cast(pl.String) == config.harmonise_to).to_numpy()
        target = probability[rows.astype(bool)].mean(axis=0)
    done = model.harmonise(work.cohort, target, location=location)
    path = writer.path / "harmonised.npz"
    if not path.exists():
        formats.write(done, path)
    moved = to_scale(done.edges(work.modality), choose_scale(done, work.modality)) - work.values
    # An edge that nobody has is no warning, and varies in nobody.
    seen = ~np.isnan(work.values).all(axis=0)
    whole = np.nanvar(work.values[:, seen], axis=0).sum()
    share = float(np.nanvar(moved[:, seen], axis=0).sum() / whole)
    writer.add_metrics(
        [
            Metric(
                "removed",
                "share of the variance between subjects that harmonising takes out",
                share,
                "1",
                len(work.cohort),
                note=f"Written as {path.name}; shrinkage {strength:g} subjects; to "
                f"{config.harmonise_to or 'the mean of the cohort'}.",
            )
        ]
    )
