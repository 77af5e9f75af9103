"""What a sample is too small for, and what it would take."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.preservation.sampling.blocks import BlockCounts
from neuropil.preservation.tracing.break_rates import TracedBlocks
from neuropil.preservation.tracing.refusals import Sample, refuse_claim


def traced(length, breaks=0):
    return Sample(traced=TracedBlocks.of([breaks], [length]))


def test_a_small_cube_cannot_certify_a_run_of_a_millimetre():
    found = refuse_claim("ERL > 1 mm", traced(0.5))
    assert found.refused
    assert (found.needs, found.missing) == pytest.approx((1.498, 0.998), abs=1e-3)
    assert found.best == "ERL > 0.334 mm"
    assert found.sentence == (
        '0.5 mm of traced neurite cannot certify "ERL > 1 mm": even without a break that shows no '
        "more than ERL > 0.334 mm. It takes 1.5 mm without a break, 0.998 mm more."
    )


@pytest.mark.parametrize("run_length", [0.3, 1.0, 20.0])
def test_a_claim_is_refused_below_three_over_its_rate(run_length):
    needed = -np.log(0.05) * run_length / 2
    claim = f"ERL > {run_length} mm"
    assert refuse_claim(claim, traced(0.999999 * needed)).refused
    found = refuse_claim(claim, traced(1.000001 * needed))
    assert not found.refused
    assert found.missing == 0


def test_breaks_that_were_found_make_it_dearer():
    found = refuse_claim("break rate < 2 /mm", traced(2.0, breaks=1))
    assert not found.refused
    assert found.needs_now == pytest.approx(4.7439 / 2, rel=1e-4)
    assert found.missing == pytest.approx(found.needs_now - 2)
    assert found.sentence == (
        '2 mm of traced neurite can certify "break rate < 2 /mm", which takes 1.5 mm without a '
        "break; with the 1 found it takes 2.37 mm."
    )
    assert refuse_claim("break rate < 2 /mm", traced(1.0, breaks=1)).sentence == (
        '1 mm of traced neurite cannot certify "break rate < 2 /mm": even without a break that '
        "shows no more than break rate < 3 /mm. It takes 1.5 mm without a break, 0.498 mm more; "
        "with the 1 found, 1.37 mm more."
    )


def test_blocks_and_not_tiles_decide_about_the_share():
    found = refuse_claim("bad fraction < 1 %", Sample(BlockCounts.of([0] * 4, 100)))
    assert (found.refused, found.has, found.needs, found.missing) == (True, 4, 299, 295)
    assert found.sentence == (
        '4 independent blocks cannot certify "bad fraction < 1 %": even without a bad tile that '
        "shows no more than bad fraction < 52.7 %. It takes 299 blocks without a bad tile, 295 "
        "blocks more."
    )
    many = refuse_claim("bad fraction < 1 %", Sample(BlockCounts.of([0] * 299, 1)))
    assert not many.refused
    flawed = refuse_claim("bad fraction < 1 %", Sample(BlockCounts.of([1] + [0] * 299, 2)))
    assert (flawed.refused, flawed.needs_now) == (False, 473)


def test_without_a_sample_everything_is_refused():
    found = refuse_claim("recovered > 90 % at 1 mm", Sample())
    assert (found.refused, found.best) == (True, "nothing")
    assert found.sentence == (
        '0 mm of traced neurite cannot certify "recovered > 90 % at 1 mm". It takes 32.7 mm '
        "without a break, 32.7 mm more."
    )
    assert refuse_claim("bad < 10 %", Sample()).sentence == (
        '0 independent blocks cannot certify "bad < 10 %". It takes 29 blocks without a bad tile, '
        "29 blocks more."
    )
