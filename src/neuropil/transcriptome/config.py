"""Settings of the study ``transcriptome``, and the data it takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from neuropil import datasets, formats
from neuropil.connectome import GeneAtlas
from neuropil.contracts import Citation, ConfigError, Loaded, Names, Settings, Several
from neuropil.transcriptome.data import GeneSource
from neuropil.transcriptome.models.network_fit import NetworkPlan
from neuropil.transcriptome.nulls import SpinPlan
from neuropil.transcriptome.splits import SplitKind

__all__ = [
    "DEFAULT_MODELS",
    "FAST",
    "PUBLISHED_SEEDS",
    "SYNTHETIC",
    "TranscriptomeConfig",
    "load_atlas",
]

SYNTHETIC = "synthetic-gene-atlas"
PUBLISHED_SEEDS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 42)
DEFAULT_MODELS = (
    "decay",
    "coexpression",
    "components-40",
    "genes",
    "genes-tuned",
    "folded",
    "coordinates",
    "genes+coordinates",
)


def _require_some(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if not values:
        raise ValueError("expected at least one, found none")
    return values


class TranscriptomeConfig(Settings):
    """Settings of the study.

    Parameters
    ----------
    data : str or None
        Dataset that holds a gene atlas, or an ``.npz`` file of one. None takes ``parcellation``.
    parcellation : {"schaefer400", "schaefer100", "dk82"}
        Published parcellation; where its data cannot be had, the synthetic atlas is used.
    expression, coordinates, connectivity : str or None
        Files of your own, all three: regions by genes, centroids, matrix.
    target : str or None
        Matrix that is predicted; signed functional connectivity where there is one.
    genes : {"auto", "coexpression", "expression"}
        Genome-wide co-expression matrix or table of genes.
    split : tuple of str
        Kinds of split: ``random``, ``spatial``, ``network``, ``hemisphere``. The headline is
        that of the last.
    seeds : tuple of int
        Seeds of the splits, four runs each (two for ``hemisphere``).
    models : tuple of str
        Models by name; ``genes``, ``coordinates`` and ``genes+coordinates`` are always among them.
    inner : {"auto", "random", "spatial"}
        How train regions are split to choose hyperparameters; ``auto`` as the outer split, where
        that is random, and spatial for all others.
    nulls : int
        Null maps on which closed-form models are trained again; 0 for none.
    spin : SpinPlan
        How null maps are drawn.
    network : NetworkPlan
        How networks are trained.
    importance : int
        Permutations of each gene for the ranking of genes; 0 for none.
    """

    data: str | None = None
    parcellation: Literal["schaefer400", "schaefer100", "dk82"] = "schaefer400"
    expression: str | None = None
    coordinates: str | None = None
    connectivity: str | None = None
    target: str | None = None
    genes: GeneSource = "auto"
    split: Annotated[tuple[SplitKind, ...], Several, AfterValidator(_require_some)] = (
        "random",
        "spatial",
    )
    seeds: Annotated[tuple[int, ...], Several, AfterValidator(_require_some)] = PUBLISHED_SEEDS
    models: Names = DEFAULT_MODELS
    inner: Literal["auto", "random", "spatial"] = "auto"
    nulls: int = Field(default=200, ge=0)
    spin: SpinPlan = SpinPlan()
    network: NetworkPlan = NetworkPlan()
    importance: int = Field(default=5, ge=0)


CITATIONS = (
    Citation(
        "ratzan2025",
        "Ratzan, Goel, Wen, Davatzikos, Varol 2025, Predicting Functional Brain Connectivity "
        "with Context-Aware Deep Neural Networks, NeurIPS",
    ),
    Citation(
        "stock2018",
        "Stock, Pahikkala, Airola, De Baets, Waegeman 2018, A Comparative Study of Pairwise "
        "Learning Methods Based on Kernel Ridge Regression, Neural Computation 30:2245",
        "10.1162/neco_a_01096",
    ),
)
"""The studies that the models come from."""

FAST: Mapping[str, Any] = {
    "data": SYNTHETIC,
    "seeds": (1,),
    "models": ("decay", "genes", "coordinates", "genes+coordinates"),
    "nulls": 19,
    "spin": {"spins": 200},
    "network": {"steps": 4, "chunk": 2, "regions": 16, "refit": False},
    "importance": 1,
}


def load_atlas(config: TranscriptomeConfig) -> Loaded[GeneAtlas]:
    """Return the atlas that the settings name, or what stands in for it, with a note.

    Parameters
    ----------
    config : TranscriptomeConfig
        Names a dataset, files, or a parcellation.

    Raises
    ------
    ConfigError
        When the name is neither a dataset nor a file, or files of one's own are incomplete.
    """
    own = {name: getattr(config, name) for name in ("expression", "coordinates", "connectivity")}
    if any(own.values()):
        missing = [name for name, value in own.items() if not value]
        if missing:
            raise ConfigError(
                f"expected expression, coordinates and connectivity, found no {missing[0]}",
                where="settings",
                repair=f"Name it with --{missing[0]}.",
            )
        return Loaded(formats.read_atlas(*(Path(str(value)) for value in own.values())))
    if config.data is not None:
        return Loaded(datasets.load_or_read(config.data, kind=GeneAtlas))
    return Loaded(*datasets.load_or_substitute(f"ahba-{config.parcellation}", kind=GeneAtlas))
