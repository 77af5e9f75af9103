"""Links name the place, the labels and the box, along x, y and z."""

import json
from urllib.parse import unquote

import pytest

from neuropil.contracts import OutputError
from neuropil.proofreading.rendering.viewer_links import (
    ViewerSources,
    describe_viewer,
    link_viewer,
    write_viewer_links,
)

SOURCES = ViewerSources("precomputed://gs://a/seg", "zarr://https://b/em", (100.0, 0.0, 0.0))


def test_a_state_shows_the_item(block, make_item):
    state = describe_viewer(make_item("split-error-binary", 1, 3), block, SOURCES)
    assert state["position"] == [1000.0, 880.0, 1000.0]
    assert [layer["name"] for layer in state["layers"]] == ["image", "segments", "box"]
    segments = state["layers"][1]
    assert segments["segmentColors"] == {"1": "#1f77b4", "3": "#ff7f0e"}
    [box] = state["layers"][2]["annotations"]
    assert box["pointA"] == [200.0, 80.0, 200.0]
    assert box["pointB"] == [1800.0, 1680.0, 1800.0]


def test_segments_of_merge_errors_are_blue(block, make_item):
    state = describe_viewer(make_item("merge-error-choice", 1, 3), block, SOURCES)
    assert set(state["layers"][1]["segmentColors"].values()) == {"#1f77b4"}


def test_a_link_holds_the_state(block, make_item):
    state = describe_viewer(make_item("merge-error-binary", 1), block, SOURCES)
    link = link_viewer(state, SOURCES)
    viewer, quoted = link.split("/#!")
    assert viewer == "https://neuroglancer-demo.appspot.com"
    assert json.loads(unquote(quoted)) == state
    assert not set(quoted) & set('"{} <>#')


def test_links_are_written_a_line_each(block, make_item, tmp_path):
    items = [make_item("merge-error-binary", 1), make_item("split-error-binary", 1, 2, answer="-1")]
    path = write_viewer_links(tmp_path / "links.jsonl", items, block, SOURCES)
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(one["id"], one["task"], one["answer"]) for one in records] == [
        (item.id, item.task, item.answer) for item in items
    ]
    state = describe_viewer(items[1], block, SOURCES)
    assert records[1]["link"] == link_viewer(state, SOURCES)
    with pytest.raises(OutputError, match=r"the file exists\. Name a new file"):
        write_viewer_links(path, items, block, SOURCES)
