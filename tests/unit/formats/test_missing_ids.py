"""An id that is missing is never a neuron: refused by name, or left out by an option."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from neuropil import formats
from neuropil.connectome import Connectome, TableError
from neuropil.contracts import InputError

WORDS = ["", "NA", "nan", "NaN", "null", "NULL", "None", "n/a", "N/A", "<NA>", "#N/A", " NA "]


def fault(*paths: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        formats.read(*paths, **options)
    return str(caught.value).replace(f"{paths[0].parent}/", "")


REPAIR = "Give the neuron an id, or read with drop_missing_ids=True to leave it out."


@pytest.mark.parametrize("word", WORDS)
def test_in_an_edge_list(tmp_path: Path, word: str) -> None:
    path = tmp_path / "e.csv"
    path.write_text(f"pre,post,n_syn\nA,B,3\nB,{word},4\n{word},A,5\n")
    found = repr(word.strip()) if word else "nothing"
    assert fault(path) == (
        f"e.csv, line 3, column post: expected an id, found {found} (2 such lines). {REPAIR}"
    )
    connectome = formats.read(path, drop_missing_ids=True)
    assert connectome.nodes["id"].to_list() == ["A", "B"]
    assert connectome.source.notes == (
        "2 lines were left out of e.csv, because an id is missing there.",
    )


def test_a_fault_below_lines_that_were_left_out_keeps_its_line(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("pre,post,n_syn\nNA,B,3\nB,A,many\n")
    message = fault(path, drop_missing_ids=True)
    assert message.startswith("e.csv, line 3, column n_syn: expected a number, found 'many'")
    path.write_text("pre,post,n_syn\nNA,B,3\nB,A,-3\n")
    assert fault(path, drop_missing_ids=True).startswith("e.csv, line 3, column n_syn: ")


def test_in_the_table_of_the_neurons(tmp_path: Path) -> None:
    path, nodes = tmp_path / "e.csv", tmp_path / "n.csv"
    path.write_text("pre,post,n_syn\n1,2,3\n")
    nodes.write_text("root_id,type\n1,a\nNA,b\n2,c\n")
    assert fault(path, nodes=nodes) == (
        f"n.csv, line 3, column root_id: expected an id, found 'NA' (1 such lines). {REPAIR}"
    )
    connectome = formats.read(path, nodes=nodes, drop_missing_ids=True)
    assert connectome.nodes.rows() == [(1, "a"), (2, "c")]


def test_in_a_feather_table(tmp_path: Path) -> None:
    path = tmp_path / "e.feather"
    frame = {"pre": [1.0, None, 3.0], "post": [2.0, 1.0, 2.0], "n_syn": [5, 6, 7]}
    pl.DataFrame(frame).write_ipc(path)
    assert fault(path) == (
        f"e.feather, row 1, column pre: expected an id, found nothing (1 such lines). {REPAIR}"
    )
    assert formats.read(path, drop_missing_ids=True).edges.rows() == [(1, 2, 5), (3, 2, 7)]


def test_in_tables_of_codex_and_neuprint(tmp_path: Path) -> None:
    lines, neurons = tmp_path / "c.csv", tmp_path / "k.csv"
    lines.write_text("pre_root_id,post_root_id,neuropil,syn_count\n1,2,EB,5\nNA,2,EB,6\n")
    neurons.write_text("root_id,super_class\n1,central\n,optic\n")
    assert fault(lines) == (
        f"c.csv, line 3, column pre_root_id: expected an id, found 'NA' (1 such lines). {REPAIR}"
    )
    fly = formats.read(lines, neurons, drop_missing_ids=True)
    assert fly.edges.rows() == [(1, 2, 5)]
    assert len(fly.source.notes) == 2
    total, listed = tmp_path / "t.csv", tmp_path / "l.csv"
    total.write_text("bodyId_pre,bodyId_post,weight\n1,2,5\n,2,6\n")
    listed.write_text("bodyId,type\n1,a\nnull,b\n")
    assert fault(total, listed).startswith("l.csv, line 3, column bodyId: expected an id, found")
    fly = formats.read(total, listed, drop_missing_ids=True)
    assert (fly.n_nodes, fly.n_edges, len(fly.source.notes)) == (2, 1, 2)


def test_as_a_label_of_a_matrix(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(",A,NA\nA,0,1\nNA,1,0\n")
    assert fault(path) == (
        "m.csv, line 1, label 2: expected a label, found 'NA'. Give each node a label of its own."
    )
    relmat = tmp_path / "m_relmat.tsv"
    relmat.write_text("A\tnan\n0\t1\n1\t0\n")
    relmat.with_suffix(".json").write_text("{}")
    assert fault(relmat).startswith("m_relmat.tsv, line 1, label 2: expected a label, found 'nan'")


def test_in_python() -> None:
    nodes = pl.DataFrame({"id": ["A ", "NA"]})
    edges = pl.DataFrame({"pre": ["A"], "post": [" A"], "synapse_count": [1]})
    with pytest.raises(TableError) as caught:
        Connectome.from_frames(nodes, edges)
    assert str(caught.value) == (
        "nodes, row 1, column id: expected an id, found 'NA', which stands for a missing value "
        "(1 such rows). Give the neuron an id of its own, or drop the row."
    )
    connectome = Connectome.from_frames(nodes.head(1), edges)
    assert connectome.edges.rows() == [("A", "A", 1)]


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["10001.0", "10002.0"], [10001, 10002]),
        (["10001", "10002."], [10001, 10002]),
        ([f"{2**53 - 1}.0", "1.0"], [1, 2**53 - 1]),
    ],
)
def test_whole_floats_are_ids(tmp_path: Path, ids: list[str], expected: list[int]) -> None:
    path = tmp_path / "e.csv"
    path.write_text(f"pre,post,n_syn\n{ids[0]},{ids[1]},3\n")
    connectome = formats.read(path)
    assert connectome.nodes["id"].to_list() == expected
    assert connectome.source.notes == (
        "Ids that are written as 10001.0 were read as whole numbers.",
    )


@pytest.mark.parametrize("wrong", [f"{2**53}.0", "10001.5", "7.2e17"])
def test_floats_that_may_have_been_rounded_are_no_ids(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "e.csv"
    path.write_text(f"pre,post,n_syn\n1.0,{wrong},3\n")
    assert "expected whole-number ids" in fault(path)
    path = tmp_path / "e.parquet"
    pl.DataFrame({"pre": [1.0], "post": [float(wrong)], "n_syn": [3]}).write_parquet(path)
    assert "expected whole-number ids" in fault(path)


def test_whole_floats_in_every_table_of_ids(tmp_path: Path) -> None:
    lines, neurons = tmp_path / "c.csv", tmp_path / "k.csv"
    lines.write_text("pre_root_id,post_root_id,neuropil,syn_count\n1.0,2.0,EB,5\n")
    neurons.write_text("root_id,super_class\n1.0,central\n3.0,optic\n")
    assert formats.read(lines, neurons).nodes["id"].to_list() == [1, 2, 3]
    matrix = tmp_path / "m.csv"
    matrix.write_text(",1.0,2.0\n1.0,0,1\n2.0,1,0\n")
    assert formats.read(matrix, format="dense-matrix").nodes["id"].to_list() == [1, 2]


def test_a_name_over_two_lines_is_an_unclosed_quote(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text('pre,post,n_syn\nA,"B,3\nC",D\n')
    assert fault(path).endswith("Check the quotes of this line and those before it.")


def test_columns_of_whole_numbers_of_any_width_are_exact(tmp_path: Path) -> None:
    path = tmp_path / "e.parquet"
    frame = {
        "pre": pl.Series([2**63 - 1, 1], dtype=pl.UInt64),
        "post": pl.Series([7, 8], dtype=pl.Int16),
        "n_syn": pl.Series([3, 4], dtype=pl.UInt32),
    }
    pl.DataFrame(frame).write_parquet(path)
    assert formats.read(path).edges.rows() == [(2**63 - 1, 7, 3), (1, 8, 4)]
    frame["pre"] = pl.Series([2**64 - 1, 1], dtype=pl.UInt64)
    pl.DataFrame(frame).write_parquet(path)
    assert formats.read(path).edges.rows() == [(str(2**64 - 1), "7", 3), ("1", "8", 4)]


def test_a_table_of_the_neurons_as_gephi_writes_it(tmp_path: Path) -> None:
    path, nodes = tmp_path / "e.csv", tmp_path / "n.csv"
    path.write_text("Source,Target,Weight\n1,2,3\n")
    nodes.write_text("Id,Label,Type\n 1 , AVA ,inter\n2,AVB,motor\n")
    connectome = formats.read(path, nodes=nodes)
    assert connectome.nodes.rows() == [(1, "AVA", "inter"), (2, "AVB", "motor")]
