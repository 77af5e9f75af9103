"""The wheel holds every file that the package reads, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import neuropil

REPOSITORY = Path(__file__).parents[2]
SOURCE = REPOSITORY / "src"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
        timeout=120,
    )
    (path,) = folder.glob("*.whl")
    return path


def test_every_file_of_the_source_is_in_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("neuropil/")}
    source = {
        path.relative_to(SOURCE).as_posix()
        for path in (SOURCE / "neuropil").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == source
    assert {
        "neuropil/py.typed",
        "neuropil/circuits/card.md",
        "neuropil/datasets/tables/head_direction.json",
        "neuropil/reports/templates/base.html",
        "neuropil/reports/report.css",
    } <= packed


def test_the_wheel_says_what_it_is(wheel):
    assert wheel.name == f"neuropil-{neuropil.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        folder = f"neuropil-{neuropil.__version__}.dist-info"
        metadata = archive.read(f"{folder}/METADATA").decode()
        commands = archive.read(f"{folder}/entry_points.txt").decode()
        assert "BSD 3-Clause License" in archive.read(f"{folder}/licenses/LICENSE").decode()
    assert "\nLicense-Expression: BSD-3-Clause\n" in metadata
    assert "neuropil = neuropil.cli.main:main" in commands
