"""Claims about items, pictures and scripted models."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuropil.contracts import Claim, Finding, at_least, at_most, below, between, exactly, fact
from neuropil.proofreading.claims.bench import Bench, Measure, needs_real
from neuropil.proofreading.claims.pieces import draw_views, make_items
from neuropil.proofreading.claims.scripted import ask_scripted, count_unread, log_costs

__all__ = ["QUESTION_CLAIMS"]

# Items of the scripted models, as many as their bounds were set for, and items whose views are
# timed.
_ITEMS, _VIEWED = 1000, 20
# Items of each task and mode whose replies have no form, and items whose prices are added up. Not
# tuned: every one of them must be right.
_ASKED, _PRICED = 10, 100


def _made(bench: Bench) -> dict[str, Any]:
    found: dict[str, Any] = bench.do("items", make_items, bench.config, bench.seed.root)
    return found


def _count(bench: Bench) -> Finding:
    found = _made(bench)
    note = f"{found['choice']} choice items; {found['seconds']:.0f} s for all."
    further = {"ids are the same when they are made again": float(found["same"])}
    return Finding(float(found["binary"]), found["binary"], further=further, note=note)


def _leak(bench: Bench) -> Finding:
    found = _made(bench)
    note = "A forest that sees the sizes of both objects alone, of items matched in size."
    value, low, high = found["leak"]
    return Finding(value, found["matched"], low, high, "bootstrap over pairs", note=note)


def _views(bench: Bench) -> Finding:
    n = 2 if bench.fast else _VIEWED
    seconds = bench.do("views", draw_views, bench.config, bench.seed.root, n)
    note = f"Processor time, median {np.median(seconds):.2f} s; 1024 x 1024 pixels with meshing."
    return Finding(float(np.max(seconds)), len(seconds), note=note)


def _scripted(name: str) -> Measure:
    def find(bench: Bench) -> Finding:
        n = 100 if bench.fast else _ITEMS
        asked = bench.do("scripted", ask_scripted, bench.seed.root, n)
        one = asked[name]
        low, high = one["chance"]
        return Finding(
            one["value"],
            n,
            one["low"],
            one["high"],
            "bootstrap over items",
            note=f"Guessing lies in {low:.3f} to {high:.3f}.",
            data="none",
        )

    return find


def _unread(bench: Bench) -> Finding:
    found = bench.do("unread", count_unread, bench.seed.root, _ASKED)
    note = (
        f"{found['failures']} of {found['replies']} replies without a form, of five tasks in three "
        f"modes, are counted apart; {found['scored']} of them are scored."
    )
    further = {"every answer that is allowed is read": float(found["read"])}
    value = found["failures"] / found["replies"]
    return Finding(value, found["replies"], further=further, note=note, data="none")


def _costs(bench: Bench) -> Finding:
    found = bench.do("costs", log_costs, bench.seed.root, _PRICED)
    note = (
        f"Mean an item of three votes: {found['tokens']:.0f} tokens, {found['usd']:.4f} USD at a "
        "made-up price."
    )
    return Finding(found["right"] / found["items"], found["items"], note=note, data="none")


# fmt: off
# Nine votes of which each is right four times in five have the majority in .9804 of the items: the
# bounds of the last of the scripted models lie around it.
QUESTION_CLAIMS = (
    Claim("A1-real", "balanced items of real split errors, watershed", "items",
          at_least(300) & fact("ids are the same when they are made again"), needs_real(_count)),
    Claim("A2-time", "slowest of the views of twenty items", "s", below(1), _views),
    Claim("A3", "share of replies without a form that are counted apart, all tasks and modes", "1",
          exactly(1) & fact("every answer that is allowed is read"), _unread),
    Claim("A5-size", "balanced accuracy of a model that sees only sizes, matched pairs", "1",
          at_most(0.55), needs_real(_leak)),
    Claim("A6-oracle", "a scripted model that knows the answers", "1", exactly(1),
          _scripted("oracle")),
    Claim("A6-yes", "a scripted model that always says yes", "1", exactly(0.5), _scripted("yes")),
    Claim("A6-votes", "nine votes of a scripted model that is right four times in five", "1",
          between(0.97, 0.99), _scripted("votes")),
    Claim("B6-tokens", "share of items whose tokens and price are logged as they were charged",
          "1", exactly(1), _costs),
)
# fmt: on
"""Claims about items, pictures and scripted models."""
