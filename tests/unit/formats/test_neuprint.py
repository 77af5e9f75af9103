"""Exports of neuPrint: totals rule, regions are compared with them, and damage is named."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from neuropil import formats
from neuropil.contracts import NeuropilError

NEURONS = 'bodyId,type,instance\n11,EPG,"EPG(PB08)_L1"\n12,,\n10,PEG,PEG_R\n'
TOTAL = "bodyId_pre,bodyId_post,weight\n12,11,9\n11,12,7\n11,13,4\n"
REGIONS = (
    "bodyId_pre,bodyId_post,roi,weight\n11,12,EB,4\n11,12,PB(R),2\n12,11,EB,9\n11,13,EB,4\n"
    "11,13,CX,4\n"
)


@pytest.fixture
def neurons(tmp_path: Path) -> Path:
    path = tmp_path / "traced-neurons.csv"
    path.write_text(NEURONS)
    return path


@pytest.fixture
def total(tmp_path: Path) -> Path:
    path = tmp_path / "traced-total-connections.csv"
    path.write_text(TOTAL)
    return path


@pytest.fixture
def regions(tmp_path: Path) -> Path:
    path = tmp_path / "traced-roi-connections.csv"
    path.write_text(REGIONS)
    return path


def fault(*paths: Path, **options: Any) -> str:
    """Return the message without the folders."""
    with pytest.raises(NeuropilError) as caught:
        formats.read(*paths, **options)
    return str(caught.value).replace(f"{paths[0].parent}/", "")


def test_neurons_and_totals(neurons: Path, total: Path) -> None:
    fly = formats.read(total, neurons)
    assert fly.nodes.rows() == [
        (10, "PEG", "PEG_R"),
        (11, "EPG", "EPG(PB08)_L1"),
        (12, None, None),
        (13, None, None),
    ]
    assert fly.nodes.columns == ["id", "cell_type", "instance"]
    assert fly.edges.rows() == [(11, 12, 7), (11, 13, 4), (12, 11, 9)]
    assert fly.source.name == "traced-total-connections.csv of neuPrint"
    assert fly.provenance[0].parameters == {
        "files": {"total connections": total.name, "neurons": neurons.name},
        "skipped": [],
        "weights": ["synapse_count"],
        "synapse_count": "as listed",
        "sums_over_regions": None,
        "neurons_in_no_table": 1,
    }


def test_totals_rule_over_the_sums_of_regions(neurons: Path, total: Path, regions: Path) -> None:
    fly = formats.read(neurons.parent, regions=["EB", "PB(R)"])
    assert fly.edges.rows() == [(11, 12, 7, 4, 2), (11, 13, 4, 4, 0), (12, 11, 9, 9, 0)]
    assert fly.weight_names == ("synapse_count", "synapse_count_EB", "synapse_count_PB(R)")
    assert set(fly.units.values()) == {"synapses"}
    assert fly.provenance[0].parameters["sums_over_regions"] == {
        "pairs_equal_to_the_total": 1,
        "pairs_below_the_total": 1,
        "pairs_above_the_total": 1,
    }
    assert formats.read(regions, total, neurons).edges.rows() == [
        (11, 12, 7),
        (11, 13, 4),
        (12, 11, 9),
    ]


def test_without_totals_regions_are_summed_and_it_is_said(regions: Path, neurons: Path) -> None:
    regions.write_text(REGIONS.replace("11,13,CX,4\n", ""))
    fly = formats.read(regions, neurons, regions=["EB"])
    assert fly.edges.rows() == [(11, 12, 6, 4), (11, 13, 4, 4), (12, 11, 9, 9)]
    assert fly.provenance[0].parameters["synapse_count"] == "sum over regions"
    assert formats.sniff(regions).name == "neuprint"
    assert formats.read(regions).nodes["id"].to_list() == [11, 12, 13]


def test_a_pair_without_a_region_keeps_its_total(total: Path, regions: Path) -> None:
    regions.write_text("bodyId_pre,bodyId_post,roi,weight\n12,11,EB,9\n")
    fly = formats.read(total, regions, regions="EB")
    assert fly.edges.rows() == [(11, 12, 7, 0), (11, 13, 4, 0), (12, 11, 9, 9)]


def test_frames_that_pandas_wrote_with_its_index(neurons: Path, total: Path) -> None:
    neurons.write_text(
        ",bodyId,instance,type,pre,post,somaSide,consensusNt,cropped\n"
        "0,11,EPG_L,EPG,120,1500,LHS,acetylcholine,False\n1,12,,,3,,R,,\n"
    )
    total.write_bytes(
        gzip.compress(b",bodyId_pre,bodyId_post,weight,type_pre\n0,11,12,7,EPG\n1,12,11,3,\n")
    )
    fly = formats.read(neurons, total)
    assert fly.nodes.to_dicts() == [
        {
            **{"id": 11, "instance": "EPG_L", "cell_type": "EPG", "pre": 120, "post": 1500},
            **{"side": "L", "neurotransmitter": "acetylcholine", "cropped": "False"},
        },
        {
            **{"id": 12, "instance": None, "cell_type": None, "pre": 3, "post": None},
            **{"side": "R", "neurotransmitter": None, "cropped": None},
        },
    ]
    assert fly.edges.rows() == [(11, 12, 7), (12, 11, 3)]


def test_a_table_of_totals_alone_stays_an_edge_list(total: Path) -> None:
    assert formats.sniff(total).name == "edge-list"
    assert formats.read(total, format="neuprint").edges.rows() == [
        (11, 12, 7),
        (11, 13, 4),
        (12, 11, 9),
    ]
    assert formats.sniff(total.parent).name == "neuprint"


@pytest.mark.parametrize("seed", range(2))
def test_sums_are_those_of_polars(neurons: Path, regions: Path, seed: int) -> None:
    generator = np.random.default_rng(seed)
    frame = pl.DataFrame(generator.integers(1, 30, (4000, 3)), ["bodyId_pre", "bodyId_post", "roi"])
    frame = frame.unique(maintain_order=True, keep="first")
    frame = frame.with_columns(roi="r" + pl.col("roi").cast(pl.String), weight=frame["roi"] * 3)
    frame.write_csv(regions)
    expected = (
        frame.group_by("bodyId_pre", "bodyId_post")
        .agg(pl.col("weight").sum(), inside=pl.col("weight").filter(pl.col("roi") == "r7").sum())
        .sort("bodyId_pre", "bodyId_post")
    )
    assert formats.read(regions, neurons, regions=["r7"]).edges.rows() == expected.rows()


DOWNLOADED = "Take the file as it was downloaded; a spreadsheet rounds long ids."


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "traced-total-connections.csv",
            TOTAL + "11,12,7\n",
            "traced-total-connections.csv, line 5, column bodyId_pre, bodyId_post: expected one "
            "line for each bodyId_pre, bodyId_post, found (11, 12) again (1 such lines). "
            "Download the file again; parts of it may have been joined twice.",
        ),
        (
            "traced-total-connections.csv",
            TOTAL.replace("weight", "count"),
            "traced-total-connections.csv: expected a column weight, found 'bodyId_pre', "
            "'bodyId_post', 'count'. Take the file as it was downloaded.",
        ),
        (
            "traced-total-connections.csv",
            TOTAL.replace("11,13,4", "11,13,4.5"),
            "traced-total-connections.csv, line 4, column weight: expected a whole number, "
            f"found '4.5'. {DOWNLOADED}",
        ),
        (
            "traced-total-connections.csv",
            TOTAL[:-3],
            "traced-total-connections.csv: expected a line break at the end of the file, "
            "found '11,13'. It may be cut short: copy or download it again. If it is whole, end "
            "its last line, or read with whole=True.",
        ),
        (
            "traced-total-connections.csv",
            TOTAL.replace("11,13,4\n", ""),
            "traced-roi-connections.csv, line 5, column bodyId_pre, bodyId_post: expected a pair "
            "of the table of totals, found one that is not there (1 such pairs). "
            "Export both tables together.",
        ),
        (
            "traced-roi-connections.csv",
            REGIONS.replace("11,12,EB,4", "11,12,EB,8"),
            "traced-roi-connections.csv, line 2, column bodyId_pre, bodyId_post: expected at most "
            "7 synapses, as in the table of totals, found 8 in one region. "
            "Export both tables together.",
        ),
        (
            "traced-roi-connections.csv",
            REGIONS + "12,11,EB,9\n",
            "traced-roi-connections.csv, line 7, column bodyId_pre, bodyId_post, roi: expected one "
            "line for each bodyId_pre, bodyId_post, roi, found (12, 11, EB) again (1 such lines). "
            "Download the file again; parts of it may have been joined twice.",
        ),
        (
            "traced-neurons.csv",
            NEURONS + "11,EPG,EPG_R\n",
            "traced-neurons.csv, line 5, column bodyId: expected unique ids, found repeated 11. "
            "Keep one row for each neuron.",
        ),
        (
            "traced-neurons.csv",
            NEURONS.replace("10,PEG", f"{2**64},PEG"),
            "traced-neurons.csv, line 4, column bodyId: expected a whole number of less than "
            f"2^63, found '{2**64}'. {DOWNLOADED}",
        ),
        (
            "other.csv",
            "x,y\n1,2\n",
            "other.csv: expected a table of neuPrint (total connections, connections by region, "
            "neurons), found the columns 'x', 'y'. "
            "Leave this file out, or see docs/formats for the columns that are known.",
        ),
    ],
)
def test_damage_is_named(
    neurons: Path, total: Path, regions: Path, name: str, text: str, message: str
) -> None:
    damaged = neurons.parent / name
    damaged.write_text(text)
    paths = [neurons, total, regions]
    assert fault(*paths, *([] if damaged in paths else [damaged])) == message


def test_neurons_alone_are_no_connectome(neurons: Path) -> None:
    assert fault(neurons) == (
        "traced-neurons.csv: expected a table of total connections, found neurons. "
        "Add the file, such as traced-total-connections.csv."
    )


def test_regions_need_their_table(total: Path, neurons: Path) -> None:
    assert fault(total, neurons, regions=["EB"]) == (
        "option regions: expected regions of the connection table, found 'EB'. "
        "Its regions are: none."
    )


def test_the_published_list_of_neurons(real_data: Path, total: Path) -> None:
    """All 21,739 traced neurons of the hemibrain, v1.2."""
    total.write_text("bodyId_pre,bodyId_post,weight\n1447576662,572870540,21\n")
    fly = formats.read(real_data / "head-direction" / "raw" / "traced-neurons.csv", total)
    assert (fly.n_nodes, fly.n_edges) == (21_739, 1)
    assert fly.select("cell_type == 'EPG'").edges.rows() == [(1447576662, 572870540, 21)]
    assert fly.nodes["cell_type"].null_count() == 2_016


def test_a_sum_over_regions_is_a_note(tmp_path: Path) -> None:
    path = tmp_path / "traced-roi-connections.csv"
    path.write_text("bodyId_pre,bodyId_post,roi,weight\n10,11,EB,5\n10,11,EBr2,3\n")
    assert formats.read(path).source.notes == (
        "synapse_count is the sum over the regions of the table: synapses in a region that lies "
        "within another one of the table count twice.",
    )
