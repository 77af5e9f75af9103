"""Libraries that only some formats need, imported when a file of theirs is read or written."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

from neuropil.contracts import MissingDependencyError

__all__ = ["import_extra"]


def import_extra(module: str, extra: str, path: Path) -> ModuleType:
    """Import a library that is not part of the base installation.

    Parameters
    ----------
    module : str
        Name of the library.
    extra : str
        Extra of neuropil that brings it.
    path : Path
        File that needs it.

    Returns
    -------
    module
        The library.

    Raises
    ------
    MissingDependencyError
        When it is not installed; the message names the extra.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingDependencyError(
            f"expected the package {module}, which this format needs, found none",
            where=str(path),
            repair=f'Install it: pip install "neuropil[{extra}]".',
        ) from error
