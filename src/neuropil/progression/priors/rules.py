"""Answers about edges by rules of anatomy: the source that needs no model, no key and no network.

Each rule is a chance that grows with closeness, joined with chances of its own for what makes two
regions alike: a bundle, a network, a type of cortex, an artery, or being mirror images. Chances are
joined as independent ones are, ``1 - (1 - p) (1 - q)``. All numbers were written down before any
connectome was looked at, and none was changed since.

References
----------
Ercsey-Ravasz et al. 2013, Neuron 80:184 (connections fall off exponentially with distance).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from neuropil.progression.priors.answers import Answer, EdgeAnswers
from neuropil.progression.priors.desikan_killiany import BUNDLES, CORTEX_TYPES
from neuropil.progression.priors.mechanisms import choose_mechanisms
from neuropil.progression.priors.regions import Region, RegionSet

__all__ = ["RULES", "answer_by_rules"]

RULES = "rules"
"""Name of the source in answers."""

# Raised whenever a rule changes, so that a file of answers tells which rules gave it.
_VERSION = "1"

# Distances over which a chance falls to 37 % [mm]. A region of this atlas is about 25 mm across:
# neighbours have their centres one such step apart, which proximity should still call likely.
_NEAR = 20.0
# Fibres reach further than diffusion through tissue; one step and a half.
_FIBRE = 30.0
# Gradients of expression run over whole lobes.
_GRADIENT = 60.0

# A named bundle is no promise for each pair of its two ends: even odds.
_BUNDLED = 0.5
# Callosal fibres join most mirror images, but not all densely (temporal pole, medial temporal).
_CALLOSAL = 0.7
# Between other regions of the two hemispheres tracts are the exception.
_CROSSING = 0.25
# Mirror images are the most alike pairs of the cortex by function, genes and layers.
_MIRRORED = 0.9
_SAME_NETWORK, _OTHER_NETWORK = 0.6, 0.1
_SAME_TYPE = 0.4
# By how many steps of the ladder of cortical types two regions differ.
_BY_STEPS = (0.7, 0.35, 0.15, 0.05)
_SAME_ARTERY, _OTHER_ARTERY = 0.5, 0.1
# Both anterior cerebral arteries run side by side in the midline.
_BOTH_ANTERIOR = 0.3
# What closeness alone gives to a likeness that is not about space.
_CLOSENESS_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two regions and the distance of their centres [mm]."""

    first: Region
    second: Region
    distance: float

    @property
    def same_side(self) -> bool:
        return self.first.side == self.second.side

    @property
    def mirrored(self) -> bool:
        known = bool(self.first.side and self.second.side) and not self.same_side
        return known and self.first.name == self.second.name

    def shared(self, fact: str) -> str:
        """Return the fact that both have alike; empty where they differ or one is unknown."""
        of = [getattr(each.facts, fact, "") for each in (self.first, self.second)]
        return of[0] if of[0] == of[1] else ""

    def bundle(self) -> str:
        """Return the first bundle that joins the two on one side."""
        names = (self.first.name, self.second.name)
        for bundle, (one, other) in BUNDLES.items():
            if self.same_side and any(a in one and b in other for a, b in (names, names[::-1])):
                return bundle
        return ""


_Judged = tuple[float, str]
_Rule = Callable[[_Pair], _Judged]


def _join(*chances: float) -> float:
    """Return the probability that at least one of independent events happens."""
    return 1 - math.prod(1 - chance for chance in chances)


def _fall(distance: float, reach: float) -> float:
    return math.exp(-distance / reach)


def _judge_tract(pair: _Pair) -> _Judged:
    short = _fall(pair.distance, _FIBRE)
    if pair.mirrored:
        return _join(short, _CALLOSAL), "mirror images, joined by the corpus callosum"
    if not pair.same_side:
        return _CROSSING * short, "in other hemispheres and no mirror images"
    if bundle := pair.bundle():
        return _join(short, _BUNDLED), f"ends of the {bundle}"
    return short, "short fibres by distance"


def _judge_coactivation(pair: _Pair) -> _Judged:
    if pair.mirrored:
        return _MIRRORED, "mirror images"
    close = _CLOSENESS_SHARE * _fall(pair.distance, _FIBRE)
    if network := pair.shared("network"):
        return _join(_SAME_NETWORK, close), f"both in the {network} network"
    return _join(_OTHER_NETWORK, close), "in different networks"


def _judge_expression(pair: _Pair) -> _Judged:
    if pair.mirrored:
        return _MIRRORED, "mirror images"
    close = _CLOSENESS_SHARE * _fall(pair.distance, _GRADIENT)
    if cortex := pair.shared("cortex"):
        return _join(_SAME_TYPE, close), f"both {cortex} cortex"
    return close, "different types of cortex"


def _judge_proximity(pair: _Pair) -> _Judged:
    close = _fall(pair.distance, _NEAR)
    return close, "close to each other" if pair.distance <= _NEAR else "not next to each other"


def _judge_morphology(pair: _Pair) -> _Judged:
    if pair.mirrored:
        return _MIRRORED, "mirror images"
    types = [getattr(each.facts, "cortex", "") for each in (pair.first, pair.second)]
    if "" in types:
        return _CLOSENESS_SHARE * _fall(pair.distance, _GRADIENT), "types of cortex not known"
    steps = abs(CORTEX_TYPES.index(types[0]) - CORTEX_TYPES.index(types[1]))
    alike = f"both {types[0]} cortex" if steps == 0 else f"{types[0]} and {types[1]} cortex"
    return _BY_STEPS[steps], alike


def _judge_clearance(pair: _Pair) -> _Judged:
    close = _CLOSENESS_SHARE * _fall(pair.distance, _NEAR)
    artery = pair.shared("artery")
    if artery and pair.same_side:
        return _join(_SAME_ARTERY, close), f"both of the {artery} cerebral artery"
    if artery == "anterior":
        return _join(_BOTH_ANTERIOR, close), "anterior cerebral arteries of both sides"
    return _join(_OTHER_ARTERY, close), "different arteries"


_RULES: Mapping[str, _Rule] = MappingProxyType(
    {
        "tract": _judge_tract,
        "coactivation": _judge_coactivation,
        "expression": _judge_expression,
        "proximity": _judge_proximity,
        "morphology": _judge_morphology,
        "clearance": _judge_clearance,
    }
)


def answer_by_rules(regions: RegionSet, mechanisms: Sequence[str]) -> EdgeAnswers:
    """Answer about every pair of regions by rules of distance, lobe, network and mirror images.

    Parameters
    ----------
    regions : RegionSet
        Regions whose places are known. Of labels of another atlas only distance and side count.
    mechanisms : sequence of str
        Names in :data:`MECHANISMS`.

    Returns
    -------
    EdgeAnswers
        One answer a mechanism and pair. Rules answer alike whenever they are asked, so that there
        is one repeat.

    Raises
    ------
    ConfigError
        When a mechanism is unknown.
    InputError
        When the place of a region is not known.

    Examples
    --------
    >>> from neuropil.progression.priors.regions import load_region_set
    >>> answers = answer_by_rules(load_region_set("dk68"), ["tract"])
    >>> answers.answers[33]
    Answer(mechanism='tract', first='L_bankssts', second='R_bankssts', repeat=0, \
probability=0.707668, reason='mirror images, joined by the corpus callosum; 110 mm apart', \
model='rules', version='1')
    """
    chosen = choose_mechanisms(mechanisms)
    distances = regions.compute_distances()
    pairs = [
        _Pair(regions.regions[row], regions.regions[column], float(distances[row, column]))
        for row in range(len(regions))
        for column in range(row + 1, len(regions))
    ]
    answers = tuple(_answer(each.name, pair) for each in chosen for pair in pairs)
    names = tuple(each.name for each in chosen)
    return EdgeAnswers(regions.labels, names, answers, f"rules of version {_VERSION}")


def _answer(mechanism: str, pair: _Pair) -> Answer:
    chance, reason = _RULES[mechanism](pair)
    said = f"{reason}; {pair.distance:.0f} mm apart"
    # Six digits say all that a rule of thumb can, and are the same on every machine.
    labels = (pair.first.label, pair.second.label)
    return Answer(mechanism, *labels, 0, round(chance, 6), said, RULES, _VERSION)
