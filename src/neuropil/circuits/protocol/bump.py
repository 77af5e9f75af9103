"""The bump: its profile over the places on the ring, its width and its maxima."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from neuropil.circuits.data import Circuit

__all__ = ["BumpShape", "compute_bump_shape", "compute_ring_profile"]

_PROMINENCE = 0.1  # of the highest rate: what a maximum rises above its surroundings (card.md)
_STEP = 0.5  # [deg] between the places that a width is read at; no criterion tells so little apart


@dataclass(frozen=True)
class BumpShape:
    """Width and number of maxima of the bump.

    Parameters
    ----------
    profile : (b, p) array
        Mean rate at each of p places on the ring.
    place : (p,) array
        Angle of each place [deg].
    width : (b,) array
        Full width at half of the maximum [deg], measured from zero rate.
    maxima : (b,) int array
        Number of local maxima that rise a tenth of the highest rate above their surroundings,
        after a 1-2-1 average: neighbouring places lie in opposite halves of the brain.
    """

    profile: Float[np.ndarray, "b p"]
    place: Float[np.ndarray, " p"]
    width: Float[np.ndarray, " b"]
    maxima: np.ndarray


def compute_ring_profile(
    circuit: Circuit, rates: Float[np.ndarray, "b n"]
) -> tuple[Float[np.ndarray, " p"], Float[np.ndarray, "b p"]]:
    """Average the read-out neurons at each place on the ring.

    Parameters
    ----------
    circuit : Circuit
        Of n neurons.
    rates : (b, n) array
        States.

    Returns
    -------
    place : (p,) array
        Angle of each place [deg].
    profile : (b, p) array
        Mean rate there.
    """
    degrees = np.round(np.rad2deg(np.asarray(circuit.angles)), 3)
    place, inverse = np.unique(degrees, return_inverse=True)
    onto = np.eye(place.size)[inverse] / np.bincount(inverse)[inverse][:, None]
    return place, np.asarray(rates)[:, np.asarray(circuit.readout)] @ onto


def compute_bump_shape(circuit: Circuit, rates: Float[np.ndarray, "b n"]) -> BumpShape:
    """Measure the bump over the places on the ring.

    Parameters
    ----------
    circuit : Circuit
        Of n neurons.
    rates : (b, n) array
        States to measure.
    """
    place, profile = compute_ring_profile(circuit, rates)
    fine = np.arange(0, 360, _STEP)
    smooth = np.stack([np.interp(fine, place, row, period=360) for row in profile])
    width = (smooth > smooth.max(axis=1, keepdims=True) / 2).mean(axis=1) * 360
    # Neighbouring places lie in opposite halves of the brain, which may differ in their rates.
    paired = (np.roll(profile, 1, 1) + 2 * profile + np.roll(profile, -1, 1)) / 4
    return BumpShape(profile, place, width, np.array([_count_maxima(row) for row in paired]))


def _count_maxima(profile: np.ndarray) -> int:
    from scipy.signal import find_peaks

    start = int(np.argmin(profile))
    opened = np.append(np.roll(profile, -start), profile[start])
    peaks, _ = find_peaks(opened, prominence=_PROMINENCE * max(float(profile.max()), 1e-12))
    return len(peaks)
