"""A bump that is left alone: what it holds, where it ends, and how it drifts."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Complex, Float

from neuropil.circuits.model import cue_state
from neuropil.circuits.network import Network
from neuropil.circuits.protocol.recording import RECORD, count_recorded_steps, record_trials

__all__ = ["DriftField", "Hold", "compute_drift_field", "count_end_angles", "measure_hold"]

# Length of the population vector below which its direction means nothing. A fit asks a bump for
# 0.45 or more, rounding leaves about 1e-7; where between them the line is drawn was not tuned.
_NO_HEADING = 0.01
_GUESS = 90.0  # [deg] the mean distance of two headings that know nothing of each other


@dataclass(frozen=True)
class Hold:
    """Bumps that were put at b headings and left alone.

    Parameters
    ----------
    cue : (b,) array
        Where they were put [rad].
    vector : (r, b) complex array
        Population vector every 0.1 s.
    activity : (r, b) array
        Mean read-out rate.
    final : (b, n) array
        Rates at the end.
    """

    cue: Float[np.ndarray, " b"]
    vector: Complex[np.ndarray, "r b"]
    activity: Float[np.ndarray, "r b"]
    final: Float[np.ndarray, "b n"]

    @property
    def strength(self) -> Float[np.ndarray, " b"]:
        """Length of the population vector at the end."""
        return np.abs(self.vector[-1])

    @property
    def error(self) -> Float[np.ndarray, " b"]:
        """Distance [deg] of the final heading from the cue, after the mean offset is removed.

        Where the population vector is shorter than 0.01 there is no heading, and the distance is
        that of a guess, 90 deg: the direction of what is left would be that of rounding errors.
        """
        offset = self.vector[-1] * np.exp(-1j * self.cue)
        offset = offset / np.maximum(np.abs(offset), 1e-12)
        centre = offset.mean()
        distance = np.abs(np.rad2deg(np.angle(offset * np.conj(centre))))
        return np.where(self.strength < _NO_HEADING, _GUESS, distance)

    def drift(self, first: float, last: float) -> Float[np.ndarray, " b"]:
        """Return how far the heading moved [deg] between two times [s]."""
        before, after = (self.vector[round(t / RECORD) - 1] for t in (first, last))
        return np.rad2deg(np.angle(after * np.conj(before)))


def measure_hold(
    network: Network,
    n_starts: int = 32,
    seconds: float = 10.0,
) -> Hold:
    """Put a bump at ``n_starts`` even headings and let the network run without input.

    Parameters
    ----------
    network : Network
        The network that is measured.
    n_starts : int
        Number of headings.
    seconds : float
        Time without input [s].
    """
    cue = jnp.arange(n_starts) * 2 * jnp.pi / n_starts
    still = jnp.zeros((count_recorded_steps(seconds, network), n_starts))
    vector, activity, final = record_trials(network, cue_state(network.circuit, cue), still)
    return Hold(np.asarray(cue), np.asarray(vector), np.asarray(activity), np.asarray(final))


def count_end_angles(hold: Hold, bins: int = 72) -> int:
    """Count the distinct headings in which starts end.

    Parameters
    ----------
    hold : Hold
        Bumps that were left alone.
    bins : int
        Bins of 360 / ``bins`` degrees.
    """
    headings = np.mod(np.angle(hold.vector[-1]) / (2 * np.pi), 1)
    return len(np.unique((headings * bins).astype(int) % bins))


@dataclass(frozen=True)
class DriftField:
    """Speed of the bump without input, by heading.

    Parameters
    ----------
    heading : (b,) array
        Heading at the start of the window [deg], sorted.
    speed : (b,) array
        d heading / dt over the window [deg/s].
    """

    heading: Float[np.ndarray, " b"]
    speed: Float[np.ndarray, " b"]

    @property
    def mean_speed(self) -> float:
        """Mean absolute speed [deg/s]."""
        return float(np.abs(self.speed).mean())


def compute_drift_field(hold: Hold, first: float = 0.5, last: float = 1.5) -> DriftField:
    """Return the drift between two times after the cue, against the heading.

    Parameters
    ----------
    hold : Hold
        Bumps that were left alone.
    first, last : float
        The times [s].
    """
    heading = np.mod(np.rad2deg(np.angle(hold.vector[round(first / RECORD) - 1])), 360)
    order = np.argsort(heading)
    return DriftField(heading[order], (hold.drift(first, last) / (last - first))[order])
