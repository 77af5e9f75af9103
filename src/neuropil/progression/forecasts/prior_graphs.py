"""Graphs along which pathology may spread, by where the knowledge comes from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Parcellation
from neuropil.contracts import InputError
from neuropil.progression.dynamics.laplacians import check_weights, mix_directions, mix_graphs

__all__ = ["BOTH", "build_prior_graphs", "correlate_densities"]

Array = npt.NDArray[np.float64]

BOTH = "tracts and cell types"
"""The graph of the recipe: two sources that count alike; their shares were not tuned here."""

_DENSITY = "density_"
# Of two types every correlation is 1 or -1.
_FEWEST = 3
# Both directions alike: studies differ in which foretells better, and choosing by them would have
# to be done anew for each study that is left out.
_BOTH_WAYS = 0.5


def correlate_densities(regions: Parcellation) -> Array:
    """Return how alike regions are in the cell types that they hold.

    Parameters
    ----------
    regions : Parcellation
        With columns ``density_TYPE``.

    Returns
    -------
    (n, n) array
        Positive correlations of the densities, each type standardised over regions; 0 on the
        diagonal, where the correlation is negative, and for regions without data.

    Raises
    ------
    InputError
        When there are fewer than three such columns.
    """
    columns = [name for name in regions.regions.columns if name.startswith(_DENSITY)]
    if len(columns) < _FEWEST:
        raise InputError(
            f"expected at least three columns '{_DENSITY}TYPE', found {len(columns)}",
            where="regions",
            repair="Add the density of each cell type to the table of regions.",
        )
    densities = regions.regions.select(columns).to_numpy().astype(np.float64)
    scores = (densities - densities.mean(axis=0)) / densities.std(axis=0)
    # Regions in which nothing was counted correlate with none.
    with np.errstate(invalid="ignore"):
        alike = np.nan_to_num(np.corrcoef(scores)).clip(0)
    # A region is perfectly like itself, which is no route of spread.
    np.fill_diagonal(alike, 0)
    return alike


def build_prior_graphs(regions: Parcellation, graphs: Mapping[str, Array]) -> dict[str, Array]:
    """Return graphs from several sources of knowledge, and of two of them together.

    Parameters
    ----------
    regions : Parcellation
        The regions, which may have densities of cell types.
    graphs : mapping of str to (n, n) array
        Weights in the same regions, among them ``retrograde``, row = source, column = target, and
        maybe ``proximity``.

    Returns
    -------
    dict of str to (n, n) array
        ``tracts`` (both directions of axons alike), and where there are data ``cell types``,
        ``tracts and cell types`` (which count alike) and ``distance`` (the weights of proximity);
        row i says from where region i takes up.

    Raises
    ------
    InputError
        When there is no graph ``retrograde``.
    """
    if "retrograde" not in graphs:
        raise InputError(
            f"expected a graph 'retrograde', found {', '.join(graphs) or 'none'}",
            where="graphs",
            repair="Name the graph of axons so.",
        )
    found = {"tracts": mix_directions(graphs["retrograde"], _BOTH_WAYS)}
    if sum(name.startswith(_DENSITY) for name in regions.regions.columns) >= _FEWEST:
        found["cell types"] = correlate_densities(regions)
        found[BOTH] = mix_graphs([found["tracts"], found["cell types"]], [1, 1])
    if "proximity" in graphs:
        found["distance"] = check_weights(graphs["proximity"], "proximity")
    return found
