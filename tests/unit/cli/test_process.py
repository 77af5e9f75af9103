"""The command as a process: exit codes, streams, Ctrl-C, and what importing it costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"jax", "jaxlib", "matplotlib", "sklearn", "equinox", "optax", "scipy", "polars", "pooch"}
DRIVER = "import fake_study; fake_study.register(); from neuropil.cli.main import main; main()"


def run_process(*args, fakes=None, **options):
    environment = {**os.environ, "COLUMNS": "120"}
    if fakes:
        environment["PYTHONPATH"] = str(fakes)
    return subprocess.run(
        [sys.executable, *map(str, args)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=120,
        **options,
    )


@pytest.mark.parametrize("module", ["neuropil", "neuropil.cli.main"])
def test_importing_is_light(module):
    result = run_process("-X", "importtime", "-c", f"import {module}")
    imported = {
        line.rpartition("|")[2].strip().split(".")[0] for line in result.stderr.splitlines()
    }
    assert "neuropil" in imported
    assert not imported & HEAVY


def test_help_is_light():
    result = run_process("-X", "importtime", "-m", "neuropil", "--help")
    assert result.returncode == 0
    assert "reproduce" in result.stdout
    imported = {
        line.rpartition("|")[2].strip().split(".")[0] for line in result.stderr.splitlines()
    }
    assert not imported & HEAVY


def test_a_run_keeps_its_streams_apart(fakes, tmp_path):
    result = run_process(
        "-c", DRIVER, "run", "fake", "--json", "--out", "run", fakes=fakes, cwd=tmp_path
    )
    assert result.returncode == 0
    assert json.loads(result.stdout)["run"] == "run"
    assert result.stderr == "draw: 1 of 2 (50 %), half\n"


def test_a_failure_is_one_line_on_the_error_stream(fakes, tmp_path):
    result = run_process("-c", DRIVER, "run", "fakee", fakes=fakes, cwd=tmp_path)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("error: no study 'fakee'. Did you mean fake? ")
    assert result.stderr.count("\n") == 1


def test_an_interruption_exits_with_130(fakes, tmp_path):
    args = ("-c", DRIVER, "run", "fake", "--out", "run", "--set", "trouble=interrupt once", "-q")
    result = run_process(*args, fakes=fakes, cwd=tmp_path)
    assert result.returncode == 130
    assert result.stderr == "interrupted: to go on, repeat the same command with --out run\n"
    assert run_process(*args, fakes=fakes, cwd=tmp_path).returncode == 0


def test_wrong_usage_exits_with_2():
    result = run_process("-m", "neuropil", "run", "--no-such-option")
    assert result.returncode == 2
    assert result.stdout == ""


def test_a_closed_pipe_is_no_failure():
    command = f'"{sys.executable}" -m neuropil data list | true'
    result = subprocess.run(
        command, shell=True, capture_output=True, text=True, check=False, timeout=120
    )
    assert "error" not in result.stderr
    assert "Traceback" not in result.stderr


def test_the_shell_completes_names():
    environment = {
        **os.environ,
        "_NEUROPIL_COMPLETE": "complete_bash",
        "COMP_WORDS": "neuropil data info synth",
        "COMP_CWORD": "3",
    }
    result = subprocess.run(
        [sys.executable, "-c", "from neuropil.cli.main import app; app(prog_name='neuropil')"],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=120,
    )
    assert "synthetic-head-direction" in result.stdout


def test_a_terminal_without_the_signs_shows_others(fakes, tmp_path):
    environment = {
        **os.environ,
        "PYTHONPATH": str(fakes),
        "PYTHONIOENCODING": "ascii",
        "COLUMNS": "120",
    }
    result = subprocess.run(
        [sys.executable, "-c", DRIVER, "run", "fake", "-q", "--out", "run"],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0
    assert "report: run/report.html" in result.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "words", ["data list", "data list --json", "cite logic", "settings logic", "--version"]
)
def test_an_output_that_is_full_is_a_failure_in_one_line(words):
    result = subprocess.run(
        f'"{sys.executable}" -m neuropil {words} > /dev/full',
        shell=True, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert result.returncode == 1
    assert result.stderr == (
        "error: standard output: no space left on device. "
        "Free space or permissions there, or choose another place.\n"
    )


@pytest.mark.skipif(os.name != "posix", reason="streams are closed by a shell")
@pytest.mark.parametrize("words", ["data list", "cite logic", "--version", "--help"])
def test_an_output_that_is_closed_is_no_failure(words):
    result = subprocess.run(
        f'"{sys.executable}" -m neuropil {words} >&-',
        shell=True, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
