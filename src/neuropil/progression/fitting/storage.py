"""A fitted course in a folder; what is read is checked first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field

from neuropil.connectome import Visits
from neuropil.contracts import InputError, atomic_write, check_record, read_record, write_json
from neuropil.learning import load_tree, save_tree
from neuropil.progression.alignment.limits import Limits
from neuropil.progression.alignment.noise import NoiseModel
from neuropil.progression.alignment.scans import Scans, UnitScale
from neuropil.progression.alignment.stages import StageGrid
from neuropil.progression.dynamics.trajectory import Trajectory

__all__ = ["FittedCourse", "load_course", "save_course"]

Floats = npt.NDArray[np.float64]

_FORMAT, _FORMAT_VERSION = "neuropil-progression", 1
_RECORD, _ARRAYS = "model.json", "parameters.safetensors"
_REPAIR = "Save the model again."

# Beyond any atlas or grid: a damaged number must not ask for all memory.
_MOST = 100_000
Count = Annotated[int, Field(ge=1, le=_MOST)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


@dataclass(frozen=True, eq=False)
class FittedCourse:
    """Everything that is needed for new people.

    Parameters
    ----------
    regions : tuple of str
        Names of the regions, in their order.
    time_unit, quantity, unit : str
        Of the visits that were fitted.
    scale : UnitScale
        From their unit to shares.
    noise : NoiseModel
        Around the course, in shares.
    grid : StageGrid
        Stages at which people may stand.
    course : Trajectory
        The common course, in shares.
    weights : (n, n) array
        The graph.
    spread, growth : float
        Rates k [1 / time] and a [1 / time].
    capacity, start : (n,) array
        v and c(0), in shares.
    shares : dict of str to float
        Share of each view, where the graph is a mixture; else empty.
    """

    regions: tuple[str, ...]
    time_unit: str
    quantity: str
    unit: str
    scale: UnitScale
    noise: NoiseModel
    grid: StageGrid
    course: Trajectory
    weights: Floats
    spread: float
    growth: float
    capacity: Floats
    start: Floats
    shares: dict[str, float]

    def read(self, visits: Visits) -> Scans:
        """Bring visits into the form and the unit of the fit.

        Parameters
        ----------
        visits : Visits
            Of any people.

        Raises
        ------
        InputError
            When it is no visits, or their regions or units are others; use those of the fit.
        """
        if not isinstance(visits, Visits):
            raise InputError(
                f"expected Visits, found {type(visits).__name__}",
                where="ProgressionModel",
                repair="Make them with Visits.from_frame(table).",
            )
        if visits.region_names != self.regions:
            raise InputError(
                f"expected the {len(self.regions)} regions of the fit, found {visits.n_regions} "
                f"of which {len(set(visits.region_names) & set(self.regions))} have their names",
                where=visits.source.name,
                repair="Use the same regions in the same order.",
            )
        for name, fitted in (("time_unit", self.time_unit), ("unit", self.unit)):
            if getattr(visits, name) != fitted:
                raise InputError(
                    f"expected the {name} {fitted!r} of the fit, found {getattr(visits, name)!r}",
                    where=visits.source.name,
                    repair="Convert the visits, and state their unit.",
                )
        return Scans.of(visits, self.scale)


class _Record(BaseModel):
    """Content of ``model.json``."""

    regions: list[str]
    time_unit: str
    quantity: str
    unit: str
    scale: tuple[Finite, Finite]
    noise: tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], Positive]
    limits: tuple[Finite | None, Finite | None]
    stages: tuple[Positive, Positive]
    duration: Positive
    n_states: Count
    shares: dict[str, Finite]


def save_course(model: FittedCourse, folder: Path | str) -> None:
    """Write a fitted course into a new folder.

    Parameters
    ----------
    model : FittedCourse
        Fitted.
    folder : Path or str
        Must not exist.
    """
    limits = model.noise.limits
    record = {
        "format": _FORMAT,
        "format_version": _FORMAT_VERSION,
        "regions": list(model.regions),
        "time_unit": model.time_unit,
        "quantity": model.quantity,
        "unit": model.unit,
        "scale": [model.scale.low, model.scale.high],
        "noise": [model.noise.offset, model.noise.scan],
        # JSON has no infinity.
        "limits": [end if np.isfinite(end) else None for end in limits],
        "stages": [model.grid.last, model.grid.step],
        "duration": model.course.duration,
        "n_states": len(model.course.states),
        "shares": model.shares,
    }
    with atomic_write(folder) as temporary:
        temporary.mkdir()
        save_tree(temporary / _ARRAYS, _list_arrays(model))
        write_json(temporary / _RECORD, record)


def _list_arrays(model: FittedCourse) -> dict[str, Floats]:
    return {
        "course": model.course.states,
        "weights": model.weights,
        "rates": np.array([model.spread, model.growth]),
        "capacity": model.capacity,
        "start": model.start,
    }


def load_course(folder: Path | str) -> FittedCourse:
    """Read a course that :func:`save_course` wrote.

    Parameters
    ----------
    folder : Path or str
        Where it is.

    Raises
    ------
    InputError
        When the folder holds no fitted course, or a damaged one; save it again.
    """
    place = Path(folder) / _RECORD
    record = check_record(_Record, read_record(place, _FORMAT, _FORMAT_VERSION), place, _REPAIR)
    # Shapes by the record, so that a file of another model is refused before it is read.
    path, n = Path(folder) / _ARRAYS, len(record.regions)
    shapes = {
        "course": (record.n_states, n),
        "weights": (n, n),
        "rates": (2,),
        "capacity": (n,),
        "start": (n,),
    }
    like = {name: np.broadcast_to(np.float64(0), shape) for name, shape in shapes.items()}
    arrays = load_tree(path, like)
    for array in arrays.values():
        if not np.isfinite(array).all():
            raise InputError("expected finite numbers", where=str(path), repair=_REPAIR)
    floor, ceiling = record.limits
    limits = Limits(-np.inf if floor is None else floor, np.inf if ceiling is None else ceiling)
    return FittedCourse(
        tuple(record.regions),
        record.time_unit,
        record.quantity,
        record.unit,
        UnitScale(*record.scale),
        NoiseModel(*record.noise, limits),
        StageGrid(*record.stages),
        Trajectory(arrays["course"], record.duration),
        arrays["weights"],
        float(arrays["rates"][0]),
        float(arrays["rates"][1]),
        arrays["capacity"],
        arrays["start"],
        record.shares,
    )
