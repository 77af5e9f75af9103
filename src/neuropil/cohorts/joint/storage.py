"""A fitted model of two modalities in a folder; what is read is checked first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import equinox as eqx
import jax
import numpy as np
from pydantic import BaseModel, Field, PositiveInt

from neuropil.cohorts.components import PrincipalComponents
from neuropil.cohorts.data import Scale
from neuropil.cohorts.joint.models.network import Fusion, Network, Sizes, empty_start
from neuropil.cohorts.joint.models.variational import VariationalModel
from neuropil.contracts import (
    InputError,
    atomic_write,
    check_record,
    read_record,
    write_json,
)
from neuropil.learning import load_tree, save_tree

__all__ = ["load_model", "save_model"]

_FORMAT, _FORMAT_VERSION = "neuropil-joint-individual", 1
_RECORD, _ARRAYS = "model.json", "parameters.safetensors"
_REPAIR = "Save the model again."
# Wider than any matrix of a person: a damaged number must not ask for all memory.
_MOST_EDGES, _MOST = 10_000_000, 10_000

_SIZES = ("components", "joint", "individual", "tokens", "width", "heads", "hidden")
_AXES = ("mean", "directions", "spread", "residual")

Count = Annotated[int, Field(ge=0, le=_MOST)]


class _Record(BaseModel):
    """Content of ``model.json``."""

    modalities: Annotated[list[str], Field(min_length=2, max_length=2)]
    scales: Annotated[list[Scale], Field(min_length=2, max_length=2)]
    edges: Annotated[list[Annotated[int, Field(ge=1, le=_MOST_EDGES)]], Field(min_length=2)]
    components: tuple[Count, Count]
    joint: Count
    individual: tuple[Count, Count]
    tokens: Annotated[PositiveInt, Field(le=_MOST)]
    width: Annotated[PositiveInt, Field(le=_MOST)]
    heads: Annotated[PositiveInt, Field(le=_MOST)]
    hidden: Annotated[PositiveInt, Field(le=_MOST)]
    fusion: Fusion


def save_model(model: VariationalModel, scales: Mapping[str, Scale], folder: Path | str) -> None:
    """Write a fitted model into a new folder.

    Parameters
    ----------
    model : VariationalModel
        Fitted.
    scales : mapping of str to str
        How each modality was stretched, in order.
    folder : Path or str
        Must not exist.
    """
    sizes = model.network.sizes
    record = {
        "format": _FORMAT,
        "format_version": _FORMAT_VERSION,
        "modalities": list(scales),
        "scales": list(scales.values()),
        "edges": [len(model.axes[name].mean) for name in scales],
        "fusion": model.network.fusion,
        **{name: getattr(sizes, name) for name in _SIZES},
    }
    with atomic_write(folder) as temporary:
        temporary.mkdir()
        save_tree(temporary / _ARRAYS, _arrays_of(model))
        write_json(temporary / _RECORD, record)


def load_model(folder: Path | str) -> tuple[VariationalModel, dict[str, Scale]]:
    """Read a model that :func:`save_model` wrote.

    Parameters
    ----------
    folder : Path or str
        Folder.

    Returns
    -------
    VariationalModel
        The same output as before.
    dict of str to str
        How each modality was stretched.

    Raises
    ------
    InputError
        When it holds no model, or a damaged one; save it again.
    """
    place = Path(folder) / _RECORD
    record = check_record(_Record, read_record(place, _FORMAT, _FORMAT_VERSION), place, _REPAIR)
    sizes = Sizes(**{name: getattr(record, name) for name in _SIZES})
    shapes = eqx.filter_eval_shape(
        lambda: Network(empty_start(sizes), sizes, record.fusion, jax.random.key(0))
    )
    described, frame = eqx.partition(shapes, lambda leaf: isinstance(leaf, jax.ShapeDtypeStruct))
    axes_like = {
        name: _describe_axes(*lengths)
        for name, *lengths in zip(record.modalities, record.edges, record.components, strict=True)
    }
    path = Path(folder) / _ARRAYS
    found = load_tree(path, {"axes": axes_like, "network": described})
    _require_finite(found, path)
    # In the order of the modalities: a tree that is read has its keys sorted.
    axes = {name: PrincipalComponents(**found["axes"][name]) for name in record.modalities}
    scales = dict(zip(record.modalities, record.scales, strict=True))
    return VariationalModel(axes, eqx.combine(found["network"], frame)), scales


def _arrays_of(model: VariationalModel) -> dict[str, Any]:
    axes = {name: {key: getattr(one, key) for key in _AXES} for name, one in model.axes.items()}
    return {"axes": axes, "network": eqx.filter(model.network, eqx.is_array)}


def _describe_axes(n_edges: int, k: int) -> dict[str, Any]:
    """Return arrays of the right shapes that take no memory: a record may name any size."""
    shapes = {"mean": (n_edges,), "directions": (k, n_edges), "spread": (k,)}
    shapes["residual"] = (n_edges,)
    return {name: np.broadcast_to(np.float64(0), shape) for name, shape in shapes.items()}


def _require_finite(arrays: Any, path: Path) -> None:  # noqa: ANN401 - a tree of arrays
    if not all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(arrays)):
        raise InputError("expected finite numbers", where=str(path), repair=_REPAIR)
