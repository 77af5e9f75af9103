"""A cohort together with what was planted in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Cohort
from neuropil.contracts import InputError

__all__ = ["PlantedCohort", "Split", "name_subjects", "split_rows"]

Split = Literal["train", "validation", "test"]


@dataclass(frozen=True, eq=False)
class PlantedCohort:
    """A generated cohort and the latent variables that no model is shown.

    Parameters
    ----------
    cohort : Cohort
        What a model may see; its subjects carry labels that a study would have, such as protocol,
        age, sex or a trait.
    truth : mapping of str to array
        Latent variables and maps by name; the generating function lists them.
    split : (n_subjects,) str array, optional
        ``train``, ``validation`` or ``test`` for each subject; None where latents are found without
        labels and scored on all subjects.
    """

    cohort: Cohort
    truth: Mapping[str, npt.NDArray[Any]]
    split: npt.NDArray[np.str_] | None = None

    def rows(self, split: Split) -> npt.NDArray[np.bool_]:
        """Tell which subjects belong to a part of the split.

        Parameters
        ----------
        split : {"train", "validation", "test"}
            The part.

        Returns
        -------
        ndarray
            (n_subjects,) booleans, as :meth:`Cohort.take` takes them.

        Raises
        ------
        InputError
            When this world is not split.
        """
        if self.split is None:
            raise InputError(
                "expected a split, found none",
                where=self.cohort.source.name,
                repair="Score all subjects, or split them by folds.",
            )
        return np.asarray(self.split == split)


def split_rows(n: int) -> npt.NDArray[np.str_]:
    """Split subjects in their order: 70 % for training, 10 % for validation, the rest for tests."""
    # Subjects are drawn independently, so that an order is as good as a shuffle.
    train, validation = n * 7 // 10, n // 10
    sizes = [train, validation, n - train - validation]
    return np.repeat(np.array(["train", "validation", "test"]), sizes)


def name_subjects(n: int) -> list[str]:
    """Name subjects by numbers from 1, of one length, so that they sort in their order."""
    return [f"{number:0{len(str(n))}}" for number in range(1, n + 1)]
