"""The mechanisms by which two regions may interact, each with the question that is asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from neuropil.contracts import ConfigError, did_you_mean

__all__ = ["MECHANISMS", "USUAL_MECHANISMS", "Mechanism", "choose_mechanisms"]


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One way in which two regions may interact.

    Parameters
    ----------
    name : str
        A single word.
    what : str
        What it is, as the title of a matrix.
    question : str
        What is asked about two regions; a probability answers it.
    scale : str
        What a probability near 0 and near 1 means, so that answers of two sources agree.
    """

    name: str
    what: str
    question: str
    scale: str


# In our own words. Each question asks about one kind of evidence alone: a source that answers "do
# they interact?" mixes all kinds, and the fused matrix would count them twice.
_ALL = (
    Mechanism(
        "tract",
        "white-matter tract",
        "Are the two regions joined directly by fibres of the white matter, such that tractography "
        "of a healthy adult would place this pair among its stronger connections?",
        "0: no fibres known or plausible; 0.5: some fibres, or a tract that passes by; 1: a major "
        "bundle, or direct neighbours with dense short fibres",
    ),
    Mechanism(
        "coactivation",
        "functional coupling",
        "Do the two regions fluctuate together at rest, so that they belong to one functional "
        "network?",
        "0: independent or opposed; 0.5: partly the same network; 1: core regions of one network, "
        "or mirror images of each other",
    ),
    Mechanism(
        "expression",
        "likeness of gene expression",
        "Are the same genes expressed to a similar degree in the two regions, compared with other "
        "pairs of cortical regions?",
        "0: opposite ends of the cortical gradients; 0.5: no more alike than an average pair; 1: "
        "nearly the same profile",
    ),
    Mechanism(
        "proximity",
        "closeness in space",
        "Do the two regions lie so close to each other that a substance could pass between them "
        "through tissue, without any tract?",
        "0: far apart or in other hemispheres; 0.5: one region between; 1: they share a border",
    ),
    Mechanism(
        "morphology",
        "likeness of layers and cells",
        "Are the layers and cell types of the two regions alike, as types of cortex are in maps of "
        "cytoarchitecture?",
        "0: primary against paralimbic cortex; 0.5: neighbouring types; 1: the same type",
    ),
    Mechanism(
        "clearance",
        "shared supply and clearance",
        "Do the two regions share arteries, veins or routes of perivascular drainage, so that "
        "what one of them fails to clear reaches the other?",
        "0: other arteries and other veins; 0.5: neighbouring territories; 1: one small branch",
    ),
)

MECHANISMS: Mapping[str, Mechanism] = MappingProxyType({each.name: each for each in _ALL})
"""Mechanisms by their name."""


USUAL_MECHANISMS = ("tract", "coactivation", "expression", "proximity")
"""What is asked about where nothing else is named."""
# Morphology and clearance are the least studied between pairs: sources guess more than they know.


def choose_mechanisms(names: Sequence[str]) -> tuple[Mechanism, ...]:
    """Return the mechanisms of the given names.

    Parameters
    ----------
    names : sequence of str
        Names, each once.

    Returns
    -------
    tuple of Mechanism
        In the order of the names.

    Raises
    ------
    ConfigError
        When there is no name, one is unknown, or one is given twice; write others.

    Examples
    --------
    >>> [each.what for each in choose_mechanisms(["tract", "proximity"])]
    ['white-matter tract', 'closeness in space']
    """
    known = ", ".join(MECHANISMS)
    if not names:
        raise ConfigError(
            "expected at least one mechanism, found none",
            where="mechanisms",
            repair=f"Choose among: {known}.",
        )
    for place, name in enumerate(names):
        if name not in MECHANISMS:
            raise ConfigError(
                f"expected a mechanism, found {name!r}",
                where="mechanisms",
                repair=f"{did_you_mean(name, MECHANISMS)}Choose among: {known}.",
            )
        if name in names[:place]:
            raise ConfigError(
                f"expected each mechanism once, found {name!r} twice",
                where="mechanisms",
                repair="Name it once; --repeats asks several times.",
            )
    return tuple(MECHANISMS[name] for name in names)
