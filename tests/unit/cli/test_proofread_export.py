"""``neuropil proofread export``: questions for other programs."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from neuropil.cli.main import app

SMALL = ("--fast", "--items", 4, "--pixels", 24)
LABELS = "precomputed://https://example.org/labels"


def invoke(*args):
    words = ["--quiet", "proofread", *map(str, args)]
    return CliRunner().invoke(app, words, env={"COLUMNS": "200"})


def read_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_both_exports_hold_the_same_items_with_their_answers(tmp_path):
    folder, links = tmp_path / "inspect", tmp_path / "links.jsonl"
    result = invoke(
        "export", *SMALL, "--inspect", folder, "--neuroglancer", links,
        "--segmentation-source", LABELS, "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    items = read_lines(folder / "items.jsonl")
    assert json.loads(result.stdout) == {
        "items": len(items),
        "inspect": str(folder / "items.jsonl"),
        "neuroglancer": str(links),
    }
    assert {item["metadata"]["task"] for item in items} == {
        "split-error-binary",
        "split-error-choice",
    }
    assert {item["metadata"]["mode"] for item in items} == {"heuristics"}
    viewed = read_lines(links)
    assert [(one["id"], one["answer"]) for one in viewed] == [
        (item["id"], item["target"]) for item in items
    ]
    assert all("example.org/labels" in one["link"] for one in viewed)
    assert all((folder / f"images/{item['id']}_0.png").is_file() for item in items)


def test_settings_of_the_study_are_options(tmp_path):
    words = ("--tasks", "split-error-choice", "--mode", "null", "--seed", 1)
    result = invoke("export", *SMALL, "--inspect", tmp_path / "inspect", *words)
    assert result.exit_code == 0, result.output
    items = read_lines(tmp_path / "inspect" / "items.jsonl")
    assert result.stdout.splitlines()[0] == f"items: {len(items)}"
    assert {item["metadata"]["task"] for item in items} == {"split-error-choice"}
    assert {item["metadata"]["mode"] for item in items} == {"null"}


def test_the_help_lists_the_settings():
    result = invoke("export", "--help")
    assert result.exit_code == 0
    assert "--language.tasks" in result.stdout
    assert "--segmentation-source" in result.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            (),
            "error: neuropil proofread export: expected something to write, found nothing. Add "
            "--inspect FOLDER or --neuroglancer FILE.\n",
        ),
        (
            ("--neuroglancer", "links.jsonl"),
            "error: --segmentation-source: expected where the viewer reads the labels, found "
            "nothing. Name a source such as precomputed://https://HOST/PATH.\n",
        ),
    ],
)
def test_what_is_missing_is_named(words, message):
    result = invoke("export", *SMALL, *words)
    assert result.exit_code == 2
    assert result.stderr == message


def test_nothing_is_written_over(tmp_path):
    for option in ("--inspect", "--neuroglancer"):
        place = tmp_path / option
        place.touch()
        result = invoke("export", *SMALL, option, place, "--segmentation-source", LABELS)
        assert result.exit_code == 1
        assert result.stderr == (
            f"error: {place}: expected a place where nothing is, found something. Name a new one.\n"
        )


def test_pairs_of_no_use_are_said_to_be_none(tmp_path):
    words = ("--rules.fewest-voxels", 10**6, "--inspect", tmp_path / "inspect")
    result = invoke("export", *SMALL, *words)
    assert result.exit_code == 1
    assert "expected touching objects of one body and of two, found too few" in result.stderr
    assert not (tmp_path / "inspect").exists()
