"""GIFTI label files: what is read, what is unsafe, what is damaged."""

import base64
import gzip
import sys
import zlib
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from nibabel import gifti

from neuropil import formats
from neuropil.connectome import Parcellation
from neuropil.contracts import InputError, MissingDependencyError, Operation

TABLE = ((0, "???", (0, 0, 0, 0)), (1, "V1", (1, 0.5, 0, 1)), (2, "V2", (0, 0, 1, 1)))


def label_file(
    labels: Any = (0, 1, 1),
    table: tuple[tuple[int, str, tuple[float, ...]], ...] = TABLE,
    maps: int = 1,
    structure: str = "CortexLeft",
) -> bytes:
    names = gifti.GiftiLabelTable()
    for key, name, colour in table:
        label = gifti.GiftiLabel(key, *colour)
        label.label = name
        names.labels.append(label)
    arrays = [
        gifti.GiftiDataArray(
            np.array(labels, dtype=np.int32),
            intent="NIFTI_INTENT_LABEL",
            meta=gifti.GiftiMetaData({"Name": f"map {number}"}),
        )
        for number in range(maps)
    ]
    meta = gifti.GiftiMetaData({"AnatomicalStructurePrimary": structure})
    return nibabel.GiftiImage(darrays=arrays, labeltable=names, meta=meta).to_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.label.gii"


def fault(path: Path, content: bytes, **options: Any) -> str:
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        formats.read_parcellation(path, **options)
    message = str(caught.value)
    assert message.startswith(str(path))
    return message.replace(f"{path.parent}/", "")


def test_regions_labels_colours_and_hemisphere(path: Path) -> None:
    path.write_bytes(label_file())
    parcels = formats.read_parcellation(path, space="fsLR 32k")
    assert parcels.regions.rows(named=True) == [
        {"key": 1, "name": "V1", "colour": "#ff8000ff", "hemisphere": "L"},
        {"key": 2, "name": "V2", "colour": "#0000ffff", "hemisphere": "L"},
    ]
    assert parcels.labels is not None
    assert parcels.labels.tolist() == [0, 1, 1]
    assert parcels.count_vertices().tolist() == [2, 0]
    assert (parcels.background, parcels.space) == (0, "fsLR 32k")
    assert [file.name for file in parcels.source.files] == ["a.label.gii"]
    assert parcels.provenance == (
        Operation("read_parcellation", {"background": 0, "map": "map 0"}),
    )


def test_a_named_key_is_a_region_unless_it_is_named_the_background(path: Path) -> None:
    table = ((0, "unknown", (0, 0, 0, 0)), *TABLE[1:])
    path.write_bytes(label_file(table=table, structure="CortexRight"))
    named = formats.read_parcellation(path)
    assert named.regions["name"].to_list() == ["unknown", "V1", "V2"]
    assert named.background is None
    assert named.regions["hemisphere"].to_list() == ["R"] * 3
    other = formats.read_parcellation(path, background=0)
    assert other.regions["name"].to_list() == ["V1", "V2"]


def test_one_of_several_maps_is_named(path: Path) -> None:
    assert fault(path, label_file(maps=2)) == (
        "a.label.gii: expected one map, found 2. Name one as map_name; its maps are: map 0, map 1."
    )
    parcels = formats.read_parcellation(path, map_name="map 1")
    assert parcels.provenance[0].parameters["map"] == "map 1"


DAMAGED = "Copy it again, or export it again from the program that made it."
UNSAFE = "It may be unsafe: remove the declaration if you trust the file."


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            b"</GIFTI>",
            b"",
            "a.label.gii, line 6, column 136: expected well-formed XML, found an error "
            "(no element found). The file may be truncated: copy or write it again.",
        ),
        (
            b'.dtd">',
            b'.dtd" [<!ENTITY a "ha">]>',
            f"a.label.gii, line 2, column 90: expected no entities, found a. {UNSAFE}",
        ),
        (
            b">V1<",
            b">&unknown;<",
            f"a.label.gii, line 3, column 268: expected no entities, found unknown. {UNSAFE}",
        ),
        (
            b'ExternalFileName=""',
            b'ExternalFileName="../secret"',
            "a.label.gii, line 3: expected the values inside the file, found them in '../secret'. "
            "Convert it to Base64 encoding, as wb_command -gifti-convert does.",
        ),
        (
            b'NumberOfDataArrays="1"',
            b'NumberOfDataArrays="2"',
            f"a.label.gii: expected 2 data arrays, found 1. {DAMAGED}",
        ),
        (
            b'Dim0="3"',
            b'Dim0="4"',
            "a.label.gii: expected a whole GIFTI file, found a damaged one "
            f"(ValueError: cannot reshape array of size 3 into shape (4,)). {DAMAGED}",
        ),
        (
            b"<Data>",
            b"<Data>x",
            "a.label.gii: expected a whole GIFTI file, found a damaged one "
            f"(error: Error -3 while decompressing data: incorrect header check). {DAMAGED}",
        ),
        (
            b"NIFTI_INTENT_LABEL",
            b"NIFTI_INTENT_SHAPE",
            "a.label.gii: expected a data array of NIFTI_INTENT_LABEL, found intent codes 2005. "
            "Name a label file, such as L.label.gii.",
        ),
    ],
)
def test_a_damaged_or_unsafe_file_is_named(
    path: Path, old: bytes, new: bytes, message: str
) -> None:
    content = label_file()
    assert old in content
    assert fault(path, content.replace(old, new)) == message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"<SVG/>",
            "a.label.gii, line 1: expected a root element GIFTI, found SVG. "
            "Name a GIFTI file, such as L.label.gii.",
        ),
        (
            label_file(table=()),
            "a.label.gii: expected a label table, found none. "
            "Export the file with its label table.",
        ),
        (
            label_file(labels=(0, 1, 9)),
            "a.label.gii, labels, vertex 2: expected keys of regions, found 9 (1 such vertices). "
            "Add the region, or name the background: background=9.",
        ),
        (
            label_file(labels=((0, 1), (1, 2))),
            "a.label.gii, labels: expected one whole number for each vertex, found int32 of shape "
            "(2, 2). Give a one-dimensional array of keys.",
        ),
        (
            label_file(table=(*TABLE, (3, "V1", (0, 0, 0, 1)))),
            "a.label.gii, label table, key 3: expected each name once in a hemisphere, found V1 "
            "again. Rename the region, or add the column hemisphere.",
        ),
    ],
)
def test_a_file_that_is_no_parcellation(path: Path, content: bytes, message: str) -> None:
    assert fault(path, content) == message


def test_without_nibabel_the_extra_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(label_file())
    monkeypatch.setitem(sys.modules, "nibabel", None)
    with pytest.raises(MissingDependencyError) as caught:
        formats.read_parcellation(path)
    assert str(caught.value) == (
        f"{path}: expected the package nibabel, which this format needs, found none. "
        'Install it: pip install "neuropil[human]".'
    )


def test_a_compressed_file_is_read_and_a_cut_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.label.gii.gz"
    path.write_bytes(gzip.compress(label_file()))
    parcels = formats.read(path, kind=Parcellation)
    assert parcels.labels is not None
    assert parcels.labels.tolist() == [0, 1, 1]
    assert fault(path, gzip.compress(label_file())[:-9]).endswith(
        "expected a whole gzip file, found a damaged or truncated one of "
        f"{path.stat().st_size} bytes. Copy or download it again."
    )


def test_values_that_unpack_to_more_than_the_array_are_refused(path: Path) -> None:
    content = label_file()
    bomb = base64.b64encode(zlib.compress(bytes(1 << 20)))
    start, end = content.index(b"<Data>") + 6, content.index(b"</Data>")
    assert fault(path, content[:start] + bomb + content[end:]) == (
        f"a.label.gii: expected at most 24 bytes of values, found more. {DAMAGED}"
    )


def test_names_are_trimmed_and_words_for_nothing_are_no_regions(path: Path) -> None:
    path.write_bytes(label_file(table=(*TABLE[:1], (1, " V1 ", (0, 0, 0, 1)), TABLE[2])))
    assert formats.read_parcellation(path).regions["name"].to_list() == ["V1", "V2"]
    assert fault(path, label_file(table=((0, "NA", (0, 0, 0, 0)), *TABLE[1:]))) == (
        "a.label.gii, label table, key 0: expected the name of a region, found 'NA', which stands "
        "for none. Give it a name, or read with background=0 if it is no region."
    )
    assert formats.read_parcellation(path, background=0).regions["name"].to_list() == ["V1", "V2"]


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "-1", "x"])
def test_an_array_of_any_number_of_dimensions_is_refused_at_once(path: Path, number: str) -> None:
    content = label_file().replace(b'Dimensionality="1"', f'Dimensionality="{number}"'.encode())
    message = fault(path, content)
    assert "expected a Dimensionality from 0 to 6, found" in message
    assert len(message) < 300
    content = label_file().replace(b'Dim0="3"', f'Dim0="{number}"'.encode())
    assert "a.label.gii" in fault(path, content)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (-1, "unknown"),
        (0, "Medial_Wall"),
        (0, "Background+FreeSurfer_Defined_Medial_Wall"),
    ],
)
def test_a_medial_wall_that_counts_as_a_region_is_a_note(path: Path, key: int, name: str) -> None:
    path.write_bytes(label_file((key, 1, 1), ((key, name, (0, 0, 0, 0)), *TABLE[1:])))
    parcels = formats.read_parcellation(path)
    assert parcels.count_vertices().tolist() == [1, 2, 0]
    assert parcels.source.notes == (
        f"'{name}' is kept as a region; background={key} leaves it out.",
    )
    without = formats.read_parcellation(path, background=key)
    assert without.count_vertices().tolist() == [2, 0]
    assert without.source.notes == ()
