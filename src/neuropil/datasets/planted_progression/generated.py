"""Four generated views of one connectome on the regions of the Desikan-Killiany atlas.

Names of regions are those of the atlas; everything else is drawn. Each lobe has a rough centre, and
regions lie around it, so that neighbours on the list are neighbours in space as in no real brain
exactly.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Parcellation
from neuropil.contracts import SeedTree
from neuropil.datasets.planted_progression.graphs import clean_view, fill_symmetric
from neuropil.datasets.planted_progression.views import GraphViews

__all__ = ["generate_views"]

Floats = npt.NDArray[np.float64]

# Rough centres of the lobes of the right hemisphere: to the side, front and top [mm].
_LOBES = {
    "frontal": (28.0, 38.0, 18.0),
    "central": (38.0, -12.0, 50.0),
    "parietal": (34.0, -55.0, 42.0),
    "temporal": (52.0, -18.0, -14.0),
    "medial temporal": (26.0, -20.0, -24.0),
    "occipital": (20.0, -84.0, 4.0),
    "cingulate": (8.0, -4.0, 32.0),
}
_REGIONS = {
    "bankssts": "temporal",
    "caudalanteriorcingulate": "cingulate",
    "caudalmiddlefrontal": "frontal",
    "cuneus": "occipital",
    "entorhinal": "medial temporal",
    "fusiform": "medial temporal",
    "inferiorparietal": "parietal",
    "inferiortemporal": "temporal",
    "isthmuscingulate": "cingulate",
    "lateraloccipital": "occipital",
    "lateralorbitofrontal": "frontal",
    "lingual": "occipital",
    "medialorbitofrontal": "frontal",
    "middletemporal": "temporal",
    "parahippocampal": "medial temporal",
    "paracentral": "central",
    "parsopercularis": "frontal",
    "parsorbitalis": "frontal",
    "parstriangularis": "frontal",
    "pericalcarine": "occipital",
    "postcentral": "central",
    "posteriorcingulate": "cingulate",
    "precentral": "central",
    "precuneus": "parietal",
    "rostralanteriorcingulate": "cingulate",
    "rostralmiddlefrontal": "frontal",
    "superiorfrontal": "frontal",
    "superiorparietal": "parietal",
    "superiortemporal": "temporal",
    "supramarginal": "parietal",
    "frontalpole": "frontal",
    "temporalpole": "temporal",
    "transversetemporal": "temporal",
    "insula": "temporal",
}
_SPREAD = 11.0  # of regions around the centre of their lobe [mm]
# Reach of each kind of likeness [mm], and the spread of its logarithm around that: chosen so that
# correlations between views are near the measured ones (SC-FC .40, SC-gene .35, SC-laminar .24,
# FC-gene .45).
_REACH = {"SC": 22.0, "FC": 70.0, "gene_coexpression": 60.0}
_SCATTER = {"SC": 1.0, "FC": 0.6, "gene_coexpression": 0.7}
_COMMON = 0.3  # correlation of that spread between two views
# Partners in the two hemispheres are more alike than their distance says.
_PARTNERS = {"SC": 1.5, "FC": 1.5, "gene_coexpression": 1.0}
# Shares of pairs with a tract and with positive co-expression, as measured.
_DENSITY, _COEXPRESSED = 0.3, 0.67


def generate_views(seed: int = 0) -> GraphViews:
    """Generate SC, FC, gene co-expression and laminar similarity on 68 regions.

    Parameters
    ----------
    seed : int
        Seed of all draws.

    Returns
    -------
    GraphViews
        With a capacity between .38 and 1 that is largest in the temporal lobes.

    Examples
    --------
    >>> views = generate_views()
    >>> views.labels[4], sorted(views.graphs), views.graphs["SC"].shape
    ('L_entorhinal', ['FC', 'SC', 'gene_coexpression', 'laminar_similarity'], (68, 68))
    """
    rng = SeedTree(seed).child("progression views").generator()
    places = _draw_places(rng)
    n = len(places)
    distance = np.linalg.norm(places[:, None] - places[None], axis=-1)
    partners = np.eye(n, k=n // 2) + np.eye(n, k=-n // 2)
    common = _draw_noise(rng, n)
    alike = {}
    for name, reach in _REACH.items():
        noise = _COMMON * common + np.sqrt(1 - _COMMON**2) * _draw_noise(rng, n)
        closeness = _PARTNERS[name] * partners - distance / reach
        alike[name] = np.exp(closeness + _SCATTER[name] * noise)
    graphs = {
        # Counts of streamlines range over decades, and group connectomes are of their logarithm.
        "SC": _keep_strongest(np.log1p(20 * alike["SC"]), _DENSITY),
        "FC": alike["FC"],
        "gene_coexpression": _lower(alike["gene_coexpression"], _COEXPRESSED),
        "laminar_similarity": _compare_layers(rng, places),
    }
    parcellation = _build_parcellation(places)
    cleaned = {name: clean_view(each) for name, each in graphs.items()}
    return GraphViews(parcellation, cleaned, _draw_capacity(rng), f"generated views (seed {seed})")


def _draw_places(rng: np.random.Generator) -> Floats:
    """Draw centroids of the left, then of the right hemisphere, which mirror each other nearly."""
    centres = np.array([_LOBES[lobe] for lobe in _REGIONS.values()])
    right = centres + rng.normal(0, _SPREAD, centres.shape)
    right[:, 0] = np.maximum(np.abs(right[:, 0]), 4.0)
    left = right * [-1, 1, 1] + rng.normal(0, 1.0, right.shape)
    return np.concatenate([left, right])


def _draw_noise(rng: np.random.Generator, n: int) -> Floats:
    return fill_symmetric(rng.standard_normal(n * (n - 1) // 2), n)


def _keep_strongest(graph: Floats, share: float) -> Floats:
    values = graph[np.triu_indices(len(graph), 1)]
    return np.where(graph > np.quantile(values, 1 - share), graph, 0.0)


def _lower(graph: Floats, share: float) -> Floats:
    """Shift a graph so that this share of the pairs is positive."""
    shifted: Floats = graph - np.quantile(graph[np.triu_indices(len(graph), 1)], 1 - share)
    return shifted


def _compare_layers(rng: np.random.Generator, places: Floats) -> Floats:
    """Compare regions by two smooth gradients, from back to front and from inside to outside."""
    gradients = np.stack([places[:, 1] / 40, np.abs(places[:, 0]) / 25], axis=1)
    own = rng.normal(0, 0.6, (len(places) // 2, 2))
    gradients = gradients + np.concatenate([own, own])
    apart = np.linalg.norm(gradients[:, None] - gradients[None], axis=-1)
    # Below 0 for unlike regions, as a correlation is; cleaning then leaves no edge there.
    similar: Floats = 2 * np.exp(-((apart / 2) ** 2)) - 1 + 0.35 * _draw_noise(rng, len(places))
    return similar


def _draw_capacity(rng: np.random.Generator) -> Floats:
    means = {"temporal": 0.85, "medial temporal": 0.8, "parietal": 0.65}
    half = np.array([means.get(lobe, 0.5) for lobe in _REGIONS.values()])
    half = half + rng.normal(0, 0.08, half.shape)
    both = np.concatenate([half, half]) + rng.normal(0, 0.02, 2 * len(half))
    return np.clip(both / both.max(), 0.38, 1.0)


def _build_parcellation(places: Floats) -> Parcellation:
    n = len(_REGIONS)
    columns = {f"{axis}_mm": places[:, place] for place, axis in enumerate("xyz")}
    return Parcellation(
        pl.DataFrame(
            {
                "key": range(1, 2 * n + 1),
                "name": [*_REGIONS, *_REGIONS],
                "hemisphere": ["L"] * n + ["R"] * n,
                "lobe": [*_REGIONS.values(), *_REGIONS.values()],
                **columns,
            }
        ),
        space="generated",
    )
