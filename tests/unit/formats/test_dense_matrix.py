"""Dense matrices in NumPy files and CSV."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from neuropil import formats
from neuropil.connectome import Connectome
from neuropil.contracts import InputError

MATRIX = np.array([[0, 2], [1, 0]])
LABELLED = "id,7,9\n7,0,2\n9,1,0\n"
NO_VALUE = (
    "expected finite weights, found no value (1 such cells). "
    "Read with skip_missing=True to take missing cells as no edges, or fill it."
)
SIGNED = (
    "a weight that is signed by nature has one of the units "
    "Fisher z, correlation, covariance, partial correlation."
)


def fault(path: Path, **options: Any) -> str:
    """Return the message without the folder, and check that it starts with the file."""
    with pytest.raises(InputError) as caught:
        formats.read(path, **options)
    message = str(caught.value)
    assert message.startswith(str(path.parent))
    return message.replace(f"{path.parent}/", "")


def test_npy_counts_its_neurons(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, MATRIX)
    assert formats.read(path).edges.rows() == [(0, 1, 2), (1, 0, 1)]


def test_npz_brings_ids_columns_and_unit(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(
        path,
        matrix=MATRIX / 4,
        ids=[2**60 + 1, 5],
        side=["L", "R"],
        weight="area",
        unit="um2",
    )
    connectome = formats.read(path)
    assert connectome.nodes.rows() == [(2**60 + 1, "L"), (5, "R")]
    assert connectome.units == {"area": "um2"}
    assert formats.read(path, weight="touch", unit="nm2").units == {"touch": "nm2"}


def test_csv_is_told_from_an_edge_list(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(LABELLED)
    assert formats.sniff(path).name == "dense-matrix"
    assert formats.read(path).edges.rows() == [(7, 9, 2), (9, 7, 1)]


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (
            [[0, np.nan], [1, 0]],
            "a.npy, matrix, row 0, column 1: expected finite weights, found nan (1 such cells). "
            "Correct it, or use 0 where there is no connection.",
        ),
        (
            [[0, 2], [-1, 0]],
            "a.npy, matrix, row 1, column 0: expected weights of 0 or more, found -1 "
            f"(1 such cells). Correct it, or use 0 where there is no connection; {SIGNED}",
        ),
        (
            [[0, 2, 3], [1, 0, 3]],
            "a.npy, matrix: expected a square matrix, found shape (2, 3). "
            "Give one row and one column for each neuron.",
        ),
    ],
)
def test_a_wrong_matrix_is_named(tmp_path: Path, matrix: list, message: str) -> None:
    path = tmp_path / "a.npy"
    np.save(path, matrix)
    assert fault(path) == message


@pytest.mark.parametrize("kept", [0, 20, 140])
def test_a_truncated_npy_file(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "a.npy"
    np.save(path, MATRIX)
    path.write_bytes(path.read_bytes()[:kept])
    assert fault(path) == (
        f"a.npy: expected a whole NumPy file, found a damaged or truncated one of {kept} bytes. "
        "Copy or save it again."
    )


@pytest.mark.parametrize("kept", [0, 100, 300])
def test_a_truncated_npz_file(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, matrix=MATRIX, ids=[7, 9])
    path.write_bytes(path.read_bytes()[:kept])
    assert fault(path) == (
        f"a.npz: expected a whole NumPy file, found a damaged or truncated one of {kept} bytes. "
        "Copy or save it again."
    )


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.array([[None]]), allow_pickle=True)
    assert fault(path) == (
        "a.npy: expected numbers and text, found pickled objects. Save plain arrays."
    )


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            {"ids": [7, 9]},
            "a.npz: expected an array matrix, found ids. "
            "Save it with np.savez(path, matrix=..., ids=...).",
        ),
        (
            {"matrix": MATRIX, "side": ["L", "R"]},
            "a.npz: expected an array ids beside side, found none. "
            "Save it with np.savez(path, matrix=..., ids=...).",
        ),
        (
            {"matrix": MATRIX, "ids": [7, 9], "side": ["L"]},
            "a.npz, array side: expected 2 values, found shape (1,). "
            "Give one value for each neuron.",
        ),
        (
            {"matrix": MATRIX, "ids": [7, 9], "side.missing": [True, False]},
            "a.npz, array side.missing: expected 2 values of true or false beside an array side, "
            "found bool of shape (2,) and no array side. "
            "Give one value for each neuron, or leave the array out.",
        ),
        (
            {"matrix": MATRIX, "ids": [7, 9], "side": ["L", "R"], "side.missing": [True]},
            "a.npz, array side.missing: expected 2 values of true or false beside an array side, "
            "found bool of shape (1,). Give one value for each neuron, or leave the array out.",
        ),
        (
            {"matrix": MATRIX, "ids": [7.0, 9.0]},
            "a.npz, nodes, column id: expected ids of type Int64 or String, found Float64. "
            "Read the ids as integers or as text; a float cannot hold ids beyond 2^53.",
        ),
        (
            {"matrix": MATRIX, "ids": [7, 7]},
            "a.npz, nodes, row 1, column id: expected unique ids, found repeated 7. "
            "Keep one row for each neuron.",
        ),
    ],
)
def test_a_wrong_npz_is_named(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, **arrays)
    assert fault(path) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "id,7,9\n7,0,2\n",
            "a.matrix.csv: expected a square matrix, found 2 lines of 3 fields. "
            "Give one line and one column for each node, with or without their labels.",
        ),
        (
            "id,7,9\n9,1,0\n7,0,2\n",
            "a.matrix.csv, line 2, column 1: expected the label '7' as in the first line, "
            "found '9'. "
            "Order rows and columns alike.",
        ),
        (
            "id,7,9\n7,0,nan\n9,1,0\n",
            f"a.matrix.csv, line 2, column 9: {NO_VALUE}",
        ),
        (
            "id,7,9\n7,0,2\n9,-1,0\n",
            "a.matrix.csv, line 3, column 7: expected weights of 0 or more, found -1 "
            f"(1 such cells). Correct it, or use 0 where there is no connection; {SIGNED}",
        ),
        (
            "id,7,9\n7,0,\n9,1,0\n",
            f"a.matrix.csv, line 2, column 9: {NO_VALUE}",
        ),
        (
            "id,7,9\n7,0,two\n9,1,0\n",
            "a.matrix.csv, line 2, column 9: expected a number or n/a, found 'two'. Correct it.",
        ),
        (
            "0;2,5\n1;0\n",
            "a.matrix.csv, line 1, column 2: expected a number or n/a, found '2,5'. "
            "Write decimals with a point.",
        ),
        (
            "0,2\n1\n",
            "a.matrix.csv, line 2: expected 2 fields, found 1. "
            "Separate the columns by commas; the file may be truncated.",
        ),
        (
            "id,7,NA\n7,0,2\nNA,1,0\n",
            "a.matrix.csv, line 1, label 2: expected a label, found 'NA'. "
            "Give each node a label of its own.",
        ),
        (
            "id,7,9\n7,0,2\n9,1,37",
            "a.matrix.csv: expected a line break at the end of the file, found '9,1,37'. "
            "It may be cut short: copy or download it again. If it is whole, end its last line, or "
            "read with whole=True.",
        ),
    ],
)
def test_a_wrong_csv_is_named_by_line_and_column(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.matrix.csv"
    path.write_text(text)
    assert fault(path) == message


@pytest.mark.parametrize(
    ("name", "nodes", "problem"),
    [
        ("a.npy", {"id": [7, 9]}, "holds no ids, found ids other than 0 to n - 1"),
        ("a.npy", {"id": [0, 1], "side": ["L", "R"]}, "holds no node columns, found side"),
        ("a.matrix.csv", {"id": [7, 9], "side": ["L", "R"]}, "holds no node columns, found side"),
        ("a.npz", {"id": [7, 9], "unit": [1, 2]}, "cannot hold a node column named unit"),
    ],
)
def test_a_file_that_would_lose_something_is_not_written(
    tmp_path: Path, name: str, nodes: dict[str, Any], problem: str
) -> None:
    path = tmp_path / name
    with pytest.raises(InputError) as caught:
        formats.write(Connectome.from_matrix(MATRIX, pl.DataFrame(nodes)), path)
    assert str(caught.value) == (
        f"{path}: {problem}. Write a connectome folder, which holds everything."
    )
    assert not path.exists()


def test_a_second_weight_another_unit_and_too_many_neurons_are_refused(tmp_path: Path) -> None:
    two = Connectome.from_matrix(MATRIX).with_edges(
        {"area": [1.0, 2.0]}, "a", units={"area": "um2"}
    )
    with pytest.raises(InputError, match="holds one weight, found synapse_count, area"):
        formats.write(two, tmp_path / "a.npz")
    area = Connectome.from_matrix(MATRIX, weight="area", unit="um2")
    with pytest.raises(InputError, match="holds no unit, found area"):
        formats.write(area, tmp_path / "a.npy")
    many = Connectome.from_frames(
        pl.DataFrame({"id": range(140_000)}),
        pl.DataFrame({"pre": [1], "post": [2], "synapse_count": [3]}),
    )
    with pytest.raises(InputError, match=r"a dense matrix of 140000 neurons needs 156\.8 GB"):
        formats.write(many, tmp_path / "a.npz")


def test_a_matrix_of_correlations_that_was_rounded_apart_is_undirected(tmp_path: Path) -> None:
    path = tmp_path / "r.txt"
    path.write_text("1.000 0.124\n0.123 1.000\n")
    found = formats.read(path, unit="correlation")
    assert (found.directed, found.n_edges) == (False, 3)
    assert found.edges["weight"].to_list() == [1.0, 0.124, 0.124, 1.0]
    # A weight of another unit has a direction unless the file says otherwise.
    assert formats.read(path, unit="streamlines").directed
    path.write_text("1.000 0.125\n0.123 1.000\n")
    assert formats.read(path, unit="correlation").directed


def test_words_for_a_missing_cell_are_those_for_a_missing_id(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    for word in ("NA", "None", "null", "NaN", "#N/A", ""):
        path.write_text(f"A,B\n0,{word}\n2,0\n")
        with pytest.raises(InputError, match="expected finite weights, found no value"):
            formats.read(path, format="dense-matrix")
        found = formats.read(path, format="dense-matrix", skip_missing=True)
        assert found.edges.rows() == [("B", "A", 2)]


COUNTS = np.array([[0, 1, 2], [3, 0, 4], [1, 2, 0]])
FRAMED = np.block(
    [[COUNTS, COUNTS.sum(1, keepdims=True)], [COUNTS.sum(0, keepdims=True), COUNTS.sum()]]
)


@pytest.mark.parametrize("label", ["Total", "sum", "Grand Total", "All"])
def test_sums_beside_the_nodes_are_refused(tmp_path: Path, label: str) -> None:
    path = tmp_path / "a.csv"
    labels = ["A", "B", "C", label]
    lines = [",".join(["", *labels])]
    lines += [
        ",".join([name, *map(str, row)]) for name, row in zip(labels, FRAMED.tolist(), strict=True)
    ]
    path.write_text("\n".join([*lines, ""]))
    refused = (
        f"expected nodes, found '{label}', which holds the sums of the others. "
        "Leave its row and its column out of the matrix."
    )
    assert fault(path) == f"a.csv, line 5, column {label}: {refused}"
    np.savez(tmp_path / "a.npz", matrix=FRAMED, ids=labels)
    assert fault(tmp_path / "a.npz") == f"a.npz, matrix, row 3, column 3: {refused}"


def test_a_node_that_is_called_like_a_sum_and_is_none_is_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", matrix=COUNTS, ids=["A", "B", "Total"])
    assert formats.read(tmp_path / "a.npz").n_nodes == 3


def test_sums_without_labels_are_a_note(tmp_path: Path) -> None:
    note = (
        "The last row and the last column hold the sums of the others: leave them out if they are "
        "totals and no node."
    )
    np.savetxt(tmp_path / "a.txt", FRAMED, fmt="%d")
    np.save(tmp_path / "a.npy", FRAMED)
    for name in ("a.txt", "a.npy"):
        connectome = formats.read(tmp_path / name)
        assert connectome.source.notes[-1] == note
        assert connectome.n_nodes == 4


@pytest.mark.parametrize(("half", "side"), [(np.triu, "above"), (np.tril, "below")])
def test_one_half_of_a_matrix_is_a_note_and_is_mirrored_when_asked(
    tmp_path: Path, half: Any, side: str
) -> None:
    both = np.arange(16).reshape(4, 4) % 5 + 1
    both = both + both.T
    matrix = half(both)
    np.savetxt(tmp_path / "a.txt", matrix, fmt="%d")
    np.save(tmp_path / "a.npy", matrix)
    for name in ("a.txt", "a.npy"):
        connectome = formats.read(tmp_path / name)
        assert connectome.directed
        assert connectome.source.notes[-1] == (
            f"All weights lie {side} the diagonal: read with mirror=True if the graph is "
            "undirected and was written once."
        )
        mirrored = formats.read(tmp_path / name, mirror=True)
        assert not mirrored.directed
        assert (mirrored.adjacency().toarray() == both).all()
    np.save(tmp_path / "b.npy", COUNTS)
    assert fault(tmp_path / "b.npy", mirror=True) == (
        "b.npy, matrix, row 1, column 0: expected one half of a matrix, found 3 below the diagonal "
        "and weights above it. Read it without mirror, or empty one half."
    )


def test_a_mark_in_a_label_does_not_part_the_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.matrix.csv"
    path.write_text("w [nS],EPG;L,EPG;R\nEPG;L,0,1\nEPG;R,2,0\n")
    connectome = formats.read(path)
    assert connectome.edges.rows() == [("EPG;L", "EPG;R", 1), ("EPG;R", "EPG;L", 2)]
    single = tmp_path / "b.matrix.csv"
    single.write_text("w [nS],n_;\nn_;,3\n")
    assert formats.read(single).edges.rows() == [("n_;", "n_;", 3)]
