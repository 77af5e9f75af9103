"""How a path finds its format."""

from pathlib import Path

import pytest

from neuropil import formats
from neuropil.connectome import Connectome
from neuropil.contracts import ConfigError, InputError

CONNECTOME = Connectome.from_matrix([[0, 2], [1, 0]])
ENDINGS = ".npz, .npy, .matrix.csv, .csv, .tsv, .csv.gz, .tsv.gz"


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
    ],
)
def test_the_ending_chooses_and_the_content_is_recognised(
    tmp_path: Path, name: str, expected: str
) -> None:
    path = formats.write(CONNECTOME, tmp_path / name)
    assert formats.sniff(path) is formats.FORMATS[expected]
    assert formats.read(path).equals(CONNECTOME)
    assert formats.read(path, expected).equals(CONNECTOME)


def test_convert_goes_from_any_format_to_any(tmp_path: Path) -> None:
    matrix = formats.write(CONNECTOME, tmp_path / "a.npy")
    folder = formats.convert(matrix, tmp_path / "b")
    edges = formats.convert(folder, tmp_path / "c.tsv")
    assert formats.read(formats.convert(edges, tmp_path / "d.npz")).equals(CONNECTOME)


def test_each_format_documents_the_options_of_its_reader() -> None:
    for each in formats.FORMATS.values():
        named = set(each.read.__annotations__) - {"path", "return"}
        assert set(each.options) == named


def test_unknown_names_list_what_exists(tmp_path: Path) -> None:
    path = formats.write(CONNECTOME, tmp_path / "a.npy")
    with pytest.raises(ConfigError) as caught:
        formats.read(path, "graphml")
    assert str(caught.value) == (
        "there is no format graphml. The formats are: connectome-folder, dense-matrix, edge-list."
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
        f"{tmp_path}: expected one of the formats connectome-folder, dense-matrix, edge-list, "
        "found a folder without connectome.json. "
        f"Files end in {ENDINGS}; or name the format."
    )
