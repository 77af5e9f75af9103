"""What kind of attractor a fitted network is: end states, drift, spectrum, dimensions, motion."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, PRNGKeyArray

from neuropil.circuits.data import Circuit
from neuropil.circuits.model import (
    cue_state,
    decode,
    effective_weights,
    nonlinearity,
    unwrap_heading,
)
from neuropil.circuits.network import Network
from neuropil.circuits.trials import RandomWalk, random_velocity, spread_headings

__all__ = [
    "BumpShape",
    "DriftField",
    "Hold",
    "Integration",
    "SpeedCurve",
    "compute_bump_shape",
    "compute_drift_field",
    "compute_jacobian_spectrum",
    "compute_principal_components",
    "compute_ring_profile",
    "count_end_angles",
    "measure_hold",
    "measure_integration",
    "measure_speed_curve",
]

_RECORD = 0.1  # [s] between records
_SETTLING = 0.5  # [s] without input after the cue, five time constants of the default
_DRIVEN_SECONDS = 3.0  # [s] of driving over which a speed is taken
_NO_HEADING = 0.01  # length of the population vector below which its direction means nothing
_GUESS = 90.0  # [deg]


@eqx.filter_jit
def _records(network: Network, start: Array, velocity: Array) -> tuple[Array, Array, Array]:
    """Return population vector and mean read-out rate at each record, and the last rates."""
    rates = network.simulate(start, velocity, network.count_steps(_RECORD))
    circuit = network.circuit
    return decode(circuit, rates), rates[..., circuit.readout].mean(-1), rates[-1]


def _steps(seconds: float, network: Network) -> int:
    return round(seconds / _RECORD) * network.count_steps(_RECORD)


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
        before, after = (self.vector[round(t / _RECORD) - 1] for t in (first, last))
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
        What is measured.
    n_starts : int
        Number of headings.
    seconds : float
        Time without input [s].
    """
    cue = jnp.arange(n_starts) * 2 * jnp.pi / n_starts
    still = jnp.zeros((_steps(seconds, network), n_starts))
    vector, activity, final = _records(network, cue_state(network.circuit, cue), still)
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
    heading = np.mod(np.rad2deg(np.angle(hold.vector[round(first / _RECORD) - 1])), 360)
    order = np.argsort(heading)
    return DriftField(heading[order], (hold.drift(first, last) / (last - first))[order])


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
    fine = np.arange(0, 360, 0.5)
    smooth = np.stack([np.interp(fine, place, row, period=360) for row in profile])
    width = (smooth > smooth.max(axis=1, keepdims=True) / 2).mean(axis=1) * 360
    paired = (np.roll(profile, 1, 1) + 2 * profile + np.roll(profile, -1, 1)) / 4
    return BumpShape(profile, place, width, np.array([_count_maxima(row) for row in paired]))


def _count_maxima(profile: np.ndarray) -> int:
    from scipy.signal import find_peaks

    start = int(np.argmin(profile))
    opened = np.append(np.roll(profile, -start), profile[start])
    peaks, _ = find_peaks(opened, prominence=0.1 * max(float(profile.max()), 1e-12))
    return len(peaks)


def compute_jacobian_spectrum(
    network: Network,
    rates: Float[np.ndarray, "b n"],
) -> Float[np.ndarray, "b n"]:
    """Return the real parts [1/s], largest first, of the linearised dynamics at each state.

    J = (-l I + diag(sigma') W) / tau.

    Parameters
    ----------
    network : Network
        What is measured.
    rates : (b, n) array
        States.
    """
    parameters, circuit, dynamics = network.parameters, network.circuit, network.dynamics
    weights = np.asarray(effective_weights(parameters, circuit), dtype=float)
    bias = parameters.bias[circuit.receiver_index]
    slope = jax.vmap(jax.vmap(jax.grad(nonlinearity(dynamics))))
    sensitivity = np.asarray(slope(jnp.asarray(rates) @ weights.T + bias), dtype=float)
    jacobian = sensitivity[:, :, None] * weights - dynamics.leak * np.eye(circuit.n_neurons)
    tau = dynamics.time_constant * np.asarray(parameters.tau_factor)[circuit.receiver_index]
    spectrum = np.linalg.eigvals(jacobian / tau[:, None]).real
    return -np.sort(-spectrum, axis=1)


def compute_principal_components(
    rates: Float[np.ndarray, "b n"],
) -> tuple[Float[np.ndarray, "b 2"], Float[np.ndarray, " c"]]:
    """Return the states' first two principal components and the variance share of each."""
    centred = np.asarray(rates, dtype=float) - np.mean(rates, axis=0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    share = singular**2 / max(float((singular**2).sum()), 1e-12)
    return left[:, :2] * singular[:2], share


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
        if spread <= 1e-6 * (self.velocity**2).sum():
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
        fast = np.abs(self.velocity) > 10
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
        What is measured.
    speeds : tuple of float
        Sizes of the velocities [deg/s].
    n_starts : int
        Headings from which each velocity is driven.
    """
    velocity = np.array(sorted(s * v for v in speeds for s in (-1.0, 1.0)))
    each = np.repeat(velocity, n_starts)
    cue = np.tile(0.1 + np.arange(n_starts) * 2 * np.pi / n_starts, velocity.size)
    settle, drive = _steps(_SETTLING, network), _steps(4.0, network)
    inputs = jnp.concatenate(
        [jnp.zeros((settle, each.size)), jnp.broadcast_to(each, (drive, each.size))]
    )
    vector, _, _ = _records(network, cue_state(network.circuit, jnp.asarray(cue)), inputs)
    moved = np.asarray(unwrap_heading(vector))
    # The first second is left out: the bump takes up to some time constants to reach its speed.
    first = moved[-1 - round(_DRIVEN_SECONDS / _RECORD)]
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
        return self.bump_error / max(abs(self.gain), 1e-3)


def measure_integration(
    network: Network,
    key: PRNGKeyArray,
    *,
    n_trials: int = 100,
    seconds: float = 60.0,
) -> Integration:
    """Let the bump follow random turning; the gain is fitted on as many separate trials / 2.

    Parameters
    ----------
    network : Network
        What is measured.
    key : PRNG key
        Source of the walks.
    n_trials : int
        Trials that are scored.
    seconds : float
        Length of each [s].
    """
    walk_key, fit_key = jax.random.split(key)
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
    settle, every = _steps(_SETTLING, network), network.count_steps(_RECORD)
    step = network.dynamics.step
    velocity = random_velocity(key, _steps(seconds, network), n_trials, step, RandomWalk())
    inputs = jnp.concatenate([jnp.zeros((settle, n_trials)), velocity])
    start = cue_state(network.circuit, jnp.asarray(spread_headings(n_trials)))
    vector, _, _ = _records(network, start, inputs)
    moved = np.asarray(unwrap_heading(vector[settle // every - 1 :]))
    steps = np.asarray(velocity).reshape(-1, every, n_trials).sum(axis=1).cumsum(axis=0)
    turned = np.concatenate([np.zeros((1, n_trials)), steps * step])
    return turned, moved
