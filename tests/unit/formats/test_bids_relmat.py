"""BIDS relationship matrices: their three shapes, their flags, and the place of what is wrong."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from neuropil import formats
from neuropil.connectome import Connectome
from neuropil.contracts import InputError

FIELDS = {
    "RelationshipMeasure": "Pearson correlation coefficient",
    "Directed": False,
    "ValidDiagonal": True,
    "NonNegative": False,
    "Weighted": True,
}
BARE = "1\t-0.5\n-0.5\t1\n"
INDEX = "matrix_index\tnode_file\tnode_index\tlabel\tnetwork\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sub-01_space-fsLR_stat-pearson_relmat.tsv"


def lay_out(path: Path, matrix: str, fields: Any = FIELDS, index: str | None = None) -> None:
    path.write_text(matrix, encoding="utf-8")
    path.with_suffix(".json").write_text(json.dumps(fields))
    if index is not None:
        beside_index(path).write_text(index)


def beside_index(path: Path) -> Path:
    return path.with_name(path.name.replace("_relmat.tsv", "_nodeindices.tsv"))


def fault(path: Path, **options: Any) -> str:
    """Return the message without the folder and the common part of the names."""
    with pytest.raises(InputError) as caught:
        formats.read(path, **options)
    message = str(caught.value)
    assert message.startswith(str(path.parent))
    return message.replace(f"{path.parent}/sub-01_space-fsLR_stat-pearson", "X")


@pytest.mark.parametrize(
    ("matrix", "ids"),
    [
        (BARE, [0, 1]),
        ("a\tb\n" + BARE, ["a", "b"]),
        ("Node\ta\tb\na\t1\t-0.5\nb\t-0.5\t1\n", ["a", "b"]),
        ("7\t9\n" + BARE, [7, 9]),
        (BARE.replace("\n", "\r\n"), [0, 1]),
    ],
)
def test_labels_stand_around_above_or_nowhere(path: Path, matrix: str, ids: list) -> None:
    lay_out(path, matrix)
    assert formats.sniff(path).name == "bids-relmat"
    connectome = formats.read(path)
    assert connectome.nodes["id"].to_list() == ids
    np.testing.assert_array_equal(connectome.adjacency().toarray(), [[1, -0.5], [-0.5, 1]])
    assert connectome.units == {"Pearson correlation coefficient": "correlation"}
    assert connectome.space == "fsLR"
    assert connectome.provenance[0].parameters == {"sidecar": FIELDS, "skipped_cells": 0}


def test_row_is_pre_and_column_is_post(path: Path) -> None:
    lay_out(path, f"0\t{2**53 + 1}\n0\t0\n", {"Measure": "streamlines", "Directed": True})
    connectome = formats.read(path)
    assert connectome.edges.rows() == [(0, 1, 2**53 + 1)]
    assert connectome.units == {"streamlines": "not stated"}


def test_names_and_columns_of_the_node_index_file(path: Path) -> None:
    index = INDEX + "2\tatlas-A\t8\tright\tn/a\n1\tatlas-A\t7\tleft\tvisual\n"
    lay_out(path, BARE, FIELDS, index)
    nodes = formats.read(path).nodes
    assert nodes.rows() == [("left", "atlas-A", 7, "visual"), ("right", "atlas-A", 8, None)]
    elsewhere = path.with_name("other.tsv")
    beside_index(path).rename(elsewhere)
    assert formats.read(path).nodes.columns == ["id"]
    assert formats.read(path, nodes=elsewhere).nodes.equals(nodes)
    lay_out(path, BARE, FIELDS | {"NodeIndicesFile": "other.tsv"})
    assert formats.read(path).nodes.equals(nodes)
    assert [file.name for file in formats.read(path).source.files] == [
        path.name,
        path.with_suffix(".json").name,
        "other.tsv",
    ]


def test_the_diagonal_counts_unless_it_is_not_valid(path: Path) -> None:
    matrix = "n/a\t0.5\n0.5\t1\n"
    lay_out(path, matrix, FIELDS | {"ValidDiagonal": False})
    assert formats.read(path).edges.rows() == [(0, 1, 0.5), (1, 0, 0.5)]
    lay_out(path, matrix, {"Measure": "r"})
    assert formats.read(path).edges.rows() == [(0, 1, 0.5), (1, 0, 0.5), (1, 1, 1.0)]
    lay_out(path, matrix)
    assert fault(path) == (
        "X_relmat.tsv, line 1, column 1: expected finite weights, found no value (1 such cells). "
        "Fill the diagonal, or state that it is not valid."
    )


def test_missing_cells_are_refused_or_no_edges(path: Path) -> None:
    lay_out(path, "Node\ta\tb\na\t1\tn/a\nb\tn/a\t1\n")
    assert fault(path) == (
        "X_relmat.tsv, line 2, column b: expected finite weights, found no value (2 such cells). "
        "Read with skip_missing=True to take missing cells as no edges, or fill it."
    )
    connectome = formats.read(path, skip_missing=True)
    assert connectome.n_edges == 2
    assert connectome.provenance[0].parameters["skipped_cells"] == 2


def test_options_go_before_what_the_sidecar_says(path: Path) -> None:
    lay_out(path, "01\t2\n" + BARE, FIELDS | {"MeasureUnits": "r"})
    sidecar = path.with_suffix(".json").rename(path.with_name("meas-r_relmat.json"))
    connectome = formats.read(path, sidecar=sidecar, weight="r", unit="Fisher z")
    assert connectome.units == {"r": "Fisher z"}
    assert connectome.nodes["id"].to_list() == ["01", "2"]
    lay_out(path, "1\t2\n" + BARE)
    assert formats.read(path, text_ids=True).nodes["id"].to_list() == ["1", "2"]


def test_last_digits_may_differ_in_a_symmetric_matrix(path: Path) -> None:
    lay_out(path, "1\t0.50000001\n0.5\t1\n")
    # Two loops, and one edge in both directions.
    assert formats.read(path).edges.height == 4
    assert formats.read(path).n_edges == 3
    lay_out(path, "100001\t7000001\n7000000\t1\n")
    assert "expected a symmetric matrix" in fault(path)


NEGATIVE = (
    "Correct it, or use 0 where there is no connection; a weight that is signed by nature has one "
    "of the units Fisher z, correlation, covariance, partial correlation."
)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ("", "X_relmat.tsv: expected a matrix, found nothing. Write it again, or copy it again."),
        (
            "1\t2\t3\n1\t2\t3\n",
            "X_relmat.tsv: expected a square matrix, found 2 lines of 3 fields. "
            "Give one line and one column for each node, with or without their labels.",
        ),
        (
            "1\t2\n1\n",
            "X_relmat.tsv, line 2: expected 2 fields, found 1. "
            "Separate the columns by tabs; the file may be truncated.",
        ),
        (
            "a\tb\n1\tmany\n2\t1\n",
            "X_relmat.tsv, line 2, column b: expected a number or n/a, found 'many'. Correct it.",
        ),
        (
            "1\t\n2\t1\n",
            "X_relmat.tsv, line 1, column 2: expected finite weights, found no value "
            "(1 such cells). "
            "Read with skip_missing=True to take missing cells as no edges, or fill it.",
        ),
        (
            "a\ta\n1\t2\n2\t1\n",
            "X_relmat.tsv, line 1, label 2: expected each label once, found 'a'. "
            "Give each node a label of its own.",
        ),
        (
            "Node\ta\tb\nb\t1\t2\na\t2\t1\n",
            "X_relmat.tsv, line 2, column 1: expected the label 'a' as in the first line, "
            "found 'b'. Order rows and columns alike.",
        ),
        (
            "1\tinf\ninf\t1\n",
            "X_relmat.tsv, line 1, column 2: expected finite weights, found inf (2 such cells). "
            "Correct it, or use 0 where there is no connection.",
        ),
        (
            "Node\ta\tb\na\t1\t0.5\nb\t0.4\t1\n",
            "X_relmat.tsv, line 2, column b: expected a symmetric matrix, because it is stated to "
            "be undirected, found 0.5 and 0.4 in the mirrored cell. "
            "Correct it, or state that the matrix is directed.",
        ),
    ],
)
def test_a_damaged_matrix_is_named_by_line_and_column(
    path: Path, matrix: str, message: str
) -> None:
    lay_out(path, matrix)
    assert fault(path) == message


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            FIELDS | {"Directed": "no"},
            "X_relmat.json, field Directed: expected true or false, found 'no'. "
            "Correct the field, and write all cells of the matrix.",
        ),
        (
            FIELDS | {"StorageFormat": "UpperTriangular"},
            "X_relmat.json, field StorageFormat: expected Full, found 'UpperTriangular'. "
            "Correct the field, and write all cells of the matrix.",
        ),
        (
            FIELDS | {"NonNegative": True},
            "X_relmat.tsv, line 1, column 2: expected weights of 0 or more, because NonNegative "
            "is true, found -0.5. Correct it, or the field NonNegative of the sidecar.",
        ),
        (
            FIELDS | {"RelationshipMeasure": "likeness"},
            "X_relmat.tsv, line 1, column 2: expected weights of 0 or more, found -0.5 "
            f"(2 such cells). {NEGATIVE}",
        ),
        (
            FIELDS | {"NodeIndicesFile": "../../etc/passwd"},
            "X_relmat.json, field NodeIndicesFile: expected a file in the folder of the matrix, "
            "found '../../etc/passwd'. Copy it there, or name it as nodes.",
        ),
        (
            FIELDS | {"NodeIndicesFile": "bids::atlas_nodeindices.tsv"},
            "X_relmat.json, field NodeIndicesFile: expected a file in the folder of the matrix, "
            "found 'bids::atlas_nodeindices.tsv'. Copy it there, or name it as nodes.",
        ),
        (
            ["Directed"],
            "X_relmat.json: expected an object of fields, found list. "
            "Write the fields of BEP 17, such as RelationshipMeasure.",
        ),
    ],
)
def test_a_sidecar_that_contradicts_the_matrix(path: Path, fields: Any, message: str) -> None:
    lay_out(path, BARE, fields)
    assert fault(path) == message


def test_a_sidecar_that_is_missing_or_no_json(path: Path) -> None:
    path.write_text(BARE)
    assert fault(path) == (
        "X_relmat.json: expected the sidecar of the matrix, found none. "
        "Add it beside the matrix, or name it as sidecar."
    )
    path.with_suffix(".json").write_text('{"Directed": true,\n')
    assert fault(path) == (
        "X_relmat.json, line 2, column 1: not valid JSON "
        "(Expecting property name enclosed in double quotes). Correct it."
    )
    path.with_suffix(".json").write_text("[" * 100_000)
    assert fault(path) == (
        "X_relmat.json: expected JSON with few levels, found lists or objects nested too deeply. "
        "Correct it."
    )
    path.with_suffix(".json").write_text('{"Directed": ' + "9" * 6_000 + "}")
    assert fault(path) == (
        "X_relmat.json: expected numbers of JSON, found a whole number of more than 4300 digits. "
        "Correct it."
    )
    path.with_suffix(".json").write_bytes(b"\xff")
    assert fault(path) == "X_relmat.json: expected UTF-8 text, found byte 0xff. Save as UTF-8."


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (
            "label\nleft\nright\n",
            "X_nodeindices.tsv: expected a column matrix_index, found 'label'. "
            "Add it: the row of the matrix that each line describes.",
        ),
        (
            INDEX + "0\ta\t1\tleft\tn/a\n2\ta\t2\tright\tn/a\n",
            "X_nodeindices.tsv, column matrix_index: expected each row from 0 to 1, or from 1 to "
            "2, once, found 2 lines, 0, 2. Describe every row of the matrix on one line.",
        ),
        (
            INDEX + "0\ta\t1\tleft\tn/a\n1\ta\t2\tleft\tn/a\n",
            "X_relmat.tsv, nodes, row 1, column id: expected unique ids, found repeated left. "
            "Keep one row for each neuron.",
        ),
    ],
)
def test_a_node_index_file_that_does_not_fit(path: Path, index: str, message: str) -> None:
    lay_out(path, BARE, FIELDS, index)
    assert fault(path) == message


def test_bytes_that_are_no_text(path: Path) -> None:
    lay_out(path, BARE)
    path.write_bytes(b"1\t\xff\n")
    assert fault(path) == (
        "X_relmat.tsv, line 1: expected UTF-8 text, found byte 0xff. "
        "Save as UTF-8, or read with encoding='latin-1' if it is that."
    )


def test_what_is_written_says_what_it_is(tmp_path: Path) -> None:
    matrix = np.array([[0.0, -0.5], [-0.5, 0.0]])
    nodes = pl.DataFrame({"id": ["a", "b"], "network": ["visual", None]})
    connectome = Connectome.from_matrix(matrix, nodes, weight="r", unit="correlation")
    path = formats.write(connectome, tmp_path / "fc_relmat.tsv")
    assert path.read_text() == "Node\ta\tb\na\tn/a\t-0.5\nb\t-0.5\tn/a\n"
    assert json.loads((tmp_path / "fc_relmat.json").read_text()) == {
        "RelationshipMeasure": "r",
        "MeasureUnits": "correlation",
        "Weighted": True,
        "Directed": False,
        "ValidDiagonal": False,
        "NonNegative": False,
        "StorageFormat": "Full",
        "Software": "neuropil",
        "NodeIndicesFile": "fc_nodeindices.tsv",
    }
    assert (tmp_path / "fc_nodeindices.tsv").read_text() == (
        "matrix_index\tnode_file\tnode_index\tnetwork\n0\tn/a\t0\tvisual\n1\tn/a\t1\tn/a\n"
    )


@pytest.mark.parametrize(
    ("nodes", "problem"),
    [
        ({"id": ["a\tb"]}, r"cannot hold the text 'a\tb' of the node column id"),
        (
            {"id": ["a"], "note": ["n/a"]},
            "cannot hold the text 'n/a' of the node column note",
        ),
        (
            {"id": ["a"], "matrix_index": [3]},
            "cannot hold a node column named matrix_index",
        ),
    ],
)
def test_what_would_be_lost_is_not_written(
    tmp_path: Path, nodes: dict[str, Any], problem: str
) -> None:
    path = tmp_path / "a_relmat.tsv"
    with pytest.raises(InputError) as caught:
        formats.write(Connectome.from_matrix([[1]], pl.DataFrame(nodes)), path)
    assert str(caught.value) == (
        f"{path}: {problem}. Write a connectome folder, which holds everything."
    )
    assert list(tmp_path.iterdir()) == []


def test_two_weights_and_too_many_nodes_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "a_relmat.tsv"
    two = Connectome.from_matrix([[1]]).with_edges({"area": [1.0]}, "a", units={"area": "um2"})
    with pytest.raises(InputError, match="holds one weight, found synapse_count, area"):
        formats.write(two, path)
    many = Connectome.from_frames(
        pl.DataFrame({"id": range(140_000)}),
        pl.DataFrame({"pre": [1], "post": [2], "synapse_count": [3]}),
    )
    with pytest.raises(InputError, match=r"a dense matrix of 140000 neurons needs 156\.8 GB"):
        formats.write(many, path)
