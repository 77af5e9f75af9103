"""scikit-image, which is not part of the base installation."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from neuropil.contracts import MissingDependencyError

__all__ = ["import_skimage"]


def import_skimage(part: str) -> Any:  # noqa: ANN401 - a library without types
    """Import a part of scikit-image.

    Parameters
    ----------
    part : str
        Such as ``segmentation``.

    Returns
    -------
    module
        The part.

    Raises
    ------
    MissingDependencyError
        When it is not installed; the message names the extra.
    """
    try:
        return import_module(f"skimage.{part}")
    except ImportError as error:
        raise MissingDependencyError(
            f"expected the package scikit-image, of which skimage.{part} is needed, found none",
            where="preservation",
            repair='Install it: pip install "neuropil[em]".',
        ) from error
