"""Settings of the study ``proofreading``, and the tissue it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import (
    Citation,
    ConfigError,
    InputError,
    Loaded,
    Names,
    Settings,
    did_you_mean,
)
from neuropil.language import ChatSettings
from neuropil.proofreading.adjacency.halves import Halves
from neuropil.proofreading.adjacency.ranges import find_range, require_contrast, require_finite
from neuropil.proofreading.tasks.box_sizes import SPLIT_HALF_WIDTH
from neuropil.proofreading.tasks.pairs import PairRules

__all__ = [
    "CITATIONS",
    "CORTEX",
    "FAST",
    "REAL",
    "SYNTHETIC",
    "LanguagePlan",
    "MendingPlan",
    "ProofreadingConfig",
    "choose_segmentation",
    "load_volume",
    "require_tissue",
]

REAL, SYNTHETIC = "fib25", "synthetic-neurites"
CORTEX = "pinky40"
"""Segmentation of mouse cortex in which gaps and merge errors are made."""


class MendingPlan(Settings):
    """How a proofreader is trained and how it mends.

    Parameters
    ----------
    steps : int
        Steps of a network that finds boundaries in the image. 0 leaves it out, and a filter for
        dark sheets stands alone: on FIB-25 networks of ten minutes changed nothing beyond chance.
    trees : int
        Boosted trees that judge contacts.
    rounds : int
        Agglomerations that they are shown while they are trained.
    margin : int
        Sections on either side of the middle that are not trained on.
    rise : float
        Rise of the merge part of the variation of information at which joining stops, in trials
        inside the training half; the whole block rises somewhat more [bit].
    precision : float
        Share of answers that must be right where the proofreader may abstain.
    """

    steps: int = Field(default=0, ge=0)
    trees: int = Field(default=200, ge=1)
    rounds: int = Field(default=2, ge=0)
    margin: int = Field(default=8, ge=0)
    # That of the prototype of which the targets speak.
    rise: float = Field(default=0.04, gt=0)
    precision: float = Field(default=0.99, gt=0.5, lt=1)


def _name_null(mode: object) -> object:
    # On a command line and in YAML the word null means None.
    return "null" if mode is None else mode


class LanguagePlan(Settings):
    """What is asked of whom: the proofreader, its rivals, and a language model where one is named.

    Parameters
    ----------
    model : str or None
        Such as ``openai:gpt-4o``, ``http://127.0.0.1:8000/v1#name`` or ``mock:oracle``; none is
        asked where none is named.
    tasks : tuple of str
        What is asked: ``split-error-binary``, ``split-error-choice``, or ``split-error`` for both.
    mode : {"null", "description", "heuristics"}
        How much help the prompt gives.
    votes : int
        How often each item is asked.
    items : int
        Most items of each task. Choices are asked in both orders, and each order counts.
    pixels : int
        Edge of each view [pixels].
    half_width : float
        Half the edge of the cube that is shown [nm]; as in ConnectomeBench by default, where
        objects are larger than those of a small block.
    budget_usd : float
        Price at which asking stops, with that of recorded replies [US dollar].
    input_price, output_price : float or None
        Price of a million tokens that are read and written [US dollar]; a model that runs on this
        computer costs nothing.
    workers : int
        Most questions that are under way at once.
    recording : str or None
        File of replies, which are never asked for again; ``replies.jsonl`` in the run folder where
        none is named.
    chat : ChatSettings
        How a server is asked.
    """

    model: str | None = None
    tasks: Names = ("split-error",)
    mode: Annotated[Literal["null", "description", "heuristics"], BeforeValidator(_name_null)] = (
        "heuristics"
    )
    votes: int = Field(default=1, ge=1)
    items: int = Field(default=100, ge=2)
    pixels: int = Field(default=1024, ge=16)
    half_width: float = Field(default=SPLIT_HALF_WIDTH, gt=0)
    budget_usd: float = Field(default=1.0, ge=0)
    input_price: float | None = Field(default=None, ge=0)
    output_price: float | None = Field(default=None, ge=0)
    workers: int = Field(default=4, ge=1)
    recording: str | None = None
    chat: ChatSettings = ChatSettings()


class ProofreadingConfig(Settings):
    """Settings of the study.

    Parameters
    ----------
    volume : str or None
        Dataset name, or a volume of one's own with an image and two segmentations. None takes the
        real block of fly tissue where it can be had and a generated one elsewhere.
    segmentation : str or None
        The segmentation with errors; None takes the first that is not the truth.
    truth : str
        The segmentation without errors.
    rules : PairRules
        Which touching objects are asked about.
    mending : MendingPlan
        The proofreader.
    language : LanguagePlan
        What is asked of the proofreader, of its rivals and of a language model.
    """

    volume: str | None = None
    segmentation: str | None = None
    truth: str = "truth"
    rules: PairRules = PairRules()
    mending: MendingPlan = MendingPlan()
    language: LanguagePlan = LanguagePlan()


_WITHOUT_TRUTH = (
    "Name the true one with --truth. Without any, `neuropil proofread fix VOLUME --out fixed.zarr` "
    "mends by a proofreader that was trained on other tissue: its own, or that of a run, with "
    "--proofreader RUN."
)

FAST: Mapping[str, Any] = {
    "volume": SYNTHETIC,
    "rules": {"fewest_voxels": 300},
    "mending": {"steps": 0, "trees": 30, "rounds": 0, "margin": 2},
}

CITATIONS = (
    Citation(
        "brown2025",
        "Brown J et al. 2025, ConnectomeBench: can language models proofread the connectome?, "
        "arXiv 2511.05542",
        "10.48550/arXiv.2511.05542",
    ),
    Citation(
        "nuneziglesias2013",
        "Nunez-Iglesias J et al. 2013, Machine learning of hierarchical clustering to segment 2D "
        "and 3D images, PLoS ONE 8:e71715",
        "10.1371/journal.pone.0071715",
    ),
    Citation(
        "meila2007",
        "Meila M 2007, Comparing clusterings: an information based distance, Journal of "
        "Multivariate Analysis 98:873",
        "10.1016/j.jmva.2006.11.013",
    ),
)
"""The benchmark, the way of joining, and the score."""


def load_volume(config: ProofreadingConfig) -> Loaded[Volume]:
    """Return the volume that the settings name, or the generated one, with a note.

    Raises
    ------
    ConfigError
        When the name is neither a dataset nor something that exists.
    InputError
        When a file is damaged, or does not state the size of a voxel.
    """
    if config.volume is None:
        return Loaded(*datasets.load_or_substitute(REAL, kind=Volume))
    try:
        return Loaded(datasets.load_or_read(config.volume, kind=Volume))
    except InputError as error:
        # Readers name their options, which a run has not.
        if "as voxel_size" not in error.repair:
            raise
        raise InputError(
            error.what,
            where=error.where,
            repair=f"Write a copy that states it, z first: `neuropil convert {config.volume} "
            "tissue.zarr --option voxel_size=40,16,16`.",
        ) from error


def choose_segmentation(config: ProofreadingConfig, volume: Volume) -> str:
    """Return the name of the segmentation with errors.

    Raises
    ------
    ConfigError
        When the volume lacks it or the truth, or both are the same.
    """
    known = list(volume.segmentations)
    if config.truth not in known:
        raise ConfigError(
            f"expected the true segmentation {config.truth!r}, by which a run trains and is "
            f"judged, found {', '.join(known) or 'none'}",
            where="truth",
            repair=f"{did_you_mean(config.truth, known)}{_WITHOUT_TRUTH}",
        )
    others = [name for name in known if name != config.truth]
    wanted = config.segmentation or (others[0] if others else None)
    if wanted is None or wanted not in known:
        raise ConfigError(
            f"expected a segmentation {wanted or 'beside the truth'}, found {', '.join(known)}",
            where="segmentation",
            repair=f"{did_you_mean(wanted or '', others)}"
            + ("Name one of them." if others else "Bring the one that is to be mended as well."),
        )
    if wanted == config.truth:
        raise ConfigError(
            f"expected a segmentation with errors, found the true one, {wanted!r}, twice",
            where="segmentation",
            repair="Name another one, or another --truth.",
        )
    return wanted


def require_tissue(config: ProofreadingConfig, volume: Volume) -> None:
    """Refuse a volume from which nothing could be learnt, before a run begins.

    Raises
    ------
    ConfigError
        When it lacks a segmentation.
    InputError
        When there is no image, a voxel of it is no number, a segmentation is background alone, or
        the volume is too thin for two halves with a margin.
    """
    name = choose_segmentation(config, volume)
    image = volume.read_image()
    require_finite(image)
    require_contrast(find_range([image.astype(np.float32)], image.size))
    for one in (name, config.truth):
        if not volume.segmentation(one).any():
            raise InputError(
                f"expected objects in the segmentation {one!r}, found background alone",
                where=volume.source.name,
                repair="Name a region with labels other than 0.",
            )
    parts = Halves(0, volume.shape[0], config.mending.margin)
    for half in (0, 1):
        parts.quarters(half, volume.shape[1])
