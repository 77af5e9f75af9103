"""Where generated neurites run: smooth branching paths with a radius at each point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.datasets.planted_volumes.design import NeuriteDesign

__all__ = ["Paths", "grow_paths"]

Floats = npt.NDArray[np.float64]

# A step is a fraction of the radius, so that balls around neighbouring points overlap widely.
_STEP = 0.4
# Turns of the direction and changes of the logarithm of the radius in each step: neurites bend over
# about a micrometre, and swell and thin as boutons and spines do. Chosen by eye.
_TURN, _SWELL, _RETURN = 0.12, 0.08, 0.95
# Mean lengths to a branch, which is thinner and leaves to the side, and to an end [nm]. Ends come
# sooner, or trees in a large block would grow without limit.
_TO_BRANCH, _TO_END, _THINNER, _ASIDE = 3000.0, 2400.0, 0.75, 1.5
# Paths end so far outside the block that their balls no longer reach into it [radii].
_BEYOND = 2.0
_MOST_STEPS = 4000


@dataclass(frozen=True, slots=True)
class Paths:
    """Points along all neurites.

    Parameters
    ----------
    places : (n, 3) array
        Along z, y and x from the corner of the block [nm].
    radii : (n,) array
        Radius of the neurite [nm].
    owners : (n,) array of int
        Number of the neurite, from 0.
    """

    places: Floats
    radii: Floats
    owners: npt.NDArray[np.int64]


@dataclass(slots=True)
class _Tips:
    """Growing ends: one row for each."""

    places: Floats
    directions: Floats
    base: Floats
    swelling: Floats
    owners: npt.NDArray[np.int64]

    @property
    def radii(self) -> Floats:
        thick: Floats = self.base * np.exp(self.swelling)
        return thick

    def keep(self, rows: npt.NDArray[np.bool_]) -> _Tips:
        """Return some of the rows."""
        return _Tips(
            self.places[rows],
            self.directions[rows],
            self.base[rows],
            self.swelling[rows],
            self.owners[rows],
        )

    def join(self, other: _Tips) -> _Tips:
        """Return the rows of both."""
        return _Tips(
            np.concatenate([self.places, other.places]),
            np.concatenate([self.directions, other.directions]),
            np.concatenate([self.base, other.base]),
            np.concatenate([self.swelling, other.swelling]),
            np.concatenate([self.owners, other.owners]),
        )


def grow_paths(design: NeuriteDesign, rng: np.random.Generator) -> Paths:
    """Grow neurites from random places in both directions until they have left the block.

    Parameters
    ----------
    design : NeuriteDesign
        Size of the block, density and radii.
    rng : numpy.random.Generator
        Source of all draws.

    Returns
    -------
    Paths
        In order of growth.
    """
    extent = np.array(design.extent)
    tips = _start(design, rng)
    grown = [tips]
    for _ in range(_MOST_STEPS):
        tips = _advance(tips, rng)
        reach = _BEYOND * tips.radii[:, None]
        inside = ((tips.places > -reach) & (tips.places < extent + reach)).all(axis=1)
        tips = tips.keep(inside & ~_happens(tips, _TO_END, rng))
        if not len(tips.owners):
            break
        grown.append(tips)
        tips = tips.join(_branch(tips, rng))
    names = ("places", "radii", "owners")
    return Paths(*(np.concatenate([getattr(each, name) for each in grown]) for name in names))


def _start(design: NeuriteDesign, rng: np.random.Generator) -> _Tips:
    extent = np.array(design.extent)
    n = max(2, round(design.density * float(np.prod(extent / 1000.0))))
    places = rng.random((n, 3)) * extent
    directions = _normalise(rng.standard_normal((n, 3)))
    low, high = np.log(design.radii)
    base = np.exp(rng.uniform(low, high, n))
    owners = np.arange(n)
    forth = _Tips(places, directions, base, np.zeros(n), owners)
    return forth.join(_Tips(places, -directions, base, np.zeros(n), owners))


def _advance(tips: _Tips, rng: np.random.Generator) -> _Tips:
    n = len(tips.owners)
    directions = _normalise(tips.directions + _TURN * rng.standard_normal((n, 3)))
    swelling = _RETURN * tips.swelling + _SWELL * rng.standard_normal(n)
    moved = _Tips(tips.places, directions, tips.base, swelling, tips.owners)
    moved.places = tips.places + _STEP * moved.radii[:, None] * directions
    return moved


def _branch(tips: _Tips, rng: np.random.Generator) -> _Tips:
    chosen = tips.keep(_happens(tips, _TO_BRANCH, rng))
    aside = _normalise(rng.standard_normal(chosen.directions.shape))
    chosen.directions = _normalise(chosen.directions + _ASIDE * aside)
    chosen.base = _THINNER * chosen.base
    return chosen


def _happens(tips: _Tips, length: float, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Draw what happens in this step to each tip, once in a length on average."""
    chance = _STEP * tips.radii / length
    return rng.random(len(chance)) < chance


def _normalise(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
