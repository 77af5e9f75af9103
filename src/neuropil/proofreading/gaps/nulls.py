"""What simple rules reach on items of gaps: the nearest profile, the one that overlaps, a draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self, get_args

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import ConfigError, SeedTree
from neuropil.proofreading.gaps.calibration import DepthCalibration
from neuropil.proofreading.gaps.items import list_asked, locate_gap, require_training
from neuropil.proofreading.tasks.items import Item

__all__ = ["GapNull", "GapRule"]

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

GapRule = Literal["nearest centroid", "overlap of faces", "random"]


class GapNull:
    """Answer items of gaps by one rule.

    Parameters
    ----------
    rule : {"nearest centroid", "overlap of faces", "random"}
        By the distance between the middles of both labels on the faces; by the pixels that they
        have in common, out of all that they have; or by a draw.
    random_state : int
        Seed of the draw.

    Attributes
    ----------
    calibration_ : DepthCalibration
        From the rule to a probability.
    """

    def __init__(self, rule: GapRule, random_state: int = 0) -> None:
        self.rule = rule
        self.random_state = random_state

    def fit(self, volume: Volume, items: Sequence[Item], segmentation: str | None = None) -> Self:
        """Fit the probability to items for training.

        Parameters
        ----------
        volume : Volume
            With the segmentation of the items.
        items : sequence of Item
            Items; those for tests are left aside.
        segmentation : str, optional
            Name of the segmentation; the only one when not given.

        Returns
        -------
        GapNull
            Itself.

        Raises
        ------
        ConfigError
            When there is no such rule.
        InputError
            When no item is for training.
        """
        if self.rule not in get_args(GapRule):
            raise ConfigError(
                f"expected one of {', '.join(get_args(GapRule))}, found {self.rule!r}",
                where="GapNull",
                repair="Name one of them.",
            )
        # Even a rule is calibrated on training items alone, or its probabilities would know the
        # tests.
        own, right = require_training(items)
        scores = np.concatenate([self._score(volume, item, segmentation) for item in own])[:, None]
        depths = np.array([_measure_depth(volume, item) for item in own])
        self.calibration_ = DepthCalibration.fit(scores, depths, right)
        return self

    def predict_proba(
        self, volume: Volume, items: Sequence[Item], segmentation: str | None = None
    ) -> list[Floats]:
        """Return the probability of each option of each item.

        Parameters
        ----------
        volume : Volume
            With the segmentation of the items.
        items : sequence of Item
            Items of gaps, of either form.
        segmentation : str, optional
            Name of the segmentation; the only one when not given.

        Returns
        -------
        list of (n_options,) array
            Probabilities.
        """
        return [
            self.calibration_.apply(
                self._score(volume, item, segmentation)[:, None], _measure_depth(volume, item)
            )
            for item in items
        ]

    def _score(self, volume: Volume, item: Item, segmentation: str | None) -> Floats:
        if self.rule == "random":
            rng = SeedTree.of(self.random_state).child(item.id).generator()
            return rng.uniform(size=len(item.shown) - 1)
        near, far = locate_gap(item)
        faces = [
            volume.segmentation(segmentation, (slice(z, z + 1), slice(None), slice(None)))[0]
            for z in (near - 1, far)
        ]
        measure = _measure_nearness if self.rule == "nearest centroid" else _measure_overlap
        return np.array(
            [
                measure(faces[0] == base, faces[1] == option, volume.voxel_size[1:])
                for base, option in list_asked(item)
            ]
        )


def _measure_depth(volume: Volume, item: Item) -> float:
    near, far = locate_gap(item)
    return (far - near + 1) * volume.voxel_size[0] / 1000


def _measure_nearness(one: Mask, other: Mask, pixel: tuple[Any, ...]) -> float:
    """Return the negative distance between the middles of two labels [micrometres]."""
    middles = [np.argwhere(mask).mean(axis=0) * pixel for mask in (one, other)]
    return -float(np.linalg.norm(middles[0] - middles[1])) / 1000


def _measure_overlap(one: Mask, other: Mask, _: tuple[Any, ...]) -> float:
    return float(np.count_nonzero(one & other) / np.count_nonzero(one | other))
