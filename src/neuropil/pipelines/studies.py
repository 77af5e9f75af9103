"""The studies by name, imported when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from neuropil.contracts import ConfigError, Study, did_you_mean

__all__ = ["STUDIES", "SUMMARIES", "load_study", "study_names", "summarise_study"]

# Text and no imports: naming the studies must not load JAX and every model.
STUDIES: Mapping[str, str] = {
    "head-direction": "neuropil.circuits.study:HeadDirection",
    "hybrid-latents": "neuropil.cohorts.hybrid.study:HybridLatents",
    "joint-individual": "neuropil.cohorts.joint.study:JointIndividual",
    "logic": "neuropil.logic.study:Logic",
    "preservation": "neuropil.preservation.study:Preservation",
    "progression": "neuropil.progression.study:Progression",
    "proofreading": "neuropil.proofreading.study:Proofreading",
    "transcriptome": "neuropil.transcriptome.study:Transcriptome",
}
"""``module:class`` of each study. A new study is one line here and one in :data:`SUMMARIES`."""


SUMMARIES: Mapping[str, str] = {
    "head-direction": (
        "Tune one gain per pair of cell types until the raw connectome holds and moves a bump."
    ),
    "hybrid-latents": (
        "Find sites and protocols without their labels, set them aside, and harmonise connectomes."
    ),
    "joint-individual": (
        "Find what structure and function share in a cohort, and predict one from the other."
    ),
    "logic": (
        "Learn the functions and the wires of two-input gates, and export the circuit to hardware."
    ),
    "preservation": (
        "Judge from images whether wiring can be traced, and refuse what a sample cannot show."
    ),
    "progression": (
        "Follow pathology along a connectome, place people on its course, and learn the graph."
    ),
    "proofreading": (
        "Tell which touching objects of a segmentation are one neuron, and join them."
    ),
    "transcriptome": (
        "Predict connections of unseen regions from genes, beside coordinates and null maps."
    ),
}
"""One line about each study, so that naming them need not import them; as the studies say it."""


def summarise_study(name: str) -> str:
    """Return one line about a study, without importing it where it is one of this package."""
    return SUMMARIES.get(name) or load_study(name).summary


def study_names() -> list[str]:
    """List the names of the studies.

    Examples
    --------
    >>> "head-direction" in study_names()
    True
    """
    return sorted(STUDIES)


def load_study(name: str) -> Study[Any, Any]:
    """Import a study and return an instance.

    Parameters
    ----------
    name : str
        One of :func:`study_names`.

    Raises
    ------
    ConfigError
        When no study has that name; the message gives the closest one and lists all.

    Examples
    --------
    >>> load_study("head-directions")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    neuropil.contracts.errors.ConfigError: no study 'head-directions'. \
Did you mean head-direction? The studies are: head-direction...
    """
    if name not in STUDIES:
        hint = did_you_mean(name, STUDIES)
        raise ConfigError(
            f"no study {name!r}", repair=f"{hint}The studies are: {', '.join(study_names())}."
        )
    # Only now: a study loads JAX, which takes longer than most commands.
    module, class_name = STUDIES[name].split(":")
    study: Study[Any, Any] = getattr(import_module(module), class_name)()
    return study
