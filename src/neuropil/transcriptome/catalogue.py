"""The models by name: what each sees, and how it is built for one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from neuropil.contracts import ConfigError, did_you_mean
from neuropil.transcriptome.data import Regions
from neuropil.transcriptome.models.base import PairModel
from neuropil.transcriptome.models.bilinear import BilinearModel, Form
from neuropil.transcriptome.models.distance_decay import DistanceDecay
from neuropil.transcriptome.models.gene_coexpression import GeneCoexpression
from neuropil.transcriptome.models.genes_beside_coordinates import GenesBesideCoordinates
from neuropil.transcriptome.models.kernel_ridge import PENALTIES, KernelRidge
from neuropil.transcriptome.models.kernels import (
    Kernel,
    KernelSum,
    gene_kernels,
    place_kernels,
)
from neuropil.transcriptome.models.low_rank import LowRankModel
from neuropil.transcriptome.models.network_fit import NetworkPlan
from neuropil.transcriptome.models.region_pair_mlp import Features, RegionPairMLP
from neuropil.transcriptome.models.spatiomolecular_transformer import SpatiomolecularTransformer
from neuropil.transcriptome.splits import InnerKind, Split

__all__ = [
    "CATALOGUE",
    "DIAGONALS",
    "Context",
    "ModelEntry",
    "find_models",
]

DIAGONALS = (0.0, 0.3, 0.6, 0.9)
"""Stand-ins for a region's connection with itself that kernel models try.

The mean of the train pairs, 0, is the usual one; 0.6 gained .01 to .02 of r (card.md, "What was
tried"), and the others stand on both sides of it.
"""


@dataclass(frozen=True)
class Context:
    """What a model is built from.

    Parameters
    ----------
    split : Split
        The run.
    regions : Regions
        Tells whether there is a spherical surface.
    inner : {"random", "spatial"}
        How train regions are split to choose hyperparameters.
    network : NetworkPlan
        Training of networks.
    """

    split: Split
    regions: Regions
    inner: InnerKind
    network: NetworkPlan


@dataclass(frozen=True)
class ModelEntry:
    """A model that can be asked for.

    Parameters
    ----------
    name : str
        Name on the command line.
    label : str
        Name for readers.
    uses : {"genes", "coordinates", "both"}
        What it sees of a region.
    build : callable
        ``build(context)`` returns the unfitted model.
    network : bool
        True where training takes minutes.
    """

    name: str
    label: str
    uses: Literal["genes", "coordinates", "both"]
    build: Callable[[Context], PairModel]
    network: bool = False


def _linear(n_components: int | None) -> list[KernelSum]:
    return [(Kernel(feature="genes", shape="linear", n_components=n_components),)]


def _ridge(
    context: Context, candidates: Sequence[KernelSum], diagonals: Sequence[float] = (0.0,)
) -> KernelRidge:
    return KernelRidge(candidates, PENALTIES, diagonals, context.inner, context.split.run)


def _fixed(context: Context, candidates: Sequence[KernelSum]) -> KernelRidge:
    """Choose the penalty alone, on the random inner split, as the reference numbers do."""
    return KernelRidge(candidates, PENALTIES, (0.0,), "random", context.split.run)


def _bilinear(context: Context, form: Form) -> BilinearModel:
    return BilinearModel(form, random_state=context.split.run)


def _low_rank(context: Context) -> LowRankModel:
    return LowRankModel(random_state=context.split.run)


def _beside(context: Context) -> GenesBesideCoordinates:
    run = context.split.run
    return GenesBesideCoordinates(diagonals=DIAGONALS, inner=context.inner, random_state=run)


def _mlp(context: Context, features: Features) -> RegionPairMLP:
    return RegionPairMLP(features, context.network, context.split.run)


def _smt(context: Context, *, with_cls: bool) -> SpatiomolecularTransformer:
    plan, run = context.network, context.split.run
    return SpatiomolecularTransformer(with_cls, plan=plan, random_state=run)


_ENTRIES = (
    ModelEntry(
        "decay", "exponential decay", "coordinates", lambda _: DistanceDecay("exponential", True)
    ),
    ModelEntry(
        "gaussian", "Gaussian decay", "coordinates", lambda _: DistanceDecay("gaussian", True)
    ),
    ModelEntry("coexpression", "co-expression", "genes", lambda _: GeneCoexpression()),
    ModelEntry("bilinear", "bilinear, closed form", "genes", lambda c: _bilinear(c, "closed")),
    ModelEntry("bilinear-pca", "bilinear, PCA", "genes", lambda c: _bilinear(c, "pca")),
    ModelEntry("bilinear-pls", "bilinear, PLS", "genes", lambda c: _bilinear(c, "pls")),
    ModelEntry("low-rank", "bilinear, low rank", "genes", _low_rank),
    ModelEntry(
        "components-40",
        "40 components + constant, ridge",
        "genes",
        lambda c: _fixed(c, _linear(40)),
    ),
    ModelEntry("gram", "Gram + constant, ridge", "genes", lambda c: _fixed(c, _linear(None))),
    ModelEntry(
        "genes",
        "gene kernel",
        "genes",
        lambda c: _fixed(c, [(Kernel(feature="genes"),)]),
    ),
    ModelEntry(
        "genes-tuned",
        "gene kernel, width chosen",
        "genes",
        lambda c: _ridge(c, gene_kernels(), DIAGONALS),
    ),
    ModelEntry(
        "folded",
        "folded coordinate kernel, one width",
        "coordinates",
        lambda c: _fixed(c, [(Kernel(feature="folded", width=0.3),)]),
    ),
    ModelEntry(
        "coordinates",
        "coordinate kernels",
        "coordinates",
        lambda c: _ridge(c, place_kernels(c.regions), DIAGONALS),
    ),
    ModelEntry("genes+coordinates", "genes + coordinates", "both", _beside),
    ModelEntry("mlp", "MLP", "genes", lambda c: _mlp(c, "genes"), True),
    ModelEntry(
        "mlp-places", "MLP on coordinates", "coordinates", lambda c: _mlp(c, "coordinates"), True
    ),
    ModelEntry("mlp-coordinates", "MLP with coordinates", "both", lambda c: _mlp(c, "both"), True),
    ModelEntry("smt", "SMT", "genes", lambda c: _smt(c, with_cls=False), True),
    ModelEntry("smt-cls", "SMT with CLS", "both", lambda c: _smt(c, with_cls=True), True),
)

CATALOGUE: Mapping[str, ModelEntry] = MappingProxyType({entry.name: entry for entry in _ENTRIES})
"""Every model by its name."""


def find_models(names: Sequence[str]) -> list[ModelEntry]:
    """Return models by their names.

    Parameters
    ----------
    names : sequence of str
        Names of :data:`CATALOGUE`.

    Raises
    ------
    ConfigError
        When a name is unknown; the message gives the closest one and lists all.
    """
    for name in names:
        if name not in CATALOGUE:
            hint = did_you_mean(name, CATALOGUE)
            raise ConfigError(
                f"no model {name!r}",
                where="models",
                repair=f"{hint}The models are: {', '.join(CATALOGUE)}.",
            )
    return [CATALOGUE[name] for name in dict.fromkeys(names)]
