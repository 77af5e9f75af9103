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

__all__ = ["Integration", "SpeedCurve", "measure_integration", "measure_speed_curve"]

_DRIVEN_SECONDS = 3.0  # [s] of driving over which a speed is taken
# Speed, relative to velocity, below which a speed curve is flat: what is left of it are rounding
# errors of single precision, whose share of a variance means nothing.
_FLAT = 1e-3
# [deg/s] The criterion ``slowest_gain`` is about faster turns: near zero a small drift outweighs
# what the velocity does.
_SLOWEST = 10.0
_LEAST_GAIN = 1e-3  # a smaller gain counts as this one; the fits of the card have about 0.35


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
class Integration:
    """Integration of random turning.

    Parameters
    ----------
    turned : (r, b) array
        Integral of velocity [deg], every 0.1 s.
    moved : (r, b) array
        Turn of the bump [deg].
    gain : float
        Bump degrees per turned degree, fitted on other trials.
    """

    turned: Float[np.ndarray, "r b"]
    moved: Float[np.ndarray, "r b"]
    gain: float

    @property
    def bump_error(self) -> Float[np.ndarray, " b"]:
        """Root-mean-square error of each trial, in degrees of the bump."""
        return np.sqrt(((self.moved - self.gain * self.turned) ** 2).mean(axis=0))

    @property
    def heading_error(self) -> Float[np.ndarray, " b"]:
        """Root-mean-square error of each trial, in degrees of heading: bump error / gain.

        Gains below 0.001 count as 0.001, so that a bump that stands still has a finite error.
        """
        return self.bump_error / max(abs(self.gain), _LEAST_GAIN)


def measure_integration(
    network: Network,
    seed: SeedTree,
    *,
    n_trials: int = 100,
    seconds: float = 60.0,
) -> Integration:
    """Let the bump follow random turning; the gain is fitted on as many separate trials / 2.

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
    turned, moved = draw(fit_key, max(n_trials // 2, 2))
    gain = float((turned * moved).sum() / max((turned**2).sum(), 1e-12))
    return Integration(*draw(walk_key, n_trials), gain)


def _integrate(
    network: Network,
    seconds: float,
    key: PRNGKeyArray,
    n_trials: int,
) -> tuple[np.ndarray, np.ndarray]:
    settle, every = count_recorded_steps(SETTLING, network), network.count_steps(RECORD)
    step = network.dynamics.step
    velocity = random_velocity(
        key, count_recorded_steps(seconds, network), n_trials, step, RandomWalk()
    )
    inputs = jnp.concatenate([jnp.zeros((settle, n_trials)), velocity])
    start = cue_state(network.circuit, jnp.asarray(spread_headings(n_trials)))
    vector, _, _ = record_trials(network, start, inputs)
    moved = np.asarray(unwrap_heading(vector[settle // every - 1 :]))
    steps = np.asarray(velocity).reshape(-1, every, n_trials).sum(axis=1).cumsum(axis=0)
    turned = np.concatenate([np.zeros((1, n_trials)), steps * step])
    return turned, moved
