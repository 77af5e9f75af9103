"""The floors of the house: what may import what, read from pyproject.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

import neuropil

REPOSITORY = Path(__file__).parents[2]
PROJECT = REPOSITORY / "pyproject.toml"


def contracts():
    return tomllib.loads(PROJECT.read_text())["tool"]["importlinter"]["contracts"]


def test_the_contracts_are_kept(capsys):
    assert lint_imports(str(PROJECT), no_cache=True, no_logo=True) == 0, capsys.readouterr().out
    assert f"{len(contracts())} kept, 0 broken" in capsys.readouterr().out


def test_a_broken_contract_is_found(tmp_path, capsys):
    settings = tmp_path / "upside-down.toml"
    settings.write_text(
        '[tool.importlinter]\nroot_package = "neuropil"\n'
        '[[tool.importlinter.contracts]]\nname = "upside down"\ntype = "layers"\n'
        'layers = ["neuropil.contracts", "neuropil.connectome"]\n'
    )
    assert lint_imports(str(settings), no_cache=True, no_logo=True) == 1
    assert "neuropil.connectome is not allowed to import neuropil.contracts" in (
        capsys.readouterr().out
    )


def test_every_room_has_a_floor():
    (layers,) = (item["layers"] for item in contracts() if item["type"] == "layers")
    placed = {name.strip() for floor in layers for name in floor.split("|")}
    source = Path(neuropil.__file__).parent
    assert placed == {f"neuropil.{path.parent.name}" for path in source.glob("*/__init__.py")}


@pytest.mark.parametrize(
    ("forbidden", "allowed"),
    [
        ("jax", {"learning", "circuits", "pipelines", "cli"}),
        ("pooch", {"datasets", "pipelines", "cli"}),
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
