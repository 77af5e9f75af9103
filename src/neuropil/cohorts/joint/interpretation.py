"""What a coordinate stands for: the connections that move with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.cohorts.joint.models.variational import VariationalModel
from neuropil.connectome import Cohort

__all__ = ["Traversal", "find_traversals", "list_edges", "name_regions"]

Array = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Traversal:
    """How connections change as one coordinate goes from minus to plus two standard deviations.

    Parameters
    ----------
    modality : str or None
        Whose individual coordinate; None for a joint one.
    index : int
        Which of them, from 0.
    moved : mapping of str to (n_edges,) array
        Change of every edge, on the scale of the model, by modality.
    """

    modality: str | None
    index: int
    moved: Mapping[str, Array]

    @property
    def label(self) -> str:
        """Its name for readers."""
        kind = "joint coordinate" if self.modality is None else f"coordinate of {self.modality}"
        return f"{kind} {self.index + 1}"


def find_traversals(model: VariationalModel) -> list[Traversal]:
    """Find the joint coordinate and that of each modality that move most.

    Parameters
    ----------
    model : VariationalModel
        Fitted.

    Returns
    -------
    list of Traversal
        The joint one first, where there is one.
    """
    sizes = model.network.sizes
    places = [(None, sizes.joint), *zip(model.axes, sizes.individual, strict=True)]
    found = []
    for modality, count in places:
        each = [Traversal(modality, k, model.traverse(modality, k)) for k in range(count)]
        if each:
            found.append(max(each, key=lambda one: _strength(one, model)))
    return found


def _strength(traversal: Traversal, model: VariationalModel) -> float:
    # Relative to what varies in each modality, so that the one of large numbers does not decide.
    return sum(
        float((moved**2).sum() / (model.axes[name].spread ** 2).sum())
        for name, moved in traversal.moved.items()
    )


def name_regions(cohort: Cohort) -> list[str]:
    """Name the regions of a cohort, by number where it has no names."""
    if cohort.parcellation is None:
        return [f"region {number + 1}" for number in range(cohort.n_regions)]
    regions = cohort.parcellation.regions
    sides = regions["hemisphere"] if "hemisphere" in regions.columns else [None] * regions.height
    return [
        f"{side} {name}" if side else str(name)
        for side, name in zip(sides, regions["name"], strict=True)
    ]


def list_edges(traversals: list[Traversal], cohort: Cohort, most: int = 50) -> pl.DataFrame:
    """List the connections that move most with each coordinate.

    Parameters
    ----------
    traversals : list of Traversal
        What moves.
    cohort : Cohort
        Names the regions.
    most : int
        Connections of each coordinate and modality.

    Returns
    -------
    pl.DataFrame
        Columns ``coordinate``, ``modality``, ``first``, ``second``, ``change``, largest first.
    """
    names = np.array(name_regions(cohort))
    rows, columns = np.triu_indices(cohort.n_regions, 1)
    tables = []
    for traversal in traversals:
        for modality, moved in traversal.moved.items():
            order = np.argsort(-np.abs(moved), kind="stable")[:most]
            tables.append(
                pl.DataFrame(
                    {
                        "coordinate": [traversal.label] * len(order),
                        "modality": [modality] * len(order),
                        "first": names[rows[order]],
                        "second": names[columns[order]],
                        "change": moved[order],
                    }
                )
            )
    return pl.concat(tables)
