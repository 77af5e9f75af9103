"""What a repairer has learnt beside its trees, kept as JSON and safetensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from neuropil.contracts import InputError, atomic_write, check_record, read_record, write_json
from neuropil.proofreading.repair.calibration import Calibration
from neuropil.proofreading.repair.plan import RepairPlan
from neuropil.proofreading.repair.tissue import Tissue
from neuropil.proofreading.repair.trials import Experience

__all__ = ["RECORD", "Lessons"]

RECORD = "repairer.json"
"""File by which the folder of a repairer is known."""

_FORMAT, _VERSION = "neuropil split repairer", 1
_ARRAYS = "lessons.safetensors"
_REPAIR = "Save the repairer again, or name another folder."
# Names of arrays: of the trials, and of both ends of the two calibrations.
_TRIED = tuple(one.name for one in fields(Experience))
_LINES = ("contacts", "joins")
_TRUTHS = ("same", "right")

Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Lessons:
    """Plan, origin, trials and calibrations of a repairer.

    Parameters
    ----------
    plan : RepairPlan
        How split errors are found.
    tissue : Tissue
        Where it was trained.
    experience : Experience
        What its trials have taught.
    contacts, joins : Calibration
        From what the scorer says of a contact, and of a contact that is joined, to how often it is
        right.
    """

    plan: RepairPlan
    tissue: Tissue
    experience: Experience
    contacts: Calibration
    joins: Calibration

    def save(self, folder: Path) -> None:
        """Write them into a folder.

        Parameters
        ----------
        folder : Path
            An existing folder.
        """
        from safetensors.numpy import save_file

        arrays = {name: getattr(self.experience, name) for name in _TRIED}
        for name, line in zip(_LINES, (self.contacts, self.joins), strict=True):
            arrays |= {f"{name}.said": line.said, f"{name}.true": line.true}
        with atomic_write(folder / _ARRAYS) as temporary:
            save_file({name: np.ascontiguousarray(a) for name, a in arrays.items()}, temporary)
        record = {
            "format": _FORMAT,
            "format_version": _VERSION,
            "plan": TypeAdapter(RepairPlan).dump_python(self.plan, mode="json"),
            "tissue": asdict(self.tissue),
        }
        write_json(folder / RECORD, record)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote.

        Parameters
        ----------
        folder : Path
            The folder.

        Returns
        -------
        Lessons
            Equal to what was saved.

        Raises
        ------
        InputError
            When a file is missing or damaged; save the repairer again.
        VersionError
            When a newer version wrote them; upgrade.
        """
        path = folder / RECORD
        record = read_record(path, _FORMAT, _VERSION)
        plan = check_record(RepairPlan, record.get("plan"), path, _REPAIR)
        tissue = check_record(Tissue, record.get("tissue"), path, _REPAIR)
        arrays = _read_arrays(folder / _ARRAYS)
        lines = [Calibration(arrays[f"{name}.said"], arrays[f"{name}.true"]) for name in _LINES]
        experience = Experience(**{name: arrays[name] for name in _TRIED})
        return cls(plan, tissue, experience, *lines)


def _read_arrays(path: Path) -> Arrays:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        arrays = load_file(path)
    except (SafetensorError, OSError) as error:
        raise InputError(
            f"not a readable safetensors file ({error})", where=str(path), repair=_REPAIR
        ) from error
    ends = [f"{name}.{end}" for name in _LINES for end in ("said", "true")]
    if set(arrays) != {*_TRIED, *ends} or not _fit(arrays):
        raise InputError(
            "expected trials and calibrations, found arrays that are none",
            where=str(path),
            repair=_REPAIR,
        )
    return arrays


def _fit(arrays: Arrays) -> bool:
    """Tell whether arrays are such as trials and calibrations have."""
    together = (("said", "same"), ("joined", "threshold", "right", "cost"))
    lines = [tuple(f"{name}.{end}" for end in ("said", "true")) for name in _LINES]
    alike = all(
        len({arrays[name].shape for name in group}) == 1 and arrays[group[0]].ndim == 1
        for group in (*together, *lines)
    )
    kinds = all(
        array.dtype.kind == ("b" if name in _TRUTHS else "f") for name, array in arrays.items()
    )
    if not (alike and kinds):
        return False
    finite = all(np.isfinite(array).all() and len(array) for array in arrays.values())
    return finite and all((np.diff(arrays[name]) >= 0).all() for line in lines for name in line)
