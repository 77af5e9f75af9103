"""Many solutions of one circuit, and what the data pin down in them."""

from __future__ import annotations

from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Float, PRNGKeyArray

from neuropil.circuits.experiments.fitted import FittedNetwork
from neuropil.circuits.model import TypeParameters, cue_state, decode
from neuropil.circuits.network import Network
from neuropil.circuits.objectives.terms import residual_vector
from neuropil.circuits.objectives.turning import turning_terms
from neuropil.circuits.objectives.weights import LossWeights
from neuropil.circuits.protocol.trials import (
    IntegratingPlan,
    TrialPlan,
    TurningPlan,
    draw_key,
    make_turning_trials,
)
from neuropil.circuits.search import FitPlan, fit_parameters, fitting_dynamics
from neuropil.contracts import SeedTree
from neuropil.learning import Listener

__all__ = [
    "ENSEMBLE_PLAN",
    "Ensemble",
    "Stiffness",
    "compute_stiffness",
    "fit_ensemble",
    "simulate_many",
]

# One start instead of ten, and a fifth of the last stage's cues: 100 such fits in one program take
# 1.3 times as long as one full fit with the recipe of decision 8. How the work is shared among
# stages was not tuned.
_FEW_TRIALS = TrialPlan(hold=12, speeds=(30.0, 100.0, 200.0), starts=1, walks=8, duration=2.0)
_FEW_MINUTES = IntegratingPlan(minutes=32, hold=12, speeds=(200.0,), starts=2, duration=1.5)
ENSEMBLE_PLAN = FitPlan(
    restarts=1,
    explore_steps=200,
    finalists=1,
    soften_stages=2,
    soften_steps=2,
    compare_steps=2,
    polish_steps=4,
    explore_trials=_FEW_TRIALS,
    trials=_FEW_MINUTES,
)
"""A shorter search than the default: many members matter more than each one's last degree."""


@dataclass(frozen=True)
class Ensemble:
    """Solutions of one circuit that were found from different starts.

    Parameters
    ----------
    parameters : TypeParameters
        Every array has the m members in front.
    loss : (m,) array
        Validation loss of each.
    """

    parameters: TypeParameters
    loss: Float[np.ndarray, " m"]

    def best(self, share: float = 0.5) -> Ensemble:
        """Return the members of lowest loss.

        Parameters
        ----------
        share : float
            Share of the members that are returned, at least two.
        """
        order = np.argsort(self.loss)[: max(2, round(share * self.loss.size))]
        return Ensemble(jax.tree.map(lambda leaf: leaf[order], self.parameters), self.loss[order])

    def spread(self) -> tuple[Float[np.ndarray, "k k"], Float[np.ndarray, " k"]]:
        """Return the standard deviation of each gain and of each bias over the members."""
        gain, bias = np.asarray(self.parameters.gain), np.asarray(self.parameters.bias)
        return gain.std(axis=0, ddof=1), bias.std(axis=0, ddof=1)


@dataclass(frozen=True)
class Stiffness:
    """How sharply the loss rises around a fit.

    Parameters
    ----------
    eigenvalues : (p,) array
        Of the Gauss-Newton Hessian of the data terms, stiffest first.
    directions : (p, p) array
        A column for each eigenvalue, over the raw gains (post by pre), the biases and the scale.
    pinned : (k, k) array
        How much of a unit prior's standard deviation of each raw gain, row = post, the task
        removes, if half of the loss counts as a log-likelihood: 0 is nothing, 1 is all.
    """

    eigenvalues: Float[np.ndarray, " p"]
    directions: Float[np.ndarray, "p p"]
    pinned: Float[np.ndarray, "k k"]


def fit_ensemble(
    fitted: FittedNetwork,
    n_members: int,
    plan: FitPlan = ENSEMBLE_PLAN,
    listener: Listener | None = None,
) -> Ensemble:
    """Fit one circuit from many starts in one compiled program.

    Parameters
    ----------
    fitted : FittedNetwork
        Gives the circuit, the constants, the objectives and the seed; its numbers are not used.
    n_members : int
        Number of fits.
    plan : FitPlan
        The search.
    listener : Listener, optional
        Progress and checkpoints.
    """
    circuit, dynamics = fitted.network.circuit, fitted.network.dynamics
    seeds = [fitted.seed.child(f"member {index}") for index in range(n_members)]
    wirings = jnp.broadcast_to(circuit.weights, (n_members, *circuit.weights.shape))
    found = fit_parameters(circuit, wirings, dynamics, fitted.weights, plan, seeds, listener)
    return Ensemble(found.parameters, found.validation_loss)


@eqx.filter_jit
def _jacobian(
    network: Network, weights: LossWeights, plan: TurningPlan, key: PRNGKeyArray
) -> jax.Array:
    circuit, dynamics = network.circuit, fitting_dynamics(network.dynamics)
    vector, unravel = ravel_pytree(network.parameters)
    trials = make_turning_trials(circuit, plan, dynamics.step, key)

    def residuals(numbers: jax.Array) -> jax.Array:
        terms = turning_terms(unravel(numbers), circuit, dynamics, trials, weights)
        return residual_vector({k: v for k, v in terms.items() if k not in ("l1", "l2")})

    return jax.jacfwd(residuals)(vector)


def compute_stiffness(fitted: FittedNetwork, plan: TurningPlan | None = None) -> Stiffness:
    """Find the stiff and the sloppy directions of a fit.

    Parameters
    ----------
    fitted : FittedNetwork
        Of its objectives the terms that keep numbers near the raw wiring are left out.
    plan : TrialPlan, optional
        What the loss sees.

    References
    ----------
    Gutenkunst et al. 2007, PLoS Comput. Biol. 3:e189, for stiff and sloppy directions.
    """
    network, key = fitted.network, draw_key(fitted.seed, "stiffness")
    jacobian = np.asarray(_jacobian(network, fitted.weights, plan or TurningPlan(), key), float)
    values, vectors = np.linalg.eigh(jacobian.T @ jacobian)
    spread = np.sqrt(((vectors**2) / (1 + np.maximum(values, 0))).sum(axis=1))
    order = np.argsort(values)[::-1]
    gains = network.parameters.raw_gain
    raw = spread[: gains.size].reshape(gains.shape)
    return Stiffness(values[order], vectors[:, order], 1 - raw)


def simulate_many(network: Network, seed: SeedTree, n_sets: int = 1000) -> Float[np.ndarray, "m b"]:
    """Simulate sets of numbers around a fit for 4 s, all in one call.

    Parameters
    ----------
    network : Network
        What the sets lie around.
    seed : SeedTree
        Source of the sets: each fitted number moves by a normal draw of standard deviation 0.1.
    n_sets : int
        Number of sets.

    Returns
    -------
    (m, b) array
        Bump strength of 8 starts after 4 s.
    """
    circuit = network.circuit
    vector, unravel = ravel_pytree(network.parameters)
    key = draw_key(seed, "many sets")
    # 0.1 in every direction: some networks keep their bump and some lose it; not tuned.
    moved = vector + 0.1 * jax.random.normal(key, (n_sets, vector.size))
    start = cue_state(circuit, jnp.arange(8) * jnp.pi / 4)
    still = jnp.zeros((network.count_steps(4.0), 8))

    @jax.jit
    def run(sets: jax.Array) -> jax.Array:
        def strength(one: jax.Array) -> jax.Array:
            moved_to = network.with_parameters(unravel(one))
            rates = moved_to.simulate(start, still, still.shape[0])
            return jnp.abs(decode(circuit, rates[-1]))

        return jax.vmap(strength)(sets)

    return np.asarray(run(moved))
