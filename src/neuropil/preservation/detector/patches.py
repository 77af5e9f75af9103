"""Patches that a network is trained on: cut from sections, turned, and imaged in another way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from neuropil.preservation.detector.plan import Augmentation, DetectorPlan
from neuropil.preservation.detector.sections import standardise_section

__all__ = ["TrainingSections", "draw_batch"]

Floats = npt.NDArray[np.float32]
Patch = tuple[Floats, Floats]


@dataclass(frozen=True, eq=False)
class TrainingSections:
    """What patches are cut from.

    Parameters
    ----------
    image : (nz, ny, nx) array
        Brightness, in pixels of the plan.
    marks : (nz, ny, nx) array
        Share of each voxel that is membrane.
    solid : bool
        Whether voxels are cubes, so that a block may be cut along any of its axes.
    """

    image: Floats
    marks: Floats
    solid: bool


def draw_batch(
    sections: Sequence[TrainingSections], plan: DetectorPlan, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw the patches of one step.

    Parameters
    ----------
    sections : sequence of TrainingSections
        What they are cut from; each patch from any of them alike.
    plan : DetectorPlan
        Their number and edge, and how they are changed.
    rng : Generator
        Source of places, turns and brightness.

    Returns
    -------
    patches : (batch, edge, edge) array
        Standardised brightness.
    wanted : (batch, edge, edge) array
        Share of each pixel that is membrane.
    """
    pairs = [_draw_patch(_choose(sections, rng), plan, rng) for _ in range(plan.batch)]
    patches, wanted = (np.stack(part) for part in zip(*pairs, strict=True))
    return patches, wanted


def _choose(sections: Sequence[TrainingSections], rng: np.random.Generator) -> TrainingSections:
    # One source takes no draw, so that the shipped weights come out of their seed again.
    return sections[0] if len(sections) == 1 else sections[int(rng.integers(len(sections)))]


def _draw_patch(sections: TrainingSections, plan: DetectorPlan, rng: np.random.Generator) -> Patch:
    image, marks = _draw_plane(sections, plan.augmentation.thickness, rng)
    matrix = _draw_turn(plan.augmentation.zoom, rng)
    # The middle of the patch lies anywhere in the section; what reaches beyond is mirrored.
    middle = np.array([rng.uniform(0, n - 1) for n in image.shape])
    offset = middle - matrix @ np.full(2, (plan.edge - 1) / 2)
    patch, wanted = (
        ndimage.affine_transform(
            plane, matrix, offset, output_shape=(plan.edge, plan.edge), order=1, mode="mirror"
        )
        for plane in (standardise_section(image), marks)
    )
    return _image_anew(patch, plan.augmentation, rng), wanted


def _draw_plane(sections: TrainingSections, thickness: int, rng: np.random.Generator) -> Patch:
    """Cut a block along a random axis, or take one of its sections."""
    axis = int(rng.integers(3)) if sections.solid else 0
    n = sections.image.shape[axis]
    place = int(rng.integers(n))
    reach = int(rng.integers((thickness + 1) // 2)) if sections.solid else 0
    near = range(max(place - reach, 0), min(place + reach + 1, n))
    image = np.take(sections.image, near, axis).mean(axis)
    return image, np.take(sections.marks, place, axis)


def _draw_turn(zoom: float, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return a random rotation, reflection and magnification of the plane."""
    angle, scale = rng.uniform(0, 2 * np.pi), zoom ** rng.uniform(-1, 1)
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[cosine, -sine], [sine, cosine]]) @ np.diag([rng.choice([-1, 1]), 1])


def _image_anew(patch: Floats, change: Augmentation, rng: np.random.Generator) -> Floats:
    """Show a patch as another microscope might: blur, contrast, uneven brightness, noise."""
    if rng.random() < 0.5:
        patch = ndimage.gaussian_filter(patch, rng.uniform(0, change.blur))
    gain = np.exp(change.gain * rng.standard_normal())
    shift, *rise = change.shift * rng.standard_normal(3)
    across = np.linspace(-1, 1, len(patch))
    uneven = shift + rise[0] * across[:, None] + rise[1] * across
    noise = rng.standard_normal(patch.shape)
    strength = rng.uniform(0, change.noise) * (rng.random() < 0.5)
    return np.asarray(gain * patch + uneven + strength * noise, np.float32)
