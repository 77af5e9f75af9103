"""Recorded trials: what every measure of a network's dynamics is made from."""

from __future__ import annotations

import equinox as eqx
from jaxtyping import Array, Complex, Float

from neuropil.circuits.model import decode
from neuropil.circuits.network import Network

__all__ = ["RECORD", "SETTLING", "count_recorded_steps", "record_trials"]

RECORD = 0.1
"""Time between records [s]: one time constant, and less than half a turn at any speed used."""
SETTLING = 0.5
"""Time without input after the cue [s], five time constants of the default dynamics."""


@eqx.filter_jit
def record_trials(
    network: Network, start: Float[Array, "b n"], velocity: Float[Array, "t b"]
) -> tuple[Complex[Array, "r b"], Float[Array, "r b"], Float[Array, "b n"]]:
    """Run b trials and keep what the measures need of them.

    Parameters
    ----------
    network : Network
        The network that runs.
    start : (b, n) array
        Rates at t = 0.
    velocity : (t, b) array
        Turning velocity in each step [deg/s].

    Returns
    -------
    vector : (r, b) complex array
        Population vector every 0.1 s.
    activity : (r, b) array
        Mean read-out rate at the same times.
    final : (b, n) array
        Rates at the end.
    """
    # All rates of a minute would take gigabytes, so that only these leave the compiled program.
    rates = network.simulate(start, velocity, network.count_steps(RECORD))
    circuit = network.circuit
    return decode(circuit, rates), rates[..., circuit.readout].mean(-1), rates[-1]


def count_recorded_steps(seconds: float, network: Network) -> int:
    """Return the Euler steps of as many whole records as last so long.

    Parameters
    ----------
    seconds : float
        Time [s].
    network : Network
        Its dynamics have the step.
    """
    return round(seconds / RECORD) * network.count_steps(RECORD)
