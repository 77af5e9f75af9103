"""Where the membranes of a true segmentation are, and the cytoplasm between them."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt

from neuropil.connectome import Volume
from neuropil.contracts import MissingDependencyError
from neuropil.preservation.damage.texture import blur_sections
from neuropil.preservation.damage.tissue import TRUTH, Floats, Integers, Mask, Size, Tissue

__all__ = [
    "find_cytoplasm",
    "find_fringe",
    "find_insides",
    "find_membranes",
    "locate_membranes",
    "measure_depth",
    "trace_centre_lines",
]

# Share of label 0 from which on it is taken for membrane: FIB-25 has 250 unlabelled voxels
# (.0016 %), the sections of ISBI 2012 have 22 % membrane.
_LEAST_SHARE = 0.01
# Half the thickness beyond which label 0 is no membrane but a density or a place outside [nm]:
# the membranes drawn in ISBI 2012 are 24 nm thick, those cut obliquely up to twice as much.
_THICKEST_HALF = 32.0
# Distance from membranes at which cytoplasm is as bright as farther away [nm]: measured on sections
# 3 and 7 of ISBI 2012, where label 0 holds most of the dark band, and on sections 20 to 70 of
# FIB-25, where two voxels at a border do not.
_FRINGE_OF_LABEL, _FRINGE_OF_BORDER = 12.0, 30.0
# Mitochondria and densities are the darkest quarter of what is not membrane, at this blur [nm].
_DARK_SHARE, _COARSE = 25.0, 24.0


def _has_membrane_label(truth: Integers) -> bool:
    return bool(np.count_nonzero(truth == 0) >= _LEAST_SHARE * truth.size)


def _steps(truth: Integers, axis: int) -> Mask:
    """Mark voxels whose next neighbour along an axis has another label."""
    differs = np.zeros(truth.shape, bool)
    lower: list[slice] = [slice(None)] * 3
    lower[axis] = slice(0, -1)
    upper: list[slice] = [slice(None)] * 3
    upper[axis] = slice(1, None)
    differs[tuple(lower)] = truth[tuple(lower)] != truth[tuple(upper)]
    return differs


def locate_membranes(truth: Integers) -> Mask:
    """Mark the membranes of a true segmentation.

    Parameters
    ----------
    truth : (nz, ny, nx) integer array
        True labels.

    Returns
    -------
    (nz, ny, nx) bool array
        Label 0, where at least 1 % of the voxels have it; else the borders between labels, two
        voxels wide: the last voxel on either side, along all three axes.
    """
    if _has_membrane_label(truth):
        return np.asarray(truth == 0)
    border = np.zeros(truth.shape, bool)
    for axis in range(3):
        differs = _steps(truth, axis)
        # No step lies on the last voxel of an axis, so that nothing is rolled around.
        border |= differs | np.roll(differs, 1, axis)
    return border


def find_membranes(volume: Volume, truth: str = TRUTH) -> Mask:
    """Mark the membranes of a volume, from one of its segmentations.

    Parameters
    ----------
    volume : Volume
        Tissue with a true segmentation.
    truth : str
        Name of the segmentation.

    Returns
    -------
    (nz, ny, nx) bool array
        Label 0, where at least 1 % of the voxels have it; else the borders between labels, two
        voxels wide.

    Raises
    ------
    InputError
        When there is no segmentation of that name: name one that is there.
    """
    return locate_membranes(volume.segmentation(truth))


def _thin_lines(zero: Mask, voxel_size: Size) -> Mask:
    try:
        from skimage.morphology import skeletonize
    except ImportError as error:
        raise MissingDependencyError(
            "tracing membranes needs scikit-image, which is not installed",
            where="trace_centre_lines",
            repair="Install it with `pip install neuropil[em]`.",
        ) from error
    lines = np.stack(
        [np.asarray(skeletonize(one)) for one in zero]  # type: ignore[no-untyped-call]
    )
    return lines & (measure_depth(zero, voxel_size) <= _THICKEST_HALF)


def trace_centre_lines(truth: Integers, voxel_size: Size) -> Mask:
    """Thin the membranes to lines, or sheets, one voxel wide: what their length is counted on.

    Parameters
    ----------
    truth : (nz, ny, nx) integer array
        True labels.
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].

    Returns
    -------
    (nz, ny, nx) bool array
        Where label 0 is membrane, the skeleton of each section without parts that are thicker than
        64 nm, which are densities; else the voxels whose next neighbour along an axis has another
        label.

    Raises
    ------
    MissingDependencyError
        When scikit-image is needed and not installed; the message names the extra.
    """
    if _has_membrane_label(truth):
        return _thin_lines(truth == 0, voxel_size)
    return np.asarray(_steps(truth, 0) | _steps(truth, 1) | _steps(truth, 2))


def find_fringe(truth: Integers) -> float:
    """Return how far the dark band of a membrane reaches beyond where it is marked [nm].

    Parameters
    ----------
    truth : (nz, ny, nx) integer array
        True labels.
    """
    return _FRINGE_OF_LABEL if _has_membrane_label(truth) else _FRINGE_OF_BORDER


def measure_depth(inside: Mask, voxel_size: Size) -> Floats:
    """Measure, section by section, how far each voxel is from what is outside.

    Parameters
    ----------
    inside : (nz, ny, nx) bool array
        Where to measure.
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].

    Returns
    -------
    (nz, ny, nx) array
        Distance to the next voxel outside, in the section [nm]; infinite where there is none.
    """
    depth = np.full(inside.shape, np.inf, np.float32)
    for z, section in enumerate(inside):
        if not section.all():
            depth[z] = distance_transform_edt(section, sampling=voxel_size[1:])
    return depth


def find_insides(truth: Integers, voxel_size: Size) -> Mask:
    """Mark what lies inside profiles, beyond the dark band of their membranes.

    Parameters
    ----------
    truth : (nz, ny, nx) integer array
        True labels.
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].

    Returns
    -------
    (nz, ny, nx) bool array
        Voxels more than a fringe away from membranes, in the section.
    """
    return np.asarray(measure_depth(~locate_membranes(truth), voxel_size) > find_fringe(truth))


def find_cytoplasm(tissue: Tissue) -> Mask:
    """Mark plain cytoplasm: away from membranes, and not as dark as mitochondria and densities.

    Parameters
    ----------
    tissue : Tissue
        Image, and the truth where it is known.

    Returns
    -------
    (nz, ny, nx) bool array
        Without a truth, the brighter half of the image blurred by 24 nm.
    """
    smooth = blur_sections(tissue.image, _COARSE, tissue.voxel_size)
    if tissue.truth is None:
        return np.asarray(smooth >= np.median(smooth))
    plain = find_insides(tissue.truth, tissue.voxel_size)
    if not plain.any():
        return np.asarray(smooth >= np.median(smooth))
    return plain & (smooth >= np.percentile(smooth[plain], _DARK_SHARE))
