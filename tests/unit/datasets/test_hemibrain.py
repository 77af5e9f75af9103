"""The real circuits: every published count, bit for bit."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from neuropil.connectome import Connectome
from neuropil.contracts import IntegrityError
from neuropil.datasets import cache_folder, compute_phase_shift, fetch, info, load
from neuropil.datasets.hemibrain import order_matrix_rows, read_ring_edges, read_transmitters

TYPES = ["EPG", "EPGt", "PEN_a", "PEN_b", "PEG", "Delta7"]
ALIASED = {"PEN_a": "PEN_a(PEN1)", "PEN_b": "PEN_b(PEN2)"}


@pytest.fixture
def folder(real_data: Path) -> Path:
    return real_data / "head-direction"


@pytest.fixture
def circuit(real_data: Path) -> Connectome:
    del real_data
    return load("hemibrain-head-direction")


@pytest.fixture
def ring(real_data: Path) -> Connectome:
    del real_data
    return load("hemibrain-ring-neurons")


@pytest.mark.parametrize("name", ["hemibrain-head-direction", "hemibrain-ring-neurons"])
def test_the_public_files_alone_are_enough(
    real_data: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    from_mirror = load(name)
    dataset = info(name)
    for file in dataset.files:
        target = cache_folder() / dataset.topic / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(real_data / dataset.topic / file.name, target)
    monkeypatch.delenv("NEUROPIL_DATA")
    from_cache = load(name)
    assert_frame_equal(from_cache.nodes, from_mirror.nodes)
    assert_frame_equal(from_cache.edges, from_mirror.edges)


def _type_counts(connectome: Connectome) -> dict[str, int]:
    return dict(connectome.nodes["cell_type"].value_counts().iter_rows())


def test_the_matrix_has_the_published_totals(circuit: Connectome):
    counts = circuit.adjacency().toarray()
    assert circuit.n_nodes == 152
    assert circuit.n_edges == 9722
    assert counts.sum() == 129_473
    assert counts.max() == 184
    assert not counts.diagonal().any()
    assert not np.array_equal(counts, counts.T)
    assert circuit.edges["synapse_count"].dtype.is_integer()


def test_the_adjacency_is_the_published_matrix(circuit: Connectome, folder: Path):
    matrix = np.load(folder / "connectivity_matrix_drosophila_janelia.npy")
    np.testing.assert_array_equal(circuit.adjacency().toarray(), matrix)


def test_the_types_have_the_published_numbers(circuit: Connectome):
    assert _type_counts(circuit) == {
        "EPG": 46,
        "EPGt": 4,
        "PEN_a": 20,
        "PEN_b": 22,
        "PEG": 18,
        "Delta7": 42,
    }


def test_epg_neurons_per_glomerulus(circuit: Connectome):
    epg = circuit.nodes.filter(pl.col("cell_type") == "EPG")
    found = dict(epg["glomerulus"].value_counts().iter_rows())
    per_side = {1: 2, 2: 2, 3: 3, 4: 3, 5: 3, 6: 3, 7: 3, 8: 4}
    assert found == {f"{side}{k}": n for side in "LR" for k, n in per_side.items()}


def test_only_delta7_inhibits(circuit: Connectome):
    signs = circuit.nodes.select("cell_type", "sign", "neurotransmitter").unique()
    expected = {
        (name, -1, "glutamate") if name == "Delta7" else (name, 1, "acetylcholine")
        for name in TYPES
    }
    assert set(signs.iter_rows()) == expected


def test_the_labels_rebuilt_from_public_files_are_the_derived_table(
    circuit: Connectome, folder: Path
):
    derived = pl.read_csv(folder / "hd_neurons.csv")
    rebuilt = circuit.nodes.with_row_index("index").select(
        pl.col("index").cast(pl.Int64),
        pl.col("id").alias("bodyId"),
        pl.col("cell_type").replace(ALIASED).alias("type"),
        "instance",
        "glomerulus",
        pl.col("side").alias("pb_side"),
        "soma_side",
        pl.col("pre_total", "post_total").cast(pl.Float64),
        pl.col("ring_index").alias("epg_ring_index"),
        pl.col("ring_angle_deg").alias("epg_ring_angle_deg"),
        pl.col("neurotransmitter").alias("nt"),
        "sign",
    )
    assert rebuilt.shape == (152, 13)
    assert_frame_equal(rebuilt, derived.with_columns(pl.col("epg_ring_index").cast(pl.Int64)))


def test_the_edges_are_the_derived_table(circuit: Connectome, folder: Path):
    derived = pl.read_csv(folder / "hd_edges.csv").select(
        pl.col("bodyId_pre").alias("pre"),
        pl.col("bodyId_post").alias("post"),
        pl.col("weight").cast(pl.Int64).alias("synapse_count"),
    )
    assert derived.height == 9722
    assert_frame_equal(circuit.edges, derived, check_row_order=False)


def test_the_derived_row_order_contains_the_tables_the_authors_show(
    circuit: Connectome, folder: Path
):
    shown = pl.read_csv(folder / "raw" / "notebook_displayed_order.csv")
    ids = circuit.nodes["id"].to_list()
    for table, start, stop in (("pen", 0, 42), ("epg", 60, 110), ("d7", 110, 152)):
        assert shown.filter(pl.col("table") == table)["bodyId"].to_list() == ids[start:stop]
    labels = circuit.nodes["glomerulus"][42:60].to_list()
    assert labels == [f"L{k}" for k in range(1, 10)] + [f"R{k}" for k in range(9, 0, -1)]


def test_another_list_of_neurons_is_refused(folder: Path):
    exported = pl.read_csv(folder / "raw" / "traced-neurons.csv")
    with pytest.raises(IntegrityError) as caught:
        order_matrix_rows(exported.reverse())
    message = str(caught.value)
    assert message.startswith(
        "raw/traced-neurons.csv, row order of the matrix: expected the 152 row ids to have "
        "SHA-256 a84875707130b008e931e446e02d790bc148292cf0a6d72282a31dcfcaca6837, found "
    )
    assert message.endswith(
        ". Use the file of the dataset hemibrain-head-direction unchanged; if it is, report your "
        "NumPy version."
    )


def test_the_type_to_type_table(circuit: Connectome):
    labels, totals = circuit.type_matrix()
    order = [labels.index(name) for name in TYPES]
    np.testing.assert_array_equal(
        totals[np.ix_(order, order)],
        [
            [7980, 97, 5128, 5157, 5765, 17286],
            [19, 20, 165, 209, 366, 412],
            [13486, 90, 3177, 1989, 79, 12],
            [8417, 83, 1951, 4270, 134, 19],
            [499, 32, 81, 1309, 211, 20],
            [6664, 1054, 2754, 9800, 6123, 24615],
        ],
    )


@pytest.mark.parametrize(
    ("cell_type", "side", "mean", "spread"),
    [
        ("PEN_a", "L", 14.2, 6.2),
        ("PEN_b", "L", 14.2, 6.6),
        ("PEN_a", "R", -13.0, 5.2),
        ("PEN_b", "R", -13.8, 6.9),
    ],
)
def test_pen_neurons_shift_the_bump_away_from_their_side(
    circuit: Connectome, cell_type: str, side: str, mean: float, spread: float
):
    shift = compute_phase_shift(circuit, cell_type).filter(pl.col("side") == side)["shift_deg"]
    assert round(shift.mean(), 1) == mean
    assert round(shift.std(ddof=0), 1) == spread


def test_delta7_neurons_project_to_the_other_side_of_the_ring(circuit: Connectome):
    shift = compute_phase_shift(circuit, "Delta7")["shift_deg"]
    assert round(shift.abs().mean()) == 171


def test_the_source_says_what_was_read(circuit: Connectome):
    source = circuit.source
    assert source.name == "hemibrain-head-direction"
    assert not source.synthetic
    assert len(source.files) == 4
    assert {citation.key for citation in source.citations} >= {"scheffer2020"}
    assert circuit.units == {"synapse_count": "synapses"}


def test_the_ring_tables_have_the_published_totals(ring: Connectome):
    types = dict(ring.nodes.select("id", "cell_type").iter_rows())
    edges = ring.edges.with_columns(
        (pl.col("pre").replace_strict(types) == "EPG").alias("from_epg"),
        (pl.col("post").replace_strict(types) == "EPG").alias("to_epg"),
    )
    to_epg = edges.filter(~pl.col("from_epg") & pl.col("to_epg"))
    from_epg = edges.filter(pl.col("from_epg") & ~pl.col("to_epg"))
    assert ring.n_edges == 9376
    assert (to_epg.height, to_epg["synapse_count"].sum()) == (8755, 94_300)
    assert (from_epg.height, from_epg["synapse_count"].sum()) == (621, 3397)
    assert edges["synapse_count"].min() == 4


def test_the_ring_neurons_have_the_published_numbers(ring: Connectome, circuit: Connectome):
    is_epg = ring.nodes["cell_type"] == "EPG"
    assert ring.n_nodes == 286
    assert (~is_epg).sum() == 240
    assert ring.nodes.filter(~is_epg)["cell_type"].str.starts_with("ER").all()
    assert ring.nodes.filter(~is_epg)["sign"].unique().to_list() == [-1]
    assert ring.nodes.filter(~is_epg)["neurotransmitter"].unique().to_list() == ["gaba"]
    epg = circuit.nodes.filter(pl.col("cell_type") == "EPG")
    assert_frame_equal(ring.nodes.filter(is_epg).sort("id"), epg.sort("id"))


def test_the_largest_ring_totals(ring: Connectome):
    labels, totals = ring.type_matrix()
    epg = labels.index("EPG")
    into = dict(zip(labels, totals[:, epg], strict=True))
    assert (into["ER4m"], into["ER2_c"], into["ER4d"]) == (14_903, 12_665, 9_839)
    assert into["ER3w_a"] + into["ER3w_b"] == 10_573
    assert totals[epg].max() == totals[epg, labels.index("ER4m")] == 1871


def test_the_ring_edges_are_the_derived_table(ring: Connectome, folder: Path):
    derived = pl.read_csv(folder / "er_epg_edges.csv")
    types = dict(ring.nodes.select("id", "cell_type").iter_rows())
    rebuilt = (
        ring.edges.rename({"pre": "bodyId_pre", "post": "bodyId_post", "synapse_count": "weight"})
        .rename({"synapse_count_EB": "weight_EB"})
        .with_columns(
            pl.col("bodyId_pre").replace_strict(types).alias("type_pre"),
            pl.col("bodyId_post").replace_strict(types).alias("type_post"),
        )
        .sort("type_pre", "bodyId_pre", "bodyId_post")
    )
    assert_frame_equal(rebuilt.select(derived.columns), derived)


def test_the_second_weight_counts_the_ellipsoid_body(ring: Connectome, folder: Path):
    files = fetch("hemibrain-ring-neurons")
    edges = read_ring_edges(files)
    assert edges["synapse_count_EB"].sum() == ring.adjacency("synapse_count_EB").sum()
    assert (edges["synapse_count_EB"] <= edges["synapse_count"]).all()
    for name in ("er2epg", "epg2erEB"):
        assert pl.read_csv(folder / "raw" / f"{name}.csv")["roi"].unique().to_list() == ["EB"]


def test_the_public_export_has_the_published_families(folder: Path):
    exported = pl.read_csv(folder / "raw" / "traced-neurons.csv")
    assert exported.height == 21_739
    family = pl.col("type").str.extract("^(ExR|ER|EL$|GLNO$|SpsP$|LNO1$|P6-8P9$)")
    counts = exported.select(family.alias("family"))["family"].drop_nulls().value_counts()
    assert dict(counts.iter_rows()) == {
        "ER": 257,
        "ExR": 26,
        "EL": 18,
        "GLNO": 4,
        "SpsP": 4,
        "LNO1": 4,
        "P6-8P9": 4,
    }
    derived = pl.read_csv(folder / "ring_and_input_neurons.csv")
    assert derived.height == sum(counts["count"]) == 317


def test_the_ring_neurons_are_those_flagged_in_the_derived_table(ring: Connectome, folder: Path):
    derived = pl.read_csv(folder / "ring_and_input_neurons.csv").filter(pl.col("in_er_epg_edges"))
    rebuilt = ring.nodes.filter(pl.col("cell_type") != "EPG").select(
        pl.col("id").alias("bodyId"),
        pl.col("cell_type").alias("type"),
        "instance",
        "soma_side",
        pl.col("pre_total", "post_total").cast(pl.Float64),
    )
    assert rebuilt.height == 240
    assert_frame_equal(rebuilt, derived.select(rebuilt.columns), check_row_order=False)


def test_each_type_has_one_transmitter_on_both_sides(folder: Path):
    derived = pl.read_csv(folder / "cx_type_neurotransmitters.csv")
    rebuilt = read_transmitters(fetch("hemibrain-head-direction"))
    assert derived.height == 34
    assert rebuilt["family"].is_unique().all()
    chosen = rebuilt.rename({"family": "cell_type", "neurotransmitter": "nt"}).filter(
        pl.col("cell_type").is_in(derived["cell_type"].implode())
    )
    assert_frame_equal(chosen, derived, check_row_order=False)
