"""A bump that is driven: its speed at constant velocities, and its integration of turning."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from neuropil.circuits.model import cue_state, unwrap_heading
from neuropil.circuits.network import Network
from neuropil.circuits.protocol.recording import (
    RECORD,
    SETTLING,
    count_recorded_steps,
    record_trials,
)
from neuropil.circuits.protocol.trials import (
    RandomWalk,
    draw_key,
    random_velocity,
    spread_headings,
)
from neuropil.contracts import SeedTree

__all__ = [
    "LEAST_GAIN",
    "Integration",
    "LocalSpeed",
    "SpeedCurve",
    "measure_integration",
    "measure_local_speed",
    "measure_speed_curve",
]

_DRIVEN_SECONDS = 3.0  # [s] of driving over which a speed is taken
# Speed, relative to velocity, below which a speed curve is flat: what is left of it are rounding
# errors of single precision, whose share of a variance means nothing.
_FLAT = 1e-3
# [deg/s] The criterion ``slowest_gain`` is about faster turns: near zero a small drift outweighs
# what the velocity does.
_SLOWEST = 10.0
# Waves around the ring that a distortion is made of: as many as its 16 places can tell apart.
_HARMONICS = 8
LEAST_GAIN = 0.05
"""Gain below which a bump does not follow a turn: a sixth or less of what fits have (card.md)."""


@dataclass(frozen=True)
class SpeedCurve:
    """Bump speed at constant velocities.

    Parameters
    ----------
    velocity : (v,) array
        Input [deg/s].
    speed : (v,) array
        Mean bump speed over starts [deg/s].
    """

    velocity: Float[np.ndarray, " v"]
    speed: Float[np.ndarray, " v"]

    def _slope(self, chosen: np.ndarray) -> float:
        v, s = self.velocity[chosen], self.speed[chosen]
        return float((v * s).sum() / (v**2).sum())

    @property
    def gain(self) -> float:
        """Least-squares slope through zero."""
        return self._slope(np.full(self.velocity.size, fill_value=True))

    @property
    def r_squared(self) -> float:
        """Share of the variance of the bump speed that one gain explains.

        0 where the speed does not depend on the velocity, to a part in a thousand.
        """
        rest = self.speed - self.gain * self.velocity
        spread = ((self.speed - self.speed.mean()) ** 2).sum()
        if spread <= _FLAT**2 * (self.velocity**2).sum():
            return 0.0
        return float(1 - (rest**2).sum() / spread)

    @property
    def left_right_ratio(self) -> float:
        """Gain at negative over gain at positive velocity; 0 if the latter is 0."""
        right = self._slope(self.velocity > 0)
        return self._slope(self.velocity < 0) / right if right else 0.0

    @property
    def slowest_gain(self) -> float:
        """Smallest speed / (gain * velocity) above 10 deg/s; 0 or less is a dead zone."""
        fast = np.abs(self.velocity) > _SLOWEST
        if not self.gain:
            return 0.0
        return float((self.speed[fast] / (self.gain * self.velocity[fast])).min())


def measure_speed_curve(
    network: Network,
    speeds: tuple[float, ...] = (5, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200),
    n_starts: int = 8,
) -> SpeedCurve:
    """Drive the bump at constant velocities of both signs.

    The speed is that between 1 s and 4 s of driving, after 0.5 s without input.

    Parameters
    ----------
    network : Network
        The network that is measured.
    speeds : tuple of float
        Sizes of the velocities [deg/s].
    n_starts : int
        Headings from which each velocity is driven.
    """
    velocity = np.array(sorted(s * v for v in speeds for s in (-1.0, 1.0)))
    each = np.repeat(velocity, n_starts)
    # 0.1 rad off the even headings of ``measure_hold``, so that other starts are seen; not tuned.
    cue = np.tile(0.1 + np.arange(n_starts) * 2 * np.pi / n_starts, velocity.size)
    settle, drive = count_recorded_steps(SETTLING, network), count_recorded_steps(4.0, network)
    inputs = jnp.concatenate(
        [jnp.zeros((settle, each.size)), jnp.broadcast_to(each, (drive, each.size))]
    )
    vector, _, _ = record_trials(network, cue_state(network.circuit, jnp.asarray(cue)), inputs)
    moved = np.asarray(unwrap_heading(vector))
    # The first second of driving is left out: a bump takes some time constants to reach its speed.
    first = moved[-1 - round(_DRIVEN_SECONDS / RECORD)]
    speed = (moved[-1] - first) / _DRIVEN_SECONDS
    return SpeedCurve(velocity, speed.reshape(velocity.size, n_starts).mean(axis=1))


@dataclass(frozen=True)
class LocalSpeed:
    """Speed of a driven bump against the place where it is.

    Parameters
    ----------
    place : (p,) array
        Middle of each stretch of the ring [deg].
    left, right : (p,) array
        Mean bump speed per velocity [deg/deg] while it is driven either way; NaN where no bump
        came by.
    """

    place: Float[np.ndarray, " p"]
    left: Float[np.ndarray, " p"]
    right: Float[np.ndarray, " p"]


def measure_local_speed(
    network: Network, speed: float = 100.0, n_starts: int = 32, bins: int = 36
) -> LocalSpeed:
    """Drive bumps both ways at a constant velocity and average their speed by place.

    Parameters
    ----------
    network : Network
        The network that is measured.
    speed : float
        Velocity [deg/s].
    n_starts : int
        Headings from which each direction is driven.
    bins : int
        Stretches of the ring.
    """
    cue = jnp.tile(jnp.asarray(spread_headings(n_starts)), 2)
    velocity = np.repeat([speed, -speed], n_starts)
    # 3 s carry a bump over a quarter of the ring, so that every stretch is passed many times.
    settle, drive = (count_recorded_steps(seconds, network) for seconds in (SETTLING, 3.0))
    inputs = np.concatenate([np.zeros((settle, velocity.size)), np.tile(velocity, (drive, 1))])
    start = cue_state(network.circuit, cue)
    vector = np.asarray(record_trials(network, start, jnp.asarray(inputs))[0])
    # As in a speed curve, what comes before the bump has reached its speed is left out.
    vector = vector[round((SETTLING + 0.5) / RECORD) :]
    moved = np.rad2deg(np.angle(vector[1:] * np.conj(vector[:-1]))) / RECORD / velocity
    place = np.mod(np.rad2deg(np.angle(vector[1:])), 360)
    index = (place * bins / 360).astype(int) % bins

    def average(chosen: slice) -> Float[np.ndarray, " p"]:
        where, speeds = index[:, chosen].ravel(), moved[:, chosen].ravel()
        passed = np.bincount(where, minlength=bins)
        total = np.bincount(where, speeds, minlength=bins)
        return np.where(passed > 0, total / np.maximum(passed, 1), np.nan)

    middle = (np.arange(bins) + 0.5) * 360 / bins
    return LocalSpeed(middle, average(slice(n_starts)), average(slice(n_starts, None)))


@dataclass(frozen=True)
class Integration:
    """Integration of random turning.

    Parameters
    ----------
    turned : (r, b) array
        Integral of velocity [deg], every 0.1 s.
    moved : (r, b) array
        Turn of the bump [deg].
    distortion : (r, b) array
        Turn of the bump [deg] that is explained by the place where it is: the read-out, or the
        bump's speed, bends the ring there. It comes back with the bump and does not add up.
    gain : float
        Bump degrees per turned degree, fitted, as the distortion is, on other trials.
    """

    turned: Float[np.ndarray, "r b"]
    moved: Float[np.ndarray, "r b"]
    distortion: Float[np.ndarray, "r b"]
    gain: float

    @property
    def bump_error(self) -> Float[np.ndarray, " b"]:
        """Root-mean-square error of each trial, in degrees of the bump."""
        return _rms(self._residual)

    @property
    def heading_error(self) -> Float[np.ndarray, " b"]:
        """Root-mean-square error of each trial, in degrees of heading: bump error / gain.

        Infinite where the gain is below 0.05: such a bump does not follow.
        """
        return self._in_heading(self.bump_error)

    @property
    def periodic_error(self) -> Float[np.ndarray, " b"]:
        """The part of the heading error that depends on the bump's place alone [deg]."""
        return self._in_heading(_rms(self.distortion))

    @property
    def accumulated_error(self) -> Float[np.ndarray, " b"]:
        """The part of the heading error that is left without the distortion [deg]."""
        return self._in_heading(_rms(self._residual - self.distortion))

    @property
    def slip(self) -> Float[np.ndarray, " b"]:
        """Speed of the heading error over each trial [deg/min of heading]."""
        minutes = (self._residual.shape[0] - 1) * RECORD / 60
        return self._in_heading(self._residual[-1] / minutes)

    @property
    def bias(self) -> float:
        """Mean slip over trials: drift to one side, since drift to both sides cancels in it."""
        return float(self.slip.mean())

    @property
    def _residual(self) -> Float[np.ndarray, "r b"]:
        return self.moved - self.gain * self.turned

    def _in_heading(self, degrees: Float[np.ndarray, " b"]) -> Float[np.ndarray, " b"]:
        if abs(self.gain) < LEAST_GAIN:
            return np.full_like(degrees, np.inf)
        return degrees / abs(self.gain)


def _rms(errors: Float[np.ndarray, "r b"]) -> Float[np.ndarray, " b"]:
    return np.sqrt((errors**2).mean(axis=0))


def measure_integration(
    network: Network,
    seed: SeedTree,
    *,
    n_trials: int = 100,
    seconds: float = 60.0,
) -> Integration:
    """Let the bump follow random turning; gain and distortion are fitted on half as many others.

    Parameters
    ----------
    network : Network
        The network that is measured.
    seed : SeedTree
        Source of the walks.
    n_trials : int
        Trials that are scored.
    seconds : float
        Length of each [s].
    """
    walk_key, fit_key = jax.random.split(draw_key(seed, "test walks"))
    draw = partial(_integrate, network, seconds)
    turned, moved, place = draw(fit_key, max(n_trials // 2, 2))
    gain = float((turned * moved).sum() / max((turned**2).sum(), 1e-12))
    bends = _fit_distortion(place, moved - gain * turned)
    turned, moved, place = draw(walk_key, n_trials)
    return Integration(turned, moved, _harmonics(place) @ bends, gain)


def _harmonics(place: Float[np.ndarray, "r b"]) -> Float[np.ndarray, "r b h"]:
    """Return periodic functions of the bump's place [deg], each zero at the first record."""
    phase = np.deg2rad(place)[..., None] * np.arange(1, _HARMONICS + 1)
    waves = np.concatenate([np.cos(phase), np.sin(phase)], axis=-1)
    return waves - waves[:1]


def _fit_distortion(
    place: Float[np.ndarray, "r b"], residual: Float[np.ndarray, "r b"]
) -> Float[np.ndarray, " h"]:
    waves = _harmonics(place)
    # Beside a steady drift, which would otherwise be taken for a bend where few rounds are made.
    time = np.broadcast_to(np.linspace(0, 1, len(place))[:, None, None], (*place.shape, 1))
    known = np.concatenate([waves, time], axis=-1).reshape(-1, waves.shape[-1] + 1)
    found, *_ = np.linalg.lstsq(known, np.ravel(residual), rcond=None)
    return np.asarray(found[:-1])


def _integrate(
    network: Network,
    seconds: float,
    key: PRNGKeyArray,
    n_trials: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return turned and moved degrees and the bump's place [deg], each (r, b)."""
    settle, every = count_recorded_steps(SETTLING, network), network.count_steps(RECORD)
    step = network.dynamics.step
    velocity = random_velocity(
        key, count_recorded_steps(seconds, network), n_trials, step, RandomWalk()
    )
    inputs = jnp.concatenate([jnp.zeros((settle, n_trials)), velocity])
    start = cue_state(network.circuit, jnp.asarray(spread_headings(n_trials)))
    vector, _, _ = record_trials(network, start, inputs)
    vector = vector[settle // every - 1 :]
    moved = np.asarray(unwrap_heading(vector))
    steps = np.asarray(velocity).reshape(-1, every, n_trials).sum(axis=1).cumsum(axis=0)
    turned = np.concatenate([np.zeros((1, n_trials)), steps * step])
    return turned, moved, moved + np.rad2deg(np.angle(np.asarray(vector[0])))
