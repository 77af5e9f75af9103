"""A fitted classifier in a folder: netlist, thresholds, soft network and settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar

import numpy as np
from pydantic import BaseModel, Field, FiniteFloat, NonNegativeInt, PositiveInt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from neuropil.contracts import (
    InputError,
    atomic_write,
    check_record,
    read_record,
    require_new_folder,
    write_json,
)
from neuropil.logic.netlist.circuit import Circuit
from neuropil.logic.training.augment import parse_augmentation
from neuropil.logic.training.encoders import BitEncoder, parse_encoding
from neuropil.logic.training.engines import EngineName
from neuropil.logic.training.loop import Epoch, select_epoch
from neuropil.logic.training.network import GateNetwork, Layer
from neuropil.logic.training.schedule import TrainingSchedule, parse_wiring

if TYPE_CHECKING:
    from neuropil.logic.fit import LogicNetClassifier

__all__ = ["load_classifier", "save_classifier"]

_FORMAT, _VERSION = "neuropil-logic-net", 1
_ARRAYS, _RECORD = "parameters.safetensors", "model.json"
_SAVED = ("sources", "wires", "kinds")  # Adam's moments are of no use after training

_REPAIR = "Save it again."
Model = TypeVar("Model", bound="LogicNetClassifier")
Share = Annotated[float, Field(ge=0, le=1)]


class _Record(BaseModel):
    """Content of ``model.json``."""

    layers: Annotated[list[PositiveInt], Field(min_length=1)]
    wiring: list[str]
    encoding: str
    schedule: dict[str, Any]
    augmentation: dict[str, Any] | None
    engine: EngineName
    engine_used: str
    seed: NonNegativeInt
    classes: Annotated[list[bool | int | FiniteFloat | str], Field(min_length=2)]
    features: PositiveInt
    tau: Annotated[FiniteFloat, Field(gt=0)]
    history: Annotated[
        list[tuple[FiniteFloat, FiniteFloat, FiniteFloat, Share]], Field(min_length=1)
    ]


def save_classifier(model: LogicNetClassifier, folder: Path | str) -> None:
    """Write a fitted classifier into a new folder.

    Parameters
    ----------
    model : LogicNetClassifier
        Fitted.
    folder : Path or str
        Must not exist.
    """
    require_new_folder(folder)
    arrays = {
        f"layer-{depth}-{name}": np.ascontiguousarray(getattr(layer, name))
        for depth, layer in enumerate(model.network_.layers)
        for name in _SAVED
    }
    arrays["thresholds"] = np.ascontiguousarray(model.encoder_.thresholds, np.float64)
    with atomic_write(folder) as temporary:
        temporary.mkdir()
        save_file(arrays, temporary / _ARRAYS)
        model.circuit_.save(temporary)
        write_json(temporary / _RECORD, _describe(model))


def _describe(model: LogicNetClassifier) -> dict[str, object]:
    gates = [len(layer.kinds) for layer in model.network_.layers]
    schedule = TrainingSchedule.build(model.schedule, where="schedule")
    augmentation = parse_augmentation(model.augmentation)
    return {
        "format": _FORMAT,
        "format_version": _VERSION,
        "layers": gates,
        "wiring": [str(kind) for kind in parse_wiring(model.wiring, len(gates))],
        # As it was fitted: a model that is read fits again in the same way.
        "encoding": str(model.encoding_),
        "schedule": schedule.model_dump(mode="json"),
        "augmentation": augmentation and augmentation.model_dump(mode="json"),
        "engine": model.engine,
        "engine_used": model.engine_,
        "seed": int(model.random_state),
        "classes": model.classes_.tolist(),
        "features": model.n_features_in_,
        "tau": model.network_.tau,
        "history": [list(epoch) for epoch in model.history_],
    }


def load_classifier(kind: type[Model], folder: Path | str) -> Model:
    """Read a classifier that :func:`save_classifier` wrote.

    Parameters
    ----------
    kind : type
        The class.
    folder : Path or str
        Folder.
    """
    folder = Path(folder)
    found = read_record(folder / _RECORD, _FORMAT, _VERSION)
    record = check_record(_Record, found, folder / _RECORD, _REPAIR)
    try:
        arrays = load_file(folder / _ARRAYS)
        model = kind(
            record.layers,
            record.wiring,
            record.encoding,
            TrainingSchedule.build(record.schedule, where="schedule"),
            parse_augmentation(record.augmentation),
            record.engine,
            record.seed,
        )
    except (SafetensorError, OSError, ValueError) as error:
        raise InputError(
            f"not the parts of a model ({error})", where=str(folder), repair=_REPAIR
        ) from error
    model.circuit_ = Circuit.load(folder)
    _check_arrays(arrays, record, model.circuit_, folder)
    model.network_ = _rebuild(arrays, record.tau)
    model.encoding_ = parse_encoding(record.encoding)
    model.encoder_ = BitEncoder(arrays["thresholds"])
    model.history_ = [Epoch(*row) for row in record.history]
    model.best_epoch_ = select_epoch(
        model.history_, TrainingSchedule.build(model.schedule, where="schedule")
    )
    model.classes_ = np.array(record.classes)
    model.n_features_in_, model.engine_ = record.features, record.engine_used
    return model


class _Expected(NamedTuple):
    """Shape of an array, None where any length fits, and the limit of its whole numbers."""

    shape: tuple[int | None, ...]
    kind: str
    limit: int | None = None


def _expect(record: _Record, n_inputs: int) -> dict[str, _Expected]:
    """Return what the arrays of a record must be."""
    expected = {"thresholds": _Expected((record.features, None), "f")}
    for depth, gates in enumerate(record.layers):
        reach = record.layers[depth - 1] if depth else n_inputs
        expected[f"layer-{depth}-sources"] = _Expected((2 * gates, None), "i", reach)
        expected[f"layer-{depth}-wires"] = _Expected((2 * gates, None), "f")
        expected[f"layer-{depth}-kinds"] = _Expected((gates, 16), "f")
    return expected


def _check_arrays(
    arrays: dict[str, np.ndarray], record: _Record, circuit: Circuit, folder: Path
) -> None:
    """Refuse arrays that do not fit each other, the record and the circuit."""
    expected = _expect(record, circuit.n_inputs)
    wrong = sorted(expected.keys() ^ arrays.keys()) or [
        name for name, rule in expected.items() if not _fits(arrays[name], rule)
    ]
    if not wrong:
        wrong = [
            f"layer-{depth}-wires"
            for depth in range(len(record.layers))
            if arrays[f"layer-{depth}-wires"].shape != arrays[f"layer-{depth}-sources"].shape
        ]
        # One bit for each threshold is what the circuit reads.
        wrong += ["thresholds"] * (arrays["thresholds"].size != circuit.n_inputs)
        wrong += ["classes"] * (circuit.classes != tuple(map(str, np.array(record.classes))))
    if wrong:
        raise InputError(
            f"not the parts of a model (expected finite arrays of the shapes and reach that "
            f"{_RECORD} and the netlist name, found others in {wrong[0]!r})",
            where=str(folder),
            repair=_REPAIR,
        )


def _fits(array: np.ndarray, rule: _Expected) -> bool:
    if array.dtype.kind != rule.kind or array.ndim != len(rule.shape):
        return False
    if any(n is not None and n != m for n, m in zip(rule.shape, array.shape, strict=True)):
        return False
    inside = rule.limit is None or (array.size and array.min() >= 0 and array.max() < rule.limit)
    return bool(inside and np.isfinite(array).all())


def _rebuild(arrays: dict[str, np.ndarray], tau: float) -> GateNetwork:
    layers: list[Layer] = []
    while f"layer-{len(layers)}-sources" in arrays:
        sources, wires, kinds = (arrays[f"layer-{len(layers)}-{name}"] for name in _SAVED)
        no_wires, no_kinds = np.zeros_like(wires), np.zeros_like(kinds)
        layers.append(Layer(sources, wires, no_wires, no_wires, kinds, no_kinds, no_kinds))
    return GateNetwork(tuple(layers), 0, tau)
