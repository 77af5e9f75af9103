"""Signs of errors that a segmentation shows without a truth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neuropil.preservation.segmenting.segments import Fragmentation

__all__ = ["SIGNS", "read_signs"]

Floats = npt.NDArray[np.floating]
Areas = npt.NDArray[np.float64]
Groups = npt.NDArray[np.int64]

SIGNS = (
    "membrane",
    "ambiguity",
    "profiles_per_um2",
    "profile_um2",
    "largest",
    "lost_by_joining",
    "gained_by_cutting",
)
"""Names of the signs, in the order of :func:`read_signs`."""

# By how much the threshold of joining is moved to see what hangs on it. Not tuned.
_MOVED = 0.15
_UM2 = 1e6  # square nanometres


def read_signs(
    probability: Floats, fragmentation: Fragmentation, pixel_area: float, threshold: float
) -> dict[str, float]:
    """Read off a section how sure its segmentation is.

    Parameters
    ----------
    probability : (ny, nx) array
        Probability of a membrane.
    fragmentation : Fragmentation
        Fragments of the section and their joins.
    pixel_area : float
        Area of a pixel [nm^2].
    threshold : float
        Probability below which fragments are joined.

    Returns
    -------
    dict of str to float
        ``membrane``: mean probability; ``ambiguity``: mean of 4 p (1 - p), 0 where all is sure;
        ``largest``: share of the largest profile, which may be one thick neurite; outside of it
        ``profiles_per_um2``, and ``profile_um2``: area of the profile in which a random point lies
        [um^2], both as good tissue has them wherever a thick neurite runs; ``lost_by_joining`` and
        ``gained_by_cutting``: information that a threshold moved up or down by .15 takes away or
        adds [bit].
    """
    areas = np.bincount(fragmentation.fragments.ravel())[1:].astype(np.float64)
    looser, chosen, tighter = (
        fragmentation.tree.groups(threshold + moved) for moved in (_MOVED, 0, -_MOVED)
    )
    sizes = np.bincount(chosen, areas)
    total, largest = areas.sum(), sizes.max()
    rest = max(total - largest, 1.0)
    entropy = _entropy(chosen, areas)
    return {
        "membrane": float(probability.mean()),
        "ambiguity": float((4 * probability * (1 - probability)).mean()),
        "profiles_per_um2": (len(sizes) - 1) / rest / pixel_area * _UM2,
        "profile_um2": float((sizes**2).sum() - largest**2) / rest * pixel_area / _UM2,
        "largest": float(largest / total),
        "lost_by_joining": entropy - _entropy(looser, areas),
        "gained_by_cutting": _entropy(tighter, areas) - entropy,
    }


def _entropy(groups: Groups, areas: Areas) -> float:
    """Return the entropy of the segment in which a random pixel lies [bit]."""
    share = np.bincount(groups, areas) / areas.sum()
    share = share[share > 0]
    return float(-(share * np.log2(share)).sum())
