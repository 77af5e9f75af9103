"""A fitted hybrid model in a folder; what is read is checked first."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field

from neuropil.cohorts.data import Scale
from neuropil.cohorts.hybrid.features.choice import KINDS, Features, choose_space
from neuropil.cohorts.hybrid.features.projection import Projection
from neuropil.cohorts.hybrid.features.spaces import Space
from neuropil.cohorts.hybrid.harmonisation.found import CategoryLocation
from neuropil.cohorts.hybrid.models.decoder import EdgeDecoder
from neuropil.cohorts.hybrid.models.mixture import TiedMixture
from neuropil.cohorts.hybrid.models.network import HybridNetwork, Sizes, empty_network
from neuropil.contracts import InputError, atomic_write, check_record, read_record, write_json
from neuropil.learning import load_tree, save_tree

__all__ = ["HybridModel", "encode", "load_model", "save_model"]

Array = npt.NDArray[np.floating]

_FORMAT, _FORMAT_VERSION = "neuropil-hybrid-latents", 1
_RECORD, _ARRAYS = "model.json", "parameters.safetensors"
_REPAIR = "Save the model again."
# Wider than any matrix of a person: a damaged number must not ask for all memory.
_MOST_EDGES, _MOST = 10_000_000, 100_000

Count = Annotated[int, Field(ge=1, le=_MOST)]
Length = Annotated[int, Field(ge=0, le=_MOST_EDGES)]


@dataclass(frozen=True)
class HybridModel:
    """Everything that is needed for new subjects.

    Parameters
    ----------
    modality, unit : str
        Which connections, and their unit.
    scale : {"fisher-z", "log1p", "none"}
        How they are stretched where they are decoded.
    features : Features
        Fitted.
    network : HybridNetwork
        Fitted.
    decoder : EdgeDecoder
        From categories and coordinates to connections.
    location : CategoryLocation
        Offset of every category, to be taken out.
    mixture : TiedMixture
        What the network began from; densities are its.
    reference : (q,) array
        Quantiles of minus the log density of the fitted subjects [nat].
    """

    modality: str
    unit: str
    scale: Scale
    features: Features
    network: HybridNetwork
    decoder: EdgeDecoder
    location: CategoryLocation
    mixture: TiedMixture
    reference: Array

    @property
    def space(self) -> Space:
        """Where offsets are taken out."""
        return choose_space(self.features, self.scale, self.unit)


def encode(network: HybridNetwork, features: Array) -> tuple[Array, Array]:
    """Return probabilities (n, K) and coordinates (n, c), the mean over the categories.

    Coordinates are in units of the features, as scores of components are: what moves connections
    more varies more.
    """
    probability, z = _encode(network, jnp.asarray(features, jnp.float32))
    whole = np.asarray(probability, float)
    return whole / whole.sum(axis=1, keepdims=True), np.asarray(z, float)


@eqx.filter_jit
def _encode(network: HybridNetwork, features: Any) -> tuple[Any, Any]:  # noqa: ANN401
    x = network.standardise(features)
    probability = jax.nn.softmax(network.category_logits(x))
    # The encoder is straight in the means: the mean over categories is that of the mean.
    z = network.encode(x, probability @ network.means)[0]
    return probability, z * network.lengths


class _Tree(NamedTuple):
    """What the file of arrays holds."""

    arrays: dict[str, Array]
    network: HybridNetwork


class _Record(BaseModel):
    """Content of ``model.json``."""

    modality: str
    unit: str
    scale: Scale
    features: Literal["counts", "weights", "correlations"]
    shapes: dict[str, list[Length]]
    sizes: tuple[Count, Count, Count, Count, Count]


def save_model(model: HybridModel, folder: Path | str) -> None:
    """Write a fitted model into a new folder.

    Parameters
    ----------
    model : HybridModel
        Fitted.
    folder : Path or str
        Must not exist.
    """
    arrays = _arrays_of(model)
    network = model.network
    record = {
        "format": _FORMAT,
        "format_version": _FORMAT_VERSION,
        "modality": model.modality,
        "unit": model.unit,
        "scale": model.scale,
        "features": model.features.kind,
        "shapes": {name: list(array.shape) for name, array in arrays.items()},
        "sizes": list(network.sizes),
    }
    with atomic_write(folder) as temporary:
        temporary.mkdir()
        save_tree(temporary / _ARRAYS, _Tree(arrays, network))
        write_json(temporary / _RECORD, record)


def load_model(folder: Path | str) -> HybridModel:
    """Read a model that :func:`save_model` wrote.

    Raises
    ------
    InputError
        When the folder holds no model, or a damaged one; save it again.
    """
    place = Path(folder) / _RECORD
    record = check_record(_Record, read_record(place, _FORMAT, _FORMAT_VERSION), place, _REPAIR)
    path = Path(folder) / _ARRAYS
    like: dict[str, Array] = {
        name: np.broadcast_to(np.float64(0), size) for name, size in record.shapes.items()
    }
    empty = eqx.filter_eval_shape(lambda: empty_network(Sizes(*record.sizes)))
    found = load_tree(path, _Tree(like, empty))
    arrays = found.arrays
    for name, array in arrays.items():
        # An edge that never varies has an infinite scale, which is as it should be.
        if not (np.isfinite(array) | (name.endswith(".scale") & np.isinf(array))).all():
            raise InputError("expected finite numbers", where=str(path), repair=_REPAIR)
    try:
        return HybridModel(
            record.modality,
            record.unit,
            record.scale,
            _build_features(record.features, arrays),
            found.network,
            EdgeDecoder(**_under("decoder", arrays)),
            CategoryLocation(arrays["location.offsets"], arrays["location.counts"]),
            TiedMixture(**_under("mixture", arrays), log_likelihood=0.0),
            arrays["reference"],
        )
    except (KeyError, TypeError) as error:
        raise InputError("expected other arrays", where=str(path), repair=_REPAIR) from error


def _arrays_of(model: HybridModel) -> dict[str, Array]:
    found: dict[str, Array] = {"reference": model.reference}
    groups: dict[str, Any] = {
        "decoder": model.decoder,
        "location": model.location,
        "mixture": model.mixture,
    }
    for field in fields(model.features):
        part = getattr(model.features, field.name)
        if isinstance(part, Projection):
            groups[f"features.{field.name}"] = part
        else:
            found[f"features.{field.name}"] = part
    for group, part in groups.items():
        for field in fields(part):
            value = getattr(part, field.name)
            if isinstance(value, np.ndarray):
                found[f"{group}.{field.name}"] = value
    return {name: np.asarray(array, np.float64) for name, array in found.items()}


def _under(group: str, arrays: dict[str, Array]) -> dict[str, Array]:
    start = f"{group}."
    return {name[len(start) :]: one for name, one in arrays.items() if name.startswith(start)}


def _build_features(kind: str, arrays: dict[str, Array]) -> Features:
    parts: dict[str, Any] = {}
    for field in fields(KINDS[kind]):
        inner = _under(f"features.{field.name}", arrays)
        parts[field.name] = Projection(**inner) if inner else arrays[f"features.{field.name}"]
    return KINDS[kind](**parts)
