"""A run with repair says what was closed, and what returns where the truth is known."""

from neuropil.pipelines import run_study


def test_a_run_with_repair_compares_two_detectors_with_and_without_healing(tmp_path):
    settings = {"volume": "synthetic-neurites", "damage": "gaps:0.2", "spacing": 600}
    run = run_study("preservation", {**settings, "repair": True}, out=tmp_path / "run")
    table = run.table("repair")
    assert table["block"].n_unique() == 2
    assert table.select("instrument", "healed").n_unique() == 4
    assert table.filter("healed")["gaps"].sum() > 0
    assert not table.filter(~table["healed"])["gaps"].sum()
    returned = run.table("returned")
    assert returned.height == 4
    assert returned["returned"][0] == 0.0
    assert {"healing", "instruments"} <= {figure.name for figure in run.figures}
    assert run.metric("closed").value >= 0
    assert any("closed like one" in note for note in run.record["notes"])
