"""Trained networks of the recipes: each is trained once for a seed, and cached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from neuropil.connectome import ImageSet
from neuropil.contracts import DataUnavailableError, Finding, Piece, Workbench
from neuropil.datasets import fetch, info
from neuropil.logic.claims.pieces import RECIPES, fit_recipe
from neuropil.logic.config import FAST, REAL, LogicConfig, load_images
from neuropil.logic.fit import LogicNetClassifier

__all__ = [
    "Bench",
    "Measure",
    "choose_recipe",
    "first_network",
    "folder_of",
    "settings_of",
    "train",
]

Bench = Workbench[LogicConfig, ImageSet]
"""Settings and images of the claims."""
Measure = Callable[[Bench], Finding]
"""How a claim is measured."""


def settings_of(bench: Bench, recipe: str) -> LogicConfig:
    """Return the settings of a recipe, or those of a fast check of it."""
    chosen = RECIPES[recipe]
    if not bench.fast:
        return chosen
    # A recipe that is about its wiring keeps it also where everything else is small; small images
    # have no room for squares of large ones.
    own = chosen.wiring != LogicConfig().wiring and not chosen.wiring.startswith("local:")
    return LogicConfig.build({**FAST, "wiring": chosen.wiring if own else FAST["wiring"]})


def folder_of(bench: Bench, recipe: str, seed: int) -> Path:
    """Return where the trained network of a recipe and a seed is cached."""
    return bench.folder / f"model-{recipe}-{seed}"


def train(bench: Bench, recipe: str, n_seeds: int = 3) -> list[dict[str, Any]]:
    """Return what :func:`~neuropil.logic.claims.pieces.fit_recipe` found, for each seed."""
    config = settings_of(bench, recipe)
    pieces = [
        Piece(f"{recipe}-{seed}", fit_recipe, (config, seed, folder_of(bench, recipe, seed)))
        for seed in bench.seeds(n_seeds)
    ]
    return bench.do_all(f"training {recipe}", pieces)


def first_network(bench: Bench, recipe: str) -> tuple[LogicNetClassifier, ImageSet]:
    """Return the cached network of the first seed, and its images."""
    train(bench, recipe, 1)
    images = load_images(settings_of(bench, recipe).dataset).data
    return LogicNetClassifier.load(folder_of(bench, recipe, bench.seed.root)), images


def choose_recipe(bench: Bench, recipes: Sequence[str]) -> str:
    """Return the first recipe whose images can be had, fetching them.

    Parameters
    ----------
    bench : Workbench
        Where claims are measured.
    recipes : sequence of str
        Alternatives, the preferred one first.

    Raises
    ------
    DataUnavailableError
        When none can be had; the message says how to bring the first.
    """
    for recipe in recipes:
        try:
            fetch(settings_of(bench, recipe).dataset or REAL, bench.progress)
        except DataUnavailableError:
            continue
        return recipe
    wanted = [str(RECIPES[recipe].dataset) for recipe in recipes]
    dataset = info(wanted[0])
    folder = Path(dataset.topic, dataset.files[0].name).parent.as_posix()
    raise DataUnavailableError(
        f"{' or '.join(wanted)} could not be had",
        repair=f"Run `neuropil data get {wanted[0]}` with a connection, or put its files into "
        f"{folder} of the folder that NEUROPIL_DATA names.",
    )
