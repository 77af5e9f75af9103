"""The maps of one study over time, as a forecast is given them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Visits, list_some
from neuropil.contracts import InputError
from neuropil.progression.group_maps.spread import GroupMaps

__all__ = ["StudyMaps", "are_studies", "check_studies", "read_studies"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# One that is foretold, and two of which one may be left out while the other teaches.
_FEWEST = 3


@dataclass(frozen=True, eq=False)
class StudyMaps:
    """Maps of one study, and what it shares with others.

    Parameters
    ----------
    name : str
        Name of the study.
    maps : GroupMaps
        Its maps and its seed.
    protein : str
        What was measured; studies of one protein tell more about each other.
    laboratory : str
        Who measured it; studies of one laboratory may be alike for reasons of their own.

    Raises
    ------
    InputError
        When fewer than three regions without a seed were measured at all times.
    """

    name: str
    maps: GroupMaps
    protein: str = ""
    laboratory: str = ""

    def __post_init__(self) -> None:
        if self.used.sum() < 3:
            raise InputError(
                f"expected at least three regions without a seed that were measured at all times, "
                f"found {int(self.used.sum())}",
                where=f"study {self.name}",
                repair="Leave out times at which other regions were measured.",
            )

    @property
    def n_regions(self) -> int:
        """Number of regions."""
        return self.maps.start.size

    @property
    def n_times(self) -> int:
        """Number of maps."""
        return self.maps.times.size

    @cached_property
    def measured(self) -> Mask:
        """Whether a region was measured at all times, (n,) bool."""
        return np.asarray(np.isfinite(self.maps.values).all(axis=0))

    @cached_property
    def used(self) -> Mask:
        """Whether a region is compared, (n,) bool: measured and not a seed.

        What was injected is given to every predictor, and would be scored as if it were foretold.
        """
        compared: Mask = self.measured & (self.maps.start == 0)
        return compared

    def earlier(self) -> StudyMaps:
        """Return the study as it was known before its last map.

        Raises
        ------
        InputError
            When there is only one map; give a later one too.
        """
        if self.n_times < 2:
            raise InputError(
                "expected at least two maps, found one",
                where=f"study {self.name}",
                repair="A forecast is compared with a later map: give one.",
            )
        # A new study, and not a mark on this one: what is hidden cannot be reached by mistake.
        maps = GroupMaps(self.maps.times[:-1], self.maps.values[:-1], self.maps.start)
        return StudyMaps(self.name, maps, self.protein, self.laboratory)

    def find_blocks(self, sides: npt.ArrayLike | None = None) -> npt.NDArray[np.int64]:
        """Find regions that were measured as one.

        Coarse parts of the brain were scored, and each score given to all regions of a part.
        Regions of one side with the same value at all times are taken as one block: this joins
        parts that happen to be equal, above all those without pathology, and so an interval over
        blocks is too wide rather than too narrow.

        Parameters
        ----------
        sides : (n,) array, optional
            Side of each region; all are on one when not given.

        Returns
        -------
        (m,) int array
            Block of each region that is compared, from 0.
        """
        values = self.maps.values[:, self.used]
        # Both sides were scored apart, so that equal scores on them are two measurements.
        labels = np.zeros(self.n_regions) if sides is None else np.asarray(sides)
        _, side = np.unique(labels[self.used], return_inverse=True)
        _, block = np.unique(np.vstack([side, values]), axis=1, return_inverse=True)
        return block.ravel().astype(np.int64)


def read_studies(visits: Visits) -> tuple[StudyMaps, ...]:
    """Read one study from each subject of a dataset whose subjects are studies.

    Parameters
    ----------
    visits : Visits
        Regions have a column ``seed`` or one column ``seed_STUDY`` for each study; subjects may
        have ``protein`` and ``laboratory``.

    Returns
    -------
    tuple of StudyMaps
        In the order of the subjects.

    Raises
    ------
    InputError
        When the seed of a study is not known.
    """
    rows = visits.subject_rows()
    return tuple(
        StudyMaps(
            name,
            GroupMaps(
                visits.times[rows == place], visits.values[rows == place], _find_seed(visits, name)
            ),
            *(_describe(visits, column, place) for column in ("protein", "laboratory")),
        )
        for place, name in enumerate(visits.ids)
    )


def are_studies(visits: Visits) -> bool:
    """Tell whether subjects are studies, each with a seed of its own and maps over time.

    Parameters
    ----------
    visits : Visits
        Any visits.

    Returns
    -------
    bool
        True where regions have a column ``seed_STUDY`` for each of at least three subjects, who
        were all seen twice or more; fewer leave nothing to choose by.
    """
    columns = set(visits.parcellation.regions.columns)
    counts = np.bincount(visits.subject_rows())
    seeded = all(f"seed_{name}" in columns for name in visits.ids)
    return seeded and visits.n_subjects >= _FEWEST and bool((counts > 1).all())


def _find_seed(visits: Visits, name: str) -> Array:
    regions = visits.parcellation.regions
    # The own seed first: a common one is of data in which all were injected alike.
    for column in (f"seed_{name}", "seed"):
        if column in regions.columns:
            return regions[column].to_numpy().astype(np.float64)
    raise InputError(
        f"expected a column 'seed_{name}' or 'seed' of yes and no, found none",
        where=visits.source.name,
        repair="Add to the table of regions where the study was seeded.",
    )


def _describe(visits: Visits, column: str, place: int) -> str:
    return str(visits.subjects[column][place]) if column in visits.subjects.columns else ""


def check_studies(studies: Any, n: int) -> tuple[StudyMaps, ...]:  # noqa: ANN401 - anything may come
    """Return studies that a forecast can be fitted to.

    Parameters
    ----------
    studies : sequence of StudyMaps
        At least one.
    n : int
        Regions of the graph.

    Raises
    ------
    InputError
        When something else was given, a name is there twice, or the regions are not those of the
        graph.
    """
    # One study that was forgotten to be put into a list gets the message of a wrong type, not of
    # an iteration that failed.
    given = tuple(studies) if isinstance(studies, Sequence) else (studies,)
    wrong = [type(one).__name__ for one in given if not isinstance(one, StudyMaps)]
    if wrong or not given:
        raise InputError(
            f"expected a sequence of StudyMaps, found {wrong[0] if wrong else 'none'}",
            where="studies",
            repair="Take those of read_studies(visits).",
        )
    names = [one.name for one in given]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            f"expected each study once, found {list_some(twice)} several times",
            where="studies",
            repair="Give studies different names; what is one study to itself must not teach it.",
        )
    for one in given:
        if one.n_regions != n:
            raise InputError(
                f"expected the {n} regions of the graph, found {one.n_regions}",
                where=f"study {one.name}",
                repair="Bring maps and graph to the same regions in the same order.",
            )
    return given
