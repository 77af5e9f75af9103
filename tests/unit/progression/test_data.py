"""Visits and their graphs: companions, the order of regions, and what is refused."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from neuropil.connectome import Parcellation, Visits
from neuropil.contracts import ConfigError, InputError
from neuropil.progression.config import ProgressionConfig
from neuropil.progression.data import (
    VisitsOnGraphs,
    check_visits,
    invert_distances,
    load_visits,
    read_graphs,
)


@pytest.fixture(scope="module")
def planted():
    return load_visits(ProgressionConfig(data="synthetic-progression")).data


def build_visits(n=2):
    regions = Parcellation(pl.DataFrame({"key": [1, 2], "name": ["p", "q"]}))
    frame = pl.DataFrame(
        {
            "subject": [f"s{row}" for row in range(n)],
            "time": np.zeros(n),
            "p": np.ones(n),
            "q": np.ones(n),
        }
    )
    return Visits.from_frame(frame, regions)


def test_generated_visits_bring_their_four_graphs(planted):
    assert list(planted.graphs) == ["SC", "FC", "gene_coexpression", "laminar_similarity"]
    assert planted.start is None
    assert planted.source.synthetic


def test_a_file_follows_the_order_of_the_visits(tmp_path):
    path = tmp_path / "SC.csv"
    path.write_text(",q,p\nq,0,2\np,2,0\n", encoding="utf-8")
    graphs = read_graphs(str(path), ("p", "q"))
    assert [one.tolist() for one in graphs.values()] == [[[0, 2], [2, 0]]] * len(graphs)


def test_regions_that_a_graph_lacks_are_named():
    with pytest.raises(InputError) as caught:
        read_graphs("synthetic-progression-connectome", ("L_bankssts", "nowhere"))
    assert str(caught.value) == (
        "graph synthetic-progression-connectome: expected each region of the visits, found none "
        "of 'nowhere' (1 of 2 regions). Name the regions of visits and of what goes "
        "with them alike."
    )


def test_visits_of_ones_own_need_graphs(tmp_path):
    path = tmp_path / "visits.csv"
    path.write_text("subject,time,p,q\na,0,1,2\nb,0,2,3\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="expected graphs along which"):
        load_visits(ProgressionConfig(data=str(path)))


def test_graphs_of_other_regions_are_refused():
    with pytest.raises(InputError, match="graph SC: expected the 2 regions of the visits, found 3"):
        VisitsOnGraphs(build_visits(), {"SC": np.ones((3, 3))})


def test_regions_get_the_places_of_a_named_set(tmp_path):
    (tmp_path / "SC.csv").write_text(
        ",L_cuneus,R_cuneus\nL_cuneus,0,2\nR_cuneus,2,0\n", encoding="utf-8"
    )
    (tmp_path / "visits.csv").write_text(
        "subject,time,L_cuneus,R_cuneus\na,0,0.1,0.2\n", encoding="utf-8"
    )
    config = ProgressionConfig(
        data=str(tmp_path / "visits.csv"),
        connectomes=(str(tmp_path / "SC.csv"),),
        regions="dk68",
    )
    frame = load_visits(config).data.visits.parcellation.regions
    left, right = frame["x_mm"].to_list()
    assert left == -right < 0
    other = config.model_copy(update={"regions": "dk86"})
    with pytest.raises(ConfigError, match="expected dk68 or a file with regions, found 'dk86'"):
        load_visits(other)


def test_too_few_people_are_refused_before_anything_is_written():
    data = VisitsOnGraphs(build_visits(), {"SC": np.array([[0.0, 1], [1, 0]])})
    with pytest.raises(InputError, match="expected 20 people or more, 5 of them to test, found 2"):
        check_visits(ProgressionConfig(), data)


def test_distances_need_places():
    with pytest.raises(InputError, match="expected coordinates of the regions, found none"):
        invert_distances(build_visits())
