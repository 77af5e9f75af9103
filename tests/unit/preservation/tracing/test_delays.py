"""Beliefs about a delay: apart, wide, and no claim about a brain."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from neuropil.cli.preservation import app
from neuropil.contracts import ConfigError, InputError, SeedTree
from neuropil.pipelines import run_study
from neuropil.preservation.damage.perfusion import PerfusionPrior
from neuropil.preservation.tracing.delays import foresee_delays


def test_each_belief_has_its_own_curve():
    found = foresee_delays([0, 12, 14, 60], SeedTree(0), brains=400)
    perfused = {
        name: rows["perfused"].to_list()
        for (name,), rows in found.group_by("prior", maintain_order=True)
    }
    assert list(perfused) == ["12 minutes", "14 minutes", "no effect", "wide"]
    assert perfused["no effect"] == [1.0] * 4
    assert perfused["12 minutes"][1] == pytest.approx(0.5, abs=0.05)
    assert perfused["14 minutes"][2] == pytest.approx(0.5, abs=0.05)
    assert perfused["12 minutes"][3] < 0.01
    # One brain in five is believed to be spared at any delay.
    assert perfused["wide"][3] == pytest.approx(0.2, abs=0.06)


def test_small_patches_cost_more_connections_than_large_ones():
    found = foresee_delays([5, 10, 20], SeedTree(0), brains=200)
    assert (found["connections_small"] <= found["connections_large"]).all()
    assert (found["perfused_low"] <= found["perfused"]).all()
    assert (found["perfused"] <= found["perfused_high"]).all()
    assert found["extracellular"].max() < 0.2


def test_a_sure_belief_has_no_band():
    sure = {"sure": PerfusionPrior(10, 0, 1, 0, 0)}
    found = foresee_delays([10.0], SeedTree(0), sure, brains=20)
    assert found.select("perfused_low", "perfused", "perfused_high").row(0) == (0.5, 0.5, 0.5)


def test_the_same_seed_gives_the_same_and_negative_delays_are_refused():
    one, other = (foresee_delays([7.0], SeedTree(3), brains=50) for _ in range(2))
    assert one.equals(other)
    with pytest.raises(InputError, match="expected delays of 0 minutes or more"):
        foresee_delays([-1.0], SeedTree(0), brains=2)


def test_a_run_says_what_is_believed_and_refuses_every_claim(tmp_path):
    run = run_study("preservation", {"minutes": 14}, out=tmp_path / "run")
    assert [figure.name for figure in run.figures] == ["delays"]
    wide = run.metric("perfused-wide")
    assert wide.low < 0.01
    assert wide.high > 0.99
    assert "A belief and no finding" in wide.note
    assert any("cannot certify" in note for note in run.record["notes"])
    assert run.table("delays")["prior"].n_unique() == 4
    with pytest.raises(ConfigError, match="minutes"):
        run_study("preservation", {"minutes": -1}, out=tmp_path / "other")


def test_the_command_prints_beliefs_as_such():
    said = CliRunner().invoke(app, ["delay", "14"])
    assert said.exit_code == 0
    assert "no finding about one" in said.stdout
    table = json.loads(CliRunner().invoke(app, ["delay", "14", "--json"]).stdout)
    assert len(pl.DataFrame(table["priors"])) == 4
