"""Graphs along which pathology may spread, by where the knowledge comes from."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Connectome, Parcellation, Visits
from neuropil.contracts import InputError
from neuropil.progression.dynamics.laplacians import mix_directions, mix_graphs

__all__ = ["build_prior_graphs", "correlate_densities"]

Array = npt.NDArray[np.float64]

_DENSITY = "density_"
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
    if len(columns) < 3:
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
    np.fill_diagonal(alike, 0)
    return alike


def build_prior_graphs(visits: Visits, connectome: Connectome) -> dict[str, Array]:
    """Return graphs from three sources of knowledge, and of two of them together.

    Parameters
    ----------
    visits : Visits
        Whose regions have densities of cell types.
    connectome : Connectome
        The same regions in the same order, with weights ``retrograde`` and ``proximity``.

    Returns
    -------
    dict of str to (n, n) array
        ``tracts`` (both directions of axons alike), ``cell types``, ``distance`` (the weights of
        proximity), and ``tracts and cell types``, which count alike; row i says from where region
        i takes up.

    Raises
    ------
    InputError
        When a weight is missing or the regions differ.
    """
    if tuple(connectome.nodes["id"]) != visits.region_names:
        raise InputError(
            "expected the regions of the visits in their order, found others",
            where="connectome",
            repair="Bring visits and connectome to the same regions.",
        )
    tracts = mix_directions(connectome.adjacency("retrograde").toarray(), _BOTH_WAYS)
    alike = correlate_densities(visits.parcellation)
    return {
        "tracts": tracts,
        "cell types": alike,
        "distance": connectome.adjacency("proximity").toarray(),
        "tracts and cell types": mix_graphs([tracts, alike], [1, 1]),
    }
