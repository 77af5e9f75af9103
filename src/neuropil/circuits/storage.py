"""A fitted ring attractor in a folder; what is read is checked before anything is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from pydantic import BaseModel, Field, FiniteFloat, NonNegativeInt, PositiveInt, ValidationError

from neuropil.circuits.data import Circuit, RingReadout, VelocityInput
from neuropil.circuits.model import Dynamics, TypeParameters, initial_parameters
from neuropil.circuits.objectives.weights import LossWeights
from neuropil.circuits.search import FitPlan
from neuropil.contracts import (
    InputError,
    SeedTree,
    Settings,
    VersionError,
    atomic_write,
    check_record,
    read_json,
    read_record,
    write_json,
)
from neuropil.learning import load_tree, save_tree

if TYPE_CHECKING:
    from neuropil.circuits.fit import RingAttractor

__all__ = ["load_model", "save_model"]

Model = TypeVar("Model", bound="RingAttractor")

_FORMAT, _FORMAT_VERSION = "neuropil-ring-attractor", 3
_RECORD, _ARRAYS, _HISTORY = "model.json", "parameters.safetensors", "history.json"
_REPAIR = "Save the model again."
# What version 1 meant where it named nothing: velocity was an input, and tau was 0.1 s.
_FIRST_VELOCITY = {"mode": "additive", "gain": 0.005}
_FIRST_DYNAMICS = {"time_constant": 0.1}
_SETTINGS: dict[str, type[Settings]] = {
    "readout": RingReadout,
    "velocity": VelocityInput,
    "dynamics": Dynamics,
    "weights": LossWeights,
    "plan": FitPlan,
}


class _Groups(BaseModel):
    """Settings of a model, each group as given; null where the defaults were taken."""

    readout: dict[str, Any] | None
    velocity: dict[str, Any] | None
    dynamics: dict[str, Any] | None
    weights: dict[str, Any] | None
    plan: dict[str, Any] | None


class _Record(BaseModel):
    """Content of ``model.json``."""

    seed: NonNegativeInt
    random_state: NonNegativeInt | None
    validation_loss: FiniteFloat
    cell_types: Annotated[list[str], Field(min_length=1)]
    neurons: PositiveInt
    readout_neurons: PositiveInt
    settings: _Groups


def save_model(model: RingAttractor, folder: Path | str) -> None:
    """Write a fitted model into a new folder.

    Parameters
    ----------
    model : RingAttractor
        Fitted.
    folder : Path or str
        Must not exist.
    """
    seed, circuit = model.seed_.root, model.circuit_
    record = {
        "format": _FORMAT,
        "format_version": _FORMAT_VERSION,
        "seed": seed,
        "random_state": None if model.random_state is None else seed,
        "validation_loss": model.validation_loss_,
        "cell_types": list(circuit.type_names),
        "neurons": circuit.n_neurons,
        "readout_neurons": int(circuit.readout.size),
        "settings": {
            name: given and kind.build(given, where=name).model_dump(mode="json")
            for name, kind in _SETTINGS.items()
            for given in [getattr(model, name)]
        },
    }
    with atomic_write(folder) as temporary:
        temporary.mkdir()
        save_tree(temporary / _ARRAYS, (model.parameters_, circuit))
        # JSON has no infinity: a loss that was not finite is null.
        history = [[x if np.isfinite(x) else None for x in row] for row in model.history_.tolist()]
        write_json(temporary / _HISTORY, history)
        write_json(temporary / _RECORD, record)


def load_model(kind: type[Model], folder: Path | str) -> Model:
    """Read a model that :func:`save_model` wrote.

    Parameters
    ----------
    kind : type
        The class.
    folder : Path or str
        Folder.

    Raises
    ------
    InputError
        When the folder holds no model, or a file in it is damaged; save it again.
    VersionError
        When its format or a setting is newer than this installation reads; upgrade.
    """
    folder = Path(folder)
    found = read_record(folder / _RECORD, _FORMAT, _FORMAT_VERSION)
    version = found["format_version"]
    # The first models had only the seed.
    found = {"random_state": found.get("seed"), **found} if version == 1 else found
    record = check_record(_Record, found, folder / _RECORD, _REPAIR)
    settings = _as_newest(record.settings.model_dump(), version)
    model = kind(**_read_settings(settings, folder), random_state=record.random_state)
    model.seed_ = SeedTree(record.seed)
    model.dynamics_ = Dynamics.build(model.dynamics, where="dynamics")
    velocity = VelocityInput.build(model.velocity, where="velocity")
    like = (_describe_parameters(record, model.dynamics_), _describe_circuit(record, velocity))
    model.parameters_, model.circuit_ = load_tree(folder / _ARRAYS, like)
    _check_arrays(model.parameters_, model.circuit_, folder / _ARRAYS)
    model.validation_loss_ = record.validation_loss
    model.history_ = _read_history(folder / _HISTORY)
    return model


def _as_newest(settings: dict[str, Any], version: int) -> dict[str, Any]:
    if version < _FORMAT_VERSION:
        # Its search had other stages; the numbers that it found do not need them.
        settings = settings | {"plan": None}
    if version == 1:
        settings = settings | {
            "velocity": _FIRST_VELOCITY | (settings["velocity"] or {}),
            "dynamics": _FIRST_DYNAMICS | (settings["dynamics"] or {}),
        }
    return settings


def _describe_parameters(record: _Record, dynamics: Dynamics) -> TypeParameters:
    """Return the shapes of the parameters, which take no memory."""
    described: TypeParameters = jax.eval_shape(
        lambda: initial_parameters(
            len(record.cell_types),
            jax.random.key(0),
            tuned_time_constants=dynamics.tuned_time_constants,
        )
    )
    return described


def _describe_circuit(record: _Record, velocity: VelocityInput) -> Circuit:
    """Return the shapes of the wiring: a record may name a size that no memory holds."""
    n, m = record.neurons, record.readout_neurons

    def array(*shape: int, dtype: Any = jnp.float32) -> Any:  # noqa: ANN401 - NumPy's own types
        return jax.ShapeDtypeStruct(shape, dtype)  # type: ignore[no-untyped-call]

    return Circuit(
        weights=array(n, n),
        type_index=array(n, dtype=jnp.int32),
        angles=array(m),
        readout=array(m, dtype=jnp.int32),
        readout_weights=array(m),
        velocity=array(n),
        type_names=tuple(record.cell_types),
        velocity_mode=velocity.mode,
    )


def _check_arrays(parameters: TypeParameters, circuit: Circuit, path: Path) -> None:
    """Refuse numbers that are not finite, and neurons and types that do not exist."""
    for place, leaf in jax.tree_util.tree_leaves_with_path((parameters, circuit)):
        if not np.isfinite(leaf).all():
            name = jax.tree_util.keystr(place[1:]).lstrip(".")
            raise InputError(
                f"expected finite numbers, found NaN or infinity in {name!r}",
                where=str(path),
                repair="Fit again.",
            )
    limits = {"type_index": circuit.n_types, "readout": circuit.n_neurons}
    for name, limit in limits.items():
        index = np.asarray(getattr(circuit, name))
        if index.dtype.kind not in "iu" or index.min() < 0 or index.max() >= limit:
            raise InputError(
                f"expected whole numbers from 0 to {limit - 1} in {name!r}, found others",
                where=str(path),
                repair="Fit again.",
            )


def _read_history(path: Path) -> np.ndarray:
    rows = check_record(
        list[tuple[float | None, float | None]],
        read_json(path, _REPAIR),
        path,
        _REPAIR,
    )
    return np.asarray(rows, dtype=float).reshape(len(rows), 2)


def _read_settings(settings: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    try:
        return {
            name: kind.model_validate(settings[name]) if settings[name] else None
            for name, kind in _SETTINGS.items()
        }
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise VersionError(
            f"settings that this version does not know, the first is {place}",
            where=str(folder / _RECORD),
            repair="Read the model with the version that wrote it, or fit again.",
        ) from error
