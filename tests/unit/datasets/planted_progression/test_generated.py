"""Generated views look like the measured ones, and stand in for them in the registry."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil import datasets
from neuropil.connectome import Cohort, Connectome, Visits, label_regions
from neuropil.datasets import generate_views, load_measured_views, load_views_or_generate
from neuropil.datasets.planted_progression.graphs import upper_triangle

NAMES = ("SC", "FC", "gene_coexpression", "laminar_similarity")


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_generated_views_agree_as_much_as_measured_ones(seed):
    graphs = generate_views(seed).graphs
    pairs = [upper_triangle(graphs[name]) for name in NAMES]
    found = np.corrcoef(pairs)
    assert found[0, 1] == pytest.approx(0.40, abs=0.1)
    assert found[0, 2] == pytest.approx(0.35, abs=0.15)
    assert 0.1 < found[0, 3] < 0.35
    assert (pairs[0] > 0).mean() == pytest.approx(0.3, abs=0.01)
    assert all(np.array_equal(graph, graph.T) for graph in graphs.values())


@pytest.mark.usefixtures("real_data")
def test_generated_regions_are_those_of_the_measured_views():
    assert generate_views().labels == load_measured_views().labels
    views, notes = load_views_or_generate()
    assert (views.origin.split()[0], notes) == ("measured", ())


def test_a_seed_gives_the_same_views_again():
    one, again, other = generate_views(4), generate_views(4), generate_views(5)
    np.testing.assert_array_equal(one.graphs["SC"], again.graphs["SC"])
    assert not np.array_equal(one.graphs["SC"], other.graphs["SC"])
    assert one.capacity.min() >= 0.38
    assert one.capacity.max() == 1


def test_embedded_datasets_are_of_one_world():
    visits = datasets.load("synthetic-progression", kind=Visits)
    views = datasets.load("synthetic-progression-views", kind=Cohort)
    graph = datasets.load("synthetic-progression-connectome", kind=Connectome)
    assert (visits.n_subjects, visits.n_visits, visits.n_regions) == (216, 383, 68)
    assert views.modalities == NAMES
    assert tuple(graph.nodes["id"]) == visits.region_names == label_regions(views.parcellation)
    assert graph.n_edges == 456
    assert visits.source.name == "synthetic-progression"


@pytest.mark.parametrize(
    ("name", "kind", "stand_in"),
    [
        ("henderson2019-asyn", Visits, "synthetic-progression"),
        ("nexis-mouse-connectome", Connectome, "synthetic-progression-connectome"),
        ("hansen-dk68", Cohort, "synthetic-progression-views"),
    ],
)
def test_what_cannot_be_had_is_stood_in_for(monkeypatch, tmp_path, name, kind, stand_in):
    monkeypatch.setenv("NEUROPIL_DATA", str(tmp_path))
    data, notes = datasets.load_or_substitute(name, kind=kind)
    assert data.source.synthetic
    assert notes == (f"{name} could not be had; the embedded {stand_in} was used instead.",)
