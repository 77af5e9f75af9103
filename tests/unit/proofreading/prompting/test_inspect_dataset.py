"""Exported items are whole: pictures beside the lines that name them."""

import json

import pytest

from neuropil.contracts import OutputError
from neuropil.proofreading.prompting.inspect_dataset import write_inspect_dataset
from neuropil.proofreading.prompting.solvers import Task
from neuropil.proofreading.rendering.pictures import Studio


def test_lines_name_pictures_and_answers(block, make_item, tmp_path):
    items = (
        make_item("split-error-choice", 1, 2, 3, answer="2"),
        make_item("merge-error-binary", 1),
    )
    path = write_inspect_dataset(
        tmp_path / "export", Task("bars", items, block), "null", Studio(block, size=16)
    )
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [(one["id"], one["target"]) for one in records] == [(i.id, i.answer) for i in items]
    assert records[0]["metadata"]["allowed"] == ["1", "2", "-1"]
    system, user = records[0]["input"]
    assert system["role"] == "system"
    kinds = [part["type"] for part in user["content"]]
    assert kinds == ["text", "image"] * 6 + ["text"]
    assert user["content"][0]["text"] == "option 1, front:"
    for part in user["content"]:
        if part["type"] == "image":
            assert (path.parent / part["image"]).read_bytes().startswith(b"\x89PNG")
    assert items[0].answer not in user["content"][0]["text"]


def test_a_folder_that_exists_is_left_alone(block, tmp_path):
    with pytest.raises(OutputError, match=r"the folder exists\. Name a new folder"):
        write_inspect_dataset(tmp_path, Task("none", (), block))
