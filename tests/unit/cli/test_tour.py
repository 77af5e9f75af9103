"""``neuropil tour``: every study once, each with its report, and none stopped by another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from neuropil import pipelines
from neuropil.cli.main import app
from neuropil.contracts import Run


@pytest.fixture(autouse=True)
def two_studies(fake_study, monkeypatch):
    """Leave two small studies in the registry, so that a tour takes seconds."""
    for name in pipelines.study_names():
        if name != fake_study:
            monkeypatch.delitem(pipelines.STUDIES, name)
    monkeypatch.setitem(pipelines.STUDIES, "second", pipelines.STUDIES[fake_study])


def tour(*args):
    return CliRunner().invoke(app, ["tour", "-q", *map(str, args)], env={"COLUMNS": "200"})


def test_every_study_runs_and_has_its_report():
    result = tour("--seed", 3)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "fake: A planted mean is recovered"
    assert "synthetic data: generated, not measured" in lines
    for line, name in zip(lines[-2:], ("fake", "second"), strict=True):
        assert line.startswith(name)
        assert "the mean is 2.0 mV on planted-mean (synthetic)" in line
        report = Path(line.split()[-1])
        assert report.is_file()
        assert report.parts[0] == "runs"
        assert report.parent.name.startswith(f"{name}-")
        assert Run.open(report.parent).record["seed"] == 3


def test_the_fast_tour_is_marked():
    result = tour("--fast")
    assert result.stdout.count("note: Fast settings: a check that the study runs") == 2


def test_json_is_all_that_standard_output_holds():
    result = tour("--json")
    assert [row["status"] for row in json.loads(result.stdout)] == ["complete", "complete"]


def test_a_failure_does_not_stop_the_others(monkeypatch):
    monkeypatch.setitem(pipelines.STUDIES, "broken", "no_such_module:Study")
    result = tour()
    assert result.exit_code == 1
    assert result.stderr == (
        "error: broken: unexpected ModuleNotFoundError: No module named 'no_such_module'. "
        "Repeat with --debug to see where.\n"
    )
    assert [line.split()[:2] for line in result.stdout.splitlines()[-3:]] == [
        ["fake", "the"],
        ["second", "the"],
        ["broken", "failed"],
    ]
    assert tour("--debug").stderr.startswith("Traceback (most recent call last):\n")
    result = tour("--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)[-1]["study"] == "broken"
