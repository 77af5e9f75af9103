"""A network: a circuit, the numbers fitted to it, and the constants of its dynamics."""

from __future__ import annotations

from dataclasses import replace

import equinox as eqx
from jaxtyping import Array, Float

from neuropil.circuits.data import Circuit
from neuropil.circuits.model import Dynamics, TypeParameters, simulate

__all__ = ["Network"]


class Network(eqx.Module):
    """What is measured, perturbed and refitted: wiring that runs.

    Parameters
    ----------
    parameters : TypeParameters
        Gains, biases and scale.
    circuit : Circuit
        Wiring, read-out and input of n neurons.
    dynamics : Dynamics
        Constants of the rate equation.
    """

    parameters: TypeParameters
    circuit: Circuit
    # Static: a change of the equation is another program, not another input of one.
    dynamics: Dynamics = eqx.field(static=True)

    def with_circuit(self, circuit: Circuit) -> Network:
        """Return other wiring with the same numbers and constants."""
        return replace(self, circuit=circuit)

    def with_parameters(self, parameters: TypeParameters) -> Network:
        """Return other numbers on the same wiring."""
        return replace(self, parameters=parameters)

    def count_steps(self, seconds: float) -> int:
        """Return how many Euler steps last so long [s]."""
        return round(seconds / self.dynamics.step)

    def simulate(
        self,
        start: Float[Array, "b n"],
        velocity: Float[Array, "t b"],
        every: int = 1,
        current: Float[Array, " n"] | None = None,
    ) -> Float[Array, "r b n"]:
        """Run b trials and return every ``every``-th state.

        Parameters
        ----------
        start : (b, n) array
            Rates before the first step.
        velocity : (t, b) array
            Turning velocity in each step [deg/s].
        every : int
            Steps between two states that are returned; divides t.
        current : (n,) array, optional
            Constant input of each neuron beside the velocity.
        """
        return simulate(
            self.parameters, self.circuit, self.dynamics, start, velocity, every, current
        )
