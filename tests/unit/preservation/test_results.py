"""The line above a report: first what the tiles show, then what follows for the brain."""

from __future__ import annotations

import pytest

from neuropil.pipelines import run_study


@pytest.mark.parametrize(
    ("damage", "recognised"),
    [
        (("noise:0.5",), "1 of 1 damaged copy was recognised"),
        (("noise:0.5", "noise:0.4"), "2 of 2 damaged copies were recognised"),
    ],
)
def test_the_tiles_come_before_the_verdict(tmp_path, damage, recognised):
    settings = {"volume": "synthetic-neurites", "damage": damage, "spacing": 600.0}
    run = run_study("preservation", settings, out=tmp_path / "run")
    said = run.metric("loss").note
    tiles, copies, brain = said.split("; ")
    n = run.table("blocks")["assessable"][0]
    assert tiles == f"0 of {n} assessable tiles are damaged"
    assert copies == recognised
    assert brain.startswith(
        "this sample cannot certify what is claimed of the brain. 1 independent"
    )
