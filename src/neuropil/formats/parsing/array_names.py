"""Which arrays an ``.npz`` file has, without reading them."""

from __future__ import annotations

import zipfile
from pathlib import Path

__all__ = ["OTHER_NOUNS", "VOLUMES", "list_arrays"]

OTHER_NOUNS = frozenset({"matrix", "expr", "participant_id"})
"""Arrays that tell a connectome, an atlas of genes and a cohort; a volume has none of them."""

VOLUMES = frozenset({"voxel_size_nm", "resolution_nm", "voxel_size", "image"})
"""Arrays of which a volume has one."""


def list_arrays(path: Path) -> frozenset[str]:
    """List the names of the arrays of an ``.npz`` file.

    Parameters
    ----------
    path : Path
        An existing file.

    Returns
    -------
    frozenset of str
        Empty where the file is no archive or damaged, so that the reader of a format can say how.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return frozenset(name.removesuffix(".npy") for name in archive.namelist())
    # Sniffing never fails: the reader of the format says better what is wrong.
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return frozenset()
