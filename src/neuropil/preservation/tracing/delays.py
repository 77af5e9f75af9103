"""What a delay before perfusion is believed to cost, before any tissue is seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.contracts import SeedTree
from neuropil.preservation.damage.perfusion import PerfusionPrior, perfused_fraction
from neuropil.preservation.damage.swelling import compute_extracellular_fraction
from neuropil.preservation.tracing.recovery import DENDRITE

__all__ = ["AXON", "PATCH", "PRIORS", "foresee_delays"]

# Spread of the two sources' midpoints between brains [min], ours: each names one number only.
_SPREAD = 2.0

PRIORS: Mapping[str, PerfusionPrior] = MappingProxyType(
    {
        "12 minutes": PerfusionPrior(12.0, _SPREAD, no_effect=0.0),
        "14 minutes": PerfusionPrior(14.0, _SPREAD, no_effect=0.0),
        "no effect": PerfusionPrior(no_effect=1.0),
        "wide": PerfusionPrior(),
    }
)
"""What may be believed: the midpoints that are named for rats and mice and for pigs, rats whose
vessels filled after half an hour, and all of these at once."""

AXON, PATCH = 1.0, 0.25
"""Way of an axon, and width of a patch that was not perfused [mm]: a local circuit, and about what
one small vessel feeds. Both are for illustration."""

# Brains that are drawn for each prior: their 95 % band is then known to about a point.
_BRAINS = 2000
_BAND = (2.5, 97.5)


def foresee_delays(
    minutes: Sequence[float],
    seed: SeedTree,
    priors: Mapping[str, PerfusionPrior] = PRIORS,
    brains: int = _BRAINS,
) -> pl.DataFrame:
    """Foresee how much is perfused, and how many connections that leaves, under several beliefs.

    A connection is lost with a patch that its way runs through. Where patches are far larger than
    it, as many are left as tissue is perfused; where its way of 1 mm of axon and its dendrite
    crosses patches of .25 mm that are lost independently, far fewer.

    Parameters
    ----------
    minutes : sequence of float
        Time from the arrest of the heart to the start of wash-out [min].
    seed : SeedTree
        Where the brains are drawn from; one brain has one curve.
    priors : mapping of str to PerfusionPrior
        What is believed, by name.
    brains : int
        How many are drawn for each.

    Returns
    -------
    pl.DataFrame
        One row for each prior and delay: ``prior``, ``minutes``, and of ``perfused`` (share of the
        tissue), ``connections_large`` and ``connections_small`` (share of connections left, with
        large and with small patches) the mean, and the ends of the 95 % band as ``_low`` and
        ``_high``; ``extracellular``, the share of extracellular space that is left where nothing
        was perfused, by priors that were not verified either.

    Raises
    ------
    InputError
        When a delay is negative or not finite.
    """
    times = np.asarray(minutes, np.float64)
    space = [compute_extracellular_fraction(float(time)) for time in times]
    tables = []
    for name, prior in priors.items():
        rng = seed.child(name).generator()
        shares = np.stack([perfused_fraction(times, rng, prior) for _ in range(brains)])
        found = {
            "perfused": shares,
            "connections_large": shares,
            "connections_small": shares ** (1 + (AXON + DENDRITE) / PATCH),
        }
        columns: dict[str, object] = {"prior": [name] * len(times), "minutes": times}
        for quantity, values in found.items():
            columns |= _summarise(quantity, values)
        tables.append(pl.DataFrame({**columns, "extracellular": space}))
    return pl.concat(tables)


def _summarise(name: str, values: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.float64]]:
    low, high = np.percentile(values, _BAND, axis=0)
    return {name: values.mean(axis=0), f"{name}_low": low, f"{name}_high": high}
