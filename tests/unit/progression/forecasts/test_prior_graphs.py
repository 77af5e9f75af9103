"""Graphs by their source: what is built from tables, and what is left out where there are none."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from neuropil.connectome import Parcellation
from neuropil.contracts import InputError
from neuropil.progression.forecasts.prior_graphs import build_prior_graphs, correlate_densities

N = 8
RNG = np.random.default_rng(0)
GRAPHS = {"retrograde": RNG.random((N, N)), "proximity": RNG.random((N, N))}
PLAIN = pl.DataFrame({"key": range(1, N + 1), "name": [f"r{place}" for place in range(N)]})
TYPES = {f"density_{kind}": RNG.random(N) for kind in ("L4", "Pvalb", "Sst")}


def test_regions_alike_in_cell_types_are_joined():
    densities = {name: values.copy() for name, values in TYPES.items()}
    for values in densities.values():
        values[1] = values[0]
    alike = correlate_densities(Parcellation(PLAIN.with_columns(**densities)))
    np.testing.assert_allclose(alike, alike.T)
    assert alike[0, 1] == pytest.approx(1)
    assert (alike >= 0).all()
    assert not np.diag(alike).any()


def test_each_source_that_has_data_gives_a_graph():
    regions = Parcellation(PLAIN.with_columns(**TYPES))
    found = build_prior_graphs(regions, GRAPHS)
    assert list(found) == ["tracts", "cell types", "tracts and cell types", "distance"]
    tracts = (GRAPHS["retrograde"] + GRAPHS["retrograde"].T) / 2
    np.fill_diagonal(tracts, 0)
    np.testing.assert_allclose(found["tracts"], tracts)
    both = found["tracts and cell types"]
    assert both.sum() == pytest.approx(1)
    halves = [found[name] / found[name].sum() / 2 for name in ("tracts", "cell types")]
    np.testing.assert_allclose(both, sum(halves))


def test_sources_without_data_are_left_out():
    graphs = {"retrograde": GRAPHS["retrograde"]}
    assert list(build_prior_graphs(Parcellation(PLAIN), graphs)) == ["tracts"]
    with pytest.raises(InputError) as caught:
        build_prior_graphs(Parcellation(PLAIN), {"proximity": GRAPHS["proximity"]})
    assert str(caught.value) == (
        "graphs: expected a graph 'retrograde', found proximity. Name the graph of axons so."
    )
    with pytest.raises(InputError) as caught:
        correlate_densities(Parcellation(PLAIN))
    assert str(caught.value) == (
        "regions: expected at least three columns 'density_TYPE', found 0. Add the density of each "
        "cell type to the table of regions."
    )
