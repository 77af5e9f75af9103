"""The floors of the house: what may import what, read from pyproject.toml."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import neuropil
from neuropil.pipelines import STUDIES

REPOSITORY = Path(__file__).parents[2]
PROJECT = REPOSITORY / "pyproject.toml"


def contracts():
    return tomllib.loads(PROJECT.read_text())["tool"]["importlinter"]["contracts"]


def lint(settings):
    """Exit code and words of the linter, as a person gets them."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    result = subprocess.run(
        [sys.executable, "-c", program, "--config", str(settings), "--no-cache", "--no-logo"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return result.returncode, result.stdout


def test_the_contracts_are_kept():
    code, words = lint(PROJECT)
    assert code == 0, words
    assert f"{len(contracts())} kept, 0 broken" in words


def test_a_broken_contract_is_found(tmp_path):
    settings = tmp_path / "upside-down.toml"
    settings.write_text(
        '[tool.importlinter]\nroot_package = "neuropil"\n'
        '[[tool.importlinter.contracts]]\nname = "upside down"\ntype = "layers"\n'
        'layers = ["neuropil.contracts", "neuropil.connectome"]\n'
    )
    code, words = lint(settings)
    assert code == 1
    assert "neuropil.contracts is not allowed to import" not in words
    assert "neuropil.connectome is not allowed to import neuropil.contracts" in words


def test_every_room_has_a_floor():
    (layers,) = (item["layers"] for item in contracts() if item["type"] == "layers")
    placed = {name.strip() for floor in layers for name in floor.split("|")}
    source = Path(neuropil.__file__).parent
    assert placed == {f"neuropil.{path.parent.name}" for path in source.glob("*/__init__.py")}


@pytest.mark.parametrize(
    ("forbidden", "allowed"),
    [
        ("jax", {"learning", "cli", *(place.split(".")[1] for place in STUDIES.values())}),
        ("pooch", {"datasets", "language"}),
    ],
)
def test_every_room_that_must_stay_light_is_listed(forbidden, allowed):
    """A new room is under the rule until it is allowed here."""
    (listed,) = (
        item["source_modules"]
        for item in contracts()
        if item["type"] == "forbidden" and forbidden in item["forbidden_modules"]
    )
    source = Path(neuropil.__file__).parent
    rooms = {path.parent.name for path in source.glob("*/__init__.py")}
    assert set(listed) == {f"neuropil.{room}" for room in rooms - allowed}
