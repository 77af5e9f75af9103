"""How a path finds its format."""

from pathlib import Path

import pytest

from neuropil import formats
from neuropil.connectome import Connectome
from neuropil.contracts import ConfigError, InputError, OutputError

CONNECTOME = Connectome.from_matrix([[0, 2], [1, 0]])
ENDINGS = (
    ".npz, .npy, .matrix.csv, .graphml, _relmat.tsv, _relmat.dense.tsv, .sonata, "
    ".csv, .tsv, .csv.gz, .tsv.gz"
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("fly", "connectome-folder"),
        ("fly.npy", "dense-matrix"),
        ("fly.npz", "dense-matrix"),
        ("fly.matrix.csv", "dense-matrix"),
        ("fly.csv", "edge-list"),
        ("fly.tsv", "edge-list"),
        ("fly.csv.gz", "edge-list"),
        ("fly.graphml", "graphml"),
        ("fly.sonata", "sonata"),
        ("fly_relmat.tsv", "bids-relmat"),
        ("fly_relmat.dense.tsv", "bids-relmat"),
    ],
)
def test_the_ending_chooses_and_the_content_is_recognised(
    tmp_path: Path, name: str, expected: str
) -> None:
    path = formats.write(CONNECTOME, tmp_path / name)
    assert formats.sniff(path) is formats.FORMATS[expected]
    assert formats.read(path).equals(CONNECTOME)
    assert formats.read(path, format=expected).equals(CONNECTOME)


def test_convert_goes_from_any_format_to_any(tmp_path: Path) -> None:
    matrix = formats.write(CONNECTOME, tmp_path / "a.npy")
    folder = formats.convert(matrix, tmp_path / "b")
    edges = formats.convert(folder, tmp_path / "c.tsv")
    assert formats.read(formats.convert(edges, tmp_path / "d.npz")).equals(CONNECTOME)


def test_each_format_documents_the_options_of_its_reader() -> None:
    for each in formats.FORMATS.values():
        named = set(each.read.__annotations__) - {"path", "paths", "return"}
        assert set(each.options) == named


def test_unknown_names_list_what_exists(tmp_path: Path) -> None:
    path = formats.write(CONNECTOME, tmp_path / "a.npy")
    with pytest.raises(ConfigError) as caught:
        formats.read(path, format="abacus")
    assert str(caught.value) == (
        f"there is no format abacus. The formats are: {', '.join(formats.FORMATS)}."
    )
    with pytest.raises(ConfigError) as caught:
        formats.read(path, separator=";")
    assert str(caught.value) == (
        "format dense-matrix: there is no option separator. Its options are: weight, unit."
    )
    with pytest.raises(ConfigError) as caught:
        formats.write(CONNECTOME, tmp_path / "a.xlsx")
    assert str(caught.value) == (
        f"{tmp_path}/a.xlsx: no format has the ending .xlsx. "
        f"Use {ENDINGS}, or no ending for a connectome folder."
    )


def test_paths_that_are_no_connectome(tmp_path: Path) -> None:
    missing = tmp_path / "missing.csv"
    for call in (formats.read, formats.sniff):
        with pytest.raises(InputError) as caught:
            call(missing)
        assert str(caught.value) == (
            f"{missing}: there is no such file or folder. "
            f"Check the name; the current folder is {Path.cwd()}."
        )
    with pytest.raises(InputError) as caught:
        formats.sniff(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: expected one of the formats {', '.join(formats.FORMATS)}, "
        "found a folder without connectome.json. "
        f"Files end in {ENDINGS}; or name the format."
    )


SEVERAL = ", ".join(name for name, each in formats.FORMATS.items() if each.several)


def test_several_files_that_make_no_connectome(tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    for path in (first, second):
        path.write_text("pre,post,synapse_count\n1,2,3\n")
    with pytest.raises(InputError) as caught:
        formats.read(first, second)
    assert str(caught.value) == (
        f"{first}, {second}: expected files of one of the formats {SEVERAL}, found none of them. "
        "Name the table of connections and the tables of its neurons; see docs/formats."
    )
    with pytest.raises(ConfigError) as caught:
        formats.read(first, second, format="edge-list")
    assert str(caught.value) == (
        "format edge-list: expected one file, found 2. Name one file or folder."
    )
    with pytest.raises(InputError) as caught:
        formats.read(first, tmp_path / "missing.csv")
    assert str(caught.value) == (
        f"{tmp_path}/missing.csv: there is no such file or folder. "
        f"Check the name; the current folder is {Path.cwd()}."
    )


def test_what_looks_like_a_table_and_is_none(tmp_path: Path) -> None:
    """Files that cannot be read are left to the format that says what is wrong with them."""
    for name, content in {
        "damaged.csv.gz": b"\x1f\x8bhello",
        "returns.csv": b"bodyId_pre,roi\r1,2\r",
        "empty.csv": b"",
    }.items():
        (tmp_path / name).write_bytes(content)
        assert formats.sniff(tmp_path / name).name == "edge-list"
    with pytest.raises(InputError):
        formats.sniff(tmp_path)


def test_convert_takes_sources_and_then_a_target(tmp_path: Path) -> None:
    neurons, total = tmp_path / "neurons.csv", tmp_path / "total.csv"
    neurons.write_text("bodyId,type\n1,EPG\n")
    total.write_text("bodyId_pre,bodyId_post,weight\n1,2,3\n")
    folder = formats.convert(neurons, total, tmp_path / "fly")
    assert formats.read(folder).edges.rows() == [(1, 2, 3)]
    with pytest.raises(ConfigError) as caught:
        formats.convert(total)
    assert str(caught.value) == (
        "convert: expected what to read and where to write, found 1 path. "
        "Name one or more sources, then the target."
    )


def test_a_forgotten_target_does_not_overwrite_the_last_source(tmp_path: Path) -> None:
    neurons, total = tmp_path / "neurons.csv", tmp_path / "roi.csv"
    neurons.write_text("bodyId,type\n1,EPG\n")
    total.write_text("bodyId_pre,bodyId_post,roi,weight\n1,2,EB,3\n")
    with pytest.raises(OutputError) as caught:
        formats.convert(total, neurons)
    assert str(caught.value) == (
        f"{neurons}: cannot write: there is a file of that name. "
        "Name the target after all sources, or remove that file first."
    )
    assert neurons.read_text() == "bodyId,type\n1,EPG\n"
