"""Sets of regions by a name or a file, with what is known of each region."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Cohort, Connectome, Parcellation, Visits, label_regions, list_some
from neuropil.contracts import ConfigError, InputError, did_you_mean
from neuropil.progression.priors.desikan_killiany import DESIKAN_KILLIANY, CorticalRegion

__all__ = ["DK68", "Region", "RegionSet", "load_region_set"]

Place = tuple[float, float, float]

DK68 = "dk68"
"""Name of the 68 cortical regions of the Desikan-Killiany atlas."""

# How programs write the side before a name: L_, lh., ctx-rh-, ctx_lh_, left_.
_SIDED = re.compile(r"(?:ctx[-_.])?(l|r|lh|rh|left|right)[-_. ]+(.+)", re.IGNORECASE)
_SIDES = {"L": "left", "R": "right"}
_NANOMETRES = 1e6  # in a millimetre
# A cohort before visits: both may be folders of tables, and a cohort's are told by their names.
_HOLD_REGIONS = (Connectome, Cohort, Visits, Parcellation)


@dataclass(frozen=True, slots=True)
class Region:
    """A region and what is known of it.

    Parameters
    ----------
    label : str
        Its name in matrices and answers, such as ``L_entorhinal``.
    words : str
        Its name as people say it, such as ``left entorhinal cortex``.
    side : str
        L, R, or empty where it is not known.
    name : str
        Its name without the side; the mirror image has the same.
    place : tuple of float, optional
        Centre, to the right, front and top [mm].
    facts : CorticalRegion, optional
        What the atlas says of it.
    """

    label: str
    words: str
    side: str = ""
    name: str = ""
    place: Place | None = None
    facts: CorticalRegion | None = None


@dataclass(frozen=True, slots=True)
class RegionSet:
    """Regions in the order of the rows and columns of every matrix on them.

    Parameters
    ----------
    name : str
        ``dk68``, or the name of the file.
    regions : tuple of Region
        At least two, with unique labels.

    Raises
    ------
    InputError
        When there are fewer than two regions, or a label is there twice.
    """

    name: str
    regions: tuple[Region, ...]

    def __post_init__(self) -> None:
        if len(self.regions) < 2:
            raise InputError(
                f"expected at least two regions, found {len(self.regions)}",
                where=self.name,
                repair="An edge joins two: name a set with more.",
            )
        again = [label for place, label in enumerate(self.labels) if label in self.labels[:place]]
        if again:
            raise InputError(
                f"expected unique labels, found {list_some(again)} again",
                where=self.name,
                repair="Rename the regions, or state their hemisphere.",
            )

    @classmethod
    def of(cls, parcellation: Parcellation, name: str) -> Self:
        """Return the regions of a parcellation, with the facts of the atlas where it knows them.

        Parameters
        ----------
        parcellation : Parcellation
            Centres are read from ``x_mm``, ``y_mm`` and ``z_mm``, where they are there.
        name : str
            Of the set, for messages.
        """
        places = _places(parcellation.regions, ("x_mm", "y_mm", "z_mm"), 1.0)
        return cls(name, _describe_all(label_regions(parcellation), places))

    @property
    def labels(self) -> tuple[str, ...]:
        """Label of each region."""
        return tuple(region.label for region in self.regions)

    def __len__(self) -> int:
        return len(self.regions)

    def compute_distances(self) -> npt.NDArray[np.float64]:
        """Return the distances of all centres.

        Returns
        -------
        ndarray
            (n_regions, n_regions) [mm].

        Raises
        ------
        InputError
            When the place of a region is not known; bring places, or another source of answers.
        """
        lost = [region.label for region in self.regions if region.place is None]
        if lost:
            raise InputError(
                f"expected the place of every region, found none of {list_some(lost)}",
                where=self.name,
                repair="Use labels of the Desikan-Killiany atlas such as L_entorhinal, add columns "
                "x_mm, y_mm, z_mm to the parcellation, or ask a language model.",
            )
        places = np.array([region.place for region in self.regions], dtype=np.float64)
        distances: npt.NDArray[np.float64] = np.linalg.norm(places[:, None] - places, axis=-1)
        return distances


def load_region_set(spec: str | Path) -> RegionSet:
    """Return the set of regions that a name or a file means.

    Parameters
    ----------
    spec : str or Path
        ``dk68``, or a file or folder of a connectome, a cohort, visits or a parcellation, whose
        labels are taken.

    Returns
    -------
    RegionSet
        The regions, with the facts of the atlas where a label is one of its own.

    Raises
    ------
    ConfigError
        When it is neither.
    InputError
        When the file cannot be read.

    Examples
    --------
    >>> regions = load_region_set("dk68")
    >>> len(regions), regions.labels[4], regions.regions[38].words
    (68, 'L_entorhinal', 'right entorhinal cortex')
    """
    if spec == DK68:
        labels = [f"{side}_{name}" for side in _SIDES for name in DESIKAN_KILLIANY]
        return RegionSet(DK68, tuple(_describe(label) for label in labels))
    path = Path(spec)
    if not path.exists():
        raise ConfigError(
            f"expected {DK68} or a file with regions, found {str(spec)!r}",
            where="regions",
            repair=f"{did_you_mean(spec, [DK68])}Name a connectome, a cohort, visits or a "
            "parcellation.",
        )
    return _read(path)


def _read(path: Path) -> RegionSet:
    from neuropil import formats

    # Where none fits, the reader of connectomes says what is wrong.
    kind = next((one for one in _HOLD_REGIONS if _holds(path, one)), Connectome)
    noun: Any = formats.read(path, kind=kind)
    if isinstance(noun, Connectome):
        places = _places(noun.nodes, ("x", "y", "z"), _NANOMETRES)
        # Ids of a connectome of regions are their names; ids of neurons would be numbers.
        return RegionSet(path.name, _describe_all(noun.nodes["id"].cast(str).to_list(), places))
    parcellation = noun if isinstance(noun, Parcellation) else noun.parcellation
    if parcellation is None:
        raise InputError(
            "expected the names of the regions, found a cohort without a parcellation",
            where=str(path),
            repair="Add the table of regions to the cohort.",
        )
    return RegionSet.of(parcellation, path.name)


def _holds(path: Path, kind: type) -> bool:
    from neuropil import formats

    try:
        formats.sniff(path, kind=kind)
    except InputError:
        return False
    return True


def _places(frame: Any, columns: Sequence[str], unit: float) -> list[Place | None]:  # noqa: ANN401
    if not set(columns) <= set(frame.columns):
        return [None] * frame.height
    rows = frame.select(columns).rows()
    return [None if None in row else tuple(value / unit for value in row) for row in rows]


def _describe_all(labels: Sequence[str], places: Sequence[Place | None]) -> tuple[Region, ...]:
    return tuple(_describe(label, place) for label, place in zip(labels, places, strict=True))


def _describe(label: str, place: Place | None = None) -> Region:
    """Recognise a region of the atlas by its label; of another one only the side is known."""
    found = _SIDED.fullmatch(label)
    side, name = (found[1][0].upper(), found[2]) if found else ("", label)
    facts = DESIKAN_KILLIANY.get(name.lower()) if side else None
    if facts is None:
        # Underscores are no words; everything else of a stranger's label is left as it is.
        said = name.replace("_", " ")
        words = f"{_SIDES[side]} {said}" if side else said
        return Region(label, words, side, name, place)
    x, y, z = facts.place
    # The table is of the right hemisphere; the left one is taken as its mirror image.
    rough = (x if side == "R" else -x, y, z)
    return Region(label, f"{_SIDES[side]} {facts.words}", side, name.lower(), place or rough, facts)
