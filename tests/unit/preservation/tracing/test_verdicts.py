"""The verdict follows from bounds, and says what it rests on."""

from __future__ import annotations

import pytest

from neuropil.contracts import InputError
from neuropil.preservation.sampling.blocks import BlockCounts
from neuropil.preservation.tracing.break_rates import TracedBlocks
from neuropil.preservation.tracing.refusals import Sample
from neuropil.preservation.tracing.verdicts import Standing, Traceability, judge_sample

GOOD = BlockCounts.of([0] * 300, 1)
LONG = TracedBlocks.of([0, 0, 0], [1.0] * 3)
BROKEN = TracedBlocks.of([9, 10, 8], [1.0] * 3)


@pytest.mark.parametrize(
    ("sample", "word", "standings"),
    [
        (Sample(GOOD, LONG), Traceability.TRACEABLE, ("shown", "shown")),
        (Sample(BlockCounts.of([0] * 4, 1), LONG), Traceability.NOT_ASSESSABLE,
         ("refused", "shown")),
        (Sample(), Traceability.NOT_ASSESSABLE, ("refused", "refused")),
        (Sample(traced=TracedBlocks.of([2], [2.0])), Traceability.NOT_ASSESSABLE,
         ("refused", "undecided")),
        (Sample(GOOD, BROKEN), Traceability.PARTLY, ("shown", "refuted")),
        (Sample(BlockCounts.of([3] * 30, 10)), Traceability.PARTLY, ("refuted", "refused")),
        (Sample(BlockCounts.of([3] * 30, 10), BROKEN), Traceability.NOT, ("refuted", "refuted")),
        (Sample(BlockCounts.of([9] * 30, 10), LONG), Traceability.PARTLY, ("refuted", "shown")),
        (Sample(BlockCounts.of([9] * 30, 10)), Traceability.NOT, ("refuted", "refused")),
    ],
)  # fmt: skip
def test_verdicts_follow_the_rule(sample, word, standings):
    verdict = judge_sample(sample)
    assert verdict.traceability is word
    assert tuple(answer.standing for answer in verdict.answers) == standings


def test_a_small_sample_always_carries_its_refusals():
    cube = Sample(BlockCounts.of([0], 1), TracedBlocks.of([0], [0.5]))
    verdict = judge_sample(cube)
    assert verdict.traceability == "not assessable"
    assert verdict.refusals == (
        '1 independent block cannot certify "bad fraction < 1 %": even without a bad tile that '
        "shows no more than bad fraction < 95 %. It takes 299 blocks without a bad tile, 298 "
        "blocks more.",
        '0.5 mm of traced neurite cannot certify "ERL > 1 mm": even without a break that shows no '
        "more than ERL > 0.334 mm. It takes 1.5 mm without a break, 0.998 mm more.",
    )
    assert str(verdict).splitlines()[0] == "Not assessable."
    for refusal in verdict.refusals:
        assert refusal in str(verdict)


def test_answers_speak_of_the_number_that_is_claimed():
    claims = ["bad < 1 %", "ERL > 1 mm", "break rate < 2 /mm", "recovered > 10 % at 0.3 mm"]
    said = [answer.sentence for answer in judge_sample(Sample(GOOD, LONG), claims).answers]
    assert said == [
        '"bad < 1 %" is shown: 0 to 0.994 % of the brain is bad.',
        '"ERL > 1 mm" is shown: the ERL is 2 mm to any length.',
        '"break rate < 2 /mm" is shown: 0 to 0.999 breaks for each mm.',
        '"recovered > 10 % at 0.3 mm" is shown: 63.8 to 100 % of connections over 0.3 mm of axon '
        "and 0.15 mm of dendrite are recovered.",
    ]
    [broken] = judge_sample(Sample(traced=BROKEN), ["ERL > 1 mm"]).answers
    assert broken.standing is Standing.REFUTED
    assert broken.sentence.startswith('"ERL > 1 mm" is refuted: the ERL is 0.1')


def test_no_claim_is_refused():
    with pytest.raises(InputError) as caught:
        judge_sample(Sample(GOOD), [])
    assert str(caught.value) == (
        "claims: expected a claim or more, found none. Say what traceable is to mean, such as "
        '"ERL > 1 mm".'
    )
