"""Patches that the fixative never reached, and how delay makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy.special import expit, ndtri

from neuropil.contracts import ConfigError, InputError, SeedTree
from neuropil.preservation.damage.operators import Damage, require_between
from neuropil.preservation.damage.texture import blend, draw_field
from neuropil.preservation.damage.tissue import Mask, Tissue
from neuropil.preservation.damage.zones import paint_debris

__all__ = ["PerfusionPatches", "PerfusionPrior", "perfused_fraction"]

# A patch above the threshold of a random field is about two and a half of its lengths wide.
_LENGTHS = 2.5
# Width of the edge of a patch [nm]: that of a small neurite.
_RAMP = 80.0


@dataclass(frozen=True)
class PerfusionPrior:
    """What is believed about delay and perfusion before any tissue is seen.

    Parameters
    ----------
    midpoint : float
        Mean delay at which half of the tissue is no longer perfused [min].
    midpoint_spread : float
        Standard deviation between brains and protocols [min].
    width : float
        Median scale of the logistic curve [min].
    width_spread : float
        Standard deviation of the logarithm of the scale.
    no_effect : float
        Probability that delay does not matter at all.

    Raises
    ------
    ConfigError
        When a value is negative or not finite, or the probability is above 1.

    Notes
    -----
    Evidence for a midpoint at 12 to 14 minutes: wash-out within about 14 minutes kept whole pig
    brains intact [1]_; runs at 18 minutes failed, and 12 minutes are named for rats and mice, both
    at second hand. Against it: rats after 8 to 30 minutes of global ischaemia filled their vessels
    normally, and rabbits had local failures after 5 [2]_. Both are in the prior: a wide midpoint,
    and a chance of no effect. The spreads and that chance are ours.

    References
    ----------
    .. [1] Song, LaVergne, Wrobel, bioRxiv 10.64898/2026.03.04.709724, 2026.
    .. [2] Ames et al., 1968, on no-reflow in rabbits.
    """

    midpoint: float = 13.0
    midpoint_spread: float = 4.0
    width: float = 1.5
    width_spread: float = 0.5
    no_effect: float = 0.2

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            high = 1.0 if name == "no_effect" else np.inf
            if not (0 <= value <= high and np.isfinite(value)):
                span = "from 0 to 1" if name == "no_effect" else "from 0"
                raise ConfigError(
                    f"expected a finite number {span}, found {value:g}",
                    where=f"perfusion prior, {name}",
                    repair="Choose one in this range.",
                )


def perfused_fraction(
    minutes: npt.ArrayLike, rng: np.random.Generator, prior: PerfusionPrior | None = None
) -> npt.NDArray[np.float64]:
    """Draw how much of one brain is still perfused after a delay.

    Parameters
    ----------
    minutes : (n,) array or float
        Time from the arrest of the heart to the start of wash-out [min].
    rng : numpy.random.Generator
        Where the draws come from. Each call draws one brain: its curve holds for all delays of the
        call.
    prior : PerfusionPrior, optional
        What is believed; wide when not given.

    Returns
    -------
    (n,) array, or an array without axes
        Share of the tissue that is perfused.

    Raises
    ------
    InputError
        When a delay is negative or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> sure = PerfusionPrior(midpoint_spread=0, width_spread=0, no_effect=0)
    >>> perfused_fraction([0, 13, 40], np.random.default_rng(0), sure).round(3)
    array([1. , 0.5, 0. ])
    """
    delay = np.asarray(minutes, np.float64)
    if not np.all(np.isfinite(delay) & (delay >= 0)):
        raise InputError(
            "expected delays of 0 minutes or more, found negative or infinite ones or NaN",
            where="minutes",
            repair="State the time from arrest to wash-out in minutes.",
        )
    prior = prior or PerfusionPrior()
    works = rng.uniform() < prior.no_effect
    # A brain that fails from the first minute is the worst there is.
    midpoint = max(rng.normal(prior.midpoint, prior.midpoint_spread), 0.0)
    width = max(prior.width * np.exp(prior.width_spread * rng.normal()), 1e-6)
    share = expit((midpoint - delay) / width)
    return np.ones_like(delay) if works else np.asarray(share)


@dataclass(frozen=True)
class PerfusionPatches(Damage):
    """Lose whole patches to autolysis: nothing in them can be assessed.

    Parameters
    ----------
    fraction : float
        Share of the tissue at large that was not perfused, 0 to 1. A volume that is small beside a
        patch is mostly either lost or untouched: the share holds over many places of the tissue,
        and not in each.
    size : float
        Typical diameter of a patch, 1,000 to 1,000,000 [nm].

    Raises
    ------
    ConfigError
        When a setting is out of range; the message names the range.
    """

    name: ClassVar[str] = "perfusion"

    fraction: float
    size: float = 50_000.0

    def __post_init__(self) -> None:
        require_between(self, "fraction", 0, 1)
        require_between(self, "size", 1000, 1_000_000, "nm")

    @property
    def dose(self) -> float:
        """Share of the tissue at large that was not perfused."""
        return self.fraction

    def act(self, tissue: Tissue, seed: SeedTree) -> tuple[Tissue, Mask]:
        """Paint lost patches; labels there become 0."""
        field = draw_field(
            tissue.image.shape,
            tissue.voxel_size,
            self.size / _LENGTHS,
            seed.child("places").generator(),
        )
        # Of the whole tissue, and not of this volume: patches do not know where the volume is.
        mask = field < ndtri(self.fraction)
        if not mask.any():
            return tissue, mask
        debris = paint_debris(tissue, mask, seed.child("texture").generator())
        image = blend(tissue.image, debris, mask, _RAMP, tissue.voxel_size)
        return tissue.with_image(image).without(mask), mask
