"""Settings of the study ``transcriptome``, and the data it takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from neuropil import datasets
from neuropil.connectome import GeneAtlas
from neuropil.contracts import ConfigError, DataUnavailableError, StudyConfig
from neuropil.formats.gene_tables import read_atlas
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


def _split(value: object) -> object:
    """Take one text with commas, or one number, for several values."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return (value,) if isinstance(value, int) else value


def _require_some(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if not values:
        raise ValueError("expected at least one, found none")
    return values


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""Names, or one text with commas between them."""


class TranscriptomeConfig(StudyConfig):
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
    split: Annotated[
        tuple[SplitKind, ...], BeforeValidator(_split), AfterValidator(_require_some)
    ] = ("random", "spatial")
    seeds: Annotated[tuple[int, ...], BeforeValidator(_split), AfterValidator(_require_some)] = (
        PUBLISHED_SEEDS
    )
    models: Names = DEFAULT_MODELS
    inner: Literal["auto", "random", "spatial"] = "auto"
    nulls: int = Field(default=200, ge=0)
    spin: SpinPlan = SpinPlan()
    network: NetworkPlan = NetworkPlan()
    importance: int = Field(default=5, ge=0)


FAST: Mapping[str, Any] = {
    "data": SYNTHETIC,
    "seeds": (1,),
    "models": ("decay", "genes", "coordinates", "genes+coordinates"),
    "nulls": 19,
    "spin": {"spins": 200},
    "network": {"steps": 40, "chunk": 20, "regions": 16},
    "importance": 1,
}


def load_atlas(config: TranscriptomeConfig) -> tuple[GeneAtlas, str]:
    """Return an atlas and, where another than the measured one had to be taken, the reason.

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
        return read_atlas(*(Path(str(value)) for value in own.values())), ""
    if config.data is not None:
        return _load_named(config.data), ""
    wanted = f"ahba-{config.parcellation}"
    tried = [wanted, f"{wanted}-cortex"]
    for name in tried:
        if name in datasets.names():
            try:
                atlas = datasets.load(name, kind=GeneAtlas)
            except DataUnavailableError:
                continue
            note = "" if name == wanted else f"{wanted} could not be had; {name} was used instead."
            return atlas, note
    note = f"{wanted} could not be had; the embedded {SYNTHETIC} was used instead."
    return datasets.load(SYNTHETIC, kind=GeneAtlas), note


def _load_named(name: str) -> GeneAtlas:
    if name in datasets.names():
        return datasets.load(name, kind=GeneAtlas)
    path = Path(name)
    if path.is_file():
        return datasets.read_matched_arrays(path)
    holding = [each for each in datasets.names() if datasets.info(each).holds == "GeneAtlas"]
    raise ConfigError(
        f"there is no file or dataset {name!r}",
        where="data",
        repair=f"The datasets are: {', '.join(holding)}; the current folder is {Path.cwd()}.",
    )
