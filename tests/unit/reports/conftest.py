"""Run folders to report on."""

from __future__ import annotations

import pytest

from neuropil.contracts import Metric, NullSummary, RunWriter, Source, Verdict


@pytest.fixture
def writer(tmp_path) -> RunWriter:
    """A writer of ``tmp_path / "run"`` that has not begun."""
    return RunWriter(tmp_path / "run", "study", "A title", 3, {"steps": 5})


@pytest.fixture
def metric() -> Metric:
    """A headline metric with all its parts."""
    return Metric(
        "r2",
        "Integration R²",
        0.98765,
        "1",
        10,
        0.9,
        0.995,
        "bootstrap over seeds",
        NullSummary("shuffled counts", 0.1, -0.05, 0.3, 999, 0.001),
        bound=">= 0.95",
        verdict=Verdict.MET,
        headline=True,
        note="Ten fits.",
    )


@pytest.fixture
def source() -> Source:
    """A measured source without files."""
    return Source("made-up", "CC0")
