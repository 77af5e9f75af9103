"""What all parts of a run share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.cohorts.data import choose_scale, to_scale
from neuropil.cohorts.hybrid.config import HybridLatentsConfig
from neuropil.cohorts.hybrid.fit import HybridVAE
from neuropil.cohorts.hybrid.score import encode_labels
from neuropil.connectome import Cohort
from neuropil.contracts import PieceCache, Task

__all__ = ["FittedRun"]

Array = npt.NDArray[np.floating]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class FittedRun:
    """A run whose model is fitted.

    Parameters
    ----------
    task : Task
        Settings, seed and where it writes.
    cohort : Cohort
        Subjects who are used.
    modality : str
        Which connections.
    site : str or None
        Column of the sites.
    traits : tuple of str
        Columns that can be foretold.
    model : HybridVAE
        Fitted to all of them.
    pieces : PieceCache
        Does further work side by side.
    """

    task: Task[HybridLatentsConfig, Cohort]
    cohort: Cohort
    modality: str
    site: str | None
    traits: tuple[str, ...]
    model: HybridVAE
    pieces: PieceCache

    @property
    def labels(self) -> Whole:
        """Number of each subject's site; -1 where it is not known."""
        if self.site is None:
            return np.full(len(self.cohort), -1)
        return encode_labels(self.cohort.subjects[self.site])

    @property
    def values(self) -> Array:
        """Connections on the scale of the model."""
        scale = choose_scale(self.cohort, self.modality)
        return np.asarray(to_scale(self.cohort.edges(self.modality), scale))
