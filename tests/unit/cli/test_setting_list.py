"""What can be set is listed with its meaning, and studies are named where help is asked for."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from neuropil.cli.main import app
from neuropil.pipelines import SUMMARIES


def invoke(*args):
    return CliRunner().invoke(app, [*map(str, args)], env={"COLUMNS": "100"})


def test_the_help_of_run_names_the_studies():
    result = invoke("run", "--help")
    assert result.exit_code == 0
    width = max(map(len, SUMMARIES))
    for name, summary in SUMMARIES.items():
        assert f"  {name:{width}}  {summary}\n" in result.stdout


def test_the_help_of_a_study_lists_its_settings():
    result = invoke("run", "logic", "--help")
    assert result.exit_code == 0
    assert "  --controls  int, default 1, >= 0\n" in result.stdout
    meaning = "Networks with fixed random wiring that are trained alike, as the null of the wiring."
    assert f"      {meaning}\n" in result.stdout
    assert "Studies:" not in result.stdout
    listed = invoke("settings", "logic")
    assert listed.exit_code == 0
    assert listed.stdout.rstrip() in result.stdout


def test_settings_are_listed_as_json():
    rows = {row["name"]: row for row in json.loads(invoke("settings", "logic", "--json").stdout)}
    assert rows["schedule.epochs"] == {
        "name": "schedule.epochs",
        "kind": "float",
        "default": "40.0",
        "limits": "> 0",
        "meaning": "Passes over the training images; each image is taken once in a pass, in one of "
        "its copies.",
    }


def test_an_unknown_study_is_refused():
    result = invoke("settings", "logics")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: no study 'logics'. Did you mean logic? ")
