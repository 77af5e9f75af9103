"""Tables and matrices as the field writes them: each gives the number that is in the file."""

import gzip
from pathlib import Path

import polars as pl
import pytest

from neuropil import formats
from neuropil.contracts import InputError, OutputError

A, B, C = 720575940600000001, 720575940600000003, 720575940600000009


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_names_are_trimmed(tmp_path: Path) -> None:
    text = "pre,post,synapse_count\nNEU1 , NEU2   ,3\nNEU2 ,NEU1 ,4\nNEU1,NEU3,2\n"
    connectome = formats.read(write(tmp_path / "e.csv", text))
    assert connectome.nodes["id"].to_list() == ["NEU1", "NEU2", "NEU3"]
    assert connectome.edges.rows() == [
        ("NEU1", "NEU2", 3),
        ("NEU2", "NEU1", 4),
        ("NEU1", "NEU3", 2),
    ]


def test_fractions_are_no_synapses(tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv", "from,to,weight\nA,B,0.25\nB,A,0.5\n")
    assert formats.read(path).units == {"weight": "not stated"}
    assert formats.read(path).source.notes == (
        "The file does not state the unit of 'weight'; the option unit states it.",
    )
    assert formats.read(path, unit="synapse fraction").units == {"weight": "synapse fraction"}
    write(path, "pre,post,synapse_count\nA,B,0.25\nB,A,0.5\n")
    assert formats.read(path).units == {"synapse_count": "not stated"}


def test_a_correlation_matrix_states_no_unit(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", ",A,B\nA,1.0,0.25\nB,0.25,1.0\n")
    connectome = formats.read(path)
    assert connectome.units == {"weight": "not stated"}
    assert connectome.edges.rows()[1] == ("A", "B", 0.25)
    stated = formats.read(path, unit="correlation", weight="r")
    assert stated.units == {"r": "correlation"}


def test_tabs_in_a_csv_are_read_with_the_printed_repair(tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv", "pre\tpost\tsynapse_count\nA\tB\t3\n")
    with pytest.raises(InputError) as caught:
        formats.read(path)
    assert str(caught.value) == (
        f"{path}, line 1: expected columns separated by a comma, "
        r"found 'pre\tpost\tsynapse_count'. "
        r"Save it with commas between the columns, or read an edge list with separator='\t'."
    )
    for separator in ("\t", r"\t", "tab"):
        assert formats.read(path, separator=separator).edges.rows() == [("A", "B", 3)]


def test_gephi(tmp_path: Path) -> None:
    header = "Source,Target,Type,Id,Label,Weight\n"
    path = write(tmp_path / "e.csv", f"{header}1,2,Directed,0,,3\n2,3,Directed,1,,4\n")
    connectome = formats.read(path)
    assert connectome.edges.rows() == [(1, 2, 3), (2, 3, 4)]
    assert connectome.units == {"weight": "not stated"}
    assert connectome.source.notes == (
        "The file does not state the unit of 'Weight'; the option unit states it.",
        "The columns 'Id', 'Label' were left out; the option weights names those that are weights.",
    )
    write(path, f"{header}1,2,Undirected,0,,3\n2,2,Undirected,1,,4\n2,3,Directed,2,,5\n")
    assert formats.read(path).edges.rows() == [(1, 2, 3), (2, 2, 4), (2, 3, 5), (2, 1, 3)]
    mixed = formats.read(path)
    assert mixed.directed
    assert "1 undirected edges were read in both directions." in mixed.source.notes
    write(path, f"{header}1,2,Undirected,0,,3\n2,2,Undirected,1,,4\n")
    alike = formats.read(path)
    assert (alike.directed, alike.n_edges) == (False, 2)
    assert alike.edges.rows() == [(1, 2, 3), (2, 1, 3), (2, 2, 4)]
    # Given from either end, an edge is there twice; its sum is that of both directions.
    write(path, f"{header}1,2,Undirected,0,,3\n2,1,Undirected,1,,4\n")
    assert formats.read(path, sum_pairs=True).edges.rows() == [(1, 2, 7), (2, 1, 7)]


@pytest.mark.parametrize(
    "text",
    [
        "# source, target, connectivity\n0, 1, 3\n1, 2, 4\n",
        "# of a worm\n# source, target, connectivity\n0, 1, 3\n1, 2, 4\n",
        "# of a worm, in short\nsource,target,connectivity\n0,1,3\n1,2,4\n",
    ],
)
def test_a_header_behind_a_hash(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "e.csv", text)
    assert formats.read(path).edges.rows() == [(0, 1, 3), (1, 2, 4)]
    assert formats.read(path).weight_names == ("connectivity",)
    with path.open("a") as handle:
        handle.write("1, 3, many\n")
    with pytest.raises(InputError, match=rf"line {text.count(chr(10)) + 1}, column connectivity"):
        formats.read(path)


def test_the_male_fly(tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv", "body_pre,body_post,weight\n10001,10002,12\n10002,10003,9\n")
    connectome = formats.read(path)
    assert connectome.edges.rows() == [(10001, 10002, 12), (10002, 10003, 9)]
    assert connectome.units == {"synapse_count": "synapses"}
    pl.read_csv(path).write_ipc(tmp_path / "e.feather")
    assert formats.read(tmp_path / "e.feather").equals(connectome)


FLYWIRE = {
    "pre_pt_root_id": [A, A, B],
    "post_pt_root_id": [B, B, C],
    "neuropil": ["EB", "PB", "EB"],
    "syn_count": [7, 5, 9],
    "gaba_avg": [0.1, 0.1, 0.1],
}


def test_a_release_of_flywire(tmp_path: Path) -> None:
    frame = pl.DataFrame(FLYWIRE)
    frame.write_csv(tmp_path / "e.csv")
    frame.write_ipc(tmp_path / "e.feather")
    frame.write_parquet(tmp_path / "e.parquet")
    for name in ("e.csv", "e.feather", "e.parquet"):
        connectome = formats.read(tmp_path / name)
        assert connectome.edges.rows() == [(A, B, 12), (B, C, 9)]
        assert connectome.units == {"synapse_count": "synapses"}
    assert connectome.source.notes == (
        "The lines of a pair, one for each neuropil, were summed.",
        "The column 'gaba_avg' was left out; the option weights names those that are weights.",
    )
    by_region = formats.read(tmp_path / "e.csv", regions="PB")
    assert by_region.edges["synapse_count_PB"].to_list() == [5, 0]


def test_the_same_pair_and_neuropil_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "e.parquet"
    pl.concat([pl.DataFrame(FLYWIRE)] * 2).write_parquet(path)
    with pytest.raises(InputError) as caught:
        formats.read(path)
    assert str(caught.value) == (
        f"{path}, row 3, column pre_pt_root_id, post_pt_root_id: expected one edge for each "
        f"(pre, post) pair, found ({A}, {B}) again (3 such lines). Read with sum_pairs=True to sum "
        "the weights of equal pairs, or with count_lines=True to count their lines."
    )
    assert formats.read(path, sum_pairs=True).edges["synapse_count"].to_list() == [24, 18]
    assert formats.read(path, count_lines=True).edges["synapse_count"].to_list() == [4, 2]


SYNAPSES = (
    "id,valid,size,pre_pt_root_id,post_pt_root_id,ctr_pt_position\n"
    f'1,t,40,{A},{B},"[1, 2, 3]"\n2,t,41,{A},{B},"[1, 2, 9]"\n3,t,42,{B},{C},"[4, 2, 3]"\n'
)


def test_a_table_of_single_synapses_is_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "synapses.csv", SYNAPSES)
    connectome = formats.read(path)
    assert connectome.edges.rows() == [(A, B, 2), (B, C, 1)]
    assert connectome.units == {"synapse_count": "synapses"}
    assert connectome.source.notes[0] == "Each line was counted as one synapse."
    write(path, SYNAPSES.replace("2,t,41", "2,f,41"))
    assert formats.read(path).edges.rows() == [(A, B, 1), (B, C, 1)]
    assert formats.read(path).source.notes[0] == "1 lines that are not valid were left out."
    write(path, SYNAPSES.replace("2,t,41", "1,t,41"))
    with pytest.raises(InputError, match="expected each synapse once, found '1' again"):
        formats.read(path)
    write(path, SYNAPSES.replace(f"41,{A}", "41,0"))
    with pytest.raises(InputError, match="line 3, column pre_pt_root_id: expected an id"):
        formats.read(path)
    assert formats.read(path, drop_missing_ids=True).edges.rows() == [(A, B, 1), (B, C, 1)]


PLAIN = "0,3,1\n4,0,2\n1,2,0\n"
ROWS = [(0, 3, 1), (4, 0, 2), (1, 2, 0)]


def lines(separator: str, *, corner: str | None = None, header: bool = True) -> str:
    """Write the matrix with labels A, B, C; ``corner=None`` leaves those of the rows out."""
    first = [*([] if corner is None else [corner]), "A", "B", "C"]
    rows = [[*([] if corner is None else ["ABC"[i]]), *map(str, row)] for i, row in enumerate(ROWS)]
    return "".join(separator.join(row) + "\n" for row in ([first] if header else []) + rows)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.csv", PLAIN),
        ("m.csv", "0 3 1 \n4 0 2 \n1 2 0 \n"),
        ("m.txt", "  0  3  1\n  4  0  2\n  1  2  0\n"),
        ("m.tsv", PLAIN.replace(",", "\t")),
        ("m.csv", PLAIN.replace(",", ";")),
        ("m.csv", PLAIN + "\n\n"),
        ("m.csv", "# made by a simulation\n" + PLAIN),
        ("m.csv", PLAIN.replace("\n", "\r\n")),
    ],
)
def test_a_matrix_without_labels(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode())
    for each in (path, tmp_path / f"{name}.gz"):
        if each.suffix == ".gz":
            each.write_bytes(gzip.compress(text.encode()))
        assert formats.sniff(each).name == "dense-matrix"
        connectome = formats.read(each)
        assert connectome.nodes["id"].to_list() == [0, 1, 2]
        assert (connectome.n_edges, connectome.edges["weight"].sum()) == (6, 13)
        assert connectome.adjacency().toarray().tolist() == [list(row) for row in ROWS]
        assert "The file has no labels: its 3 rows were numbered from 0." in connectome.source.notes


@pytest.mark.parametrize(
    "text",
    [
        lines(",", corner="Neurons"),
        lines(","),
        lines("\t", corner=""),
        lines(";", corner="x y"),
        '"","A","B","C"\n"A",0,3,1\n"B",4,0,2\n"C",1,2,0\n',
        '"A" "B" "C"\n"A" 0 3 1\n"B" 4 0 2\n"C" 1 2 0\n',
        "# A B C\n0 3 1\n4 0 2\n1 2 0\n",
        lines(" , ", corner="Neurons"),
    ],
)
def test_a_matrix_with_labels(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "m.csv", text)
    assert formats.sniff(path).name == "dense-matrix"
    connectome = formats.read(path)
    assert connectome.nodes["id"].to_list() == ["A", "B", "C"]
    assert connectome.adjacency().toarray().tolist() == [list(row) for row in ROWS]


@pytest.mark.parametrize(
    "text",
    [
        "pre,post,synapse_count\n1,2,3\n2,3,4\n3,1,0\n",
        "from_cell,to_cell,n_syn\n1,2,3\n2,3,4\n3,1,0\n",
        "one,other,size\n1,2,3\n2,3,4\n3,1,5\n",
        "1,2,3\n2,3,4\n3,1,5\n",
        "1,2,3\n2,3,4\n3,1,5\n4,1,5\n",
        "root_id,x,y\n1,2,3\n2,3,4\n3,1,0\n",
    ],
)
def test_a_table_with_as_many_lines_as_columns_is_no_matrix(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "e.csv", text)
    assert formats.sniff(path).name == "edge-list"


def test_columns_that_are_named_make_an_edge_list_of_what_looks_like_a_matrix(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "e.csv", "one,other,size\n0,2,3\n2,0,4\n3,1,0\n")
    assert formats.sniff(path).name == "dense-matrix"
    connectome = formats.read(path, pre="one", post="other", weights="size")
    assert connectome.edges.rows() == [(0, 2, 3), (2, 0, 4), (3, 1, 0)]


@pytest.mark.parametrize(
    "text",
    [
        "1 2 0.5\n1 3 0.7\n2 3 0.2\n",
        "one,other,fraction\n1,2,0.3\n2,3,0.4\n3,4,0.5\n",
        "one,other,size\n1,2,3\n2,3,4\n3,1,0\n",
    ],
)
def test_three_edges_are_no_matrix(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / ("e.txt" if " " in text else "e.csv"), text)
    with pytest.raises(InputError):
        formats.read(path)
    assert formats.read(path, format="dense-matrix").n_nodes == 3


def test_a_matrix_of_three_correlations_is_one(tmp_path: Path) -> None:
    path = write(tmp_path / "r.txt", "1 .1 .2\n.1 1 .3\n.2 .3 1\n")
    brain = formats.read(path, unit="correlation")
    assert not brain.directed
    assert brain.edges.rows()[1] == (0, 1, 0.1)


def test_what_is_written_states_its_unit(tmp_path: Path) -> None:
    connectome = formats.read(write(tmp_path / "m.csv", PLAIN), unit="synapses")
    path = formats.write(connectome, tmp_path / "w.matrix.csv")
    assert path.read_text().startswith("synapse_count [synapses],0,1,2\n0,0,3,1\n")
    assert formats.read(path).equals(connectome)
    area = formats.read(path, weight="area", unit="um2")
    assert formats.read(formats.write(area, tmp_path / "a.matrix.csv")).units == {"area": "um2"}


def test_missing_cells_are_no_edges_when_asked(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", "A,B\n,0.5\nNaN,\n")
    with pytest.raises(InputError, match="line 3, column A: expected finite weights"):
        formats.read(path)
    connectome = formats.read(path, skip_missing=True)
    assert connectome.edges.rows() == [("A", "B", 0.5)]
    assert connectome.source.notes[-1] == "1 missing cells were taken as no edges."


@pytest.mark.parametrize(
    ("header", "options", "expected"),
    [
        ("bodyId_pre,bodyId_post,weight", {}, {"synapse_count": "synapses"}),
        ("pre_root_id,post_root_id,count", {}, {"synapse_count": "synapses"}),
        ("pre,post,weight", {}, {"synapse_count": "synapses"}),
        ("pre,post,streamlines", {}, {"streamlines": "not stated"}),
        ("source,target,weight", {}, {"weight": "not stated"}),
        ("source,target,n_syn", {}, {"synapse_count": "synapses"}),
        ("source,target,weight", {"unit": "synapses"}, {"synapse_count": "synapses"}),
        ("pre,post,weight", {"unit": "streamlines"}, {"weight": "streamlines"}),
        ("a,b,weight", {"pre": "a", "post": "b"}, {"weight": "not stated"}),
        ("pre,post,weight [um2]", {}, {"weight": "um2"}),
        ("pre,post,correlation", {}, {"correlation": "correlation"}),
    ],
)
def test_the_unit_of_whole_numbers(
    tmp_path: Path, header: str, options: dict[str, str], expected: dict[str, str]
) -> None:
    path = write(tmp_path / "e.csv", f"{header}\n1,2,3\n")
    connectome = formats.read(path, **options)
    assert connectome.units == expected
    noted = any("unit" in note for note in connectome.source.notes)
    assert noted == (
        "not stated" in expected.values() or (header, options) == ("pre,post,weight", {})
    )


@pytest.mark.parametrize(
    ("columns", "chosen"),
    [
        ("SUID,weight,id", "weight"),
        ("id,count,weight", "weight"),
        ("weight,n_syn", "synapse_count"),
        ("key,connectivity", "connectivity"),
    ],
)
def test_the_weight_is_chosen_by_its_name(tmp_path: Path, columns: str, chosen: str) -> None:
    values = ",".join(str(number) for number in range(1, columns.count(",") + 2))
    path = write(tmp_path / "e.csv", f"source,target,{columns}\nA,B,{values}\n")
    connectome = formats.read(path)
    assert connectome.weight_names == (chosen,)
    others = formats.read(path, weights=columns.split(","), unit="1")
    assert len(others.weight_names) == columns.count(",") + 1


def test_ids_whose_first_digits_stand_in_the_name_of_the_column_are_completed(
    tmp_path: Path,
) -> None:
    head = "pre_root_id_720575940,post_root_id_720575940,syn_count\n"
    fly = formats.read(write(tmp_path / "e.csv", f"{head}629381640,5,7\n"))
    assert fly.edges.rows() == [(720575940629381640, 720575940000000005, 7)]
    assert fly.source.notes == (
        "The first digits of the ids, 720575940, were taken from the column's name.",
    )
    frame = pl.DataFrame({name: [3] for name in head.strip().split(",")})
    frame.write_parquet(tmp_path / "e.parquet")
    assert formats.read(tmp_path / "e.parquet").edges["pre"][0] == 720575940000000003


WORM = "Neuron 1,Neuron 2,Type,Nbr\nADAL,ADAR,EJ,1\nADAL,AIBL,S,3\nAIBL,ADAL,R,3\n"


def test_received_synapses_are_not_read_the_wrong_way_round(tmp_path: Path) -> None:
    named = {"pre": "Neuron 1", "post": "Neuron 2", "weights": "Nbr"}
    path = write(tmp_path / "worm.csv", WORM)
    with pytest.raises(InputError) as caught:
        formats.read(path, **named, sum_pairs=True)
    assert str(caught.value) == (
        f"{path}, line 4, column Type: expected lines from a presynaptic to a postsynaptic cell, "
        "found the type 'R', whose first cell receives (1 such lines). Keep the lines of type S "
        "and Sp for chemical synapses, or those of type EJ for gap junctions: lines of type R and "
        "Rp say the former again, the other way round."
    )
    sent = write(tmp_path / "sent.csv", WORM.replace("AIBL,ADAL,R", "ADAL,ADAR,S"))
    worm = formats.read(sent, **named, sum_pairs=True)
    assert worm.edges.rows() == [("ADAL", "ADAR", 4), ("ADAL", "AIBL", 3)]
    assert "Lines of different Type were summed: 'EJ', 'S'." in worm.source.notes


def test_a_line_of_comment_is_no_neuron(tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv", "pre,post,weight\na,b,1\n#a,c,2\n")
    with pytest.raises(InputError) as caught:
        formats.read(path)
    assert str(caught.value) == (
        f"{path}, line 3: expected no line of comment below the header, found '#a' (1 such lines). "
        "Remove it, or write the name without its #."
    )


def test_an_id_with_an_invisible_character_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv", "pre,post,weight\na,b,1\n\u200ba,c,2\n")
    with pytest.raises(InputError) as caught:
        formats.read(path)
    assert str(caught.value) == (
        f"{path}, line 3, column pre: expected an id without invisible characters, "
        "found '\\u200ba'. Remove what no screen shows from it."
    )


def test_marks_between_thousands_are_no_decimal_commas(tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv", 'pre,post,weight\na,b,"1,234"\n')
    with pytest.raises(InputError) as caught:
        formats.read(path)
    assert str(caught.value) == (
        f"{path}, line 2, column weight: expected a number, found '1,234'. Write it without marks "
        "between thousands, or with a point if its comma is a decimal one."
    )


def test_a_matrix_with_decimal_commas_or_words_is_told_so(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", ";A;B\nA;0;1,5\nB;3;0\n")
    with pytest.raises(InputError) as caught:
        formats.read(path)
    assert str(caught.value) == (
        f"{path}, line 2, column B: expected a number or n/a, found '1,5'. "
        "Write decimals with a point."
    )
    path = write(tmp_path / "b.csv", ",A,B\nA,False,True\nB,True,False\n")
    with pytest.raises(InputError, match="line 2, column A: expected a number or n/a"):
        formats.read(path)


@pytest.mark.parametrize(
    ("name", "text", "rows"),
    [
        ("e.csv", "pre,post,weight\na,b,3\n", [("a", "b", 3)]),
        ("e.txt", "Source\tTarget\tWeight\na\tb\t3\n", [("a", "b", 3)]),
        ("m.csv", "0,1,2\n3,0,4\n1,2,0\n", [(0, 1, 1), (0, 2, 2)]),
        ("m.matrix.csv", ",A,B\nA,0,3\nB,0,0\n", [("A", "B", 3)]),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_told_by_its_byte_order_mark(
    tmp_path: Path, name: str, text: str, rows: list[tuple[object, ...]], encoding: str
) -> None:
    mark = "" if encoding == "utf-16" else "\ufeff"
    (tmp_path / name).write_bytes((mark + text).encode(encoding))
    assert formats.read(tmp_path / name).edges.rows()[: len(rows)] == rows


def test_an_empty_name_is_no_weight(tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv", "pre,post,weight\na,b,3\n")
    with pytest.raises(InputError, match="expected a column '', found none"):
        formats.read(path, weights="")


def test_what_is_read_is_not_written_over(tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv", "pre,post,weight,note\na,b,3,x\n")
    with pytest.raises(OutputError) as caught:
        formats.convert(path, path)
    assert str(caught.value) == (f"{path}: cannot write: it is what is read. Name another target.")
    assert path.read_text() == "pre,post,weight,note\na,b,3,x\n"


def test_positions_of_neurons_are_numbers_or_missing(tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv", "pre,post,weight\n1,2,3\n")
    nodes = write(tmp_path / "e.nodes.csv", "id,x_nm,y_nm\n1,nan,2.5\n2,NA,\n")
    assert formats.read(path).nodes.rows() == [(1, None, 2.5), (2, None, None)]
    nodes.write_text('id,x_nm\n1,"1,5"\n2,3\n')
    with pytest.raises(InputError) as caught:
        formats.read(path)
    assert str(caught.value) == (
        f"{nodes}, line 2, column x_nm: expected a number, found '1,5'. "
        "Write decimals with a point."
    )


def test_ids_in_lists_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "e.parquet"
    pl.DataFrame({"pre": [[1], [2]], "post": [3, 4], "weight": [1, 2]}).write_parquet(path)
    with pytest.raises(InputError) as caught:
        formats.read(path)
    assert str(caught.value) == (
        f"{path}, column pre: expected numbers or text, found List(Int64). "
        "Save one value in each cell, or name another column."
    )
