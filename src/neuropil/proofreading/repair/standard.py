"""The proofreader for those who bring none: trained once, and kept."""

from __future__ import annotations

import hashlib
import json
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import (
    InputError,
    OutputError,
    Progress,
    SeedTree,
    SilentProgress,
    user_cache,
)
from neuropil.proofreading.config import REAL, ProofreadingConfig, choose_segmentation
from neuropil.proofreading.halves import fit_whole
from neuropil.proofreading.repair.lessons import RECORD
from neuropil.proofreading.repair.repairer import SplitRepairer

__all__ = ["load_standard", "open_repairer"]

# Gaps that the proofreader bridges [voxels], since it may meet segmentations that leave membranes
# empty: the reach with which pairs of the flood-filling segmentation of FIB-25 are found.
_REACH = 6.0
# The generated block is a twentieth of the real one, and so are its objects.
_SMALL: dict[str, Any] = {
    "rules": {"fewest_voxels": 300, "reach": _REACH},
    "mending": {"margin": 2},
}


def open_repairer(place: Path | str) -> SplitRepairer:
    """Open a proofreader from its folder, or from the run that trained it.

    Parameters
    ----------
    place : Path or str
        Run folder of ``neuropil run proofreading``, or what :meth:`SplitRepairer.save` wrote.

    Returns
    -------
    SplitRepairer
        Ready to propose.

    Raises
    ------
    InputError
        When there is none, or it is damaged.
    VersionError
        When a newer version wrote it; upgrade.
    """
    folder = Path(place)
    if (folder / "run.json").is_file():
        folder = folder / "model"
    if not (folder / RECORD).is_file():
        raise InputError(
            f"expected a proofreader, found no {RECORD}",
            where=str(folder),
            repair="Name a run folder of `neuropil run proofreading`, or a saved SplitRepairer.",
        )
    return SplitRepairer.load(folder)


def load_standard(progress: Progress | None = None) -> tuple[SplitRepairer, tuple[str, ...]]:
    """Return the proofreader of this package, and train it where this user has none yet.

    It learns from all sections of FIB-25, which takes some minutes once; where those data cannot be
    had it learns from the generated block instead.

    Parameters
    ----------
    progress : Progress, optional
        Told how far the training is.

    Returns
    -------
    repairer : SplitRepairer
        Ready to propose.
    notes : tuple of str
        What was used in place of FIB-25; empty where it was not.

    Raises
    ------
    OutputError
        When the cache cannot be written; the message names NEUROPIL_CACHE.
    """
    # Asked first, since a proofreader that was kept needs no data.
    kept = _load_kept(_place(REAL))
    if kept is not None:
        return kept, ()
    data, notes = datasets.load_or_substitute(REAL, kind=Volume)
    folder = _place(data.source.name)
    kept = _load_kept(folder)
    return kept or _train(data, folder, progress or SilentProgress()), notes


def _settings(name: str) -> ProofreadingConfig:
    rules = {"reach": _REACH}
    return ProofreadingConfig.build({"rules": rules} if name == REAL else _SMALL)


def _place(name: str) -> Path:
    files = [file.sha256 for file in datasets.info(name).files]
    key = [version("neuropil"), name, files, _settings(name).model_dump(mode="json")]
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    return user_cache() / "proofreaders" / f"{name}-{digest[:16]}"


def _load_kept(folder: Path) -> SplitRepairer | None:
    if not folder.is_dir():
        return None
    try:
        return SplitRepairer.load(folder)
    # What is damaged in the cache is made anew.
    except InputError:
        shutil.rmtree(folder, ignore_errors=True)
        return None


def _train(volume: Volume, folder: Path, progress: Progress) -> SplitRepairer:
    config = _settings(volume.source.name)
    names = (choose_segmentation(config, volume), config.truth)
    # One seed for everybody, so that two users of a version mend by the same proofreader.
    repairer = fit_whole(volume, names, config, SeedTree(0), progress)
    # Another process may have been faster; both have learnt the same.
    if not folder.exists():
        try:
            repairer.save(folder)
        except OutputError as error:
            raise OutputError(
                error.what,
                where=error.where,
                repair="Set NEUROPIL_CACHE to a folder that can be written and has space.",
            ) from error
    return repairer
