"""The claims: every quantity of one network, with interval, null and number of units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from neuropil.circuits.criteria import CRITERIA
from neuropil.circuits.data import Circuit
from neuropil.circuits.network import Network
from neuropil.circuits.protocol.bump import BumpShape, compute_bump_shape
from neuropil.circuits.protocol.hold import (
    DriftField,
    Hold,
    compute_drift_field,
    count_end_angles,
    measure_hold,
)
from neuropil.circuits.protocol.motion import (
    LEAST_GAIN,
    Integration,
    SpeedCurve,
    measure_integration,
    measure_speed_curve,
)
from neuropil.circuits.protocol.states import Linearised, linearise
from neuropil.contracts import Advance, Finding, Metric, SeedTree
from neuropil.measures import (
    bootstrap_interval,
    share_interval,
    shuffle_within_blocks,
    summarise_null,
)

__all__ = ["Battery", "measure", "measure_shuffled", "metrics_of", "sketch"]

_SPECTRUM_EVERY = 10  # of 360 end states, to save time: each is an eigenvalue problem of n neurons
# Length of the population vector and mean read-out rate from which a start counts as a bump. Both
# are part of criterion ``bumps``; the rate is asked for as well because the vector of a dead
# network can be of any length. A collapsed state can just pass; the distinct end angles tell it.
_LEAST_STRENGTH, _LEAST_RATE = 0.3, 0.02
# [deg] What an infinite integration error counts as in a null, whose percentiles must be finite.
_NEVER_FOLLOWED = 3600.0
_PERIODIC = "part of the integration error that depends on the place alone"
_ACCUMULATED = "part of the integration error that adds up"
_IN_BUMP = "integration error in degrees of the bump (heading error x gain)"
_BIAS = "mean speed of the integration error: a bias to one side"
_STANDS_STILL = f"Infinite: the bump follows less than {LEAST_GAIN} of a turn."


@dataclass(frozen=True)
class Battery:
    """Everything that is measured on one network.

    Parameters
    ----------
    hold : Hold
        32 starts, 10 s.
    ring : Hold
        360 starts, 10 s.
    shape : BumpShape
        Of the 32 final states.
    drift : DriftField
        Of the 360 starts.
    linearised : Linearised
        At every tenth end state.
    speeds : SpeedCurve
        Bump speed over +-200 deg/s.
    integration : Integration
        Random turning.
    time_constant : float
        tau [s].
    """

    hold: Hold
    ring: Hold
    shape: BumpShape
    drift: DriftField
    linearised: Linearised
    speeds: SpeedCurve
    integration: Integration
    time_constant: float

    @property
    def bumps(self) -> np.ndarray:
        """Which of the 32 starts still hold a bump."""
        return holds_bump(self.hold)

    def values(self) -> dict[str, float]:
        """Return every quantity of :data:`~neuropil.circuits.criteria.CRITERIA`."""
        first, second = (self.linearised.spectrum[:, :2] * self.time_constant).T
        return {
            "bumps": float(self.bumps.sum()),
            "maxima": float((self.shape.maxima == 1).sum()),
            "width": float(np.median(self.shape.width)),
            "hold_median": float(np.median(self.hold.error)),
            "hold_maximum": float(self.hold.error.max()),
            "end_angles": float(count_end_angles(self.ring)),
            "drift": self.drift.mean_speed,
            "first_eigenvalue": float(np.median(np.abs(first))),
            "second_eigenvalue": float(np.median(second)),
            "linearity": self.speeds.r_squared,
            "left_right": self.speeds.left_right_ratio,
            "slowest_gain": self.speeds.slowest_gain,
            "integration": float(np.median(self.integration.heading_error)),
        }

    def units(self) -> dict[str, np.ndarray]:
        """Return, where a quantity is a median or mean over units, the units' values."""
        first, second = (self.linearised.spectrum[:, :2] * self.time_constant).T
        return {
            "width": self.shape.width,
            "hold_median": self.hold.error,
            "drift": np.abs(self.drift.speed),
            "first_eigenvalue": np.abs(first),
            "second_eigenvalue": second,
            "integration": self.integration.heading_error,
        }


def holds_bump(hold: Hold) -> np.ndarray:
    """Tell which starts end with a bump: concentrated, and not silent."""
    return (hold.strength > _LEAST_STRENGTH) & (hold.activity[-1] >= _LEAST_RATE)


def measure(
    network: Network,
    seed: SeedTree,
    *,
    n_walks: int = 100,
    walk_seconds: float = 60.0,
    n_ring: int = 360,
) -> Battery:
    """Run the whole protocol on one network.

    Parameters
    ----------
    network : Network
        The network that is measured.
    seed : SeedTree
        Source of the random walks; not the seed of training or validation trials.
    n_walks : int
        Random-turning trials that are scored.
    walk_seconds : float
        Length of each [s].
    n_ring : int
        Starts from which end angles, drift and spectrum are measured.
    """
    hold = measure_hold(network)
    ring = measure_hold(network, n_starts=n_ring)
    return Battery(
        hold=hold,
        ring=ring,
        shape=compute_bump_shape(network.circuit, hold.final),
        drift=compute_drift_field(ring),
        linearised=linearise(network, ring.final[::_SPECTRUM_EVERY]),
        speeds=measure_speed_curve(network),
        integration=measure_integration(network, seed, n_trials=n_walks, seconds=walk_seconds),
        time_constant=network.dynamics.time_constant,
    )


def sketch(network: Network, *, seconds: float = 10.0) -> dict[str, float]:
    """Measure what tells a working compass from a broken one, in a twentieth of the time.

    Parameters
    ----------
    network : Network
        The network that is measured.
    seconds : float
        Time without input [s].

    Returns
    -------
    dict
        ``bumps`` of 32 starts, ``strength`` of the population vector, ``width`` [deg],
        ``hold_median`` and ``hold_maximum`` error [deg], ``end_angles`` in 72 bins, ``drift``
        between 0.5 and 1.5 s [deg/s], velocity ``gain``, ``linearity`` (R^2) and ``left_right``.
    """
    hold = measure_hold(network, seconds=seconds)
    speeds = measure_speed_curve(network, speeds=(20, 60, 120, 200), n_starts=4)
    return {
        "bumps": float(holds_bump(hold).sum()),
        "strength": float(np.median(hold.strength)),
        "width": float(np.median(compute_bump_shape(network.circuit, hold.final).width)),
        "hold_median": float(np.median(hold.error)),
        "hold_maximum": float(hold.error.max()),
        "end_angles": float(count_end_angles(hold)),
        "drift": compute_drift_field(hold).mean_speed,
        "gain": speeds.gain,
        "linearity": speeds.r_squared,
        "left_right": speeds.left_right_ratio,
    }


def shuffled_circuit(circuit: Circuit, seed: SeedTree) -> Circuit:
    """Return the circuit with its counts permuted inside each type block."""
    weights = shuffle_within_blocks(
        np.asarray(circuit.weights), np.asarray(circuit.type_index), seed.generator()
    )
    return eqx.tree_at(lambda item: item.weights, circuit, jnp.asarray(weights))


def measure_shuffled(
    network: Network,
    seed: SeedTree,
    n_shuffles: int,
    advance: Advance | None = None,
) -> list[dict[str, float]]:
    """Measure the fitted parameters on block-shuffled wiring: the null of every quantity.

    To save time the null has 90 starts on the ring and 20 walks of 20 s; shorter walks favour
    the null.

    Parameters
    ----------
    network : Network
        The network that was fitted, on its own wiring.
    seed : SeedTree
        Source of the shuffles and walks.
    n_shuffles : int
        Number of shuffled copies.
    advance : Advance, optional
        Told after each.

    Returns
    -------
    list of dict
        Values of every quantity, one dictionary a copy.
    """
    nulls = []
    for index in range(n_shuffles):
        shuffled = shuffled_circuit(network.circuit, seed.child(f"shuffle {index}"))
        battery = measure(
            network.with_circuit(shuffled), seed, n_walks=20, walk_seconds=20.0, n_ring=90
        )
        values = battery.values()
        nulls.append({name: min(value, _NEVER_FOLLOWED) for name, value in values.items()})
        if advance:
            advance(1)
    return nulls


def metrics_of(
    battery: Battery, nulls: Sequence[Mapping[str, float]], seed: SeedTree
) -> list[Metric]:
    """Return one metric for each quantity, with interval, null and verdict."""
    values, units = battery.values(), battery.units()
    metrics = [_metric(name, value, units.get(name), nulls, seed) for name, value in values.items()]
    note = "One global gain, bump degrees per turned degree; it is free in the fit."
    gain = battery.speeds.gain
    return [
        *metrics,
        Metric("gain", "velocity gain", gain, "deg/deg", battery.speeds.velocity.size, note=note),
        *_evenness(battery.linearised.local_gain, seed),
        *_errors(battery.integration, seed),
    ]


def _variation(gains: np.ndarray, axis: int = -1) -> np.ndarray:
    return np.asarray(gains.std(axis=axis) / gains.mean(axis=axis))


def _evenness(gains: np.ndarray, seed: SeedTree) -> list[Metric]:
    """Return how far a slow turn is from a rotation of the ring as a whole."""
    if not np.isfinite(gains).all() or abs(gains.mean()) < LEAST_GAIN:
        return []
    low, high = bootstrap_interval(gains, seed.child("gain_variation").integer(), _variation)
    return [
        Metric(
            "gain_variation",
            "variation of the local gain over the ring, deviation / mean",
            float(_variation(gains)),
            "1",
            gains.size,
            low,
            high,
            "bootstrap over states of one fit",
            note="0 is a rotation: each place turns alike. Linearised at the end states.",
        )
    ]


def _errors(found: Integration, seed: SeedTree) -> list[Metric]:
    """Return what the integration error is made of."""
    parts = (
        ("integration_periodic", _PERIODIC, "deg", found.periodic_error, np.median),
        ("integration_accumulated", _ACCUMULATED, "deg", found.accumulated_error, np.median),
        ("integration_bump", _IN_BUMP, "deg", found.bump_error, np.median),
        ("bias", _BIAS, "deg/min", found.slip, np.mean),
    )
    metrics = []
    for name, what, unit, errors, statistic in parts:
        if not np.isfinite(errors).all():
            continue  # the criterion says why
        low, high = bootstrap_interval(errors, seed.child(name).integer(), statistic)
        value, how = float(statistic(errors)), "bootstrap over trials"
        metrics.append(Metric(name, what, value, unit, errors.size, low, high, how))
    return metrics


def _name_null(draws: Sequence[float]) -> str:
    name = "counts shuffled within type blocks, same parameters"
    lost = sum(draw >= _NEVER_FOLLOWED for draw in draws)
    if not lost:
        return name
    return f"{name}; {_NEVER_FOLLOWED:,.0f} stands for infinite in {lost} of {len(draws)}"


def _metric(
    name: str,
    value: float,
    units: np.ndarray | None,
    nulls: Sequence[Mapping[str, float]],
    seed: SeedTree,
) -> Metric:
    criterion = CRITERIA[name]
    if not np.isfinite(value):
        return criterion.metric(Finding.infinite(1 if units is None else units.size, _STANDS_STILL))
    low, high, how, n = None, None, "", 1
    if units is not None:
        statistic = np.mean if name == "drift" else np.median
        low, high = bootstrap_interval(units, seed.child(name).integer(), statistic)
        how, n = "bootstrap over starts, states or trials of one fit", units.size
    elif criterion.unit == "of 32":
        low, high = (32 * limit for limit in share_interval(int(value), 32))
        how, n = "Wilson", 32
    null = None
    if nulls:
        draws = [item[name] for item in nulls]
        null = summarise_null(
            _name_null(draws),
            draws,
            value,
            smaller_is_better=criterion.smaller_is_better,
        )
    return criterion.metric(Finding(value, n, low, high, how, null))
