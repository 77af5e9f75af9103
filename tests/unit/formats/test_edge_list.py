"""Edge lists: what is read, and the line and column of what is wrong."""

import gzip
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from neuropil import formats
from neuropil.connectome import Connectome
from neuropil.contracts import InputError

HEADER = "pre,post,synapse_count\n"


@pytest.fixture
def edges(tmp_path: Path) -> Path:
    return tmp_path / "edges.csv"


def fault(path: Path, **options: Any) -> str:
    """Return the message without the folder, and check that it starts with the file."""
    with pytest.raises(InputError) as caught:
        formats.read(path, **options)
    message = str(caught.value)
    assert message.startswith(str(path.parent))
    return message.replace(f"{path.parent}/", "")


def test_ids_beyond_doubles_survive(edges: Path) -> None:
    edges.write_text(HEADER + f"{2**53},{2**53 + 1},4\n{2**63 - 1},{2**53},5\n")
    connectome = formats.read(edges)
    assert connectome.nodes["id"].to_list() == [2**53, 2**53 + 1, 2**63 - 1]
    assert connectome.nodes.schema["id"] == pl.Int64


def test_ids_beyond_int64_and_leading_zeros_stay_text(edges: Path) -> None:
    edges.write_text(HEADER + f"{2**64},7,4\n")
    assert formats.read(edges).nodes["id"].to_list() == [str(2**64), "7"]
    edges.write_text(HEADER + "007,7,4\n")
    assert formats.read(edges).nodes["id"].to_list() == ["007", "7"]
    edges.write_text(HEADER + "1,2,4\n")
    assert formats.read(edges, text_ids=True).nodes["id"].to_list() == ["1", "2"]


@pytest.mark.parametrize(
    "header",
    ["pre,post,weight", "bodyId_pre,bodyId_post,weight", "pre_root_id,post_root_id,syn_count"],
)
def test_common_names_are_known(edges: Path, header: str) -> None:
    edges.write_text(f"{header}\n1,2,3\n")
    connectome = formats.read(edges)
    assert connectome.edges.rows() == [(1, 2, 3)]
    assert connectome.units == {"synapse_count": "synapses"}


def test_named_columns_and_units(edges: Path) -> None:
    edges.write_text("i;bodyId_pre;bodyId_post;weight;touch\n0;5;6;7;0.5\n")
    connectome = formats.read(
        edges, separator=";", columns={"synapse_count": "weight", "area [um2]": "touch"}
    )
    assert connectome.edges.rows() == [(5, 6, 7, 0.5)]
    assert connectome.units == {"synapse_count": "synapses", "area": "um2"}


def test_source_records_the_files(edges: Path) -> None:
    edges.write_text(HEADER + "1,2,3\n")
    edges.with_name("edges.nodes.csv").write_text("id,type,side\n2,EPG,L\n1,,R\n")
    connectome = formats.read(edges)
    assert [file.name for file in connectome.source.files] == ["edges.csv", "edges.nodes.csv"]
    assert connectome.source.files[0].size == len(HEADER) + 6
    assert connectome.nodes.rows() == [(2, "EPG", "L"), (1, None, "R")]
    assert connectome.nodes.columns == ["id", "cell_type", "side"]


def test_byte_order_mark_windows_lines_and_empty_lines_at_the_end(edges: Path) -> None:
    edges.write_bytes(
        b"\xef\xbb\xbf" + HEADER.replace("\n", "\r\n").encode() + b"1,2,3\r\n\r\n\r\n"
    )
    assert formats.read(edges).edges.rows() == [(1, 2, 3)]


def test_pairs_on_several_lines_are_summed_when_asked(edges: Path) -> None:
    edges.write_text(HEADER + "1,2,3\n2,1,5\n1,2,4\n")
    assert formats.read(edges, sum_pairs=True).edges.rows() == [(1, 2, 7), (2, 1, 5)]
    assert fault(edges) == (
        "edges.csv, line 4, column pre, post: expected one edge for each (pre, post) pair, "
        "found (1, 2) again (1 such lines). Read with sum_pairs=True to sum the weights of equal "
        "pairs, or with count_lines=True to count their lines."
    )
    edges.write_text(HEADER + "1,2,3\n1,2,-2\n")
    assert "line 3, column synapse_count: expected weights of 0 or more, found -2" in fault(
        edges, sum_pairs=True
    )


REPAIR_WEIGHT = "Correct or drop this edge; inhibition belongs in the node column sign."
REPAIR_NEGATIVE = (
    "Correct or drop this edge; inhibition belongs in the node column sign, and a weight that is "
    "signed by nature has one of the units Fisher z, correlation, covariance, partial correlation."
)
REPAIR_ID = "Correct it, save the ids unrounded, or read with text_ids=True."
REPAIR_HEADER = "Add a first line with the name of each column."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "",
            f"edges.csv, line 1: expected a line with column names, found nothing. {REPAIR_HEADER}",
        ),
        (HEADER, "edges.csv: expected at least one neuron, found none. Add the neurons."),
        (
            "1,2,3\n4,5,6\n",
            f"edges.csv, line 1: expected column names, found the numbers 1, 2, 3. {REPAIR_HEADER}",
        ),
        (
            "pre,post,pre\n1,2,3\n",
            "edges.csv, line 1, column pre: expected each column name once, found 'pre' again. "
            "Rename one of the columns.",
        ),
        (
            "pre;post;synapse_count\n1;2;3\n",
            "edges.csv, line 1: expected columns separated by a comma, "
            "found 'pre;post;synapse_count'. "
            "Save it with commas between the columns, or read an edge list with separator=';'.",
        ),
        (
            "from_neuron,to_neuron,synapse_count\n1,2,3\n",
            "edges.csv: expected a column pre or one of its aliases, found none. "
            "The columns are: 'from_neuron', 'to_neuron', 'synapse_count'; "
            "name one, as in pre='from_neuron'.",
        ),
        (
            "source,from,post,synapse_count\n1,1,2,3\n",
            "edges.csv: expected one column for pre, found 'source', 'from'. "
            "Choose one, as in pre='source'.",
        ),
        (
            "pre,post,size\n1,2,3\n",
            "edges.csv: expected a column of weights, such as synapse_count, n_syn, weight, count, "
            "connectivity, found 'size'. Name it, as in weights='size', or read with "
            "count_lines=True to count the lines of each pair.",
        ),
        (
            HEADER + "1,2,3\n2,1,nan\n",
            "edges.csv, line 3, column synapse_count: expected finite weights, found nan. "
            f"{REPAIR_WEIGHT}",
        ),
        (
            HEADER + "1,2,3\n2,1,-4\n",
            "edges.csv, line 3, column synapse_count: expected weights of 0 or more, found -4. "
            f"{REPAIR_NEGATIVE}",
        ),
        (
            HEADER + "1,2,3\n2,1,many\n",
            "edges.csv, line 3, column synapse_count: expected a number, found 'many'. Correct it.",
        ),
        (
            HEADER + "1,2,3\n2,1\n",
            "edges.csv, line 3, column synapse_count: expected a value, found null. "
            "Fill the value or drop the row.",
        ),
        (
            HEADER + "1,2,3\n2,1,3,4\n",
            "edges.csv, line 3: expected 3 fields, found 4. "
            "Quote a field that contains the separator, or remove what is too much.",
        ),
        (
            HEADER + "1,2,3\n2,x,3\n",
            f"edges.csv, line 3, column post: expected whole-number ids, found 'x'. {REPAIR_ID}",
        ),
        (
            HEADER + "1,2,3\n7.2057594e17,2,3\n",
            "edges.csv, line 3, column pre: expected whole-number ids, found '7.2057594e17'. "
            f"{REPAIR_ID}",
        ),
        (
            HEADER + '"1,2,3\n2,1,3\n',
            'edges.csv: cannot be read as a table (could not parse `"1,2,3). Check its quotes.',
        ),
    ],
)
def test_a_damaged_edge_list_is_named_by_line_and_column(
    edges: Path, text: str, message: str
) -> None:
    edges.write_text(text)
    assert fault(edges) == message


def test_bytes_that_are_not_utf8(edges: Path) -> None:
    edges.write_bytes(HEADER.encode() + b"1,2,3\n\xff,2,3\n")
    assert fault(edges) == (
        "edges.csv, line 3: expected UTF-8 text, found byte 0xff. "
        "Save as UTF-8, or read with encoding='latin-1' if it is that."
    )


def test_a_truncated_gzip_file(tmp_path: Path) -> None:
    path = tmp_path / "edges.csv.gz"
    whole = gzip.compress((HEADER + "".join(f"{i},{i + 1},3\n" for i in range(999))).encode())
    path.write_bytes(whole[: len(whole) // 2])
    assert fault(path) == (
        f"edges.csv.gz: expected a whole gzip file, found a damaged or truncated one of "
        f"{len(whole) // 2} bytes. Copy or download it again."
    )


def test_faults_between_the_edges_and_a_node_table(edges: Path, tmp_path: Path) -> None:
    nodes = tmp_path / "neurons.csv"
    edges.write_text("bodyId_pre,bodyId_post,weight\n1,2,3\n1,99,3\n")
    nodes.write_text("bodyId,type\n1,EPG\n2,EPG\n")
    assert fault(edges, nodes=nodes) == (
        "edges.csv, line 3, column bodyId_post: expected ids of the node table, "
        "found unknown 99 (1 such rows). Add these neurons to the nodes, or drop their edges."
    )
    nodes.write_text('bodyId,note\n1,"two\nlines"\n1,\n')
    with pytest.raises(InputError) as caught:
        formats.read(edges, nodes=nodes)
    assert str(caught.value) == (
        f"{nodes}, line 4, column bodyId: expected unique ids, found repeated 1. "
        "Keep one row for each neuron."
    )


def test_text_ids_of_the_node_table_rule_those_of_the_edges(edges: Path, tmp_path: Path) -> None:
    nodes = tmp_path / "parcels.csv"
    nodes.write_text("id\n001\n002\n")
    edges.write_text("pre,post,fibres [streamlines]\n001,002,8\n")
    connectome = formats.read(edges, nodes=nodes)
    assert connectome.edges.rows() == [("001", "002", 8)]
    edges.write_text("pre,post,fibres [streamlines]\n")
    assert formats.read(edges, nodes=nodes).n_edges == 0


def test_the_same_connectome_gives_the_same_bytes(tmp_path: Path) -> None:
    connectome = Connectome.from_matrix([[0, 1], [2, 0]])
    first, second = tmp_path / "a.csv.gz", tmp_path / "b.csv.gz"
    formats.write(connectome, first)
    formats.write(connectome, second)
    assert first.read_bytes() == second.read_bytes()


def test_the_published_heading_circuit(real_data: Path) -> None:
    folder = real_data / "head-direction"
    connectome = formats.read(
        folder / "hd_edges.csv",
        nodes=folder / "hd_neurons.csv",
        columns={"synapse_count": "weight"},
    )
    assert (connectome.n_nodes, connectome.n_edges) == (152, 9722)
    assert connectome.edges["synapse_count"].sum() == 129_473
    matrix = formats.read(folder / "connectivity_matrix_drosophila_janelia.npy")
    assert (connectome.adjacency() != matrix.adjacency()).nnz == 0


def test_an_empty_weight_is_null_or_zero_by_option(edges: Path) -> None:
    edges.write_text("pre,post,chemical [synapses],area [um2]\n1,2,3,\n2,1,,0.5\n")
    assert fault(edges) == (
        "edges.csv, line 3, column chemical [synapses]: expected a number, found none (1 of 2 "
        'lines have none). Read with missing_weights="null" to leave an edge out of the weights in '
        'which it has none, with missing_weights="zero" to count 0 where an edge has none, or fill '
        "them."
    )
    sparse = formats.read(edges, missing_weights="null")
    assert sparse.edges.rows() == [(1, 2, 3, None), (2, 1, None, 0.5)]
    assert sparse.source.notes == (
        "Edges without a number 'chemical': 1 of 2. It is null there, and the edge counts in the "
        "other weights.",
        "Edges without a number 'area': 1 of 2. It is null there, and the edge counts in the other "
        "weights.",
    )
    filled = formats.read(edges, missing_weights="zero")
    assert filled.edges.rows() == [(1, 2, 3, 0.0), (2, 1, 0, 0.5)]
    again = formats.write(sparse, edges.with_name("again.csv.gz"))
    assert formats.read(again, missing_weights="null").edges.equals(sparse.edges)


def test_an_edge_without_any_value_is_refused_by_its_line(edges: Path) -> None:
    edges.write_text("pre,post,chemical [synapses],area [um2]\n1,2,3,\n2,1,,\n")
    assert fault(edges, missing_weights="null") == (
        "edges.csv, line 3: expected a value in one of the weights 'chemical', 'area', found null "
        "in each (1 such rows). Fill a value or drop the row."
    )
    assert 'Read with missing_weights="zero" to count 0' in fault(edges)
    edges.write_text(HEADER + "1,2,3\n2,1,\n")
    for option in ({}, {"missing_weights": "null"}):
        assert fault(edges, **option) == (
            "edges.csv, line 3, column synapse_count: expected a value, found null. Fill the value "
            "or drop the row."
        )
