"""A fitted assay in a folder: safetensors and JSON, and the very same output when it is read."""

from __future__ import annotations

from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field, FiniteFloat, NonNegativeInt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from neuropil.contracts import (
    InputError,
    atomic_write,
    check_record,
    read_record,
    sha256_of,
    write_json,
)
from neuropil.preservation.acquisition.gate import AcquisitionGate, AcquisitionReference
from neuropil.preservation.axes.model import find_axes
from neuropil.preservation.axes.reference import AxisReference
from neuropil.preservation.detector.fit import MembraneDetector
from neuropil.preservation.segmenting.plan import SegmentingPlan
from neuropil.preservation.traceability.features import Reference
from neuropil.preservation.traceability.loss import KernelMap, LossModel

if TYPE_CHECKING:
    from neuropil.preservation.fit import PreservationAssay

__all__ = ["load_assay", "save_assay"]

_FORMAT, _FORMAT_VERSION = "neuropil-preservation", 1
_RECORD, _ARRAYS, _DETECTOR = "model.json", "examples.safetensors", "detector.safetensors"
_REPAIR = "Save the assay again."

Item = TypeVar("Item")
Assay = TypeVar("Assay", bound="PreservationAssay")
Arrays = dict[str, npt.NDArray[Any]]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Settings(BaseModel):
    """What the assay was made with."""

    threshold: FiniteFloat | None
    spacing: Positive
    tile: Positive
    tolerated: Positive
    random_state: NonNegativeInt


class _Record(BaseModel):
    """Content of ``model.json``."""

    settings: _Settings
    own_detector: bool
    joined_below: Annotated[float, Field(ge=0, le=1)]
    axes_sha256: str
    acquisition: dict[str, Any]
    reference: Reference
    axes: AxisReference | None
    loss: dict[str, Any]
    limit: FiniteFloat
    break_rate: Annotated[float, Field(ge=0, allow_inf_nan=False)]


def save_assay(assay: PreservationAssay, folder: Path | str) -> None:
    """Write a fitted assay into a new folder.

    Parameters
    ----------
    assay : PreservationAssay
        Fitted.
    folder : Path or str
        Must not exist.

    Raises
    ------
    InputError
        When its detector is none of the package's; save that by its own means.
    """
    detector = assay.detector_
    if not isinstance(detector, MembraneDetector):
        raise InputError(
            f"expected a MembraneDetector, found {type(detector).__name__}",
            where="PreservationAssay.save",
            repair="Save that detector by its own means, and fit the assay again with it.",
        )
    loss, arrays = _split(assay.loss_)
    record = {
        "format": _FORMAT,
        "format_version": _FORMAT_VERSION,
        "settings": {name: getattr(assay, name) for name in _Settings.model_fields},
        "own_detector": assay.detector is not None,
        "joined_below": assay.plan_.threshold,
        "axes_sha256": sha256_of(find_axes()),
        "acquisition": (assay.gate_.reference or assay.gate_.reference_).to_json(),
        "reference": asdict(assay.reference_),
        "axes": None if assay.axes_ is None else asdict(assay.axes_),
        "loss": loss,
        "limit": assay.limit_,
        "break_rate": assay.break_rate_,
    }
    with atomic_write(folder) as temporary:
        temporary.mkdir()
        save_file(arrays, temporary / _ARRAYS)
        detector.save(temporary / _DETECTOR)
        write_json(temporary / _RECORD, record)


def load_assay(kind: type[Assay], folder: Path | str) -> Assay:
    """Read an assay that :func:`save_assay` wrote.

    Parameters
    ----------
    kind : type
        The class.
    folder : Path or str
        Folder.

    Returns
    -------
    PreservationAssay
        Fitted, with the very output of the one that was saved.

    Raises
    ------
    InputError
        When the folder holds no assay or a damaged one, or the package has other axes by now; save
        it, or fit it, again.
    VersionError
        When its format is newer than this installation reads; upgrade.
    """
    folder = Path(folder)
    place = folder / _RECORD
    record = check_record(_Record, read_record(place, _FORMAT, _FORMAT_VERSION), place, _REPAIR)
    if record.axes_sha256 != sha256_of(find_axes()):
        raise InputError(
            "expected an assay that was fitted with the axes of this package, found others",
            where=str(place),
            repair="Fit it again: what it takes for good was measured in another way.",
        )
    detector = MembraneDetector.load(folder / _DETECTOR)
    found = kind(detector=detector if record.own_detector else None, **record.settings.model_dump())
    found.detector_, found.plan_ = detector, SegmentingPlan(threshold=record.joined_below)
    found.gate_ = AcquisitionGate(AcquisitionReference.from_json(record.acquisition))
    found.reference_, found.axes_ = record.reference, record.axes
    found.loss_ = _join_loss(record.loss, _read_arrays(folder / _ARRAYS), place)
    found.limit_, found.break_rate_ = record.limit, record.break_rate
    return found


def _split(item: Any, path: str = "") -> tuple[dict[str, Any], Arrays]:  # noqa: ANN401
    """Part a dataclass into JSON values and arrays, these named by their place in it."""
    plain: dict[str, Any] = {}
    arrays: Arrays = {}
    for one in fields(item):
        value, name = getattr(item, one.name), f"{path}{one.name}"
        if isinstance(value, np.ndarray):
            # safetensors writes bytes as they lie.
            arrays[name] = np.require(value, requirements="C")
        elif is_dataclass(value):
            plain[one.name], inside = _split(value, f"{name}.")
            arrays |= inside
        else:
            plain[one.name] = list(value) if isinstance(value, tuple) else value
    return plain, arrays


def _join_loss(plain: dict[str, Any], arrays: Arrays, place: Path) -> LossModel:
    maps = {one.name for one in fields(LossModel) if isinstance(plain.get(one.name), dict)}
    try:
        own = {name: value for name, value in arrays.items() if "." not in name}
        inside = {name: _join_map(name, plain[name], arrays) for name in maps}
        rest = {name: plain[name] for name in plain if name not in maps}
        return LossModel(**{**rest, **own, **inside, "names": tuple(rest["names"])})
    except (KeyError, TypeError, ValueError, np.linalg.LinAlgError) as error:
        raise InputError(
            f"expected examples of losses ({error})", where=str(place), repair=_REPAIR
        ) from error


def _join_map(name: str, plain: dict[str, Any], arrays: Arrays) -> KernelMap:
    own: dict[str, Any] = {
        key.partition(".")[2]: each for key, each in arrays.items() if key.startswith(f"{name}.")
    }
    return KernelMap(**plain, **own)


def _read_arrays(path: Path) -> Arrays:
    try:
        found: Arrays = load_file(path)
    except (SafetensorError, OSError) as error:
        raise InputError(
            f"not a readable safetensors file ({error})", where=str(path), repair=_REPAIR
        ) from error
    if not all(np.isfinite(one).all() for one in found.values()):
        raise InputError("expected finite numbers", where=str(path), repair=_REPAIR)
    return found
