"""What a linker learns from: sections with planted gaps, and ways whose truth is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.preservation.axes.grids import read_sections
from neuropil.preservation.axes.skeletons import trace_membranes
from neuropil.preservation.config import REAL
from neuropil.preservation.damage.gaps import Gaps
from neuropil.preservation.damage.imaging import Blur
from neuropil.preservation.damage.operators import Damage
from neuropil.preservation.damage.sequence import Sequence as Sequenced
from neuropil.preservation.damage.shrinkage import Shrinkage
from neuropil.preservation.damage.zones import AmbiguousZones
from neuropil.preservation.detector.interface import Detector
from neuropil.preservation.detector.shipped import load_shipped
from neuropil.preservation.repair.candidates import Candidates, list_candidates, sample_across
from neuropil.preservation.repair.evidence import weigh_evidence
from neuropil.preservation.repair.linker import GapLinker
from neuropil.preservation.segmenting.components import label_components

__all__ = ["fit_linker", "is_missing", "load_shipped_linker", "train_shipped_linker"]

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.integer[Any]]

_SHIPPED = Path(__file__).parent / "weights" / "links.safetensors"
# Sections that the shipped detector was calibrated on and did not learn from: elsewhere it leaves
# fewer free ends than in what it has not seen. Every second one, at 20 nm.
_SECTIONS = range(96, 120, 2)
# Undamaged sections teach that membranes end without a gap; so do zones, and shrunken tissue.
_TAUGHT: tuple[Damage | None, ...] = (
    None,
    Gaps(0.05),
    Gaps(0.1, 60.0),
    Gaps(0.15),
    Gaps(0.2, 150.0),
    AmbiguousZones(0.12),
    Sequenced((Blur(10.0), Gaps(0.1))),
    Shrinkage(0.8),
)
# Factors by which a section is magnified: other neuropil has thinner or thicker neurites.
_ZOOMS = (1.0, 0.8, 1.25)
# A membrane parts two bodies: their labels are compared this far from the way [pixels of 10 nm],
# beyond its own width, and must differ along this share of it.
_ASIDE, _SHARE = 3.0, 0.6


def is_missing(ways: Candidates, truth: Labels) -> npt.NDArray[np.bool_]:
    """Tell along which ways a membrane truly runs.

    Parameters
    ----------
    ways : Candidates
        Ways in pixels of 10 nm.
    truth : (my, mx) integer array
        True bodies in those pixels, without a label for membranes.

    Returns
    -------
    (n,) bool array
        True where different bodies lie on both sides.
    """
    left, right = (sample_across(truth, ways, side, order=0) for side in (_ASIDE, -_ASIDE))
    return np.asarray((left != right).mean(axis=1) >= _SHARE)


def fit_linker(
    volume: Volume, detector: Detector, sections: Sequence[int], seed: SeedTree
) -> GapLinker:
    """Fit a linker to gaps that are planted in sound tissue.

    Parameters
    ----------
    volume : Volume
        Sound tissue with an image and the segmentation ``truth``.
    detector : Detector
        What predicts the probability of membranes wherever the linker is used; it should not have
        learnt from these sections.
    sections : sequence of int
        Sections that are damaged.
    seed : SeedTree
        Source of randomness.

    Returns
    -------
    GapLinker
        The linker.

    Raises
    ------
    InputError
        When there is no truth, or too few ways.
    """
    lessons = list(_teach(volume, detector, sections, seed.child("examples")))
    evidence, missing = (np.concatenate(part) for part in zip(*lessons, strict=True))
    return GapLinker.fit(evidence, missing, seed.child("network"))


def _teach(
    volume: Volume, detector: Detector, sections: Sequence[int], seed: SeedTree
) -> Iterator[tuple[Floats, npt.NDArray[np.bool_]]]:
    for place in sections:
        alone = volume.crop((slice(place, place + 1), slice(None), slice(None)))
        for zoom in _ZOOMS:
            pixel = volume.voxel_size[2] * zoom
            shown = replace(alone, voxel_size=(volume.voxel_size[0], pixel, pixel))
            for number, damage in enumerate(_TAUGHT):
                own = seed.child(f"{place} {zoom:g} {number}")
                hurt = shown if damage is None else damage.apply(shown, own).volume
                [section] = read_sections(hurt, detector.predict(hurt))
                lines = trace_membranes(section.probability)
                ways = list_candidates(lines)
                if len(ways):
                    truth = _spread(hurt.segmentation("truth")[0], section.image.shape)
                    yield weigh_evidence(section, lines, ways), is_missing(ways, truth)


def _spread(truth: Labels, shape: tuple[int, ...]) -> Labels:
    """Let bodies grow into their membranes, and bring labels to another grid by the nearest."""
    bodies = label_components(truth)
    if (bodies == 0).any():
        nearest = distance_transform_edt(bodies == 0, return_distances=False, return_indices=True)
        bodies = bodies[tuple(nearest)]
    rows, columns = (
        np.minimum(((np.arange(new) + 0.5) * old / new).astype(np.intp), old - 1)
        for new, old in zip(shape, bodies.shape, strict=True)
    )
    return np.asarray(bodies[np.ix_(rows, columns)])


@cache
def load_shipped_linker() -> GapLinker:
    """Return the linker that comes with the package, fitted to fly tissue (Parag et al. 2015)."""
    return GapLinker.load(_SHIPPED)


def train_shipped_linker(out: Path | str, seed: SeedTree) -> GapLinker:
    """Fit the linker that comes with the package anew.

    Parameters
    ----------
    out : Path or str
        The safetensors file to write.
    seed : SeedTree
        Source of randomness; the shipped one has ``SeedTree(0)``.

    Returns
    -------
    GapLinker
        What was written.

    Raises
    ------
    DataUnavailableError
        When the block of fly tissue cannot be had; no generated tissue takes its place.
    """
    volume = datasets.load(REAL, kind=Volume)
    linker = fit_linker(volume, load_shipped(), list(_SECTIONS), seed)
    linker.save(
        out,
        {
            "data": f"dataset {REAL}, sections {_SECTIONS.start} to {_SECTIONS.stop - 1}",
            "attribution": "Parag et al. 2015, PLoS ONE 10:e0125825",
            "licence": "CC BY",
            "changes": "the weights were learnt from gaps planted in these images",
            "seed": seed.root,
            "function": "neuropil.preservation.repair.lessons.train_shipped_linker",
        },
    )
    return linker
