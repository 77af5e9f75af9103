"""Figures of blocks: they call damaged what the tables call bad, and show one entry a block."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from neuropil.contracts import WARM, Run, RunWriter
from neuropil.preservation.figures import draw_found, draw_places
from neuropil.preservation.fit import Judged
from neuropil.preservation.score import Found, pool_blocks
from neuropil.preservation.traceability.loss import is_bad

LIMIT = 0.1
STEPS = pl.DataFrame(schema={"breaks": pl.Int64, "profiles": pl.Int64, "length_mm": pl.Float64})


def _find(name: str, losses: list[float], kind: str, half: float = 0.05, **more: object) -> Found:
    """Return tiles below one another, judged by the rule of the assay."""
    rows = {
        "z_nm": 50.0 * np.arange(len(losses)),
        "y_nm": 0.0,
        "x_nm": 0.0,
        "loss": losses,
        "loss_low": np.subtract(losses, half),
        "loss_high": np.add(losses, half),
        "kind": kind,
        "passed": True,
        "true_error": None,
        **more,
    }
    tiles = pl.DataFrame(rows, schema_overrides={"true_error": pl.Float64})
    bad = pl.when("passed").then(is_bad(pl.col("loss"), LIMIT)).alias("bad")
    return Found(name, "cortex", Judged(tiles.with_columns(bad), STEPS))


@pytest.fixture
def writer(tmp_path: Path) -> RunWriter:
    writer = RunWriter(tmp_path / "run", "preservation", "Blocks", seed=0, config={})
    writer.begin([])
    return writer


def _draw(writer: RunWriter, found: list[Found], n_own: int) -> Run:
    draw_found(writer, found, n_own, LIMIT)
    draw_places(writer, found, n_own, LIMIT)
    return writer.finish()


def _read(run: Run, name: str) -> str:
    return (run.path / "figures" / f"{name}.svg").read_text(encoding="utf-8")


def test_tiles_beyond_the_limit_that_are_not_bad_are_not_orange(writer):
    spared = [
        _find("a", [0.2, 0.3], "clean"),
        _find("b", [0.2, 0.05], "noise"),
        _find("c", [0.2], "gaps", half=0.4),
    ]
    run = _draw(writer, spared, 3)
    losses, places = run.figures
    assert places.title == "Where tiles are damaged: 0 of 5"
    for figure in (losses, places):
        assert WARM not in _read(run, figure.name)
        assert figure.caption.count("are not damaged: 1 most like a fault of the microscope, ") == 1
        assert "2 most like clean tissue, 1 with an interval that holds 0." in figure.caption
    assert run.figure_data(losses)["bad"].to_list() == [0, 0, 0]
    assert not run.figure_data(places)["bad"].any()


def test_a_block_with_bad_tiles_is_orange_and_counts_them(writer):
    found = [
        _find("a", [0.02, 0.03], "clean"),
        _find("a, gaps:0.2", [0.3, 0.4, 0.05], "gaps"),
        _find("a, noise:1", [0.5], "noise", passed=False),
    ]
    run = _draw(writer, found, 1)
    losses, places = run.figures
    assert places.title == "Where tiles are damaged: 0 of 2, and 2 of 3 in damaged copies"
    assert "not damaged:" not in losses.caption
    assert WARM in _read(run, "losses")
    shown = run.figure_data(losses)
    assert shown["bad"].to_list() == [0, 2, 0]
    assert shown["loss"].to_list()[2] is None
    assert run.figure_data(places)["bad"].to_list() == [False, False, True, True, False, None]


def test_no_more_than_forty_blocks_are_drawn_and_those_are_the_worst(writer):
    found = [_find(f"b{n}", [0.01 * n], "gaps", half=0.001) for n in range(60)]
    run = _draw(writer, found, 60)
    losses, places = run.figures
    assert run.figure_data(losses)["block"].to_list() == [f"b{n}" for n in range(20, 60)]
    assert "Shown are the 40 worst of 60 blocks." in losses.caption
    assert set(run.figure_data(places)["block"]) == {f"b{n}" for n in range(52, 60)}
    assert "Shown are the 8 worst of 60 blocks." in places.caption
    height = re.search(r'height="([\d.]+)pt"', _read(run, "losses"))
    assert height is not None
    assert float(height[1]) < 72 * 20


def test_single_tiles_of_one_block_are_pooled_and_lie_below_one_another(writer):
    found = [_find("a", [loss], "clean") for loss in (0.01, 0.02, 0.03)] + [_find("b", [0], "gaps")]
    pooled = pool_blocks(found)
    assert [one.name for one in pooled] == ["a", "b"]
    assert pooled[0].judged.tiles["loss"].to_list() == [0.01, 0.02, 0.03]
    assert pooled[0].region == "cortex"
    run = _draw(writer, pooled, 2)
    losses, _ = run.figures
    shown = run.figure_data(losses)
    assert shown["tiles"].to_list() == [3, 1]
    assert shown["loss"].to_list() == pytest.approx([0.02, 0.0])


def test_a_name_of_several_regions_lists_them():
    one = _find("a", [0.1], "clean")
    assert pool_blocks([one, Found("a", "thalamus", one.judged)])[0].region == "cortex, thalamus"
