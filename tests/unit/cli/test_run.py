"""``neuropil run``: settings, streams, exit codes, and going on after Ctrl-C."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from neuropil.cli.main import app
from neuropil.contracts import Run
from neuropil.pipelines import study_names


def invoke(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args], env={"COLUMNS": "200"})


def test_a_run_prints_its_headline_and_the_report(fake_study, tmp_path):
    result = invoke("run", fake_study, "--out", tmp_path / "run", "--seed", 2)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].rstrip() == "the mean is 2.1 mV on planted-mean"
    assert "\n1 of 1 bound met on planted-mean\n" in result.stdout
    row = next(line for line in result.stdout.splitlines() if line.startswith("Mean"))
    assert "mV" in row
    assert "n = 99, p = 0.01" in row
    assert row.rstrip().endswith("met")
    assert result.stdout.splitlines()[-1] == f"report: {tmp_path}/run/report.html"
    assert "synthetic data: generated, not measured" in result.stdout
    assert (tmp_path / "run" / "report.html").is_file()
    assert Run.open(tmp_path / "run").record["seed"] == 2


def test_json_is_all_that_standard_output_holds(fake_study, tmp_path):
    result = invoke("run", fake_study, "--out", tmp_path / "run", "--json")
    record = json.loads(result.stdout)
    assert record["run"] == f"{tmp_path}/run"
    assert record["report"] == f"{tmp_path}/run/report.html"
    assert (record["synthetic"], record["fast"]) == (True, False)
    (metric,) = record["metrics"]
    assert metric["id"] == "mean"
    assert (metric["bound"], metric["verdict"]) == (">= 1.5", "met")
    assert metric["low"] < metric["value"] < metric["high"]
    assert "draw: 1 of 2 (50 %), half" in result.stderr


@pytest.mark.parametrize("place", ["before", "after"])
def test_quiet_runs_show_no_progress(fake_study, tmp_path, place):
    args = ["run", fake_study, "--out", tmp_path / "run", "--json"]
    result = invoke("--quiet", *args) if place == "before" else invoke(*args, "-q")
    assert result.exit_code == 0
    assert result.stderr == ""


def test_settings_come_from_fast_then_the_file_then_the_line(fake_study, tmp_path):
    file = tmp_path / "settings.yaml"
    file.write_text("planted_mean: 1e0\nweights:\n  linear: 2\n", encoding="utf-8")
    result = invoke(
        "run", fake_study, "--out", tmp_path / "run", "--fast", "--config", file,
        "--set", "planted_mean=3", "--set", "weights.linear=4.5",
    )  # fmt: skip
    assert result.exit_code == 0
    assert Run.open(tmp_path / "run").record["config"] == {
        "sample_size": 20,
        "planted_mean": 3.0,
        "weights": {"linear": 4.5, "quadratic": 0.0},
        "trouble": "",
    }
    assert "note: Fast settings: a check that the study runs, not a result." in result.stdout
    assert "fast: not judged, 1 of 1 metric measured on planted-mean" in result.stdout


def test_every_setting_is_an_option(fake_study, tmp_path):
    result = invoke(
        "run", fake_study, "--sample-size", "30", "--out", tmp_path / "run",
        "--weights.linear=4.5", "--seed", 3, "--planted-mean", "-1",
    )  # fmt: skip
    assert result.exit_code == 0
    record = Run.open(tmp_path / "run").record
    assert record["seed"] == 3
    assert record["config"]["sample_size"] == 30
    assert record["config"]["planted_mean"] == -1
    assert record["config"]["weights"] == {"linear": 4.5, "quadratic": 0.0}


def test_an_unknown_option_names_the_closest_setting(fake_study, tmp_path):
    result = invoke("run", fake_study, "--sampel-size", "30", "--out", tmp_path / "run")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: settings of fake: unknown setting 'sampel_size', the closest is 'sample_size'. "
        "The settings are: sample_size, planted_mean, weights, trouble.\n"
    )
    assert not (tmp_path / "run").exists()


def test_a_value_without_an_option_is_refused(fake_study, tmp_path):
    result = invoke("run", fake_study, "30", "--out", tmp_path / "run")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: command line: unexpected argument '30'. Write settings as --name value.\n"
    )


def test_an_unknown_study_is_named(fake_study):
    result = invoke("run", "fakee")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == (
        f"error: no study 'fakee'. Did you mean {fake_study}? "
        f"The studies are: {', '.join(study_names())}.\n"
    )


def test_an_unknown_setting_is_named(fake_study, tmp_path):
    result = invoke("run", fake_study, "--out", tmp_path / "run", "--set", "planted_meen=3")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: settings of fake: unknown setting 'planted_meen', the closest is 'planted_mean'. "
        "The settings are: sample_size, planted_mean, weights, trouble.\n"
    )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a: 1\nb: [1, 2\n",
            "{file}, line 3, column 1: not valid YAML: expected ',' or ']', but got "
            "'<stream end>'. Mend the line, or quote the text.",
        ),
        (
            "a: 1\na: 2\n",
            "{file}, line 2, column 1: not valid YAML: the key 'a' is given twice. "
            "Mend the line, or quote the text.",
        ),
        (
            "? [1, 2]\n: 3\n",
            "{file}, line 1, column 3: not valid YAML: the name of a setting is a list or a "
            "mapping. Mend the line, or quote the text.",
        ),
        (
            "a: !!python/object/apply:os.getcwd []\n",
            "{file}, line 1, column 4: not valid YAML: could not determine a constructor for the "
            "tag 'tag:yaml.org,2002:python/object/apply:os.getcwd'. "
            "Mend the line, or quote the text.",
        ),
        (
            "- a\n- b\n",
            "{file}, line 1, column 1: expected names with values, found a list. "
            "Write one `name: value` a line.",
        ),
        (
            "1: a\n",
            "{file}, line 1, column 1: expected names that are text. "
            "Write one `name: value` a line.",
        ),
    ],
)
def test_broken_settings_are_named_with_line_and_column(fake_study, tmp_path, text, message):
    file = tmp_path / "settings.yaml"
    file.write_text(text, encoding="utf-8")
    result = invoke("run", fake_study, "--config", file)
    assert result.exit_code == 2
    assert result.stderr == f"error: {message.format(file=file)}\n"


def test_a_settings_file_that_cannot_be_read_is_named(fake_study, tmp_path):
    result = invoke("run", fake_study, "--config", tmp_path / "none.yaml")
    assert result.exit_code == 2
    assert result.stderr == (
        f"error: {tmp_path}/none.yaml: cannot read the settings: no such file or directory. "
        "Check the path given to --config.\n"
    )
    (tmp_path / "bytes.yaml").write_bytes(b"a: \xff\n")
    result = invoke("run", fake_study, "--config", tmp_path / "bytes.yaml")
    assert result.stderr == (
        f"error: {tmp_path}/bytes.yaml: cannot read the settings: not text in UTF-8. "
        "Check the path given to --config.\n"
    )


@pytest.mark.parametrize("text", ["planted_mean", "=3", ""])
def test_a_setting_needs_a_name_and_a_value(fake_study, text):
    result = invoke("run", fake_study, "--set", text)
    assert result.exit_code == 2
    assert result.stderr == (
        f"error: --set: expected key=value, found {text!r}. Write for example --set steps=100.\n"
    )


def test_a_finished_run_is_not_overwritten(fake_study, tmp_path):
    invoke("run", fake_study, "--out", tmp_path / "run")
    result = invoke("run", fake_study, "--out", tmp_path / "run", "--quiet")
    assert result.exit_code == 1
    assert result.stderr == (
        f"error: {tmp_path}/run: the folder holds a finished run. "
        "Choose another --out, or remove the folder.\n"
    )


def test_an_unwritable_place_is_named(fake_study, tmp_path):
    (tmp_path / "file").write_text("taken")
    result = invoke("run", fake_study, "--out", tmp_path / "file" / "sub")
    assert result.exit_code == 1
    assert result.stderr == (
        f"error: {tmp_path}/file/sub/run.json: cannot write: not a directory. "
        "Choose another place with --out, or free space and permissions there.\n"
    )


def test_the_same_command_goes_on_after_an_interruption(fake_study, tmp_path):
    args = ("run", fake_study, "--out", tmp_path / "my run", "--set", "trouble=interrupt once")
    result = invoke(*args, "-q")
    assert result.exit_code == 130
    assert result.stdout == ""
    assert result.stderr == (
        f"interrupted: to go on, repeat the same command with --out '{tmp_path}/my run'\n"
    )
    assert Run.open(tmp_path / "my run").record["status"] == "interrupted"
    result = invoke(*args)
    assert result.exit_code == 0
    assert "note: resumed" in result.stdout
    assert Run.open(tmp_path / "my run").record["status"] == "complete"


def test_a_full_disk_is_one_line(fake_study, tmp_path):
    result = invoke(
        "run", fake_study, "--out", tmp_path / "run", "--set", "trouble=full disk", "-q"
    )
    assert result.exit_code == 1
    assert result.stderr == (
        f"error: {tmp_path}/run/checkpoint/half.json: no space left on device. "
        "Free space or permissions there, or choose another place.\n"
    )


def test_a_defect_is_one_line_and_a_traceback_on_demand(fake_study, tmp_path):
    args = ("run", fake_study, "--set", "trouble=bug", "-q", "--out")
    result = invoke(*args, tmp_path / "a")
    assert result.exit_code == 1
    assert result.stderr == (
        "error: unexpected ZeroDivisionError: division by zero. Repeat with --debug to see where.\n"
    )
    result = invoke(*args, tmp_path / "b", "--debug")
    assert result.exit_code == 1
    assert result.stderr.startswith("Traceback (most recent call last):\n")
    assert 'raise ZeroDivisionError("division by zero")' in result.stderr


def test_wrong_usage_exits_with_2(fake_study):
    assert invoke("run").exit_code == 2
    assert invoke("run", fake_study, "--seed", "x").exit_code == 2
    assert invoke("run", fake_study, "--seed", "-1").exit_code == 2
    assert invoke("fly").exit_code == 2
