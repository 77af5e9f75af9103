"""Maps of regions as dots, seen from three sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Parcellation
from neuropil.contracts import ACCENT

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["PROJECTIONS", "Places", "draw_brain", "find_places"]

Array = npt.NDArray[np.float64]

PROJECTIONS = {"from above": (0, 1), "from the side": (1, 2), "from the front": (0, 2)}
"""What is across and what is up, of right, front and up."""


class Places(NamedTuple):
    """Where regions are.

    Parameters
    ----------
    points : (n, 3) array
        Towards the right, the front and up [mm].
    """

    points: Array

    def seen(self, view: str) -> Array:
        """Return the places on the page, (n, 2).

        Parameters
        ----------
        view : str
            One of ``PROJECTIONS``.
        """
        return self.points[:, list(PROJECTIONS[view])]


def find_places(regions: Parcellation) -> Places | None:
    """Return where regions are, or None where that is not known.

    Parameters
    ----------
    regions : Parcellation
        With coordinates [mm]. Those of the Allen atlas of the mouse count to the right, down and
        back, those of MNI space to the right, forwards and up.
    """
    table = regions.regions
    if not {"x_mm", "y_mm", "z_mm"} <= set(table.columns):
        return None
    x, y, z = (table[f"{axis}_mm"].to_numpy().astype(np.float64) for axis in "xyz")
    allen = "allen" in (regions.space or "").lower()
    return Places(np.stack([x, -z, -y] if allen else [x, y, z], axis=1))


def draw_brain(
    axes: matplotlib.axes.Axes, points: Array, level: Array, rings: npt.NDArray[np.bool_]
) -> None:
    """Draw regions as dots that grow and darken with a level.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where.
    points : (n, 2) array
        Places on the page.
    level : (n,) array
        From 0 to 1; NaN is drawn as 0.
    rings : (n,) bool array
        Regions with a ring around them.
    """
    level = np.nan_to_num(np.clip(level, 0, 1))
    # The darkest last, or pale dots would hide them.
    order = level.argsort()
    shown, shades, ringed = points[order], level[order], points[rings]
    axes.scatter(
        shown[:, 0], shown[:, 1], s=3 + 26 * shades, c=shades, cmap="YlOrBr", vmin=-0.15, vmax=1
    )
    axes.scatter(ringed[:, 0], ringed[:, 1], s=60, facecolors="none", edgecolors=ACCENT)
    axes.set(xticks=[], yticks=[], aspect="equal")
    for spine in axes.spines.values():
        spine.set_visible(False)
