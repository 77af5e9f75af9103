"""Downloads of FlyWire Codex: what becomes of each table, and what is said of damaged ones."""

import csv
import gzip
import io
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuropil import formats
from neuropil.connectome import Connectome
from neuropil.contracts import ConfigError, NeuropilError

A, B, C, D = (720_575_940_000_000_000 + each for each in (596_125_868, 608_552_405, 3, 661_000_001))
HEADER = "pre_root_id,post_root_id,neuropil,syn_count,nt_type\n"
CONNECTIONS = f"{HEADER}{B},{A},EB,9,GABA\n{A},{B},LOP_R,5,ACH\n{A},{B},EB,2,ACH\n{B},{D},,7,GLUT\n"
TABLES = {
    "connections.csv": CONNECTIONS,
    "classification.csv": "root_id,flow,super_class,class,sub_class,hemilineage,side,nerve\n"
    f"{A},intrinsic,optic,CX,,VPNd1,right,\n{B},intrinsic,central,,,,left,\n"
    f"{C},afferent,sensory,,,,center,AN\n",
    "consolidated_cell_types.csv": "root_id,primary_type,additional_type(s)\n"
    f'{A},T4a,"T4,CT1"\n{B},7,\n',
    "neurons.csv": "root_id,group,nt_type,nt_type_score,da_avg,ser_avg,gaba_avg,glut_avg,"
    f"ach_avg,oct_avg\n{A},LO.LOP,ACH,0.71,0,0,0,0,0.71,0\n{B},ME,,0.0,0,0,0,0,0,0\n",
    "names.csv": f"root_id,name,group\n{A},LO.LOP.1,LO.LOP\n",
    "cell_stats.csv": f"root_id,length_nm,area_nm,size_nm\n{B},1000,2000,3000\n",
    "coordinates.csv": "root_id,position,supervoxel_id\n"
    f"{B},[325396 182368  90600],1\n{B},[9 9 9],2\n{A},,3\n{D + 1},[1 2 3],4\n",
}


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """Folder of downloads, some of them compressed, with a table that is not read."""
    folder = tmp_path / "dump"
    folder.mkdir()
    for number, (name, text) in enumerate(TABLES.items()):
        if number % 2:
            (folder / name).write_text(text)
        else:
            (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    (folder / "labels.csv").write_text("root_id,label,user_id,position,supervoxel_id\n")
    (folder / "synapse_coordinates.csv").write_text("pre_root_id,post_root_id,x,y,z\n")
    (folder / "LICENSE").write_text("text")
    return folder


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    return tmp_path / "connections.csv"


def fault(*paths: Path, **options: Any) -> str:
    """Return the message without the folders."""
    with pytest.raises(NeuropilError) as caught:
        formats.read(*paths, **options)
    return str(caught.value).replace(f"{paths[0].parent}/", "")


def row_of(connectome: Connectome, neuron: int) -> dict[str, Any]:
    return next(row for row in connectome.nodes.iter_rows(named=True) if row["id"] == neuron)


def test_a_folder_as_it_was_downloaded(dump: Path) -> None:
    fly = formats.read(dump)
    assert fly.nodes["id"].to_list() == [C, A, B, D]
    assert fly.edges.rows() == [(A, B, 7), (B, A, 9), (B, D, 7)]
    assert fly.units == {"synapse_count": "synapses"}
    assert fly.nodes.columns == [
        *("id", "cell_type", "additional_types", "flow", "super_class", "class", "sub_class"),
        *("hemilineage", "side", "nerve", "group", "neurotransmitter", "neurotransmitter_score"),
        *("da_avg", "ser_avg", "gaba_avg", "glut_avg", "ach_avg", "oct_avg", "name"),
        *("length_nm", "area_nm2", "volume_nm3", "x_nm", "y_nm", "z_nm"),
    ]
    known = {name: value for name, value in row_of(fly, A).items() if value is not None}
    assert known == {
        **{"id": A, "cell_type": "T4a", "additional_types": "T4,CT1", "flow": "intrinsic"},
        **{"super_class": "optic", "class": "CX", "hemilineage": "VPNd1", "side": "R"},
        **{"group": "LO.LOP", "neurotransmitter": "acetylcholine", "name": "LO.LOP.1"},
        **{"neurotransmitter_score": 0.71, "ach_avg": 0.71},
        **dict.fromkeys(("da_avg", "ser_avg", "gaba_avg", "glut_avg", "oct_avg"), 0),
    }
    second = row_of(fly, B)
    assert [second[name] for name in ("x_nm", "y_nm", "z_nm")] == [325396.0, 182368.0, 90600.0]
    assert [second[name] for name in ("length_nm", "area_nm2", "volume_nm3")] == [1000, 2000, 3000]
    assert (second["cell_type"], second["side"], second["neurotransmitter"]) == ("7", "L", None)
    assert row_of(fly, C)["side"] == "C"
    assert set(row_of(fly, D).values()) == {D, None}


def test_the_history_says_what_was_read_and_what_is_missing(dump: Path) -> None:
    fly = formats.read(dump, voxel_nm=(4, 4, 40))
    (done,) = fly.provenance
    assert done.name == "read_codex"
    assert done.parameters == {
        "files": {
            "connections": "connections.csv.gz",
            "cell types": "consolidated_cell_types.csv.gz",
            "classification": "classification.csv",
            "neurons": "neurons.csv",
            "names": "names.csv.gz",
            "cell stats": "cell_stats.csv",
            "coordinates": "coordinates.csv.gz",
        },
        "skipped": ["labels.csv", "synapse_coordinates.csv"],
        "weights": ["synapse_count"],
        "voxel_nm": [4, 4, 40],
        "lines": 4,
        "fewest_synapses_of_a_pair": 7,
        "neurons_in_no_table": 1,
    }
    assert fly.source.name == "connections.csv.gz of Codex, pairs of 7 or more synapses"
    assert [record.name for record in fly.source.files] == list(done.parameters["files"].values())
    assert row_of(fly, B)["z_nm"] == 40 * 90600


def test_the_order_of_the_files_and_their_names_are_free(tmp_path: Path) -> None:
    names = {"Neurons Data.csv": "neurons.csv", "b.csv": "connections.csv", "c.csv": "names.csv"}
    paths = [tmp_path / name for name in names]
    for path, table in zip(paths, names.values(), strict=True):
        path.write_text(TABLES[table])
    first, second = formats.read(*paths), formats.read(*paths[::-1])
    assert first.equals(second)
    assert formats.sniff(*paths).name == "codex"
    target = formats.convert(*paths, tmp_path / "fly")
    assert formats.read(target).equals(first)


def test_synapses_of_one_region_become_a_weight(lines: Path) -> None:
    lines.write_text(CONNECTIONS)
    fly = formats.read(lines, regions=["EB", "LOP_R"])
    assert fly.edges.rows() == [(A, B, 7, 2, 5), (B, A, 9, 9, 0), (B, D, 7, 0, 0)]
    assert fly.units == dict.fromkeys(fly.weight_names, "synapses")
    assert formats.read(lines, regions="EB").weight_names == ("synapse_count", "synapse_count_EB")
    assert fault(lines, regions=["FB"]) == (
        "option regions: expected regions of the connection table, found 'FB'. "
        "Its regions are: (none), EB, LOP_R."
    )


def test_headings_for_people(tmp_path: Path, lines: Path) -> None:
    lines.write_text(CONNECTIONS)
    neurons = tmp_path / "neurons.csv"
    neurons.write_text(
        "Root ID,Predicted NT type,Predicted NT confidence,Super Class,Soma side,"
        f"Primary Cell Type,Alternative Cell Type(s)\n{A},HIST,0.9,optic,right,R7,\n"
    )
    neuron = row_of(formats.read(lines, neurons), A)
    assert neuron == {
        **{"id": A, "neurotransmitter": "histamine", "neurotransmitter_score": 0.9},
        **{"super_class": "optic", "side": "R", "cell_type": "R7", "additional_types": None},
    }


def random_lines(seed: int) -> str:
    generator = np.random.default_rng(seed)
    keys = generator.choice(40 * 40 * 12, 3000, replace=False)
    counts = np.minimum(generator.pareto(1.6, keys.size) + 1, 2000).astype(int)
    ids = np.sort(generator.choice(10**9, 40, replace=False)) + 720_575_940_000_000_000
    return "".join(
        f"{ids[key // 480]},{ids[key // 12 % 40]},{'' if key % 12 == 0 else f'R{key % 12}'},"
        f"{count},ACH\n"
        for key, count in zip(keys, counts, strict=True)
    )


@pytest.mark.parametrize("seed", range(3))
def test_sums_are_those_of_a_plain_loop(lines: Path, seed: int) -> None:
    text = random_lines(seed)
    total, inside = Counter(), Counter()
    for pre, post, region, count, _ in csv.reader(io.StringIO(text)):
        total[int(pre), int(post)] += int(count)
        inside[int(pre), int(post)] += int(count) * (region == "R7")
    lines.write_text(HEADER + text)
    fly = formats.read(lines, regions=["R7"])
    assert fly.edges.rows() == [(*pair, total[pair], inside[pair]) for pair in sorted(total)]
    # A line end too many sends the file through the reader that explains faults.
    lines.write_text(HEADER + text + "\n")
    assert formats.read(lines, regions=["R7"]).equals(fly)


def test_ids_beyond_doubles_are_exact(lines: Path) -> None:
    ids = [2**53, 2**53 + 1, 2**63 - 1]
    lines.write_text(f"{HEADER}{ids[0]},{ids[1]},EB,5,ACH\n{ids[2]},{ids[0]},EB,6,ACH\n")
    fly = formats.read(lines)
    assert fly.nodes["id"].to_list() == ids
    assert fly.edges.rows() == [(ids[0], ids[1], 5), (ids[2], ids[0], 6)]


def test_counts_that_fill_64_bits_are_exact(lines: Path) -> None:
    lines.write_text(f"{HEADER}{B},{A},EB,2,x\n{A},{B},FB,1,x\n{A},{B},EB,{2**61},x\n")
    fly = formats.read(lines, regions=["EB"])
    assert fly.edges.rows() == [(A, B, 2**61 + 1, 2**61), (B, A, 2, 2)]


@pytest.mark.parametrize(
    "text",
    [
        CONNECTIONS.replace("\n", "\r\n"),
        CONNECTIONS.replace("\n", "\r\n", 2),
        "\ufeff" + CONNECTIONS,
        CONNECTIONS.replace(",9,", ',"9",').replace("LOP_R", '"LOP_R"'),
        CONNECTIONS.replace("GABA", '"GA\nBA"'),
        CONNECTIONS.replace("EB,2", '"E\nB",2'),
    ],
    ids=["windows", "mixed line ends", "byte order mark", "quotes", "last column", "neuropil"],
)
def test_line_ends_and_quotes_of_other_programs(lines: Path, text: str) -> None:
    lines.write_bytes(text.encode())
    assert formats.read(lines).edges.rows() == [(A, B, 7), (B, A, 9), (B, D, 7)]


GOOD = f"{A},{B},EB,5,ACH\n"
DOWNLOADED = "Take the file as it was downloaded; a spreadsheet rounds long ids."
CUT = (
    "It may be cut short: copy or download it again. If it is whole, end its last line, or read "
    "with whole=True."
)
CORRECT = "Correct or drop this line, or download the file again."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "",
            "line 1: expected a line with column names, found nothing. "
            "Add a first line with the name of each column.",
        ),
        (HEADER, ": expected at least one connection, found none. Download the file again."),
        (
            HEADER.replace("nt_type", "syn_count") + GOOD,
            "line 1, column syn_count: expected each column name once, found 'syn_count' again. "
            "Rename one of the columns.",
        ),
        (
            HEADER.replace("syn_count", "count") + GOOD,
            ": expected a column syn_count, found 'pre_root_id', 'post_root_id', "
            "'neuropil', 'count', 'nt_type'. Take the file as it was downloaded.",
        ),
        (
            (HEADER + GOOD).replace("\n", "\r"),
            "line 1: expected a line with column names, found none (new-line character seen in "
            "unquoted field - do you need to open the file in universal-newline mode?). "
            "Save it with the line ends of Unix or Windows, and check its quotes.",
        ),
        (
            HEADER + GOOD + f"{B},{A},EB,5",
            f": expected a line break at the end of the file, found '{str(A)[3:]},EB,5'. {CUT}",
        ),
        (
            HEADER + GOOD + f"{B},{A},EB,-5,ACH\n",
            "line 3, column syn_count: expected a number of synapses of 0 or more, found -5. "
            f"{CORRECT}",
        ),
        (
            HEADER + GOOD + f"{B},{A},EB,nan,ACH\n",
            f"line 3, column syn_count: expected a whole number, found 'nan'. {DOWNLOADED}",
        ),
        (
            HEADER + GOOD + f"{B},{A},EB,5.0,ACH\n",
            f"line 3, column syn_count: expected a whole number, found '5.0'. {DOWNLOADED}",
        ),
        (
            HEADER + GOOD + f"{B},{A},EB,,ACH\n",
            f"line 3, column syn_count: expected a whole number, found nothing. {DOWNLOADED}",
        ),
        (
            HEADER + GOOD + f"{B},{A},EB\n",
            f"line 3, column syn_count: expected a whole number, found nothing. {DOWNLOADED}",
        ),
        (
            HEADER + GOOD + f"{B},{A},AL,EB,5,ACH\n",
            "line 3: expected 5 fields, found 6. "
            "Quote a field that contains the separator, or remove what is too much.",
        ),
        (
            HEADER + GOOD + f"{2**63},{A},EB,5,ACH\n",
            "line 3, column pre_root_id: expected a whole number of less than 2^63, "
            f"found '{2**63}'. {DOWNLOADED}",
        ),
        (
            HEADER + GOOD + f"{B},7.20576E+17,EB,5,ACH\n",
            "line 3, column post_root_id: expected a whole number, found '7.20576E+17'. "
            f"{DOWNLOADED}",
        ),
        (
            HEADER + GOOD + f"0,{A},EB,5,ACH\n",
            f"line 3, column pre_root_id: expected an id of 1 or more, found 0. {CORRECT}",
        ),
        (
            HEADER + f'{A},{B},"E\nB",5,ACH\n{B},{A},EB,x,ACH\n',
            f"line 4, column syn_count: expected a whole number, found 'x'. {DOWNLOADED}",
        ),
        (
            HEADER + GOOD + f"{B},{A},EB,5,ACH\n" + GOOD,
            "line 4, column pre_root_id, post_root_id, neuropil: expected one line for each "
            f"pre_root_id, post_root_id, neuropil, found ({A}, {B}, EB) again (1 such lines). "
            "Download the file again; parts of it may have been joined twice.",
        ),
        (
            HEADER + f"{A},{B},EB,{2**62},ACH\n{A},{B},FB,{2**62},ACH\n",
            "line 2, column syn_count: expected numbers of synapses whose sum is less than 2^63, "
            f"found {2**62}. Correct this line, or download the file again.",
        ),
        (
            HEADER + f'{A},{B},"EB,5,ACH\n' + GOOD * 20_000,
            ': cannot be read as a table (could not parse `"EB,5,ACH). Check its quotes.',
        ),
    ],
)
def test_a_damaged_table_of_connections(lines: Path, text: str, message: str) -> None:
    lines.write_text(text, newline="")
    separator = "" if message.startswith(":") else ", "
    assert fault(lines, format="codex") == f"connections.csv{separator}{message}"


@pytest.mark.parametrize("kept", [0.5, 0.999])
def test_a_truncated_gzip_file(tmp_path: Path, kept: float) -> None:
    path = tmp_path / "connections.csv.gz"
    text = HEADER + "".join(f"{A},{A + i + 1},EB,5,ACH\n" for i in range(5000))
    whole = gzip.compress(text.encode())
    path.write_bytes(whole[: int(kept * len(whole))])
    assert fault(path) == (
        "connections.csv.gz: expected a whole gzip file, found a damaged or truncated one of "
        f"{int(kept * len(whole))} bytes. Copy or download it again."
    )


def test_another_separator(lines: Path, tmp_path: Path) -> None:
    lines.write_text(CONNECTIONS.replace(",", ";"))
    neurons = tmp_path / "neurons.csv"
    neurons.write_text(TABLES["neurons.csv"])
    assert fault(lines, neurons) == (
        "connections.csv, line 1: expected columns separated by a comma, "
        "found 'pre_root_id;post_root_id;neuropil;syn_count;nt_type'. "
        "Save it with commas between the columns."
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "classification.csv",
            TABLES["classification.csv"] + f"{A},intrinsic,optic,,,,,\n",
            f"classification.csv, line 5, column root_id: expected unique ids, found repeated {A}. "
            "Keep one row for each neuron.",
        ),
        (
            "classification.csv",
            TABLES["classification.csv"].replace(str(C), "0"),
            "classification.csv, line 4, column root_id: expected an id of 1 or more, found 0. "
            f"{CORRECT}",
        ),
        (
            "neurons.csv",
            TABLES["neurons.csv"].replace("0.71", "high", 1),
            "neurons.csv, line 2, column nt_type_score: expected a number, found 'high'. "
            "Correct it.",
        ),
        (
            "neurons.csv",
            TABLES["neurons.csv"].replace("0.71", "nan", 1),
            "neurons.csv, line 2, column nt_type_score: expected finite numbers, found nan. "
            "Use null where the value is not known.",
        ),
        (
            "coordinates.csv",
            TABLES["coordinates.csv"].replace("[9 9 9]", "[9 9]"),
            "coordinates.csv, line 3, column position: expected a position such as [1 2 3], "
            "found '[9 9]'. Correct it.",
        ),
        (
            "labels.csv",
            "root_id,label,position\n",
            "labels.csv: expected a table of Codex (connections, cell types, classification, "
            "neurons, names, cell stats, coordinates), found the columns 'root_id', 'label', "
            "'position'. "
            "Leave this file out, or see docs/formats for the columns that are known.",
        ),
        (
            "classification.csv",
            TABLES["classification.csv"].replace("class,sub", "Super Class,sub"),
            "classification.csv: expected one column for super_class, found 'super_class' and "
            "'Super Class'. Leave one of them out.",
        ),
    ],
)
def test_a_damaged_table_of_neurons(
    lines: Path, tmp_path: Path, name: str, text: str, message: str
) -> None:
    lines.write_text(CONNECTIONS)
    (tmp_path / name).write_text(text)
    assert fault(lines, tmp_path / name) == message


def test_tables_that_do_not_go_together(lines: Path, tmp_path: Path) -> None:
    lines.write_text(CONNECTIONS)
    types, other = tmp_path / "types.csv", tmp_path / "classification.csv"
    types.write_text(TABLES["consolidated_cell_types.csv"])
    other.write_text(f"root_id,super_class,cell_type\n{A},optic,T4b\n")
    assert fault(types, other) == (
        "types.csv, classification.csv: expected a table of connections, "
        "found cell types, classification. Add the file, such as connections.csv.gz."
    )
    assert fault(lines, types, other) == (
        "classification.csv: expected the column cell_type in one file, found it in types.csv and "
        "classification.csv. Leave one of the files out, or remove the column from it."
    )
    again = tmp_path / "connections_princeton.csv"
    again.write_text(CONNECTIONS)
    assert fault(lines, again) == (
        "connections_princeton.csv: expected one table of connections, found connections.csv and "
        "connections_princeton.csv. Name the files to read, one of each kind."
    )


@pytest.mark.parametrize("sizes", [(4, 4), (4, 4, 0), (4, 4, float("nan"))])
def test_sizes_of_voxels(lines: Path, tmp_path: Path, sizes: tuple[float, ...]) -> None:
    lines.write_text(CONNECTIONS)
    places = tmp_path / "coordinates.csv"
    places.write_text(TABLES["coordinates.csv"])
    with pytest.raises(ConfigError) as caught:
        formats.read(lines, places, voxel_nm=sizes)
    assert str(caught.value) == (
        f"option voxel_nm: expected three positive sizes [nm], found {sizes!r}. "
        "Such as voxel_nm=(4, 4, 40)."
    )
