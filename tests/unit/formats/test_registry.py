"""How a path finds its format."""

import inspect
from pathlib import Path
from typing import Unpack, get_args, get_origin, get_type_hints

import numpy as np
import polars as pl
import pytest

from neuropil import formats
from neuropil.connectome import (
    Cohort,
    Connectome,
    GeneAtlas,
    ImageSet,
    Parcellation,
    Skeleton,
    Visits,
    Volume,
)
from neuropil.contracts import ConfigError, InputError, OutputError

CONNECTOME = Connectome.from_matrix([[0, 2], [1, 0]])
NAMES = [name for name, each in formats.FORMATS.items() if each.holds is Connectome]
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
    # A bare array states no unit, so that whoever reads it does.
    stated = {"unit": "synapses"} if path.suffix == ".npy" else {}
    assert formats.read(path, **stated).equals(CONNECTOME)
    assert formats.read(path, format=expected, **stated).equals(CONNECTOME)


def test_convert_goes_from_any_format_to_any(tmp_path: Path) -> None:
    matrix = formats.write(CONNECTOME, tmp_path / "a.npy")
    folder = formats.convert(matrix, tmp_path / "b", unit="synapses")
    edges = formats.convert(folder, tmp_path / "c.tsv")
    assert formats.read(formats.convert(edges, tmp_path / "d.npz")).equals(CONNECTOME)


def test_each_format_documents_the_options_of_its_reader() -> None:
    for each in formats.FORMATS.values():
        parameters = inspect.signature(each.read).parameters.values()
        single = {one.name for one in parameters if one.kind == one.KEYWORD_ONLY}
        # A reader with more options than are good for parameters takes them as a typed mapping.
        hints = get_type_hints(each.read).values()
        grouped = {
            name
            for hint in hints
            if get_origin(hint) is Unpack
            for name in get_args(hint)[0].__annotations__
        }
        assert set(each.options) == single | grouped == set(each.option_types())


def test_unknown_names_list_what_exists(tmp_path: Path) -> None:
    path = formats.write(CONNECTOME, tmp_path / "a.npy")
    with pytest.raises(ConfigError) as caught:
        formats.read(path, format="abacus")
    assert str(caught.value) == (f"there is no format abacus. The formats are: {', '.join(NAMES)}.")
    with pytest.raises(ConfigError) as caught:
        formats.read(path, sum_pairs=True)
    assert str(caught.value) == (
        "format dense-matrix: there is no option sum_pairs. Its options are: weight, unit, "
        "separator, text_ids, skip_missing, whole, encoding, mirror."
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
        f"{tmp_path}: expected one of the formats {', '.join(NAMES)}, "
        "found a folder without connectome.json. "
        f"Files end in {ENDINGS}; or name the format."
    )


SEVERAL = ", ".join(name for name in NAMES if formats.FORMATS[name].several)


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


@pytest.fixture
def cell(tmp_path: Path) -> Path:
    path = tmp_path / "cell.swc"
    path.write_text("1 1 0 0 0 1 -1\n2 2 3 4 0 1 1\n")
    return path


def test_every_noun_has_a_format() -> None:
    held: dict[type, list[str]] = {}
    for name, each in formats.FORMATS.items():
        held.setdefault(each.holds, []).append(name)
    assert held.pop(Connectome) == NAMES
    assert held == {
        Skeleton: ["swc"],
        Parcellation: ["gifti-labels"],
        GeneAtlas: ["gene-tables", "gene-arrays"],
        ImageSet: ["idx-folder"],
        Cohort: ["cohort-arrays", "cohort-folder"],
        Visits: ["visit-table"],
        Volume: ["zarr-volume", "volume-arrays", "hdf5-volume", "tiff-stack", "image-folder"],
    }


def test_a_skeleton_is_read_and_written_by_the_same_registry(cell: Path) -> None:
    skeleton = formats.read(cell, kind=Skeleton, unit="nm")
    assert (skeleton.length(), skeleton.unit) == (5, "nm")
    copy = formats.write(skeleton, cell.with_name("copy.swc"))
    assert formats.read(copy, kind=Skeleton).points.equals(skeleton.points)
    assert formats.read(copy, kind=Skeleton, format="swc").unit == "nm"


def test_another_noun_than_the_expected_one_is_named(cell: Path) -> None:
    with pytest.raises(InputError) as caught:
        formats.convert(cell, cell.with_name("fly"))
    assert str(caught.value) == (
        f"{cell}: expected a format that holds Connectome, found swc, which holds Skeleton. "
        f"Read it with kind=Skeleton, or name files of one of the formats {', '.join(NAMES)}."
    )
    with pytest.raises(InputError) as caught:
        formats.read(cell, kind=Parcellation)
    assert str(caught.value) == (
        f"{cell}: expected a format that holds Parcellation, found swc, which holds Skeleton. "
        "Read it with kind=Skeleton, or name files of one of the formats gifti-labels."
    )
    with pytest.raises(ConfigError) as caught:
        formats.convert(cell, cell.with_name("fly"), format="swc")
    assert str(caught.value) == (
        "format swc: expected a format that holds Connectome, found one that holds Skeleton. "
        f"The formats are: {', '.join(NAMES)}."
    )


def test_what_no_format_recognises_lists_those_of_the_noun(cell: Path) -> None:
    text = cell.rename(cell.with_suffix(".txt"))
    with pytest.raises(InputError) as caught:
        formats.read(text, kind=Skeleton)
    assert str(caught.value) == (
        f"{text}: expected one of the formats swc, found none of them. Formats that hold "
        "Skeleton: swc, SWC, one line for each point of a neuron's skeleton."
    )
    assert formats.read(text, kind=Skeleton, format="swc").n_points == 2
    with pytest.raises(InputError, match="expected one file, found none of them"):
        formats.read(text, text, kind=Skeleton)
    with pytest.raises(ConfigError) as caught:
        formats.read(text, kind=Path)
    assert str(caught.value).startswith("no format holds ")


def test_what_cannot_be_written_is_named(cell: Path) -> None:
    skeleton = formats.read(cell, kind=Skeleton)
    with pytest.raises(ConfigError) as caught:
        formats.write(skeleton, cell.with_suffix(".csv"))
    assert str(caught.value) == (
        f"{cell.with_suffix('.csv')}: no format has the ending .csv. Use .swc."
    )
    parcels = Parcellation(pl.DataFrame({"key": [1], "name": ["V1"]}))
    with pytest.raises(ConfigError) as caught:
        formats.write(parcels, cell.with_name("a.label.gii"))
    assert str(caught.value) == (
        f"{cell.with_name('a.label.gii')}: no format that holds Parcellation can be written. "
        "The formats gifti-labels are only read."
    )
    with pytest.raises(ConfigError, match="format gifti-labels: this format is only read"):
        formats.write(parcels, cell.with_name("a.label.gii"), format="gifti-labels")


def test_files_of_other_programs_are_told_a_way_in(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    path.write_bytes(b"MATLAB 5.0 MAT-file")
    with pytest.raises(InputError) as caught:
        formats.read(path)
    assert str(caught.value).endswith(
        "edge-list, found a file that ends in .mat. "
        "Save its matrix with scipy.io.loadmat and numpy.save, or as text."
    )


def test_an_option_takes_no_word_that_it_does_not_know(tmp_path: Path) -> None:
    path = formats.write(CONNECTOME, tmp_path / "a.graphml")
    with pytest.raises(ConfigError) as caught:
        formats.read(path, parallel="summ")
    assert str(caught.value) == (
        "format graphml: expected parallel to be one of 'refuse', 'sum', 'count', found 'summ'. "
        "Such as parallel='count'."
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("block", "zarr-volume"),
        ("block.zarr", "zarr-volume"),
        ("block.npz", "volume-arrays"),
        ("block.h5", "hdf5-volume"),
        ("block.hdf5", "hdf5-volume"),
        ("block.tif", "tiff-stack"),
        ("block.ome.tiff", "tiff-stack"),
    ],
)
def test_a_volume_is_written_by_its_ending_and_recognised(
    tmp_path: Path, name: str, expected: str
) -> None:
    volume = Volume((40, 16, 8), np.arange(24, dtype="u1").reshape(2, 3, 4))
    path = formats.write(volume, tmp_path / name)
    assert formats.sniff(path, kind=Volume) is formats.FORMATS[expected]
    assert formats.find_convertible(path) is Volume
    assert formats.read(path, kind=Volume).equals(volume)
    with pytest.raises(InputError) as caught:
        formats.read(path)
    assert f"found {expected}, which holds Volume. Read it with kind=Volume" in str(caught.value)


def test_convert_takes_volumes(tmp_path: Path) -> None:
    volume = Volume((40, 16, 8), segmentations={"truth": np.arange(24).reshape(2, 3, 4)})
    first = formats.write(volume, tmp_path / "a.npz")
    last = formats.convert(formats.convert(first, tmp_path / "b.h5"), tmp_path / "c")
    assert formats.read(last, kind=Volume).equals(volume)
    # An array without a voxel size is a volume for whoever gives one.
    np.savez(tmp_path / "d.npz", seg=np.arange(24).reshape(2, 3, 4))
    target, notes = formats.convert_with_notes(
        tmp_path / "d.npz", tmp_path / "d.zarr", voxel_size=[40, 16, 8], axes="xyz"
    )
    assert formats.read(target, kind=Volume).shape == (4, 3, 2)
    assert notes == ()
