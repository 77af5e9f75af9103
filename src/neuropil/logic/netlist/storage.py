"""The netlist folder, format version 1: arrays in safetensors, the rest in JSON.

The format is described in ``docs/formats/netlist.md``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from neuropil.contracts import InputError, atomic_write, read_record, write_json

if TYPE_CHECKING:
    from neuropil.logic.netlist.circuit import Circuit

__all__ = ["NETLIST_FORMAT_VERSION", "read_netlist", "write_netlist"]

NETLIST_FORMAT_VERSION = 1
_FORMAT = "neuropil-netlist"
_DTYPES = {
    "kinds": np.uint8,
    "left": np.int32,
    "right": np.int32,
    "outputs": np.int32,
    "inverted": np.uint8,
    "groups": np.int32,
    "constants": np.int64,
}


def write_netlist(circuit: Circuit, folder: Path | str) -> None:
    """Write ``netlist.safetensors`` and ``netlist.json``.

    Parameters
    ----------
    circuit : Circuit
        What is written.
    folder : Path or str
        Folder, made where it is missing.
    """
    arrays = {
        name: np.ascontiguousarray(getattr(circuit, name), dtype) for name, dtype in _DTYPES.items()
    }
    with atomic_write(Path(folder) / "netlist.safetensors") as temporary:
        save_file(arrays, temporary)
    record = {
        "format": _FORMAT,
        "format_version": NETLIST_FORMAT_VERSION,
        "inputs": circuit.n_inputs,
        "gates": circuit.n_gates,
        "classes": list(circuit.classes),
    }
    write_json(Path(folder) / "netlist.json", record)


def read_netlist(folder: Path | str) -> dict[str, Any]:
    """Read what :func:`write_netlist` wrote, as the arguments of a circuit.

    Parameters
    ----------
    folder : Path or str
        Folder.

    Raises
    ------
    InputError
        When a file is missing or damaged; save the circuit again.
    VersionError
        When the format is newer than this installation reads; upgrade.
    """
    record = read_record(Path(folder) / "netlist.json", _FORMAT, NETLIST_FORMAT_VERSION)
    path = Path(folder) / "netlist.safetensors"
    repair = "Save the circuit again."
    try:
        arrays = load_file(path)
    except (SafetensorError, OSError) as error:
        raise InputError(
            f"not a readable safetensors file ({error})", where=str(path), repair=repair
        ) from error
    expected = {name: (np.dtype(dtype), 1) for name, dtype in _DTYPES.items()}
    found = {name: (array.dtype, array.ndim) for name, array in arrays.items()}
    if found != expected:
        differing = sorted(
            name for name in found | expected if found.get(name) != expected.get(name)
        )
        raise InputError(
            f"expected the arrays of a netlist, found another {differing[0]!r}",
            where=str(path),
            repair=repair,
        )
    classes, inputs = record.get("classes"), record.get("inputs")
    named = isinstance(classes, list) and all(isinstance(name, str) for name in classes)
    if not named or not isinstance(inputs, int) or record.get("gates") != arrays["kinds"].size:
        raise InputError(
            "expected names of classes, a number of inputs, and the number of gates of the arrays",
            where=str(Path(folder) / "netlist.json"),
            repair=repair,
        )
    return {"n_inputs": inputs, "classes": tuple(record["classes"]), **arrays}
