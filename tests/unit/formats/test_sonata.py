"""SONATA networks: groups, types and populations, and the dataset of what is wrong."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import polars as pl
import pytest

from neuropil import formats
from neuropil.connectome import Connectome
from neuropil.contracts import InputError, MissingDependencyError, OutputError

TYPES = (
    "node_type_id population pop_name mtype template\n"
    '100 v1 Scnn1a NULL ctdb:Bio.hoc\n101 v1 "PV 1" X NULL\n100 lgn other NULL NULL\n'
)


def write_nodes(path: Path) -> None:
    """Four nodes in two groups, one of them with an explicit enumeration."""
    with h5py.File(path, "w") as file:
        v1 = file.create_group("nodes/v1")
        v1["node_id"] = np.array([5, 6, 2**62 + 1, 8], dtype=np.uint64)
        v1["node_type_id"] = np.array([100, 100, 101, 101], dtype=np.uint64)
        v1["node_group_id"] = np.array([0, 0, 1, 1], dtype=np.uint16)
        v1["node_group_index"] = [1, 0, 0, 1]
        v1["0/x"] = [1.0, 2.5]
        v1["0/tuning"] = [5.0, np.nan]
        v1["0/dynamics_params/v"] = [1.0, 1.0]
        v1["1/positions"] = np.zeros((2, 3))
        v1["1/mtype"] = np.array([1, 0], dtype=np.uint8)
        text = np.array(["L4", "L5"], dtype=object)
        v1.create_dataset("1/@library/mtype", data=text, dtype=h5py.string_dtype())


def write_edges(path: Path, source: str = "v1", name: str = "v1_to_v1") -> None:
    """Four edges, two of them between the same nodes."""
    with h5py.File(path, "w") as file:
        edges = file.create_group(f"edges/{name}")
        edges["source_node_id"] = np.array([5, 5, 8, 5], dtype=np.uint64)
        edges["target_node_id"] = np.array([6, 6, 2**62 + 1, 8], dtype=np.uint64)
        edges["source_node_id"].attrs["node_population"] = source
        edges["target_node_id"].attrs["node_population"] = "v1"
        edges["edge_type_id"] = [1, 1, 2, 1]
        edges["edge_group_id"] = [0, 0, 0, 0]
        edges["edge_group_index"] = [0, 1, 2, 3]
        edges["0/nsyns"] = np.array([1, 2, 3, 4], dtype=np.uint8)
        edges["0/syn_weight"] = [0.25, 0.5, 1.0, 2.0]
        edges["indices/source_to_target/range_to_edge_id"] = np.zeros((4, 2))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_nodes(tmp_path / "v1_nodes.h5")
    (tmp_path / "v1_node_types.csv").write_text(TYPES)
    write_edges(tmp_path / "v1_v1_edges.h5")
    return tmp_path


@pytest.fixture
def edges(folder: Path) -> Path:
    return folder / "v1_v1_edges.h5"


@pytest.fixture
def nodes(folder: Path) -> Path:
    return folder / "v1_nodes.h5"


def fault(folder: Path, *names: str, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        formats.read(*(folder / name for name in names or ("",)), **options)
    message = str(caught.value)
    assert message.startswith(str(folder))
    return message.replace(f"{folder}/", "")


def change(path: Path, alter: Callable[[h5py.File], None]) -> None:
    with h5py.File(path, "r+") as file:
        alter(file)


def replace(path: Path, name: str, values: Any) -> None:
    def alter(file: h5py.File) -> None:
        attributes = dict(file[name].attrs)
        del file[name]
        file[name] = values
        file[name].attrs.update(attributes)

    change(path, alter)


def test_groups_types_and_enumerations_make_one_table(folder: Path) -> None:
    connectome = formats.read(folder)
    assert connectome.nodes.rows(named=True) == [
        {"id": 5, "node_type_id": 100, "tuning": None, "mtype": None, "pop_name": "Scnn1a",
         "template": "ctdb:Bio.hoc", "x_nm": 2500.0},
        {"id": 6, "node_type_id": 100, "tuning": 5.0, "mtype": None, "pop_name": "Scnn1a",
         "template": "ctdb:Bio.hoc", "x_nm": 1000.0},
        {"id": 2**62 + 1, "node_type_id": 101, "tuning": None, "mtype": "L5", "pop_name": "PV 1",
         "template": None, "x_nm": None},
        {"id": 8, "node_type_id": 101, "tuning": None, "mtype": "L4", "pop_name": "PV 1",
         "template": None, "x_nm": None},
    ]  # fmt: skip
    assert connectome.edges.rows() == [
        (5, 6, 3, 1.25),
        (8, 2**62 + 1, 3, 3.0),
        (5, 8, 4, 8.0),
    ]
    assert connectome.units == {"synapse_count": "synapses", "syn_weight": "not stated"}
    assert connectome.provenance[0].parameters == {
        "node_population": "v1",
        "edge_population": "v1_to_v1",
        "edges": 4,
        "synapses": "summed nsyns",
        "skipped": ["dynamics_params/", "positions"],
    }
    assert connectome.source.notes == (
        "An edge stands for nsyns synapses, each of weight 'syn_weight'.",
        "Attributes of the nodes were left out: 'dynamics_params/', 'positions'.",
    )
    assert [file.name for file in connectome.source.files] == [
        "v1_nodes.h5",
        "v1_v1_edges.h5",
        "v1_node_types.csv",
    ]


def test_either_file_or_both_or_the_folder(folder: Path, nodes: Path, edges: Path) -> None:
    whole = formats.read(folder)
    assert formats.sniff(folder).name == formats.sniff(nodes, edges).name == "sonata"
    for paths in ((nodes,), (edges,), (edges, nodes)):
        assert formats.read(*paths).equals(whole)


def test_what_lies_beside_the_named_files_does_not_matter(folder: Path, nodes: Path) -> None:
    write_edges(folder / "lgn_edges.h5", source="lgn", name="lgn_to_v1")
    (folder / "notes.h5").write_text("no HDF5 at all")
    assert formats.read(folder).equals(formats.read(nodes))
    assert fault(folder, "lgn_edges.h5") == (
        "lgn_edges.h5: expected one population of edges within one population of nodes, found 0 "
        "(nodes: v1; edges: lgn_to_v1 from lgn to v1, v1_to_v1 from v1 to v1). "
        "Name the file of the nodes and that of the edges within them."
    )


def test_an_edge_without_nsyns_is_one_synapse(folder: Path, edges: Path) -> None:
    change(edges, lambda file: file.__delitem__("edges/v1_to_v1/0/nsyns"))
    connectome = formats.read(folder, weights=[])
    assert connectome.edges.rows() == [(5, 6, 2), (8, 2**62 + 1, 1), (5, 8, 1)]
    assert connectome.provenance[0].parameters["synapses"] == "one for each edge"


def test_values_of_edge_types_stand_for_missing_ones(folder: Path, edges: Path) -> None:
    (folder / "v1_v1_edge_types.csv").write_text("edge_type_id delay nsyns\n1 2.0 7\n2 3.5 7\n")
    connectome = formats.read(folder, weights=["delay"], units={"delay": "ms"})
    assert connectome.edges.rows() == [
        (5, 6, 3, 6.0),
        (8, 2**62 + 1, 3, 10.5),
        (5, 8, 4, 8.0),
    ]
    assert connectome.units["delay"] == "ms"
    other = folder / "types.csv"
    (folder / "v1_v1_edge_types.csv").rename(other)
    assert formats.read(folder, weights=["delay"], edge_types=other).equals(
        formats.read(folder, weights=["delay"], edge_types=str(other))
    )
    change(edges, lambda file: file.__delitem__("edges/v1_to_v1/0/nsyns"))
    assert formats.read(folder, weights=[], edge_types=other).edges["synapse_count"].sum() == 28


def test_a_file_with_one_group_needs_no_index_and_no_ids(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "circuit.h5", "w") as file:
        file["nodes/a/node_type_id"] = [-1, -1]
        file["nodes/a/0/etype"] = [b"cAC", b"bAC"]
        file["edges/b/edge_type_id"] = [-1]
        for end, value in (("source", 0), ("target", 1)):
            file[f"edges/b/{end}_node_id"] = [value]
            file[f"edges/b/{end}_node_id"].attrs["node_population"] = b"a"
        file.create_group("edges/b/0")
    connectome = formats.read(tmp_path / "circuit.h5")
    assert connectome.nodes.rows() == [(0, "cAC"), (1, "bAC")]
    assert connectome.edges.rows() == [(0, 1, 1)]


WRITE_AGAIN = "Copy it again, or write it again with the program that made it."
AS_INTEGERS = "Write ids and indices as integers; a float cannot hold ids beyond 2^53."


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        (
            "node_id",
            [5.0, 6.0, 7.0, 8.0],
            "v1_nodes.h5, /nodes/v1/node_id: expected one whole number for each row, found float64 "
            f"of shape (4,). {AS_INTEGERS}",
        ),
        (
            "node_id",
            np.array([5, 6, 2**63, 8], dtype=np.uint64),
            "v1_nodes.h5, /nodes/v1/node_id: expected whole numbers of less than 2^63, "
            "found 9223372036854775808. Renumber them.",
        ),
        (
            "node_id",
            [5, 6, 6, 8],
            "v1_nodes.h5, /nodes/v1/node_id: expected each node once, found the id 6 again. "
            "Renumber the nodes.",
        ),
        (
            "node_id",
            [5, 6, 7],
            "v1_nodes.h5, /nodes/v1/node_id: expected 4 values, found 3. " + WRITE_AGAIN,
        ),
        (
            "node_id",
            np.ones((2, 2), dtype=int),
            "v1_nodes.h5, /nodes/v1/node_id: expected one whole number for each row, found int64 "
            f"of shape (2, 2). {AS_INTEGERS}",
        ),
        (
            "node_group_id",
            [0, 0, 3, 3],
            "v1_nodes.h5, /nodes/v1: expected a group 3, found 0, 1, node_group_id, "
            f"node_group_index, node_id, node_type_id. {WRITE_AGAIN}",
        ),
        (
            "node_group_index",
            [1, 0, 0, 5],
            "v1_nodes.h5, /nodes/v1/1/mtype: expected 6 or more values, found 2. " + WRITE_AGAIN,
        ),
        (
            "node_type_id",
            [100, 100, 101, 999],
            "v1_nodes.h5, /nodes/v1/node_type_id: expected types of v1_node_types.csv, found the "
            "unknown type 999. Add the type to the table, or name another table.",
        ),
        (
            "1/mtype",
            [1, 2],
            "v1_nodes.h5, /nodes/v1/1/mtype: expected codes of @library/mtype, found others. "
            + WRITE_AGAIN,
        ),
    ],
)
def test_wrong_nodes_are_named_by_dataset(
    folder: Path, nodes: Path, name: str, values: Any, message: str
) -> None:
    replace(nodes, f"nodes/v1/{name}", values)
    assert fault(folder, "v1_nodes.h5") == message


NEGATIVE = (
    "Correct or drop this edge; inhibition belongs in the node column sign, and a weight that is "
    "signed by nature has one of the units Fisher z, correlation, covariance, partial correlation."
)


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        (
            "target_node_id",
            np.array([6, 6, 7, 8], dtype=np.uint64),
            "v1_v1_edges.h5, /edges/v1_to_v1/target_node_id: expected ids of the nodes, found the "
            "unknown id 7 at edge 2 (1 such edges). "
            "Take the file of the nodes that belongs to these edges.",
        ),
        (
            "source_node_id",
            np.array([5, 5, 8], dtype=np.uint64),
            "v1_v1_edges.h5, /edges/v1_to_v1/source_node_id: expected 4 values, found 3. "
            + WRITE_AGAIN,
        ),
        (
            "0/syn_weight",
            [0.25, np.nan, 1.0, 2.0],
            "v1_v1_edges.h5, /edges/v1_to_v1, row 1, column syn_weight: expected finite weights, "
            "found nan. Correct or drop this edge; inhibition belongs in the node column sign. "
            ""
            'Read with weights="" to leave this weight out.',
        ),
        (
            "0/syn_weight",
            [0.25, -0.125, 1.0, 2.0],
            "v1_v1_edges.h5, /edges/v1_to_v1, row 1, column syn_weight: expected weights of 0 or "
            'more, found -0.125. Read with negative="sign" to keep the sign in the node column '
            'sign, with negative="split" to keep what is negative as a weight of its own, or with '
            'weights="" to leave this weight out.',
        ),
        (
            "0/nsyns",
            [1, 2, -3, 4],
            "v1_v1_edges.h5, /edges/v1_to_v1, row 2, column synapse_count: expected weights of 0 "
            f"or more, found -3. {NEGATIVE}",
        ),
        (
            "0/nsyns",
            [1.0, 2.5, 3.0, 4.0],
            "v1_v1_edges.h5, /edges/v1_to_v1: expected whole numbers nsyns, found 2.5. "
            "Correct the number of synapses.",
        ),
        (
            "0/nsyns",
            [b"a", b"b", b"c", b"d"],
            "v1_v1_edges.h5, /edges/v1_to_v1: expected a number nsyns for each edge, found String. "
            "Fill the attribute in every group of edges.",
        ),
        (
            "0/nsyns",
            [1, 2],
            "v1_v1_edges.h5, /edges/v1_to_v1/0/nsyns: expected 4 or more values, found 2. "
            + WRITE_AGAIN,
        ),
    ],
)
def test_wrong_edges_are_named_by_dataset(
    folder: Path, edges: Path, name: str, values: Any, message: str
) -> None:
    replace(edges, f"edges/v1_to_v1/{name}", values)
    assert fault(folder, "v1_v1_edges.h5") == message


def test_missing_datasets_and_weights(folder: Path, nodes: Path, edges: Path) -> None:
    assert fault(folder, "v1_nodes.h5", weights=["delay"]) == (
        "v1_v1_edges.h5, /edges/v1_to_v1: expected an attribute delay of the edges, found none "
        "that can be a weight. Name attributes that every edge has as weights, or read with "
        'weights="" to leave this weight out.'
    )
    change(edges, lambda file: file.__delitem__("edges/v1_to_v1/edge_group_id"))
    assert fault(folder, "v1_nodes.h5") == (
        "v1_v1_edges.h5, /edges/v1_to_v1: expected a dataset edge_group_id, found 0, "
        "edge_group_index, edge_type_id, indices, source_node_id, target_node_id. " + WRITE_AGAIN
    )
    change(nodes, lambda file: file.__delitem__("nodes/v1/node_type_id"))
    assert fault(folder, "v1_nodes.h5") == (
        "v1_nodes.h5, /nodes/v1: expected a dataset node_type_id, found 0, 1, node_group_id, "
        f"node_group_index, node_id. {WRITE_AGAIN}"
    )


def test_types_that_are_no_table_of_types(folder: Path) -> None:
    types = folder / "v1_node_types.csv"
    types.write_text("type_id pop_name\n100 a\n")
    assert fault(folder, "v1_nodes.h5") == (
        "v1_node_types.csv: expected a column node_type_id, found type_id, pop_name. "
        "Name the table of the types."
    )
    types.write_text("node_type_id pop_name\n100 a\n100 b\n101 c\n")
    assert fault(folder, "v1_nodes.h5") == (
        "v1_node_types.csv, column node_type_id: expected each type once, found 100 again. "
        "Keep one line for each type."
    )


def test_truncated_files_and_folders_without_any(folder: Path, nodes: Path) -> None:
    content = nodes.read_bytes()
    nodes.write_bytes(content[: len(content) // 2])
    assert fault(folder, "v1_nodes.h5") == (
        "v1_nodes.h5: expected a whole HDF5 file, found a damaged or truncated one of "
        f"{len(content) // 2} bytes. {WRITE_AGAIN}"
    )
    empty = folder / "empty"
    empty.mkdir()
    with pytest.raises(InputError) as caught:
        formats.read(empty, format="sonata")
    assert str(caught.value) == (
        f"{empty}: expected HDF5 files (.h5, .hdf5), found none. "
        "Name the files of the nodes and of the edges."
    )


def test_links_and_references_to_other_files_are_refused(folder: Path, nodes: Path) -> None:
    def link(file: h5py.File) -> None:
        file["nodes/v1/0/secret"] = h5py.ExternalLink("/etc/passwd", "/")

    change(nodes, link)
    assert fault(folder, "v1_nodes.h5") == (
        "v1_nodes.h5, /nodes/v1/0/secret: expected values inside the file, found a link to "
        "another file. Write the file again with the values in it, as h5repack does."
    )

    def refer(file: h5py.File) -> None:
        del file["nodes/v1/0/secret"]
        place = [(str(folder / "raw.bin"), 0, 16)]
        file.create_dataset("nodes/v1/0/secret", (2,), dtype="f8", external=place)

    change(nodes, refer)
    assert fault(folder, "v1_nodes.h5") == (
        "v1_nodes.h5, /nodes/v1/0/secret: expected values inside the file, found a reference to "
        "other files. Write the file again with the values in it, as h5repack does."
    )


LEADS_OUT = (
    "expected values inside the file, found a link to another file. "
    "Write the file again with the values in it, as h5repack does."
)


def test_every_link_on_the_way_is_looked_at(folder: Path, nodes: Path) -> None:
    with h5py.File(folder / "other.bin", "w") as file:
        file["secret"] = [1.0, 2.0]

    def lead_out(file: h5py.File) -> None:
        file["away"] = h5py.ExternalLink(str(folder / "other.bin"), "/")
        file["nodes/v1/0/secret"] = h5py.SoftLink("/away/secret")

    change(nodes, lead_out)
    assert fault(folder, "v1_nodes.h5") == f"v1_nodes.h5, /away: {LEADS_OUT}"

    def lead_out_by_a_dataset(file: h5py.File) -> None:
        del file["away"], file["nodes/v1/0/secret"]
        file["other/away"] = h5py.ExternalLink(str(folder / "other.bin"), "/")
        file["nodes/v1/0/secret"] = h5py.SoftLink("/other/away/secret")

    change(nodes, lead_out_by_a_dataset)
    assert fault(folder, "v1_nodes.h5") == f"v1_nodes.h5, /nodes/v1/0/secret: {LEADS_OUT}"

    def loop(file: h5py.File) -> None:
        del file["other"], file["nodes/v1/0/secret"]
        file["nodes/v1/0/one"] = h5py.SoftLink("two")
        file["nodes/v1/0/two"] = h5py.SoftLink("one")

    change(nodes, loop)
    assert fault(folder, "v1_nodes.h5") == (
        "v1_nodes.h5, /nodes/v1/0/one: expected values inside the file, found links that lead to "
        "each other. Write the file again with the values in it, as h5repack does."
    )

    def stay(file: h5py.File) -> None:
        del file["nodes/v1/0/one"], file["nodes/v1/0/two"]
        file["nodes/v1/0/tuning_2"] = h5py.SoftLink("../0/./tuning")
        file["nodes/v1/0/tuning_3"] = h5py.SoftLink("/nodes/v1/0/tuning")

    change(nodes, stay)
    table = formats.read(folder).nodes
    assert "tuning_2" not in table.columns
    assert table["tuning_3"].equals(table["tuning"])


def test_a_small_file_of_a_huge_dataset_is_refused(folder: Path, nodes: Path) -> None:
    change(
        nodes,
        lambda file: file.create_dataset(
            "nodes/v1/0/huge", (10**12,), dtype="f8", chunks=(1 << 20,)
        ),
    )
    assert fault(folder, "v1_nodes.h5") == (
        "v1_nodes.h5, /nodes/v1/0/huge: expected values of the size of the file, found "
        f"7,629,395 MB in 0.0 MB. {WRITE_AGAIN}"
    )


def write_two(folder: Path, ends: list[tuple[int, int]], **values: Any) -> Path:
    """Point neurons 0 and 1 and edges between them."""
    folder.mkdir()
    with h5py.File(folder / "p_nodes.h5", "w") as file:
        file["nodes/p/node_type_id"] = [-1, -1]
        file["nodes/p/node_id"] = [0, 1]
        file.create_group("nodes/p/0")
    with h5py.File(folder / "p_p_edges.h5", "w") as file:
        group = file.create_group("edges/p_to_p")
        group["edge_type_id"] = np.full(len(ends), -1)
        for end, ids in zip(("source", "target"), zip(*ends, strict=True), strict=True):
            group[f"{end}_node_id"] = ids
            group[f"{end}_node_id"].attrs["node_population"] = "p"
        for name, column in values.items():
            group[f"0/{name}"] = column
    return folder


def test_one_network_as_ten_edges_or_as_one_of_ten_synapses(tmp_path: Path) -> None:
    expanded = write_two(
        tmp_path / "expanded", [(0, 1)] * 10, syn_weight=np.full(10, 2.0), nsyns=np.ones(10, int)
    )
    compact = write_two(tmp_path / "compact", [(0, 1)], syn_weight=[2.0], nsyns=[10])
    for folder in (expanded, compact):
        assert formats.read(folder).edges.rows() == [(0, 1, 10, 20.0)]


def test_negative_weights_become_signs_or_parts(tmp_path: Path) -> None:
    folder = write_two(tmp_path / "p", [(0, 1), (1, 0)], syn_weight=[2.0, -7.5])
    assert fault(tmp_path, "p") == (
        "p/p_p_edges.h5, /edges/p_to_p, row 1, column syn_weight: expected weights of 0 or more, "
        'found -7.5. Read with negative="sign" to keep the sign in the node column sign, with '
        'negative="split" to keep what is negative as a weight of its own, or with weights="" to '
        "leave this weight out."
    )
    signed = formats.read(folder, negative="sign")
    assert signed.nodes.rows() == [(0, 1), (1, -1)]
    assert signed.nodes.columns == ["id", "sign"]
    assert signed.edges.rows() == [(0, 1, 1, 2.0), (1, 0, 1, 7.5)]
    parts = formats.read(folder, negative="split")
    assert parts.edges.columns[3:] == ["syn_weight_excitatory", "syn_weight_inhibitory"]
    assert parts.edges.rows() == [(0, 1, 1, 2.0, 0.0), (1, 0, 1, 0.0, 7.5)]
    assert formats.read(folder, weights="").edges.rows() == [(0, 1, 1), (1, 0, 1)]
    mixed = write_two(tmp_path / "q", [(0, 1), (0, 0), (1, 0)], syn_weight=[2.0, -7.5, 0.0])
    with pytest.raises(InputError) as caught:
        formats.read(mixed, negative="sign")
    assert str(caught.value) == (
        f"{mixed}/p_p_edges.h5, /edges/p_to_p: expected edges of one sign from each node, found "
        'both from 0 (1 such nodes). Read with negative="split" to keep what is negative as a '
        "weight of its own."
    )


def test_units_of_weights_that_are_not_there(folder: Path) -> None:
    assert fault(folder, "v1_nodes.h5", units={"weight": "uS"}) == (
        "v1_v1_edges.h5, /edges/v1_to_v1: expected units of the weights 'synapse_count', "
        "'syn_weight', found one of 'weight'. Name a weight, as in units=\"syn_weight:uS\"."
    )
    assert formats.read(folder, units="syn_weight:uS").units["syn_weight"] == "uS"


def test_what_is_written_is_laid_out_as_others_expect(tmp_path: Path) -> None:
    nodes_table = pl.DataFrame({"id": [2**62 + 1, 7], "x_nm": [1500.0, None], "side": ["L", ""]})
    table = pl.DataFrame({"pre": [7], "post": [2**62 + 1], "synapse_count": [4]})
    path = formats.write(Connectome.from_frames(nodes_table, table), tmp_path / "fly.sonata")
    with h5py.File(path / "nodes.h5") as file:
        assert (file.attrs["magic"], file.attrs["version"].tolist()) == (0x0A7A, [0, 1])
        neurons = file["nodes/neurons"]
        assert neurons["node_id"].dtype == np.uint64
        assert neurons["node_id"][...].tolist() == [2**62 + 1, 7]
        assert neurons["node_type_id"][...].tolist() == [-1, -1]
        assert neurons["node_group_index"][...].tolist() == [0, 1]
        np.testing.assert_array_equal(neurons["0/x"][...], [1.5, np.nan])
        assert neurons["0/side"].asstr()[...].tolist() == ["L", ""]
    with h5py.File(path / "edges.h5") as file:
        synapses = file["edges/neurons_to_neurons"]
        assert synapses["source_node_id"][...].tolist() == [7]
        assert synapses["target_node_id"].attrs["node_population"] == "neurons"
        assert synapses["0/nsyns"][...].tolist() == [4]
        assert synapses["0/nsyns"].attrs["units"] == "synapses"


def test_a_strength_is_written_for_one_synapse_as_simulators_take_it(tmp_path: Path) -> None:
    table = pl.DataFrame(
        {"pre": [0, 1], "post": [1, 0], "synapse_count": [10, 3], "syn_weight": [20.0, 0.1]}
    )
    connectome = Connectome.from_frames(
        pl.DataFrame({"id": [0, 1]}), table, units={"syn_weight": "uS"}
    )
    path = formats.write(connectome, tmp_path / "a.sonata")
    with h5py.File(path / "edges.h5") as file:
        group = file["edges/neurons_to_neurons/0"]
        assert group["syn_weight"][...].tolist() == [2.0, 0.1 / 3]
        assert group["syn_weight"].attrs["units"] == "uS"
    read = formats.read(path)
    assert read.edges.equals(connectome.edges)
    assert read.units == connectome.units


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"a/b": [1]}, "cannot hold a column named 'a/b'"),
        ({"x": [1.0]}, "cannot hold a column named 'x'"),
        ({"note.missing": [1]}, "cannot hold a column named 'note.missing'"),
        ({"note": ["a\0"]}, "cannot hold text with the character NUL"),
        ({"day": pl.Series([0]).cast(pl.Date)}, "holds numbers, text and booleans, found Date"),
    ],
)
def test_what_hdf5_cannot_hold_is_not_written(
    tmp_path: Path, columns: dict[str, Any], problem: str
) -> None:
    path = tmp_path / "a.sonata"
    connectome = Connectome.from_matrix([[1]], pl.DataFrame({"id": [1], **columns}))
    with pytest.raises(InputError) as caught:
        formats.write(connectome, path)
    assert str(caught.value) == (
        f"{path}, node column {next(iter(columns))}: {problem}. "
        "Write a connectome folder, which holds everything."
    )
    assert not path.exists()


def test_a_folder_is_never_overwritten(tmp_path: Path) -> None:
    connectome = Connectome.from_matrix([[1]])
    path = formats.write(connectome, tmp_path / "a.sonata")
    with pytest.raises(OutputError) as caught:
        formats.write(connectome, path)
    assert str(caught.value) == (
        f"{path}: cannot write: there is a file or folder of that name. "
        "Choose another name, or remove it first."
    )


def test_without_h5py_the_extra_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingDependencyError) as caught:
        formats.read(folder / "v1_nodes.h5")
    assert str(caught.value) == (
        f"{folder}/v1_nodes.h5: expected the package h5py, which this format needs, found none. "
        'Install it: pip install "neuropil[em]".'
    )


def test_null_weights_are_refused_and_the_repair_works(tmp_path: Path) -> None:
    edges = pl.DataFrame(
        {"pre": [1, 2], "post": [2, 1], "chemical": [3, None], "area": [None, 0.5]}
    )
    units = {"chemical": "synapses", "area": "um2"}
    made = Connectome.from_frames(pl.DataFrame({"id": [1, 2]}), edges, units=units)
    with pytest.raises(InputError) as caught:
        formats.write(made, tmp_path / "a.sonata")
    assert str(caught.value) == (
        f"{tmp_path}/a.sonata, edge column chemical: holds a value for each edge, found 1 without "
        "one. Write a connectome folder, which holds everything."
    )
    assert not (tmp_path / "a.sonata").exists()
    assert formats.read(formats.write(made, tmp_path / "a")).equals(made)


@pytest.mark.parametrize("name", ["a.npz", "a.npy", "a.matrix.csv", "a_relmat.tsv"])
def test_matrices_hold_no_second_weight_and_so_no_null(tmp_path: Path, name: str) -> None:
    edges = pl.DataFrame({"pre": [0, 1], "post": [1, 0], "a": [3, None], "b": [None, 0.5]})
    units = {"a": "synapses", "b": "um2"}
    made = Connectome.from_frames(pl.DataFrame({"id": [0, 1]}), edges, units=units)
    with pytest.raises(InputError, match=r"holds one weight, found a, b\. Write a "):
        formats.write(made, tmp_path / name)


def test_one_of_two_populations_of_edges_is_named_and_the_other_is_a_note(
    folder: Path, edges: Path
) -> None:
    def add_gap(file: h5py.File) -> None:
        file.copy("edges/v1_to_v1", file["edges"], "gap")
        file["edges/gap/0/delay"] = np.ones(4)

    change(edges, add_gap)
    assert fault(folder).endswith(
        "found 2 (nodes: v1; edges: gap from v1 to v1, v1_to_v1 from v1 to v1). "
        "Name the two files, or the population, as in population='v1_to_v1'."
    )
    chosen = formats.read(folder, population="v1_to_v1")
    assert "Populations of edges were left out: gap from v1 to v1." in chosen.source.notes
    gap = formats.read(folder, population="gap")
    assert gap.provenance[0].parameters["edge_population"] == "gap"
    assert (
        "Attributes of the edges were left out: 'delay'; the option weights names those that are "
        "weights."
    ) in gap.source.notes
