"""Swelling in ischaemia: minutes without blood move water from between the cells into them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy.ndimage import binary_closing

from neuropil.contracts import SeedTree
from neuropil.preservation.damage.grain import Grain
from neuropil.preservation.damage.membranes import find_insides, measure_depth
from neuropil.preservation.damage.operators import Damage, require_between
from neuropil.preservation.damage.texture import blend
from neuropil.preservation.damage.tissue import Integers, Mask, Tissue
from neuropil.preservation.damage.warping import GENTLE, Move, find_targets, pull

__all__ = ["IschaemiaSwelling", "compute_extracellular_fraction"]

# Extracellular space in life and after long ischaemia, as shares of the volume. [unverified]
_ALIVE, _ISCHAEMIC = 0.20, 0.05
# Minutes at 37 C in which 63 % of the change happens: spreading depolarisation sets in after one
# to five. [unverified]
_TIME_CONSTANT = 4.0
# How much faster it goes at 10 degrees more. [unverified]
_Q10 = 2.5
# All of the following is ours, at full effect. Share of the profile area that swells, for not every
# profile does; its gain of area; that of mitochondria; and how far both pale towards the
# brightest cytoplasm, at this percentile.
_BRIGHT = 95.0
_SWELLING_SHARE, _SWELLING, _MITOCHONDRIAL, _PALING = 0.4, 0.7, 0.6, 0.5
# Share of what is drawn as membrane, 24 nm wide in ISBI 2012, that is the cleft between two of
# 7 nm.
_CLEFT = 0.4
# Bodies in the darkest fifth of profiles, at least this wide, count as mitochondria [nm]: those of
# the fly are 150 to 400 nm wide, vesicles 40.
_BODY, _DARK = 100.0, 20.0
# Paleness sets in over this distance from membranes [nm].
_RAMP = 30.0


def compute_extracellular_fraction(minutes: float, temperature: float = 37.0) -> float:
    """Compute the share of extracellular space that ischaemia leaves.

    Parameters
    ----------
    minutes : float
        Time without blood [min].
    temperature : float
        Of the tissue [degrees Celsius].

    Returns
    -------
    float
        From .20 in life to .05; the ends, the time constant of 4 minutes at 37 C and the factor of
        2.5 for 10 degrees are priors that were not verified against a table.

    Examples
    --------
    >>> round(compute_extracellular_fraction(0), 3), round(compute_extracellular_fraction(60), 3)
    (0.2, 0.05)
    >>> compute_extracellular_fraction(10, 4) > compute_extracellular_fraction(10, 37)
    True
    """
    effective = minutes * _Q10 ** ((temperature - 37) / 10)
    return _ISCHAEMIC + (_ALIVE - _ISCHAEMIC) * math.exp(-effective / _TIME_CONSTANT)


@dataclass(frozen=True)
class IschaemiaSwelling(Damage):
    """Swell some profiles and all mitochondria, at the cost of what is between the cells.

    Parameters
    ----------
    minutes : float
        Time without blood, 0 to 600 [min].
    temperature : float
        Of the tissue, 0 to 42 [degrees Celsius].

    Raises
    ------
    ConfigError
        When a setting is out of range; the message names the range.

    Notes
    -----
    At full effect 40 % of the profile area swells by 70 % against the rest, mitochondria by 60 %
    against their profile, both pale, and the label 0 of the truth loses 40 % of its area where it
    is there: the cleft, for membranes keep theirs. The frame stays, and labels move with the
    tissue. The mask marks swollen profiles and mitochondria after the move. The amounts are ours.
    """

    name: ClassVar[str] = "swelling"

    minutes: float
    temperature: float = 37.0

    def __post_init__(self) -> None:
        require_between(self, "minutes", 0, 600, "min")
        require_between(self, "temperature", 0, 42, "C")

    @property
    def dose(self) -> float:
        """Share of the extracellular space that is lost, 0 to .75."""
        return 1 - compute_extracellular_fraction(self.minutes, self.temperature) / _ALIVE

    def act(self, tissue: Tissue, seed: SeedTree) -> tuple[Tissue, Mask]:
        """Swell profiles within the frame."""
        truth = tissue.require_truth(self.name)
        effect = self.dose / (1 - _ISCHAEMIC / _ALIVE)
        grain = Grain.of(tissue)
        swollen = _choose_profiles(truth, seed.child("profiles").generator())
        inside = find_insides(truth, tissue.voxel_size)
        bodies = _find_mitochondria(grain, inside)
        area = np.ones(truth.shape)
        area[swollen] += effect * _SWELLING
        area[bodies] *= 1 + effect * _MITOCHONDRIAL
        area[truth == 0] *= 1 - _CLEFT * effect
        touched = swollen | bodies
        tissue, grain = _pale(tissue, grain, touched & inside, effect)
        marked = replace(tissue, labels={**tissue.labels, _MARK: touched.astype(np.uint8)})
        places = np.stack([find_targets(one, truth.shape[1:], GENTLE) for one in area])
        move = Move(places, np.arange(len(area)), tissue.voxel_size)
        moved = pull(marked, grain, move, seed.child("texture").generator())
        labels = dict(moved.labels)
        mask = labels.pop(_MARK) > 0
        return replace(moved, labels=labels), mask


# Name under which the mask moves with the labels.
_MARK = "swollen places"


def _choose_profiles(truth: Integers, rng: np.random.Generator) -> Mask:
    """Mark profiles, in random order, until they hold their share of the area."""
    names, index = np.unique(truth, return_inverse=True)
    sizes = np.bincount(index.ravel()) * (names != 0)
    order = rng.permutation(len(names))
    before = np.cumsum(sizes[order]) - sizes[order]
    chosen = np.zeros(len(names), bool)
    chosen[order] = before < _SWELLING_SHARE * sizes.sum()
    chosen &= names != 0
    return np.asarray(chosen[index].reshape(truth.shape))


def _find_mitochondria(grain: Grain, inside: Mask) -> Mask:
    """Mark dark bodies inside profiles, opened by a disc as wide as the smallest."""
    if not inside.any():
        return inside
    dark = inside & (grain.smooth <= np.percentile(grain.smooth[inside], _DARK))
    # Cristae and grain leave single bright voxels.
    filled = np.stack([binary_closing(one, np.ones((5, 5), bool)) for one in dark])
    core = measure_depth(filled, grain.voxel_size) >= _BODY / 2
    return inside & (measure_depth(~core, grain.voxel_size) <= _BODY / 2)


def _pale(tissue: Tissue, grain: Grain, where: Mask, effect: float) -> tuple[Tissue, Grain]:
    """Pale swollen places towards the brightest cytoplasm, and leave the grain."""
    bright = float(np.percentile(grain.smooth, _BRIGHT))
    paler = grain.smooth + _PALING * effect * np.maximum(bright - grain.smooth, 0)
    smooth = blend(grain.smooth, paler, where, _RAMP, tissue.voxel_size)
    image = tissue.image + (smooth - grain.smooth)
    return tissue.with_image(image), replace(grain, smooth=smooth)
