"""Turns of simulated bumps, one number a trial, with derivatives that are followed backwards.

Forward, a derivative costs one more simulation for each of the fitted numbers. Backwards, one pass
over the recorded rates gives how a trial's turn depends on its drive at every moment, and so on all
of them; the trials share the pass, because none sees another.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuropil.circuits.data import Circuit
from neuropil.circuits.model import (
    Dynamics,
    TypeParameters,
    effective_weights,
    heading_gradient,
    nonlinearity,
    simulate,
)
from neuropil.circuits.objectives.terms import (
    DROPPED,
    driven_velocities,
    measured_seconds,
    read_records,
)
from neuropil.circuits.protocol.trials import Trials

__all__ = ["Turns", "simulate_turns", "turning_speeds"]


class Turns(NamedTuple):
    """What is simulated of b trials, the first h of them without input.

    Parameters
    ----------
    moved : (b,) array
        Turn of each bump [deg]: without input since its cue, at a constant velocity since it has
        reached its speed.
    ended : (h,) array
        Heading at which bumps without input end [deg].
    """

    moved: Float[Array, " b"]
    ended: Float[Array, " h"]


class _Given(NamedTuple):
    circuit: Circuit
    trials: Trials
    sharpness: Any


class _Strengths(NamedTuple):
    """Fitted numbers as the equation has them; or what turns change by for each, (b, ...)."""

    gain: Array  # (k, k), with the scale
    bias: Array  # (k,)
    tau: Array  # (k,)


def simulate_turns(
    parameters: TypeParameters, circuit: Circuit, dynamics: Dynamics, trials: Trials
) -> Turns:
    """Simulate trials without input and at constant velocities.

    Parameters
    ----------
    parameters, circuit, dynamics
        The network.
    trials : Trials
        Without walks.
    """
    # The sharpness may be traced, and what a rule is told beside its arguments must not be.
    fixed = dynamics.model_copy(update={"sharpness": 1.0})
    return _turn(fixed, parameters, _Given(circuit, trials, dynamics.sharpness))


def turning_speeds(turns: Turns, trials: Trials) -> tuple[Array, Array]:
    """Return the speed of the bump at each velocity, mean over its starts, and that [deg/s]."""
    turned = turns.moved[trials.n_hold :].reshape(-1, trials.n_starts)
    return turned.mean(axis=1) / measured_seconds(trials), driven_velocities(trials)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _turn(fixed: Dynamics, parameters: TypeParameters, given: _Given) -> Turns:
    return _read(given, _record(fixed, parameters, given, given.trials.every))


@_turn.defjvp
def _differentiate_turn(fixed: Dynamics, primals: Any, tangents: Any) -> tuple[Turns, Turns]:  # noqa: ANN401
    parameters, given = primals
    rates = _record(fixed, parameters, given, 1)
    found = _read(given, rates[given.trials.every - 1 :: given.trials.every])
    each = _follow_back(fixed, parameters, given, rates)
    # Of the tangent nothing above knows, so that a Jacobian has one pass and not one a tangent.
    _, changes = jax.jvp(_take_strengths, (parameters,), (tangents[0],))
    parts = [jnp.tensordot(by, one, one.ndim) for by, one in zip(each, changes, strict=True)]
    moved = parts[0] + parts[1] + parts[2]
    return found, Turns(moved, moved[: given.trials.n_hold])


def _take_strengths(parameters: TypeParameters) -> _Strengths:
    gain = jnp.exp(parameters.log_scale) * parameters.gain
    return _Strengths(gain, parameters.bias, parameters.tau_factor)


def _record(fixed: Dynamics, parameters: TypeParameters, given: _Given, every: int) -> Array:
    dynamics = fixed.model_copy(update={"sharpness": given.sharpness})
    trials = given.trials
    return simulate(parameters, given.circuit, dynamics, trials.start, trials.velocity, every)


def _read(given: _Given, rates: Float[Array, "r b n"]) -> Turns:
    trials = given.trials
    records = read_records(given.circuit, trials, rates)
    moved = records.moved
    still, turning = moved[-1] + records.arrived, moved[-1] - moved[DROPPED]
    held = jnp.arange(len(still)) < trials.n_hold
    ended = jnp.rad2deg(jnp.angle(records.vector[-1, : trials.n_hold]))
    return Turns(jnp.where(held, still, turning), ended)


def _follow_back(
    fixed: Dynamics, parameters: TypeParameters, given: _Given, rates: Float[Array, "t b n"]
) -> _Strengths:
    """Return what each trial's turn changes by for every strength, bias and time constant.

    Parameters
    ----------
    fixed, parameters, given
        The network and its trials.
    rates : array
        After every step.
    """
    circuit, trials = given.circuit, given.trials
    before = jnp.concatenate([trials.start[None], rates[:-1]])
    weights = effective_weights(parameters, circuit)
    tau = parameters.tau_factor[circuit.receiver_index]
    pace = fixed.step / (fixed.time_constant * tau)
    slope = pace * _slopes(fixed, parameters, given, before @ weights.T)
    # From this step on a constant velocity is measured, and less is better known than from the cue.
    begin = (trials.settle + DROPPED) * trials.every - 1
    turning = (jnp.arange(len(trials.start)) >= trials.n_hold)[:, None]
    begun = jnp.where(turning, _lean(circuit, rates[begin]), 0.0)

    def back(after: Array, step: tuple[Array, Array]) -> tuple[Array, tuple[Array, Array]]:
        here, at = step
        push = here * after
        earlier = after * (1 - pace * fixed.leak) + push @ weights
        return earlier - jnp.where(at == begin + 1, begun, 0.0), (push, after)

    steps = slope, jnp.arange(len(rates))
    last = _lean(circuit, rates[-1])
    _, (push, after) = jax.lax.scan(back, last, steps, reverse=True)
    receiving = jax.nn.one_hot(circuit.receiver_index, len(parameters.bias))
    sending = jax.nn.one_hot(circuit.sender_index, len(parameters.bias))
    pairs = jnp.einsum("tbj,tbk->bjk", push, before) * circuit.weights
    moved = jnp.sum(after * (rates - before), axis=0) @ receiving
    found = (
        jnp.einsum("ja,bjk,kc->bac", receiving, pairs, sending),
        jnp.sum(push, axis=0) @ receiving,
        -moved / parameters.tau_factor,
    )
    return _Strengths(*(jnp.rad2deg(one) for one in found))


def _lean(circuit: Circuit, rates: Float[Array, "b n"]) -> Float[Array, "b n"]:
    """Return the derivative of the heading by each rate; a silent read-out has no heading."""
    slope = heading_gradient(circuit, rates)
    return jnp.where(jnp.isfinite(slope), slope, 0.0)


def _slopes(fixed: Dynamics, parameters: TypeParameters, given: _Given, drive: Array) -> Array:
    """Return how steeply each neuron answers its drive in each step, (t, b, n)."""
    circuit = given.circuit
    dynamics = fixed.model_copy(update={"sharpness": given.sharpness})
    drive = drive + parameters.bias[circuit.receiver_index]
    turning = given.trials.velocity[:, :, None] * circuit.velocity
    factor: Array | float = 1.0
    if circuit.velocity_mode == "additive":
        drive = drive + turning
    else:
        factor = jax.nn.relu(1 + turning)
    sigma = nonlinearity(dynamics)
    return factor * jax.jvp(sigma, (drive,), (jnp.ones_like(drive),))[1]
