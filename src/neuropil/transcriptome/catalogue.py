"""The models by name: what each sees, and how it is built for one run."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from neuropil.contracts import ConfigError
from neuropil.transcriptome.data import Regions
from neuropil.transcriptome.models.base import PairModel
from neuropil.transcriptome.models.bilinear import BilinearModel
from neuropil.transcriptome.models.distance_decay import DistanceDecay
from neuropil.transcriptome.models.gene_coexpression import GeneCoexpression
from neuropil.transcriptome.models.genes_beside_coordinates import GenesBesideCoordinates
from neuropil.transcriptome.models.kernel_ridge import PENALTIES, KernelRidge
from neuropil.transcriptome.models.kernels import Kernel, KernelSum
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
    "gene_kernels",
    "place_kernels",
]

DIAGONALS = (0.0, 0.3, 0.6, 0.9)
"""Stand-ins for a region's connection with itself that kernel models try."""


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


def place_kernels(regions: Regions) -> list[KernelSum]:
    """Return the sums of coordinate kernels that are tried.

    Parameters
    ----------
    regions : Regions
        With a spherical surface, places on it are compared too.
    """
    shapes = [("exponential", 0.3), ("exponential", 0.6), ("exponential", 1.2)]
    shapes += [("matern", 0.3), ("matern", 0.6)]
    folded = [_kernel("folded", shape, width) for shape, width in shapes]
    if regions.sphere is None:
        return [(each,) for each in folded]
    sphere = [_kernel("sphere", shape, width) for shape, width in shapes]
    if regions.cortical.all():
        return [(each,) for each in sphere] + list(zip(folded, sphere, strict=True))
    return [(each,) for each in folded] + list(zip(folded, sphere, strict=True))


def gene_kernels() -> list[KernelSum]:
    """Return the gene kernels that the tuned gene model tries."""
    widths = (0.3, 0.5, 1.0, 2.0)
    return [
        (_kernel("genes", shape, width),) for shape in ("gaussian", "matern") for width in widths
    ]


def _kernel(feature: str, shape: str, width: float) -> Kernel:
    return Kernel.model_validate({"feature": feature, "shape": shape, "width": width})


def _linear(n_components: int | None) -> list[KernelSum]:
    return [(Kernel(feature="genes", shape="linear", n_components=n_components),)]


def _ridge(
    context: Context, candidates: Sequence[KernelSum], diagonals: Sequence[float] = (0.0,)
) -> KernelRidge:
    return KernelRidge(candidates, PENALTIES, diagonals, context.inner, context.split.run)


def _fixed(context: Context, candidates: Sequence[KernelSum]) -> KernelRidge:
    """Choose the penalty alone, on the random inner split, as the reference numbers do."""
    return KernelRidge(candidates, PENALTIES, (0.0,), "random", context.split.run)


def _beside(context: Context) -> GenesBesideCoordinates:
    return GenesBesideCoordinates(
        place_kernels(context.regions),
        diagonals=DIAGONALS,
        inner=context.inner,
        run=context.split.run,
    )


def _mlp(context: Context, features: Features) -> RegionPairMLP:
    return RegionPairMLP(features, context.network, context.split.run)


def _smt(context: Context, *, with_cls: bool) -> SpatiomolecularTransformer:
    return SpatiomolecularTransformer(with_cls, plan=context.network, run=context.split.run)


_ENTRIES = (
    ModelEntry(
        "decay", "exponential decay", "coordinates", lambda _: DistanceDecay("exponential", True)
    ),
    ModelEntry(
        "gaussian", "Gaussian decay", "coordinates", lambda _: DistanceDecay("gaussian", True)
    ),
    ModelEntry("coexpression", "co-expression", "genes", lambda _: GeneCoexpression()),
    ModelEntry(
        "bilinear",
        "bilinear, closed form",
        "genes",
        lambda c: BilinearModel("closed", run=c.split.run),
    ),
    ModelEntry(
        "bilinear-pca", "bilinear, PCA", "genes", lambda c: BilinearModel("pca", run=c.split.run)
    ),
    ModelEntry(
        "bilinear-pls", "bilinear, PLS", "genes", lambda c: BilinearModel("pls", run=c.split.run)
    ),
    ModelEntry("low-rank", "bilinear, low rank", "genes", lambda c: LowRankModel(run=c.split.run)),
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
        lambda c: _fixed(c, [(_kernel("genes", "gaussian", 1.0),)]),
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
        lambda c: _fixed(c, [(_kernel("folded", "gaussian", 0.3),)]),
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
            close = difflib.get_close_matches(name, CATALOGUE, n=1)
            hint = f"Did you mean {close[0]}? " if close else ""
            raise ConfigError(
                f"no model {name!r}",
                where="models",
                repair=f"{hint}The models are: {', '.join(CATALOGUE)}.",
            )
    return [CATALOGUE[name] for name in dict.fromkeys(names)]
