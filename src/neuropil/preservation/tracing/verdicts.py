"""The verdict on tissue: what the sample shows, what it refutes, and what it cannot say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from neuropil.contracts import InputError
from neuropil.preservation.sampling.bounds import FractionBounds, bound_fraction
from neuropil.preservation.tracing.break_rates import BreakRate, estimate_break_rate
from neuropil.preservation.tracing.recovery import DENDRITE, recover_independent
from neuropil.preservation.tracing.refusals import Refusal, Sample, refuse_claim
from neuropil.preservation.tracing.requirements import Requirement, parse_claim
from neuropil.preservation.tracing.run_lengths import expected_run_length

__all__ = ["CLAIMS_OF_A_BRAIN", "Answer", "Standing", "Traceability", "Verdict", "judge_sample"]

CLAIMS_OF_A_BRAIN = ("bad fraction < 1 %", "ERL > 1 mm")
"""What "traceable" means where nothing else is claimed: hardly a place lost, and wires that can be
followed through a local circuit."""

# "Partly" promises that most of the tissue is good.
_MOST = 0.5


class Traceability(StrEnum):
    """The word for tissue."""

    TRACEABLE = "traceable"
    PARTLY = "partly traceable"
    NOT = "not traceable"
    NOT_ASSESSABLE = "not assessable"


class Standing(StrEnum):
    """What became of one claim."""

    SHOWN = "shown"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a sample says about one claim.

    Parameters
    ----------
    claim : Requirement
        The claim.
    standing : Standing
        Shown, refuted, undecided although the sample is large enough, or refused.
    low, high : float or None
        Bounds of the bad share, or of the rate of breaks [1/mm]; None where nothing was looked at.
    refusal : Refusal
        Whether the sample could carry it, and what is lacking.
    sentence : str
        The same in words.
    """

    claim: Requirement
    standing: Standing
    low: float | None
    high: float | None
    refusal: Refusal
    sentence: str


@dataclass(frozen=True, eq=False, slots=True)
class Verdict:
    """The verdict, and all that it rests on.

    Parameters
    ----------
    traceability : Traceability
        The word.
    answers : tuple of Answer
        One for each claim.
    share : FractionBounds or None
        Bounds of the bad share; None without tiles.
    rate : BreakRate or None
        Rate of breaks; None where nothing was traced.
    level : float
        Confidence of every bound, one-sided.
    """

    traceability: Traceability
    answers: tuple[Answer, ...]
    share: FractionBounds | None
    rate: BreakRate | None
    level: float

    @property
    def refusals(self) -> tuple[str, ...]:
        """What this sample cannot show, and what would."""
        refused = (each for each in self.answers if each.refusal.refused)
        return tuple(each.refusal.sentence for each in refused)

    def __str__(self) -> str:
        head = f"{str(self.traceability).capitalize()}."
        return "\n".join([head, *(answer.sentence for answer in self.answers)])


def judge_sample(
    sample: Sample, claims: Sequence[Requirement | str] = CLAIMS_OF_A_BRAIN, level: float = 0.95
) -> Verdict:
    """Judge tissue by a sample and by what is claimed of it.

    A claim is *shown* when the bound of its number keeps to it, and *refuted* when the bound from
    the other side breaks it. Between the two it is *undecided*, or *refused* where a flawless
    sample of this size could not show it either. The verdict follows:

    * **traceable**: all claims are shown;
    * **not traceable**: a claim is refuted;
    * **partly traceable**: a claim is refuted, but another is shown; or nothing but the bad share
      is refuted, and less than half of the brain is bad with the same confidence;
    * **not assessable**: no claim is refuted and not all are shown. It says nothing against the
      tissue, and the answers say how much more would have to be looked at.

    Parameters
    ----------
    sample : Sample
        What was looked at. Tiles that failed the acquisition gate were left out; where that leaves
        nothing, the verdict is "not assessable".
    claims : sequence of Requirement or str
        What "traceable" is to mean, as for :func:`parse_claim`.
    level : float
        Confidence of every bound, one-sided.

    Returns
    -------
    Verdict
        The word, the answer to each claim, and the bounds.

    Raises
    ------
    InputError
        When there is no claim, one cannot be read, or the level is not inside 0 and 1.

    Examples
    --------
    >>> from neuropil.preservation.sampling.blocks import BlockCounts
    >>> verdict = judge_sample(Sample(BlockCounts.of([0] * 4, 1)), ["bad fraction < 1 %"])
    >>> print(verdict.traceability)
    not assessable
    """
    wanted = [parse_claim(each) if isinstance(each, str) else each for each in claims]
    if not wanted:
        raise InputError(
            "expected a claim or more, found none",
            where="claims",
            repair=f'Say what traceable is to mean, such as "{CLAIMS_OF_A_BRAIN[1]}".',
        )
    share = bound_fraction(sample.tiles, level) if sample.tiles else None
    rate = estimate_break_rate(sample.traced, level).beyond(sample.floor) if sample.traced else None
    answers = tuple(
        _answer(each, share if each.is_about_tiles else rate, refuse_claim(each, sample, level))
        for each in wanted
    )
    mostly_good = share is not None and share.high < _MOST
    return Verdict(_conclude(answers, mostly_good), answers, share, rate, level)


def _answer(
    claim: Requirement, bounds: FractionBounds | BreakRate | None, refusal: Refusal
) -> Answer:
    low, high = (bounds.low, bounds.high) if bounds else (None, None)
    if high is not None and high <= claim.largest:
        standing = Standing.SHOWN
    elif low is not None and low > claim.largest:
        standing = Standing.REFUTED
    else:
        standing = Standing.REFUSED if refusal.refused else Standing.UNDECIDED
    sentence = f'"{claim}" is {standing}'
    if low is not None and high is not None:
        sentence += f": {_say_bounds(claim, low, high)}"
    sentence += "."
    if standing in (Standing.UNDECIDED, Standing.REFUSED):
        sentence += f" {refusal.sentence}"
    return Answer(claim, standing, low, high, refusal, sentence)


def _say_bounds(claim: Requirement, low: float, high: float) -> str:
    """Say the bounds in the number that the claim is about."""
    if claim.is_about_tiles:
        return f"{100 * low:.3g} to {100 * high:.3g} % of the brain is bad"
    if claim.kind == "run length":
        longest = f"{expected_run_length(float('inf'), low):.3g}" if low else "any length"
        return f"the ERL is {expected_run_length(float('inf'), high):.3g} mm to {longest}" + (
            " mm" if low else ""
        )
    if claim.kind == "recovered":
        ends = [100 * float(recover_independent(rate, claim.axon)) for rate in (high, low)]
        way = f"{claim.axon:g} mm of axon and {DENDRITE:g} mm of dendrite"
        return f"{ends[0]:.3g} to {ends[1]:.3g} % of connections over {way} are recovered"
    return f"{low:.3g} to {high:.3g} breaks for each mm"


def _conclude(answers: Sequence[Answer], mostly_good: bool) -> Traceability:
    standings = {answer.standing for answer in answers}
    if standings == {Standing.SHOWN}:
        return Traceability.TRACEABLE
    if Standing.REFUTED not in standings:
        return Traceability.NOT_ASSESSABLE
    refuted = [each.claim for each in answers if each.standing is Standing.REFUTED]
    # Where wires break everywhere, it does not help that most tiles look well.
    only_places = mostly_good and all(claim.is_about_tiles for claim in refuted)
    partly = only_places or Standing.SHOWN in standings
    return Traceability.PARTLY if partly else Traceability.NOT
