"""SWC files: what is read, and the line and column of what is wrong."""

import gzip
from pathlib import Path

import pytest

from neuropil import formats
from neuropil.connectome import Skeleton
from neuropil.contracts import InputError

TREE = "# a neuron\n1 1 0 0 0 5 -1\n\n 2 2 3 4 0 .5 1\n3\t2 3 5 0 5e-1 2\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.swc"


def fault(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        formats.read_skeleton(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    return message.replace(f"{path.parent}/", "")


def test_comments_empty_lines_and_spaces(path: Path) -> None:
    path.write_text(TREE)
    skeleton = formats.read_skeleton(str(path))
    assert skeleton.points.rows() == [
        (1, 1, 0.0, 0.0, 0.0, 5.0, None),
        (2, 2, 3.0, 4.0, 0.0, 0.5, 1),
        (3, 2, 3.0, 5.0, 0.0, 0.5, 2),
    ]
    assert skeleton.length() == 6
    assert [file.name for file in skeleton.source.files] == ["a.swc"]


def test_the_unit_is_told_stated_or_micrometres(path: Path) -> None:
    path.write_text(TREE)
    assert formats.read_skeleton(path).unit == "um"
    assert formats.read_skeleton(path, unit="8 nm voxels").unit == "8 nm voxels"
    nanometres = formats.read_skeleton(path, unit="nm")
    again = formats.read_skeleton(formats.write_skeleton(nanometres, path))
    assert again.unit == "nm"
    assert again.points.equals(nanometres.points)


def test_ids_beyond_doubles_and_whole_numbers_with_a_point(path: Path) -> None:
    path.write_text(f"{2**53 + 1} 1 0 0 0 1 -1.0\n{2**53 + 2}.0 2 1 0 0 1 {2**53 + 1}\n")
    skeleton = formats.read_skeleton(path)
    assert skeleton.points["id"].to_list() == [2**53 + 1, 2**53 + 2]
    assert skeleton.points["parent"].to_list() == [None, 2**53 + 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.swc: expected at least one point, found none. Add the points."),
        (
            "1 1 0 0 0 1 -1\n2 1 0 0 0 1\n",
            "a.swc, line 2: expected 7 numbers (id, structure, x, y, z, radius, parent), found 6. "
            "Correct this line; the file may be truncated.",
        ),
        (
            "# head\n1 1 0 0 zero 1 -1\n",
            "a.swc, line 2, column z: expected a number, found 'zero'. Correct it.",
        ),
        (
            "1.5 1 0 0 0 1 -1\n",
            "a.swc, line 1, column id: expected a whole number, found '1.5'. Correct it.",
        ),
        (
            "1 1 0 nan 0 1 -1\n",
            "a.swc, line 1, column y: expected a finite number, found nan. Correct it.",
        ),
        (
            "1 1 0 0 0 -1 -1\n",
            "a.swc, line 1, column radius: expected a radius of 0 or more, found -1.0. "
            "Correct it, or use 0 where it is not known.",
        ),
        (
            "1 1 0 0 0 1 -1\n\n1 2 0 0 0 1 1\n",
            "a.swc, line 3, column id: expected unique ids, found repeated 1. "
            "Keep one row for each point.",
        ),
        (
            "1 1 0 0 0 1 -1\n2 2 0 0 0 1 7\n",
            "a.swc, line 2, column parent: expected the id of a point, found the unknown parent 7. "
            "Add the point, or make this one a root.",
        ),
        (
            "1 1 0 0 0 1 -1\n2 2 0 0 0 1 3\n3 2 0 0 0 1 2\n",
            "a.swc, line 2, column parent: expected a tree, found a cycle on the way to the root "
            "of 2, 3. Make one point of the cycle a root.",
        ),
        (
            "1 1 0 0 0 1 2\n2 2 0 0 0 1 1\n",
            "a.swc, column parent: expected a root, found a parent at every point. "
            "Give the root no parent, which is -1 in SWC.",
        ),
    ],
)
def test_a_damaged_file_is_named_by_line_and_column(path: Path, text: str, message: str) -> None:
    path.write_text(text)
    assert fault(path) == message


def test_bytes_that_are_no_text_and_no_file(path: Path) -> None:
    assert fault(path) == (
        "a.swc: there is no such file or folder. "
        f"Check the name; the current folder is {Path.cwd()}."
    )
    path.write_bytes(b"\x89HDF\xff")
    assert fault(path) == (
        "a.swc: expected text, found byte 0x89. Name an SWC file, or save it as UTF-8."
    )


def test_the_id_that_means_no_parent_is_not_written(path: Path) -> None:
    path.write_text("-1 1 0 0 0 1 -1\n")
    skeleton = formats.read_skeleton(path)
    with pytest.raises(InputError) as caught:
        formats.write_skeleton(skeleton, path)
    assert str(caught.value) == (
        f"{path}: expected ids other than -1, which means no parent, found one. "
        "Give this point another id."
    )


CABLE = "1 1 0 0 0 2 -1\n2 3 3 4 0 1 1\n3 3 3 4 12 1 2\n"
NO_UNIT = "The file states no unit: micrometres, by the convention of SWC."
VAGUE = (
    "The comment '{}' does not say of what it is the unit; the option unit states that of the "
    "coordinates."
)


@pytest.mark.parametrize(
    ("comment", "unit", "length", "notes"),
    [
        ("", "um", 17.0, (NO_UNIT,)),
        ('# Meta: {"id": "1", "units": "1 nanometer"}', "nm", 17.0, ()),
        (
            '# Meta: {"units": "8 nanometer"}',
            "nm",
            136.0,
            ("Coordinates and radii were multiplied by 8: '8 nanometer'.",),
        ),
        ("# Units: microns", "um", 17.0, ()),
        ("# All coordinates are in nanometers.", "nm", 17.0, ()),
        ("# unit: 8 nm voxels", "8 nm voxels", 17.0, ()),
        ("# pixel 0.1, 3 units traced", "um", 17.0, (NO_UNIT,)),
        (
            '# Meta: {"units": "furlong"}',
            "not stated",
            17.0,
            ("The units 'furlong' of line 1 are no unit of length.",),
        ),
        ("# UNITS nm", "nm", 17.0, ()),
        ("# SCALE 1.0 1.0 1.0", "um", 17.0, (NO_UNIT,)),
        *(
            (comment, "not stated", 17.0, (VAGUE.format(comment),))
            for comment in (
                "# VOXEL SIZE 4 4 40 nm",
                "# resolution: 8x8x8nm",
                "# x y z in nm",
                "# coordinates in nanometers, radius in microns",
                "# coordinates in pixels (0.5 um)",
                "# SCALE 0.1 0.1 0.3",
            )
        ),
        (
            "# Meta: {" + '"a":' * 3,
            "not stated",
            17.0,
            ("The comment of line 1, which is no JSON, was left out.",),
        ),
    ],
)
def test_the_unit_is_taken_from_the_comments(
    path: Path, comment: str, unit: str, length: float, notes: tuple[str, ...]
) -> None:
    path.write_text(f"{comment}\n{CABLE}")
    skeleton = formats.read_skeleton(path)
    assert (skeleton.unit, skeleton.length(), skeleton.source.notes) == (unit, length, notes)


def test_a_unit_that_is_told_goes_before_that_of_the_file(path: Path) -> None:
    path.write_text(f'# Meta: {{"units": "8 nanometer"}}\n{CABLE}')
    skeleton = formats.read_skeleton(path, unit="um")
    assert (skeleton.unit, skeleton.length()) == ("um", 17.0)
    assert skeleton.source.notes == ("The file states the unit '8 nanometer'; 'um' was given.",)
    path.write_text(f"# units: nm\n# coordinates in um\n{CABLE}")
    assert fault(path) == (
        "a.swc: expected one unit, found 'nm' and 'um' in the comments. "
        'Name the unit of the numbers, as in unit="nm".'
    )
    assert formats.read_skeleton(path, unit="nm").unit == "nm"


def test_a_radius_is_scaled_as_the_coordinates_are(path: Path) -> None:
    path.write_text(f'# Meta: {{"units": "8 nanometer"}}\n{CABLE}')
    assert formats.read_skeleton(path).points["radius"].to_list() == [16.0, 8.0, 8.0]


def test_trailing_comments_latin_1_and_further_columns(path: Path) -> None:
    lines = ("# 0.1 µm", "1 1 0 0 0 2 -1 9 # cell body", "2 3 3 4 0 1 1 9", "3 3 3 4 12 1 2 9")
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode("latin-1"))
    skeleton = formats.read_skeleton(path)
    assert (skeleton.n_points, skeleton.length()) == (3, 17.0)
    assert skeleton.source.notes == (
        "Comments that are not UTF-8 were read as Latin-1.",
        "Columns after the seventh were left out: 1.",
        NO_UNIT,
    )
    path.write_text("1 1 0 0 0 2 -1\n2 3 3 4 0 1 1 9\n")
    assert fault(path) == (
        "a.swc, line 2: expected 7 numbers (id, structure, x, y, z, radius, parent), found 8. "
        "Correct this line; the file may be truncated."
    )


def test_ids_as_numpy_writes_floats(path: Path) -> None:
    path.write_text(
        f"1.000000e+00 1.0 0 0 0 2 -1.000000e+00\n{2**53 + 1}.000 3.00 3 4 0 1 1.000000e+00\n"
    )
    assert formats.read_skeleton(path).points["id"].to_list() == [1, 2**53 + 1]
    for text in ("1e999999999", "1.5e0", "nan"):
        path.write_text(f"{text} 1 0 0 0 2 -1\n")
        assert fault(path) == (
            f"a.swc, line 1, column id: expected a whole number, found {text!r}. Correct it."
        )


def test_a_last_line_that_may_be_cut_is_refused(path: Path) -> None:
    path.write_text(CABLE[:-1])
    assert fault(path) == (
        "a.swc: expected a line break at the end of the file, found '3 3 3 4 12 1 2'. It may be "
        "cut short: copy or download it again. If it is whole, end its last line, or read with "
        "whole=True."
    )
    assert formats.read_skeleton(path, whole=True).length() == 17.0
    # The points after a comment that was cut short would be lost without a word.
    path.write_text(CABLE + "# traced by hand")
    assert "found '# traced by hand'" in fault(path)
    assert formats.read_skeleton(path, whole=True).length() == 17.0


def test_a_compressed_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.swc.gz"
    path.write_bytes(gzip.compress(CABLE.encode()))
    assert formats.read(path, kind=Skeleton).length() == 17.0
