"""What a membrane network is held against: a ridge filter, and a forest on a bank of filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.preservation.detector.extras import import_skimage
from neuropil.preservation.detector.filters import apply_filters
from neuropil.preservation.detector.marks import mark_membranes
from neuropil.preservation.detector.sections import standardise_section

__all__ = ["ForestPlan", "MembraneForest", "MembraneRidges"]

Floats = npt.NDArray[np.float32]

# One pixel in a hundred is a full ridge; the largest alone would be a speck of dirt.
_FULL = 99.0


@dataclass(frozen=True)
class MembraneRidges:
    """A filter for dark ridges that learns nothing.

    Parameters
    ----------
    scales : tuple of float
        Half widths of the ridges that it answers to [nm].

    References
    ----------
    Sato et al. 1998, Med. Image Anal. 2:143.
    """

    # A membrane in section is 8 nm of lipid and stain, and up to four times that where it lies
    # aslant.
    scales: tuple[float, ...] = (8.0, 16.0)

    def predict(self, volume: Volume) -> Floats:
        """Return how much of a dark ridge each pixel lies on, section by section.

        Parameters
        ----------
        volume : Volume
            Tissue with an image.

        Returns
        -------
        (nz, ny, nx) float32 array
            0 where there is no ridge, 1 on the strongest hundredth of a section. These are no
            probabilities.

        Raises
        ------
        MissingDependencyError
            When scikit-image is not installed.
        """
        sato = import_skimage("filters").sato
        pixels = [scale / volume.voxel_size[2] for scale in self.scales]
        ridges = [
            sato(standardise_section(section), sigmas=pixels, black_ridges=True)
            for section in volume.read_image()
        ]
        return np.stack([_scale(section) for section in ridges])


def _scale(ridges: npt.NDArray[np.floating]) -> Floats:
    full = np.percentile(ridges, _FULL)
    return np.asarray(np.clip(ridges / (full if full > 0 else 1.0), 0, 1), np.float32)


@dataclass(frozen=True)
class ForestPlan:
    """How a forest is grown.

    Parameters
    ----------
    trees : int
        Number of trees.
    leaf : int
        Fewest pixels of a leaf.
    pixels : int
        Pixels that are drawn from each section.
    """

    trees: int = 60
    leaf: int = 10
    pixels: int = 8000


class MembraneForest:
    """A forest of extremely randomised trees on a bank of filters.

    Parameters
    ----------
    plan : ForestPlan, optional
        How it is grown.

    References
    ----------
    Geurts, Ernst and Wehenkel 2006, Mach. Learn. 63:3.
    """

    def __init__(self, plan: ForestPlan | None = None) -> None:
        self.plan = plan or ForestPlan()

    def fit(
        self,
        volume: Volume,
        truth: str = "truth",
        sections: Sequence[int] | None = None,
        *,
        seed: SeedTree,
    ) -> Self:
        """Grow the forest on pixels of sections with truth.

        Parameters
        ----------
        volume : Volume
            Tissue with an image.
        truth : str
            Name of its true segmentation; label 0 is membrane.
        sections : sequence of int, optional
            Sections that are used; all when not given.
        seed : SeedTree
            Source of randomness.

        Returns
        -------
        MembraneForest
            This forest.
        """
        from sklearn.ensemble import ExtraTreesClassifier

        rng = seed.child("pixels").generator()
        chosen = list(range(volume.shape[0]) if sections is None else sections)
        low = min(chosen)
        part = volume.crop((slice(low, max(chosen) + 1), slice(None), slice(None)))
        marks = mark_membranes(part.segmentation(truth), volume.voxel_size)
        image, rows, answers = part.read_image(), [], []
        for section in chosen:
            described = apply_filters(standardise_section(image[section - low]))
            drawn = rng.choice(len(described), min(self.plan.pixels, len(described)), replace=False)
            rows.append(described[drawn])
            answers.append(marks[section - low].ravel()[drawn])
        self.forest_: Any = ExtraTreesClassifier(
            self.plan.trees,
            min_samples_leaf=self.plan.leaf,
            random_state=seed.child("trees").integer(),
        ).fit(np.concatenate(rows), np.concatenate(answers))
        return self

    def predict(self, volume: Volume) -> Floats:
        """Return the share of votes for a membrane at each pixel, section by section.

        Parameters
        ----------
        volume : Volume
            Tissue with an image, in pixels of the size that the forest was grown on.

        Returns
        -------
        (nz, ny, nx) float32 array
            Probabilities that are not calibrated.
        """
        _, ny, nx = volume.shape
        return np.stack(
            [
                self.forest_.predict_proba(apply_filters(standardise_section(section)))[:, 1]
                .reshape(ny, nx)
                .astype(np.float32)
                for section in volume.read_image()
            ]
        )
