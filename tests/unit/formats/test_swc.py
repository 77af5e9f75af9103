"""SWC files: what is read, and the line and column of what is wrong."""

from pathlib import Path

import pytest

from neuropil import formats
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
