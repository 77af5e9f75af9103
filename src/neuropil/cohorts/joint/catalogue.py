"""The models by name, simplest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from neuropil.cohorts.joint.config import JointIndividualConfig
from neuropil.cohorts.joint.models.base import Specification
from neuropil.cohorts.joint.models.canonical import Canonical
from neuropil.cohorts.joint.models.curved import Curved
from neuropil.cohorts.joint.models.linear import LinearLatent
from neuropil.cohorts.joint.models.network import Fusion
from neuropil.cohorts.joint.models.regression import ComponentRidge, GroupMean, PartialLeastSquares
from neuropil.cohorts.joint.models.variational import Variational

__all__ = ["CATALOGUE", "CatalogueEntry"]


@dataclass(frozen=True)
class CatalogueEntry:
    """One model.

    Parameters
    ----------
    label : str
        Its name for readers.
    make : callable
        ``make(config)`` returns the model, yet to be fitted.
    network : mapping of str to str
        Of a network, the settings of its plan by which it differs from others; empty of a closed
        form.
    """

    label: str
    make: Callable[[JointIndividualConfig], Specification]
    network: Mapping[str, str] = field(default_factory=dict)


def _network(label: str, fusion: Fusion, **more: str) -> CatalogueEntry:
    changes = {"fusion": fusion, **more}

    def make(config: JointIndividualConfig) -> Specification:
        plan = config.plan.model_copy(update=changes)
        return Variational(plan, config.n_components, config.n_joint)

    return CatalogueEntry(label, make, changes)


CATALOGUE: Mapping[str, CatalogueEntry] = {
    "mean": CatalogueEntry("mean of the group", lambda _: GroupMean()),
    "component-ridge": CatalogueEntry(
        "PCA and ridge", lambda config: ComponentRidge(config.n_components)
    ),
    "partial-least-squares": CatalogueEntry(
        "partial least squares",
        lambda config: PartialLeastSquares(config.n_components),
    ),
    "canonical": CatalogueEntry(
        "canonical correlation, all pairs", lambda config: Canonical(config.n_components, None)
    ),
    "ajive": CatalogueEntry(
        "AJIVE",
        lambda config: Canonical(
            config.n_components, "tested" if config.n_joint is None else config.n_joint
        ),
    ),
    "curved": CatalogueEntry(
        "curved canonical correlation", lambda config: Curved(config.n_components, config.n_joint)
    ),
    "linear-latent": CatalogueEntry(
        "one linear latent space", lambda config: LinearLatent(config.n_components)
    ),
    "attention": _network("network, attention", "attention"),
    "concatenation": _network("network, concatenation", "concatenation"),
    "product": _network("network, product of experts", "product"),
    "mixture": _network("network, mixture of experts", "mixture"),
    # What a multimodal variational autoencoder is elsewhere: no closed form to begin at.
    "product-random": _network(
        "network, product of experts from random weights", "product", start="random"
    ),
}
"""Every model of the study."""
