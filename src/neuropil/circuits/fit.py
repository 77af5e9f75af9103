"""The estimator: a ring attractor fitted to a connectome."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from pydantic import ValidationError
from sklearn.base import BaseEstimator

from neuropil.circuits.data import Circuit, RingReadout, VelocityInput, build_circuit
from neuropil.circuits.losses import LossWeights
from neuropil.circuits.model import (
    Dynamics,
    cue_state,
    decode,
    initial_parameters,
    simulate,
    unwrap_heading,
)
from neuropil.circuits.score import Battery, measure
from neuropil.circuits.search import FitPlan, fit_parameters
from neuropil.connectome import Connectome
from neuropil.contracts import (
    InputError,
    NotFittedError,
    OutputError,
    SeedTree,
    Settings,
    VersionError,
    atomic_write,
    read_json,
    read_record,
    write_json,
)
from neuropil.learning import (
    Listener,
    load_tree,
    save_tree,
)

__all__ = ["RingAttractor"]


class RingAttractor(BaseEstimator):  # type: ignore[misc]
    """A heading circuit that holds a bump and integrates velocity, fitted per cell type.

    Parameters
    ----------
    readout : RingReadout, optional
        Which neurons hold the heading; the fly's EPG by default.
    velocity : VelocityInput, optional
        Which neurons receive turning velocity; the fly's PEN by default.
    dynamics : Dynamics, optional
        Constants of the rate equation.
    weights : LossWeights, optional
        Objectives.
    plan : FitPlan, optional
        Search.
    seed : int
        Root seed; the same seed gives the same fit.

    Attributes
    ----------
    circuit_ : Circuit
        Arrays of the connectome.
    parameters_ : TypeParameters
        k^2 gains, k biases and one scale.
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
        readout: RingReadout | None = None,
        velocity: VelocityInput | None = None,
        dynamics: Dynamics | None = None,
        weights: LossWeights | None = None,
        plan: FitPlan | None = None,
        seed: int = 0,
    ) -> None:
        self.readout = readout
        self.velocity = velocity
        self.dynamics = dynamics
        self.weights = weights
        self.plan = plan
        self.seed = seed

    @property
    def dynamics_(self) -> Dynamics:
        """The constants in use."""
        return self.dynamics or Dynamics()

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
        """
        del y
        self.circuit_ = build_circuit(connectome, self.readout, self.velocity)
        fitted = fit_parameters(
            self.circuit_,
            self.circuit_.weights[None],
            self.dynamics_,
            self.weights or LossWeights(),
            self.plan or FitPlan(),
            [SeedTree(self.seed)],
            listener,
        )
        self.parameters_ = jax.tree.map(lambda leaf: leaf[0], fitted.parameters)
        self.validation_loss_ = float(fitted.validation_loss[0])
        self.history_ = fitted.history[:, :, 0]
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
        NotFittedError
            Before :meth:`fit`.
        """
        self._check_fitted()
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
        rates = _simulate(
            self.parameters_,
            self.circuit_,
            self.dynamics_,
            cue_state(self.circuit_, cue),
            jnp.asarray(inputs),
        )
        return np.asarray(rates), np.asarray(unwrap_heading(decode(self.circuit_, rates)))

    def predict(self, velocity: np.ndarray) -> np.ndarray:
        """Return the turn of the bump [deg] under turning velocities [deg/s], (t,) or (t, b)."""
        turn = self.simulate(velocity)[1]
        return turn[:, 0] if np.ndim(velocity) == 1 else turn

    def measure(self, *, n_walks: int = 100, walk_seconds: float = 60.0) -> Battery:
        """Run the protocol: bump, hold, drift, spectrum, velocity and integration."""
        self._check_fitted()
        return measure(
            self.parameters_,
            self.circuit_,
            self.dynamics_,
            SeedTree(self.seed),
            n_walks=n_walks,
            walk_seconds=walk_seconds,
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
        self._check_fitted()
        circuit = self.circuit_
        if connectome is not None:
            circuit = build_circuit(connectome, self.readout, self.velocity)
        battery = measure(self.parameters_, circuit, self.dynamics_, SeedTree(self.seed))
        return -battery.values()["integration"]

    def save(self, folder: Path | str) -> None:
        """Write ``parameters.safetensors``, ``history.json`` and ``model.json`` into a new folder.

        Raises
        ------
        OutputError
            When the folder exists; name another.
        """
        self._check_fitted()
        if Path(folder).exists():
            raise OutputError(
                "the folder exists", where=str(folder), repair="Name a new folder for the model."
            )
        record = {
            "format": _FORMAT,
            "format_version": _FORMAT_VERSION,
            "seed": self.seed,
            "validation_loss": self.validation_loss_,
            "cell_types": list(self.circuit_.type_names),
            "neurons": self.circuit_.n_neurons,
            "readout_neurons": int(self.circuit_.readout.size),
            "settings": {
                name: value.model_dump(mode="json") if value else None
                for name, value in self.get_params().items()
                if name != "seed"
            },
        }
        with atomic_write(folder) as temporary:
            temporary.mkdir()
            save_tree(temporary / "parameters.safetensors", (self.parameters_, self.circuit_))
            # JSON has no infinity: a loss that was not finite is null.
            history = [
                [x if np.isfinite(x) else None for x in row] for row in self.history_.tolist()
            ]
            write_json(temporary / "history.json", history)
            write_json(temporary / "model.json", record)

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
        folder = Path(folder)
        record = read_record(folder / "model.json", _FORMAT, _FORMAT_VERSION)
        model = cls(**_read_settings(record, folder), seed=record["seed"])
        names = tuple(record["cell_types"])
        n, m = record["neurons"], record["readout_neurons"]
        start = initial_parameters(
            len(names),
            jax.random.key(0),
            tuned_time_constants=model.dynamics_.tuned_time_constants,
        )
        like = (start, _empty_circuit(n, m, names))
        model.parameters_, model.circuit_ = load_tree(folder / "parameters.safetensors", like)
        model.validation_loss_ = record["validation_loss"]
        model.history_ = np.asarray(read_json(folder / "history.json"), dtype=float)
        return model

    def _check_fitted(self) -> None:
        if not hasattr(self, "parameters_"):
            raise NotFittedError(
                "the ring attractor is not fitted",
                where="RingAttractor",
                repair="Call fit(connectome) first.",
            )


_simulate = eqx.filter_jit(simulate)
_FORMAT, _FORMAT_VERSION = "neuropil-ring-attractor", 1
_SETTINGS: dict[str, type[Settings]] = {
    "readout": RingReadout,
    "velocity": VelocityInput,
    "dynamics": Dynamics,
    "weights": LossWeights,
    "plan": FitPlan,
}


def _empty_circuit(n: int, m: int, names: tuple[str, ...]) -> Circuit:
    return Circuit(
        weights=jnp.zeros((n, n)),
        type_index=jnp.zeros(n, jnp.int32),
        angles=jnp.zeros(m),
        readout=jnp.zeros(m, jnp.int32),
        readout_weights=jnp.zeros(m),
        velocity=jnp.zeros(n),
        type_names=names,
    )


def _read_settings(record: dict[str, Any], folder: Path) -> dict[str, Any]:
    settings = record["settings"]
    try:
        return {
            name: kind.model_validate(settings[name]) if settings[name] else None
            for name, kind in _SETTINGS.items()
        }
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise VersionError(
            f"settings that this version does not know, the first is {place}",
            where=str(folder / "model.json"),
            repair="Read the model with the version that wrote it, or fit again.",
        ) from error
