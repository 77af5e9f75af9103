"""GraphML: what is read, and the line of what is wrong."""

import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from neuropil import formats
from neuropil.connectome import Connectome
from neuropil.contracts import InputError, Operation, Source, VersionError

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="t" for="node" attr.name="cell_type" attr.type="string"><default>ring</default></key>
<key id="x" for="node" attr.name="x_nm" attr.type="double"/>
<key id="w" for="edge" attr.name="weight" attr.type="long"/>
<key id="c" for="edge" attr.name="colour" attr.type="string"/>
"""
NODES = '<node id="1"><data key="t">EPG</data></node>\n<node id="2"/>\n'
TAIL = "</graph>\n</graphml>\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.graphml"


def graph(body: str, direction: str = "directed") -> str:
    """Nodes 1 and 2 in lines 8 and 9, then the body."""
    return f'{HEAD}<graph edgedefault="{direction}">\n{NODES}{body}\n{TAIL}'


def fault(path: Path, text: str, **options: Any) -> str:
    """Return the message without the folder, and check that it starts with the file."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        formats.read(path, **options)
    message = str(caught.value)
    assert message.startswith(str(path))
    return message.replace(f"{path.parent}/", "")


def test_types_defaults_and_missing_values(path: Path) -> None:
    path.write_text(
        graph('<edge source="1" target="2"><data key="w"> 7 </data><data key="c">red</data></edge>')
    )
    connectome = formats.read(path, units={"weight": "synapses"})
    assert connectome.nodes.rows() == [(1, "EPG", None), (2, "ring", None)]
    assert connectome.nodes.schema == {"id": pl.Int64, "cell_type": pl.String, "x_nm": pl.Float64}
    assert connectome.edges.rows() == [(1, 2, 7)]
    assert connectome.units == {"weight": "synapses"}
    assert connectome.provenance == (
        Operation("read_graphml", {"undirected_edges": 0, "skipped": ["colour"]}),
    )
    assert formats.read(path).units == {"weight": "not stated"}
    assert formats.read(path).source.notes == (
        "Attributes of the edges that are no weights were left out: 'colour'.",
    )


def test_undirected_edges_go_both_ways_and_loops_once(path: Path) -> None:
    body = (
        '<edge source="2" target="1"><data key="w">3</data></edge>'
        '<edge source="2" target="2"><data key="w">4</data></edge>'
        '<edge source="1" target="1" directed="true"><data key="w">5</data></edge>'
    )
    path.write_text(graph(body, "undirected"))
    connectome = formats.read(path)
    assert connectome.edges.rows() == [(2, 1, 3), (1, 2, 3), (2, 2, 4), (1, 1, 5)]
    assert connectome.provenance[0].parameters["undirected_edges"] == 2


def test_edges_without_a_number_are_counted(path: Path) -> None:
    path.write_text(
        '<graphml><graph edgedefault="directed"><node id="n0"/><node id="n1"/>'
        '<edge source="n0" target="n1"/></graph></graphml>'
    )
    connectome = formats.read(path)
    assert connectome.edges.rows() == [("n0", "n1", 1)]
    assert connectome.units == {"edge_count": "not stated"}


def test_ids_of_an_attribute_and_beyond_doubles(path: Path) -> None:
    key = '<key id="n" for="node" attr.name="name" attr.type="string"/>'
    path.write_text(
        f'<graphml>{key}<graph edgedefault="directed"><node id="n0"><data key="n">{2**53}</data>'
        f'</node><node id="n1"><data key="n">{2**53 + 1}</data></node>'
        '<edge source="n0" target="n1"/></graph></graphml>'
    )
    connectome = formats.read(path, id_attribute="name")
    assert connectome.edges.rows() == [(2**53, 2**53 + 1, 1)]
    assert formats.read(path).nodes.rows() == [("n0", str(2**53)), ("n1", str(2**53 + 1))]


def test_what_graphml_has_no_place_for_is_kept_beside_it(path: Path) -> None:
    nodes = pl.DataFrame({"id": ["1", "2"], "note": ["a<&\r\n\t ", ""]})
    edges = pl.DataFrame({"pre": ["1"], "post": ["2"], "r": [-0.1], "synapse_count": [2**62 + 1]})
    connectome = Connectome.from_frames(
        nodes,
        edges,
        units={"r": "correlation"},
        space="made up",
        source=Source("fly", licence="CC0", synthetic=True),
    )
    formats.write(connectome, path)
    read = formats.read(path)
    assert read.equals(connectome)
    assert (read.source, read.provenance) == (connectome.source, connectome.provenance)


def test_other_programs_may_leave_parts_inside_values(path: Path) -> None:
    path.write_text(
        '<graphml><key id="d" for="node" yfiles.type="nodegraphics"/>'
        '<graph edgedefault="directed"><node id="1"><data key="d"><s>box</s></data></node>'
        "</graph></graphml>"
    )
    connectome = formats.read(path)
    assert connectome.nodes.rows() == [(1,)]
    assert connectome.provenance[0].parameters["skipped"] == ["d"]


EDGE = '<edge source="1" target="2"><data key="w">{}</data></edge>'
UNSAFE = "It may be unsafe: remove the declaration if you trust the file."
TRUNCATED = "The file may be truncated: copy or write it again."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "",
            "a.graphml, line 1, column 1: expected well-formed XML, found an error "
            f"(no element found). {TRUNCATED}",
        ),
        (
            graph(EDGE.format(3))[:-20],
            "a.graphml, line 11, column 1: expected well-formed XML, found an error "
            f"(no element found). {TRUNCATED}",
        ),
        (
            '<!DOCTYPE lol [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><graphml>&b;</graphml>',
            f"a.graphml, line 1, column 15: expected no document type, found <!DOCTYPE lol>. "
            f"{UNSAFE}",
        ),
        (
            '<!DOCTYPE x SYSTEM "file:///etc/passwd"><graphml/>',
            f"a.graphml, line 1, column 40: expected no document type, found <!DOCTYPE x>. "
            f"{UNSAFE}",
        ),
        (
            "<gexf/>",
            "a.graphml, line 1: expected a root element graphml, found gexf. Name a GraphML file.",
        ),
        (
            "<graphml/>",
            "a.graphml: expected a graph with nodes, found no graph. Add the nodes.",
        ),
        (
            "<graphml><graph/></graphml>",
            "a.graphml, line 1: expected edgedefault to be directed or undirected, found none. "
            "Correct the graph element.",
        ),
        (
            '<graphml><graph edgedefault="directed"/></graphml>',
            "a.graphml: expected a graph with nodes, found a graph without nodes. Add the nodes.",
        ),
        (
            graph(f'</graph><graph edgedefault="directed">{NODES}'),
            "a.graphml, line 10: expected one graph, found another. "
            "Write each graph to a file of its own.",
        ),
        (
            graph('<node id="1"/>'),
            "a.graphml, line 10: expected each node once, found the id '1' again. "
            "Keep one node of each id.",
        ),
        (
            graph("<node/>"),
            "a.graphml, line 10: expected a node with the attribute id, found none. Add it.",
        ),
        (
            graph('<edge source="1" target="9"/>'),
            "a.graphml, line 10: expected an edge between nodes of the file, "
            "found the unknown id '9'. Add the node, or drop the edge.",
        ),
        (
            graph(f"{EDGE.format(3)}\n{EDGE.format(4)}"),
            "a.graphml, line 11, attribute pre, post: expected one edge for each (pre, post) "
            "pair, found (1, 2) again (1 such rows). "
            'Read with parallel="sum" to add up their weights, or with parallel="count" to count '
            "the edges.",
        ),
        (
            graph(EDGE.format("many")),
            "a.graphml, line 10, edge attribute weight: expected a whole number, found 'many'. "
            "Correct it, or change attr.type of its key.",
        ),
        (
            graph(EDGE.format("9223372036854775808")),
            "a.graphml, line 10, edge attribute weight: expected a whole number, "
            "found '9223372036854775808'. Correct it, or change attr.type of its key.",
        ),
        (
            graph('<edge source="1" target="2"/>'),
            "a.graphml, line 10, attribute weight: expected a number, found none (1 of 1 edges "
            'have none). Read with missing_weights="zero" to count 0 where an edge has none, or '
            'name the weights that every edge has, or none, as in weights="".',
        ),
        (
            graph(EDGE.format("-1")),
            "a.graphml, line 10, attribute weight: expected weights of 0 or more, found -1. "
            "Correct or drop this edge; inhibition belongs in the node column sign, and a weight "
            "that is signed by nature has one of the units "
            "Fisher z, correlation, covariance, partial correlation.",
        ),
        (
            graph('<node id="3"><data key="x">inf</data></node>'),
            "a.graphml, line 10, attribute x_nm: expected finite numbers, found inf. "
            "Use null where the value is not known.",
        ),
        (
            graph('<node id="3"><data key="x">1</data><data key="x">2</data></node>'),
            "a.graphml, line 10: expected one value of the attribute x_nm, found two. "
            "Keep one of them.",
        ),
        (
            graph('<node id="3"><data key="q">1</data></node>'),
            "a.graphml, line 10: expected a declared key, found 'q'. Add a key element for it.",
        ),
        (
            graph('<node id="3"><data key="w">1</data></node>'),
            "a.graphml, line 10, attribute weight: expected this key in edge elements, "
            "found it in a node. Correct the key.",
        ),
        (
            graph("<hyperedge/>"),
            "a.graphml, line 10: expected edges of two ends, found a hyperedge. "
            "Split it into edges.",
        ),
        (
            graph("").replace('"long"', '"complex"'),
            "a.graphml, line 5, attribute weight: expected attr.type to be one of boolean, int, "
            "long, float, double, string, found 'complex'. Correct the key.",
        ),
        (
            graph("").replace('id="x"', 'id="t"'),
            "a.graphml, line 4: expected each key once, found t again. Rename it.",
        ),
        (
            graph("").replace('"cell_type"', '"id"'),
            "a.graphml: expected no attribute id beside the id of each node, found one. "
            'Read with id_attribute="id" to take it as the id, or rename it.',
        ),
        (
            graph("").replace('"weight"', '"pre"'),
            "a.graphml: expected weights with names other than pre and post, found pre. "
            "Rename this attribute of the edges.",
        ),
    ],
)
def test_a_damaged_file_is_named_by_line(path: Path, text: str, message: str) -> None:
    assert fault(path, text) == message


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        (
            "name",
            "a.graphml: expected an attribute name of the nodes, found cell_type, x_nm. "
            "Name one of them as id_attribute, or none.",
        ),
        (
            "x_nm",
            "a.graphml, attribute x_nm: expected ids that are text or whole numbers, "
            "found Float64. Name another attribute as id_attribute.",
        ),
    ],
)
def test_an_attribute_that_holds_no_ids(path: Path, attribute: str, message: str) -> None:
    assert fault(path, graph(""), id_attribute=attribute) == message


def test_nodes_without_the_attribute_that_holds_ids(path: Path) -> None:
    text = graph("").replace("<default>ring</default>", "")
    assert fault(path, text, id_attribute="cell_type") == (
        "a.graphml, line 9, attribute cell_type: expected an id, found none. "
        "Fill it, or read without id_attribute."
    )


def test_damaged_and_newer_metadata(path: Path) -> None:
    formats.write(Connectome.from_matrix([[0, 1], [1, 0]]), path)
    text = path.read_text()
    assert fault(path, text.replace('"units"', '"unit"')) == (
        "a.graphml, attribute neuropil of the graph: cannot be understood (KeyError: 'units'). "
        "Remove this attribute, or write the file again."
    )
    path.write_text(text.replace('"format_version": 1', '"format_version": 2'))
    with pytest.raises(VersionError) as caught:
        formats.read(path)
    assert str(caught.value) == (
        f"{path}, attribute neuropil of the graph: expected format_version 1 or less, found 2. "
        "Upgrade: pip install --upgrade neuropil."
    )


@pytest.mark.parametrize(
    ("columns", "where", "problem"),
    [
        ({"note": ["a\x00"]}, "node column note", r"holds no control characters, found 'a\x00'"),
        (
            {"a\x07": [1]},
            "node column a\x07",
            r"holds no control characters, found the name 'a\x07'",
        ),
        (
            {"day": pl.Series([0]).cast(pl.Date)},
            "node column day",
            "holds numbers, text and booleans, found Date",
        ),
    ],
)
def test_what_xml_cannot_hold_is_not_written(
    path: Path, columns: dict[str, Any], where: str, problem: str
) -> None:
    connectome = Connectome.from_matrix([[1]], pl.DataFrame({"id": [1], **columns}))
    with pytest.raises(InputError) as caught:
        formats.write(connectome, path)
    assert str(caught.value) == (
        f"{path}, {where}: {problem}. Write a connectome folder, which holds everything."
    )
    assert not path.exists()


def keys(**types: str) -> str:
    return "".join(
        f'<key id="{name}" for="edge" attr.name="{name}" attr.type="{kind}"/>'
        for name, kind in types.items()
    )


def plain(edges: str, head: str = "", *, nodes: str = "abc") -> str:
    """A directed graph of nodes named by one letter each, on one line."""
    named = "".join(f'<node id="{name}"/>' for name in nodes)
    return f'<graphml>{head}<graph edgedefault="directed">{named}{edges}</graph></graphml>'


def edge(pre: str, post: str, **data: object) -> str:
    values = "".join(f'<data key="{key}">{value}</data>' for key, value in data.items())
    return f'<edge source="{pre}" target="{post}">{values}</edge>'


def test_an_id_of_the_edges_is_no_weight(path: Path) -> None:
    head = keys(SUID="long", shared_name="long", weight="double")
    edges = (
        edge("a", "b", SUID=1001, shared_name=7, weight=3)
        + edge("b", "a", SUID=1002, shared_name=8, weight=1)
        + edge("b", "c", SUID=1003, shared_name=9, weight=4)
    )
    path.write_text(plain(edges, head))
    connectome = formats.read(path)
    assert connectome.weight_names == ("weight",)
    assert connectome.edges["weight"].sum() == 8
    assert connectome.source.notes == (
        "Attributes of the edges that are no weights were left out: 'SUID', 'shared_name'.",
    )
    path.write_text(plain(edge("a", "b", SUID=1001), keys(SUID="long")))
    assert formats.read(path).edges.rows() == [("a", "b", 1)]


def test_weights_are_chosen_by_name_or_by_the_caller(path: Path) -> None:
    head = keys(delay="double", weight="string", syn_count="long", kind="string")
    path.write_text(plain(edge("a", "b", delay=9, weight="2.5", syn_count=7, kind="E"), head))
    connectome = formats.read(path)
    assert connectome.edges.columns == ["pre", "post", "syn_count", "weight"]
    assert connectome.edges.rows() == [("a", "b", 7, 2.5)]
    assert connectome.units == {"syn_count": "synapses", "weight": "not stated"}
    for chosen in (["delay"], "delay"):
        assert formats.read(path, weights=chosen, unit="ms").units == {"delay": "ms"}
    assert formats.read(path, weights="").edges.rows() == [("a", "b", 1)]
    assert fault(path, path.read_text(), weights=["dleay"]) == (
        "a.graphml: expected an attribute 'dleay' of the edges, found 'delay', 'weight', "
        "'syn_count', 'kind'. Name attributes of the edges, such as weights=\"delay\", or "
        'weights="", by which each edge counts once.'
    )
    assert fault(path, path.read_text(), weights="kind") == (
        "a.graphml, line 1, edge attribute kind: expected a number, found 'E'. "
        "Correct it, or change attr.type of its key."
    )


def test_numbers_without_the_name_of_a_weight_must_be_named(path: Path) -> None:
    text = plain(edge("a", "b", delay=9, length=2), keys(delay="double", length="double"))
    assert fault(path, text) == (
        "a.graphml: expected an attribute of the edges that is a weight by its name, such as "
        "weight or synapse_count, found 'delay', 'length'. Name the weights, as in "
        'weights="delay"; with weights="" each edge counts once.'
    )
    assert formats.read(path, weights="delay").edges.rows() == [("a", "b", 9.0)]


def test_units_are_those_of_the_file_or_the_caller_and_fractions_no_synapses(path: Path) -> None:
    head = '<key id="w" for="edge" attr.name=" weight [nS] " attr.type="double"/>'
    path.write_text(plain(edge("a", "b", w=0.5), head))
    assert formats.read(path).units == {"weight": "nS"}
    assert formats.read(path, units={"weight": "pS"}, unit="uS").units == {"weight": "pS"}
    head = keys(synapse_count="double")
    path.write_text(plain(edge("a", "b", synapse_count=0.5), head))
    assert formats.read(path).units == {"synapse_count": "not stated"}
    head += '<key id="u" for="graph" attr.name="unit" attr.type="string"/>'
    path.write_text(plain('<data key="u">Hz</data>' + edge("a", "b", synapse_count=0.5), head))
    assert formats.read(path).units == {"synapse_count": "Hz"}
    assert fault(path, path.read_text(), units={"wieght": "Hz"}) == (
        "a.graphml: expected units of the weights 'synapse_count', found one of 'wieght'. "
        'Name a weight, as in units="synapse_count:synapses".'
    )


def test_parallel_edges_are_summed_or_counted_on_request(path: Path) -> None:
    edges = edge("a", "b", weight=3) + edge("a", "b", weight=1) + edge("b", "c", weight=2)
    path.write_text(plain(edges, keys(weight="double")))
    summed = formats.read(path, parallel="sum")
    assert summed.edges.rows() == [("a", "b", 4.0), ("b", "c", 2.0)]
    assert summed.source.notes == ("Edges that join a pair of nodes once more were summed: 1.",)
    counted = formats.read(path, parallel="count")
    assert counted.edges.rows() == [("a", "b", 2), ("b", "c", 1)]
    assert counted.units == {"edge_count": "edges"}
    assert counted.source.notes[0] == "Edges were counted; their weights were left out: weight."


def test_sums_beyond_64_bits_and_negative_parts_are_refused(path: Path) -> None:
    head = keys(weight="long")
    edges = edge("a", "b", weight=2**62) * 4 + edge("a", "b", weight=5)
    assert fault(path, plain(edges, head), parallel="sum") == (
        "a.graphml, attribute weight: expected weights whose sum is less than 2^63, found "
        "18446744073709551621 for the pair ('a', 'b'). "
        "Correct these weights, or leave this one out."
    )
    edges = edge("a", "b", weight=5) + edge("a", "b", weight=-2)
    assert fault(path, plain(edges, head), parallel="sum").startswith(
        "a.graphml, line 1, attribute weight: expected weights of 0 or more, found -2."
    )


def test_an_edge_without_a_number_counts_in_the_other_weight(path: Path) -> None:
    head = keys(chemical="double", electrical="double")
    text = plain(edge("a", "b", chemical=3) + edge("b", "c", electrical=2), head)
    assert fault(path, text) == (
        "a.graphml, line 1, attribute chemical: expected a number, found none (1 of 2 edges have "
        'none). Read with missing_weights="null" to leave an edge out of the weights in which it '
        'has none, with missing_weights="zero" to count 0 where an edge has none, or name the '
        'weights that every edge has, or none, as in weights="".'
    )
    sparse = formats.read(path, missing_weights="null")
    assert sparse.edges.rows() == [("a", "b", 3.0, None), ("b", "c", None, 2.0)]
    assert sparse.source.notes[:2] == (
        "Edges without a number 'chemical': 1 of 2. It is null there, and the edge counts in the "
        "other weights.",
        "Edges without a number 'electrical': 1 of 2. It is null there, and the edge counts in the "
        "other weights.",
    )
    assert sparse.adjacency("chemical").toarray().tolist() == [[0, 3, 0], [0, 0, 0], [0, 0, 0]]
    assert sparse.adjacency("electrical").nnz == 1
    filled = formats.read(path, missing_weights="zero")
    assert filled.edges.rows() == [("a", "b", 3.0, 0.0), ("b", "c", 0.0, 2.0)]
    assert filled.source.notes[0] == (
        "Edges without a number 'chemical': 1 of 2. It is 0 there, which is no connection of that "
        "kind."
    )


def test_an_edge_without_any_number_cannot_be_null(path: Path) -> None:
    head = keys(chemical="double", electrical="double")
    text = plain(edge("a", "b", chemical=3) + edge("b", "c"), head)
    zero = (
        'Read with missing_weights="zero" to count 0 where an edge has none, or name the weights '
        'that every edge has, or none, as in weights="".'
    )
    assert fault(path, text, missing_weights="null") == (
        "a.graphml, line 1: expected a number in one of the weights 'chemical', 'electrical', "
        f"found none (1 of 2 edges have none). {zero}"
    )
    assert fault(path, text, missing_weights="null", weights="chemical") == (
        "a.graphml, line 1, attribute chemical: expected a number, found none (1 of 2 edges have "
        f"none). {zero}"
    )
    assert formats.read(path, missing_weights="zero").edges["chemical"].to_list() == [3.0, 0.0]


@pytest.mark.parametrize("directed", [True, False])
def test_null_weights_of_our_own_file_come_back_without_an_option(
    path: Path, directed: bool
) -> None:
    nodes = pl.DataFrame({"id": ["a", "b", "c"]})
    edges = pl.DataFrame(
        {"pre": ["a", "b"], "post": ["b", "c"], "chemical": [3, None], "area": [None, 0.5]}
    )
    units = {"chemical": "synapses", "area": "um2"}
    made = Connectome.from_frames(nodes, edges, units=units, directed=directed)
    formats.write(made, path)
    back = formats.read(path)
    assert back.equals(made)
    assert back.provenance == made.provenance
    assert back.source.notes == ()
    # Without its metadata the file is like any other.
    text = "\n".join(line for line in path.read_text().split("\n") if "g0" not in line)
    assert fault(path, text, weights="chemical,area").startswith(
        "a.graphml, line 10, attribute chemical: expected a number, found none (1 of 2 edges have "
        'none). Read with missing_weights="null" to leave an edge out'
    )
    again = formats.read(path, weights="chemical,area", missing_weights="null")
    assert again.edges.equals(made.edges)


def test_one_name_with_two_types_is_one_attribute(path: Path) -> None:
    head = (
        '<key id="d1" for="edge" attr.name="weight" attr.type="double"/>'
        '<key id="d0" for="edge" attr.name="weight" attr.type="long"/>'
    )
    path.write_text(plain(edge("a", "b", d0=3) + edge("b", "c", d1=4.5), head))
    assert formats.read(path).edges.rows() == [("a", "b", 3.0), ("b", "c", 4.5)]
    assert fault(path, plain(edge("a", "b", d0=3, d1=4), head)) == (
        "a.graphml, line 1, edge attribute weight: expected one value, found two of different "
        "types. Keep one of them."
    )
    path.write_text(graph("").replace('"x_nm"', '"cell_type"'))
    assert formats.read(path).nodes["cell_type"].to_list() == ["EPG", "ring"]


def test_types_and_hexadecimal_floats_of_graph_tool(path: Path) -> None:
    head = keys(weight="double", layer="short", path="vector_double", tag="python_object")
    edges = edge("a", "b", weight="0x1.8p+1", layer=2, path="0x1p+0, 0x1p+1", tag="gASV")
    path.write_text(plain(edges, head))
    connectome = formats.read(path, weights=["weight", "layer"])
    assert connectome.edges.rows() == [("a", "b", 3.0, 2)]
    assert connectome.source.notes == (
        "Attributes of the edges that hold lists or objects were left out: 'path', 'tag'.",
    )


def test_nan_is_a_missing_node_attribute(path: Path) -> None:
    path.write_text(graph('<node id="3"><data key="x">NaN</data></node>'))
    assert formats.read(path).nodes["x_nm"].to_list() == [None, None, None]


def test_names_are_trimmed_and_words_for_nothing_are_no_ids(path: Path) -> None:
    text = plain('<edge source="a " target=" b"/>', nodes=("a", " b "))
    path.write_text(text)
    assert formats.read(path).edges.rows() == [("a", "b", 1)]
    for word in ("NA", "nan", "", "null"):
        assert fault(path, plain("", nodes=("a", word))) == (
            f"a.graphml, line 1: expected the id of a node, found {word!r}, which stands for none. "
            "Give the node an id, or drop it and its edges."
        )
    name = '<key id="n" for="node" attr.name="name" attr.type="string"/>'
    nodes = (
        '<node id="1"><data key="n"> ER1 </data></node><node id="2"><data key="n">NA</data></node>'
    )
    text = f'<graphml>{name}<graph edgedefault="directed">{nodes}</graph></graphml>'
    assert fault(path, text, id_attribute="name") == (
        "a.graphml, line 1, attribute name: expected an id, found 'NA', which stands for none. "
        "Fill it, or read without id_attribute."
    )
    assert formats.read(path).nodes["name"].to_list() == ["ER1", "NA"]


def test_an_attribute_of_megabytes_is_read_in_blocks(path: Path) -> None:
    label = "y" * (3 << 20)
    path.write_text(plain("", nodes=("a", label)))
    assert formats.read(path).nodes["id"].to_list() == ["a", label]


def test_what_is_no_file_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    pipe = tmp_path / "a.graphml"
    os.mkfifo(pipe)
    with pytest.raises(InputError) as caught:
        formats.read(pipe, format="graphml")
    assert str(caught.value) == (
        f"{pipe}: expected a file, found a pipe (FIFO). "
        "Name a file; save what a pipe gives to one first."
    )


@pytest.mark.parametrize("matrix", [[[0, 3, 0], [3, 1, 2], [0, 2, 0]], [[0, 0], [0, 0]]])
def test_an_undirected_graph_comes_back_as_such(tmp_path, matrix):
    made = Connectome.from_matrix(matrix, directed=False)
    path = tmp_path / "graph.graphml"
    formats.write(made, path)
    text = path.read_text(encoding="utf-8")
    assert 'edgedefault="undirected"' in text
    assert text.count("<edge ") == made.n_edges
    found = formats.read(path)
    assert not found.directed
    assert found.equals(made)
    assert found.provenance == made.provenance


def test_an_undirected_file_is_an_undirected_graph_and_a_mixed_one_is_not(tmp_path):
    path = tmp_path / "mixed.graphml"
    text = (
        '<graphml><graph edgedefault="undirected"><node id="a"/><node id="b"/><node id="c"/>'
        '<edge source="a" target="b"/><edge source="b" target="c"{}/></graph></graphml>'
    )
    path.write_text(text.format(""), encoding="utf-8")
    found = formats.read(path)
    assert not found.directed
    assert found.n_edges == 2
    path.write_text(text.format(' directed="true"'), encoding="utf-8")
    mixed = formats.read(path)
    assert mixed.directed
    assert mixed.edges.rows() == [("a", "b", 1), ("b", "a", 1), ("b", "c", 1)]


def test_parallel_edges_of_different_weights_are_one_edge_with_both(path: Path) -> None:
    head = keys(chemical="long", electrical="double")
    parts = edge("a", "b", chemical=3) + edge("a", "b", electrical=2) + edge("b", "c", electrical=1)
    path.write_text(plain(parts, head))
    connectome = formats.read(path, missing_weights="null", parallel="sum")
    assert connectome.edges.rows() == [("a", "b", 3, 2.0), ("b", "c", None, 1.0)]


def test_an_undirected_edge_is_told_by_every_boolean_of_xml(path: Path) -> None:
    for word in ("false", "0"):
        edges = (
            f'<edge source="1" target="2" directed="{word}"><data key="w">3</data></edge>'
            '<edge source="1" target="1"><data key="w">4</data></edge>'
        )
        path.write_text(graph(edges))
        connectome = formats.read(path)
        assert connectome.edges.rows() == [(1, 2, 3), (2, 1, 3), (1, 1, 4)]
        assert connectome.source.notes[-1] == (
            "Undirected edges among directed ones were read in both directions: 1."
        )
    odd = '<edge source="1" target="2" directed="no"/>'
    assert fault(path, graph(odd)) == (
        "a.graphml, line 10: expected directed to be true or false, found 'no'. Correct the edge."
    )


def test_ids_that_a_program_rounded_are_refused(path: Path) -> None:
    text = graph("").replace('id="1"', 'id="7.20575940612346e+17"')
    assert fault(path, text) == (
        "a.graphml, line 8: expected ids that were not rounded, found '7.20575940612346e+17' "
        "(1 such nodes). Write the ids as text in the program that made the file."
    )
    named = graph("").replace(">EPG<", ">7.2e17<")
    assert fault(path, named, id_attribute="cell_type").startswith(
        "a.graphml, line 8: expected ids that were not rounded, found '7.2e17'"
    )
