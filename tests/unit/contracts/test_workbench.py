"""What claims share while they are measured: seeds, and work that is done once."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from neuropil.contracts import (
    Claim,
    Finding,
    Piece,
    PieceCache,
    SeedTree,
    Workbench,
    in_order,
    needs_measured,
)


def _bench(folder, *, fast=False):
    return Workbench({}, None, SeedTree(7), PieceCache(folder), fast)


def _roll(log, seed):
    with log.open("a") as handle:
        handle.write(f"{seed}\n")
    return {"seed": seed, "undefined": float("nan")}


def test_a_fast_check_takes_the_root_seed_alone(tmp_path):
    assert _bench(tmp_path).seeds(3) == [7, 8, 9]
    assert _bench(tmp_path, fast=True).seeds(3) == [7]


def test_work_is_done_once_for_all_claims_and_benches(tmp_path):
    log = tmp_path / "log"
    bench = _bench(tmp_path / "work")
    first = bench.do("roll-7", _roll, log, 7)
    assert first == {"seed": 7, "undefined": None}
    pieces = [Piece(f"roll-{seed}", _roll, (log, seed)) for seed in bench.seeds(2)]
    assert [found["seed"] for found in bench.do_all("rolling", pieces)] == [7, 8]
    assert _bench(tmp_path / "work").do("roll-8", _roll, log, 8)["seed"] == 8
    assert log.read_text().split() == ["7", "8"]


@pytest.mark.parametrize(
    ("ids", "ordered"),
    [
        (["10-b", "2", "1", "10-a"], ["1", "2", "10-b", "10-a"]),
        (["e-p", "B2", "12", "a", "B10"], ["12", "B2", "B10", "a", "e-p"]),
    ],
)
def test_claims_stand_in_the_order_of_their_groups(ids, ordered):
    claims = [Claim(name, name, "1", None, lambda _: None) for name in ids]
    assert [claim.id for claim in in_order(claims[:2], claims[2:])] == ordered


@pytest.mark.parametrize(("synthetic", "value"), [(False, 3.0), (True, None)])
def test_generated_data_give_the_reason_and_measured_ones_a_value(tmp_path, synthetic, value):
    source = SimpleNamespace(source=SimpleNamespace(synthetic=synthetic))
    bench = replace(_bench(tmp_path), data=source)
    found = needs_measured("Needs real data: mice.")(lambda _: Finding(3.0))(bench)
    assert found.value == value
    assert found.note == ("Needs real data: mice." if synthetic else "")
