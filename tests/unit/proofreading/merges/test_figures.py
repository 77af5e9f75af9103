from pathlib import Path

import numpy as np
import polars as pl
import pytest

from neuropil.contracts import RunWriter
from neuropil.proofreading.merges.figures import draw_merges
from neuropil.proofreading.merges.halves import JudgedMerges


def judged(n: int = 200) -> JudgedMerges:
    rng = np.random.default_rng(0)
    off = rng.gamma(2, 150, n)
    return JudgedMerges(
        rng.beta(4, 1.5, n),
        rng.beta(1.5, 4, n),
        off,
        off / 2,
        off / 3,
        rng.uniform(0.2, 0.4, n),
        rng.uniform(0.05, 1, n),
        np.arange(n) >= n // 2,
        np.arange(n),
    )


def test_the_figure_shows_what_was_judged_with_its_numbers(tmp_path: Path) -> None:
    said = judged()
    draw_merges(RunWriter(tmp_path, "proofreading", "Merge errors", 0, {}), said)
    [shown] = (tmp_path / "figures").glob("*.parquet")
    numbers = pl.read_parquet(shown)
    counts = numbers.filter(pl.col("line") == "joined")["value"]
    assert counts.sum() == 200
    first = numbers.filter((pl.col("line") == "first of three proposals") & (pl.col("at") == 500.0))
    assert first["value"].item() == pytest.approx((said.off <= 500).mean())
    chance = numbers.filter(pl.col("line") == "random place")["value"].item()
    assert chance == pytest.approx(said.chance.mean())
    assert (tmp_path / "figures" / "merges.svg").exists()
