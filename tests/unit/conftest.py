"""A small study of its own for the tests of what runs and shows studies."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuropil.pipelines import STUDIES

FAKES = Path(__file__).parents[1] / "fakes"


@pytest.fixture
def fake_study(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Name of a registered study that recovers a planted mean; the folder is a private one."""
    monkeypatch.syspath_prepend(str(FAKES))
    monkeypatch.setitem(STUDIES, "fake", "fake_study:FakeStudy")
    monkeypatch.chdir(tmp_path)
    return "fake"


@pytest.fixture
def fakes() -> Path:
    """Folder of the fake study, for subprocesses."""
    return FAKES
