"""A fitted classifier in a folder: netlist, thresholds, soft network and settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from neuropil.contracts import InputError, OutputError, atomic_write, read_record, write_json
from neuropil.logic.netlist.circuit import Circuit
from neuropil.logic.training.augment import parse_augmentation
from neuropil.logic.training.encoders import BitEncoder, parse_encoding
from neuropil.logic.training.loop import Epoch, select_epoch
from neuropil.logic.training.network import GateNetwork, Layer
from neuropil.logic.training.schedule import TrainingSchedule, parse_wiring

if TYPE_CHECKING:
    from neuropil.logic.fit import LogicNetClassifier

__all__ = ["load_classifier", "save_classifier"]

_FORMAT, _VERSION = "neuropil-logic-net", 1
_ARRAYS, _RECORD = "parameters.safetensors", "model.json"
_SAVED = ("sources", "wires", "kinds")  # Adam's moments are of no use after training

Model = TypeVar("Model", bound="LogicNetClassifier")


def save_classifier(model: LogicNetClassifier, folder: Path | str) -> None:
    """Write a fitted classifier into a new folder.

    Parameters
    ----------
    model : LogicNetClassifier
        Fitted.
    folder : Path or str
        Must not exist.
    """
    if Path(folder).exists():
        raise OutputError(
            "the folder exists", where=str(folder), repair="Name a new folder for the model."
        )
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
    schedule = TrainingSchedule.build(model.schedule, where="schedule")
    augmentation = parse_augmentation(model.augmentation)
    return {
        "format": _FORMAT,
        "format_version": _VERSION,
        "layers": [int(n) for n in model.layers],
        "wiring": [str(kind) for kind in parse_wiring(model.wiring, len(model.layers))],
        "encoding": str(parse_encoding(model.encoding)),
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
    record = read_record(folder / _RECORD, _FORMAT, _VERSION)
    try:
        arrays = load_file(folder / _ARRAYS)
        model = kind(
            record["layers"],
            record["wiring"],
            record["encoding"],
            TrainingSchedule.build(record["schedule"], where="schedule"),
            parse_augmentation(record["augmentation"]),
            record["engine"],
            record["seed"],
        )
        model.network_ = _rebuild(arrays, record["tau"])
        model.encoder_ = BitEncoder(arrays["thresholds"])
        model.history_ = [Epoch(*row) for row in record["history"]]
        model.best_epoch_ = select_epoch(model.history_)
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"not the parts of a model ({error})", where=str(folder), repair="Save it again."
        ) from error
    model.circuit_ = Circuit.load(folder)
    model.classes_ = np.array(record["classes"])
    model.n_features_in_, model.engine_ = record["features"], record["engine_used"]
    return model


def _rebuild(arrays: dict[str, np.ndarray], tau: float) -> GateNetwork:
    layers: list[Layer] = []
    while f"layer-{len(layers)}-sources" in arrays:
        sources, wires, kinds = (arrays[f"layer-{len(layers)}-{name}"] for name in _SAVED)
        no_wires, no_kinds = np.zeros_like(wires), np.zeros_like(kinds)
        layers.append(Layer(sources, wires, no_wires, no_wires, kinds, no_kinds, no_kinds))
    return GateNetwork(tuple(layers), 0, tau)
