"""The estimator: a ring attractor fitted to a connectome."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from pathlib import Path
from typing import Any, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from neuropil.circuits.data import Circuit, RingReadout, VelocityInput, build_circuit
from neuropil.circuits.model import (
    Dynamics,
    cue_state,
    decode,
    unwrap_heading,
)
from neuropil.circuits.network import Network
from neuropil.circuits.objectives.weights import LossWeights
from neuropil.circuits.score import Battery, measure
from neuropil.circuits.search import FitPlan, fit_parameters
from neuropil.circuits.storage import load_model, save_model
from neuropil.connectome import Connectome
from neuropil.contracts import (
    ConfigError,
    InputError,
    SeedTree,
    forget_compiled_programs,
    require_new_folder,
)
from neuropil.learning import Listener

__all__ = ["RingAttractor"]


class RingAttractor(BaseEstimator):  # type: ignore[misc]
    """A heading circuit that holds a bump and integrates velocity, fitted per cell type.

    Parameters
    ----------
    readout : RingReadout or mapping, optional
        Which neurons hold the heading; the fly's EPG by default.
    velocity : VelocityInput or mapping, optional
        Which neurons receive turning velocity; the fly's PEN by default.
    dynamics : Dynamics or mapping, optional
        Constants of the rate equation.
    weights : LossWeights or mapping, optional
        Objectives.
    plan : FitPlan or mapping, optional
        Search.
    random_state : int or None
        Root of every random draw: the same whole number gives the same fit, None another fit each
        time. A generator is not taken, since a saved model could not tell where it stood.

    Attributes
    ----------
    network_ : Network
        The three that follow, as one.
    circuit_ : Circuit
        Arrays of the connectome.
    parameters_ : TypeParameters
        k^2 gains, k biases and one scale.
    dynamics_ : Dynamics
        Constants that the parameters were fitted with.
    seed_ : SeedTree
        Root of the draws of the fit and of its measurements.
    validation_loss_ : float
        Loss on trials that training did not see.
    history_ : (chunks, 2) array
        Training and validation loss of the refinement.

    References
    ----------
    Duan, Dong, Fiete 2025, bioRxiv 10.1101/2025.05.26.655406, for the type-level model.
    """

    def __init__(
        self,
        readout: RingReadout | Mapping[str, Any] | None = None,
        velocity: VelocityInput | Mapping[str, Any] | None = None,
        dynamics: Dynamics | Mapping[str, Any] | None = None,
        weights: LossWeights | Mapping[str, Any] | None = None,
        plan: FitPlan | Mapping[str, Any] | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.readout = readout
        self.velocity = velocity
        self.dynamics = dynamics
        self.weights = weights
        self.plan = plan
        self.random_state = random_state

    @property
    def network_(self) -> Network:
        """The fitted network: wiring, parameters and constants."""
        check_is_fitted(self, "parameters_", msg=_UNFITTED)
        return Network(self.parameters_, self.circuit_, self.dynamics_)

    def _build_circuit(self, connectome: Connectome) -> Circuit:
        if not isinstance(connectome, Connectome):
            raise InputError(
                f"expected a Connectome, found {type(connectome).__name__}",
                where="RingAttractor",
                repair="Make one with Connectome.from_matrix(counts, nodes).",
            )
        readout = RingReadout.build(self.readout, where="readout")
        return build_circuit(
            connectome, readout, VelocityInput.build(self.velocity, where="velocity")
        )

    def fit(
        self, connectome: Connectome, y: None = None, *, listener: Listener | None = None
    ) -> Self:
        """Tune gains, biases and scale so that the raw wiring becomes a compass.

        Parameters
        ----------
        connectome : Connectome
            Nodes with ``cell_type``, ``sign`` and the declared read-out and side columns.
        y : None
            Ignored: no heading is needed.
        listener : Listener, optional
            Progress and checkpoints.

        Raises
        ------
        InputError
            When it is no connectome, or lacks a column or a value that the circuit needs.
        ConfigError
            When a declared cell type does not exist, or a setting is wrong.
        """
        del y
        # What is wrong with the settings is said before anything takes time.
        weights = LossWeights.build(self.weights, where="weights")
        plan = FitPlan.build(self.plan, where="plan")
        self.seed_ = _root(self.random_state)
        self.dynamics_ = Dynamics.build(self.dynamics, where="dynamics")
        self.circuit_ = self._build_circuit(connectome)
        fitted = fit_parameters(
            self.circuit_,
            self.circuit_.weights[None],
            self.dynamics_,
            weights,
            plan,
            [self.seed_],
            listener,
        )
        self.parameters_ = jax.tree.map(lambda leaf: leaf[0], fitted.parameters)
        self.validation_loss_ = float(fitted.validation_loss[0])
        self.history_ = fitted.history[:, :, 0]
        # Searches with other plans compile programs of their own, and each holds memory maps.
        forget_compiled_programs()
        return self

    def simulate(
        self, velocity: Float[np.ndarray, "t b"] | np.ndarray, heading: float = 0.0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Drive the fitted network with turning velocities.

        Parameters
        ----------
        velocity : (t,) or (t, b) array
            Turning velocity [deg/s] of b trials in steps of ``dynamics.step``.
        heading : float
            Where the bump is put at t = 0 [deg].

        Returns
        -------
        rates : (t, b, n) array
            Rates after each step.
        turn : (t, b) array
            Turn of the bump [deg] since the first step, without jumps.

        Raises
        ------
        InputError
            When velocities are not finite.
        sklearn.exceptions.NotFittedError
            Before :meth:`fit`.
        """
        network = self.network_
        inputs = np.asarray(velocity, dtype=np.float32)
        inputs = inputs[:, None] if inputs.ndim == 1 else inputs
        if inputs.ndim != 2 or inputs.size == 0 or not np.isfinite(inputs).all():
            raise InputError(
                f"expected finite velocities of shape (t,) or (t, b), found {inputs.shape}"
                f" with {int((~np.isfinite(inputs)).sum())} not finite",
                where="RingAttractor.simulate",
                repair="Give degrees per second, time first.",
            )
        cue = jnp.full(inputs.shape[1], np.deg2rad(heading))
        start = cue_state(network.circuit, cue)
        rates = _simulate(network, start, jnp.asarray(inputs))
        return np.asarray(rates), np.asarray(unwrap_heading(decode(self.circuit_, rates)))

    def predict(self, velocity: np.ndarray) -> np.ndarray:
        """Return the turn of the bump [deg] under turning velocities [deg/s], (t,) or (t, b)."""
        turn = self.simulate(velocity)[1]
        return turn[:, 0] if np.ndim(velocity) == 1 else turn

    def measure(
        self, *, n_walks: int = 100, walk_seconds: float = 60.0, n_ring: int = 360
    ) -> Battery:
        """Run the protocol: bump, hold, drift, spectrum, velocity and integration."""
        return measure(
            self.network_, self.seed_, n_walks=n_walks, walk_seconds=walk_seconds, n_ring=n_ring
        )

    def score(self, connectome: Connectome | None = None, y: None = None) -> float:
        """Return minus the median error [deg] of the bump over 60 s of random turning.

        Parameters
        ----------
        connectome : Connectome, optional
            Other wiring of the same types to score the fitted parameters on; that of the fit by
            default.
        y : None
            Ignored.
        """
        del y
        network = self.network_
        if connectome is not None:
            network = network.with_circuit(self._build_circuit(connectome))
        return -measure(network, self.seed_).values()["integration"]

    def save(self, folder: Path | str) -> None:
        """Write ``parameters.safetensors``, ``history.json`` and ``model.json`` into a new folder.

        Raises
        ------
        OutputError
            When the folder exists; name another.
        """
        check_is_fitted(self, "parameters_", msg=_UNFITTED)
        require_new_folder(folder)
        save_model(self, folder)

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read a model that :meth:`save` wrote; it gives the same output as before.

        Raises
        ------
        InputError
            When the folder holds no model, or a damaged one; save it again.
        VersionError
            When its format is newer than this installation reads; upgrade.
        """
        return load_model(cls, folder)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        # It is fitted to a connectome and predicts turns from velocities.
        tags.input_tags.two_d_array = False
        tags.no_validation = True
        return tags


_UNFITTED = "This %(name)s instance is not fitted yet: call fit(connectome) first"


_simulate = eqx.filter_jit(Network.simulate)


def _root(random_state: object) -> SeedTree:
    if random_state is None:
        return SeedTree(int(np.random.default_rng().integers(2**32)))
    if not isinstance(random_state, Integral):
        raise ConfigError(
            f"expected a whole number or None, found {type(random_state).__name__}",
            where="random_state",
            repair="Give a whole number to repeat a fit, or None for another one each time.",
        )
    return SeedTree(int(random_state))
