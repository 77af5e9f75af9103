"""The connectome folder."""

import json
from pathlib import Path

import polars as pl
import pytest

from neuropil import formats
from neuropil.connectome import Connectome
from neuropil.contracts import Citation, FileRecord, InputError, OutputError, Source, VersionError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = Source(
        "planted", "CC BY 4.0", False, (FileRecord("a.csv", "00", 1),), (Citation("k", "text"),)
    )
    nodes = pl.DataFrame({"id": [7, 9], "cell_type": ["EPG", None]})
    connectome = Connectome.from_matrix([[0, 2], [1, 0]], nodes, space="mm", source=source)
    return formats.write(connectome.drop("id == 0"), tmp_path / "fly")


def change(folder: Path, **changes: object) -> None:
    path = folder / "connectome.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_it_keeps_everything(folder: Path) -> None:
    connectome = formats.read(folder)
    assert connectome.source.citations == (Citation("k", "text"),)
    assert connectome.source.files == (FileRecord("a.csv", "00", 1),)
    assert [step.name for step in connectome.provenance] == ["from_matrix", "drop"]
    assert (connectome.space, connectome.units) == ("mm", {"synapse_count": "synapses"})
    assert sorted(path.name for path in folder.iterdir()) == [
        "connectome.json",
        "edges.parquet",
        "nodes.parquet",
    ]


def test_a_newer_version_asks_for_an_upgrade(folder: Path) -> None:
    change(folder, format_version=2)
    with pytest.raises(VersionError) as caught:
        formats.read(folder)
    assert str(caught.value) == (
        f"{folder}/connectome.json: neuropil connectome format 2, this installation reads up to 1. "
        "Upgrade neuropil to read it."
    )


@pytest.mark.parametrize("table", ["nodes.parquet", "edges.parquet"])
@pytest.mark.parametrize("kept", [0, 50, 200])
def test_a_truncated_table(folder: Path, table: str, kept: int) -> None:
    path = folder / table
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError) as caught:
        formats.read(folder)
    assert str(caught.value) == (
        f"{path}: expected a whole Parquet file, found a damaged or truncated one of {kept} bytes. "
        "Copy it again, or write the folder again."
    )


def test_a_missing_table(folder: Path) -> None:
    (folder / "edges.parquet").unlink()
    with pytest.raises(InputError) as caught:
        formats.read(folder)
    assert str(caught.value) == (
        f"{folder}/edges.parquet: there is no such file or folder. "
        f"Check the name; the current folder is {Path.cwd()}."
    )


def test_a_wrong_table_is_named_by_row_and_column(folder: Path) -> None:
    edges = pl.DataFrame({"pre": [7, 9], "post": [9, 8], "synapse_count": [1, 1]})
    edges.write_parquet(folder / "edges.parquet")
    with pytest.raises(InputError) as caught:
        formats.read(folder)
    assert str(caught.value) == (
        f"{folder}, edges, row 1, column post: expected ids of the node table, found unknown 8 "
        "(1 such rows). Add these neurons to the nodes, or drop their edges."
    )


def test_metadata_that_cannot_be_understood(folder: Path) -> None:
    path = folder / "connectome.json"
    whole = path.read_text()
    path.write_text(whole[:40])
    with pytest.raises(InputError) as caught:
        formats.read(folder)
    assert str(caught.value).startswith(f"{path}, line 3, column ")
    path.write_text('{"format_version": 1}')
    with pytest.raises(InputError) as caught:
        formats.read(folder)
    assert str(caught.value) == (
        f"{path}: expected a record with format 'neuropil connectome'. "
        "Name a folder that neuropil wrote."
    )
    path.write_text('{"format": "neuropil connectome", "format_version": 1, "units": {}}')
    with pytest.raises(InputError) as caught:
        formats.read(folder)
    assert str(caught.value) == (
        f"{path}: expected the keys units, space, source, provenance, found no space, source, "
        "provenance. See docs/formats/connectome-folder.md for their meaning."
    )
    path.write_text(whole)
    change(folder, source={"title": "x"})
    with pytest.raises(InputError) as caught:
        formats.read(folder)
    assert str(caught.value) == (
        f"{path}: cannot be understood (KeyError: 'name'). "
        "See docs/formats/connectome-folder.md for its keys."
    )


def test_nothing_is_overwritten(folder: Path) -> None:
    connectome = formats.read(folder)
    with pytest.raises(OutputError) as caught:
        formats.write(connectome, folder)
    assert str(caught.value) == (
        f"{folder}: cannot write: there is a file or folder of that name. "
        "Choose another name, or remove it first."
    )


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"units": ["ab"]}, "expected an object of texts under units"),
        ({"units": {"synapse_count": 3}}, "expected an object of texts under units"),
        ({"space": 3}, "expected a text or null under space"),
        ({"directed": "false"}, "expected true or false under directed"),
        ({"source": "fly"}, "expected an object under source"),
        ({"provenance": {"a": 1}}, "expected a list of objects under provenance"),
        (
            {"provenance": [{"name": 1}]},
            "expected a list of objects with name and parameters under provenance",
        ),
    ],
)
def test_a_record_of_other_types_is_refused(
    folder: Path, changes: dict[str, object], found: str
) -> None:
    change(folder, **changes)
    with pytest.raises(InputError) as caught:
        formats.read(folder)
    assert str(caught.value) == (
        f"{folder}/connectome.json: cannot be understood (TypeError: {found}). "
        "See docs/formats/connectome-folder.md for its keys."
    )


def test_an_undirected_graph_comes_back_as_such(tmp_path):
    matrix = [[0, 3, 0], [3, 1, 2], [0, 2, 0]]
    made = Connectome.from_matrix(matrix, directed=False)
    formats.write(made, tmp_path / "graph")
    found = formats.read(tmp_path / "graph")
    assert not found.directed
    assert found.equals(made)
    # A folder of before says nothing, and was directed.
    record = tmp_path / "graph" / "connectome.json"
    metadata = json.loads(record.read_text(encoding="utf-8"))
    del metadata["directed"]
    record.write_text(json.dumps(metadata), encoding="utf-8")
    assert formats.read(tmp_path / "graph").directed


def test_null_weights_come_back_as_they_were_written(tmp_path: Path) -> None:
    edges = pl.DataFrame(
        {"pre": [1, 2], "post": [2, 1], "chemical": [3, None], "area": [None, 0.5]}
    )
    units = {"chemical": "synapses", "area": "um2"}
    made = Connectome.from_frames(pl.DataFrame({"id": [1, 2]}), edges, units=units)
    assert formats.read(formats.write(made, tmp_path / "sparse")).equals(made)
    folder = tmp_path / "sparse"
    pl.DataFrame(
        {"pre": [1], "post": [2], "chemical": [None], "area": [None]},
        schema_overrides={"chemical": pl.Int64, "area": pl.Float64},
    ).write_parquet(folder / "edges.parquet")
    with pytest.raises(InputError) as caught:
        formats.read(folder)
    assert str(caught.value) == (
        f"{folder}, edges, row 0: expected a value in one of the weights 'chemical', 'area', found "
        "null in each (1 such rows). Fill a value or drop the row."
    )
