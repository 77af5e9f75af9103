"""Whether a sample is large enough for a claim, whatever it shows."""

from __future__ import annotations

from dataclasses import dataclass

from neuropil.preservation.sampling.blocks import BlockCounts
from neuropil.preservation.sampling.independent_tiles import (
    check_level,
    tiles_needed,
    upper_bound,
)
from neuropil.preservation.tracing.break_rates import (
    TracedBlocks,
    bound_rate_above,
    length_needed,
)
from neuropil.preservation.tracing.requirements import Requirement, parse_claim

__all__ = ["Refusal", "Sample", "refuse_claim"]


@dataclass(frozen=True, eq=False, slots=True)
class Sample:
    """What was looked at; tiles that failed the acquisition gate are no part of it.

    Parameters
    ----------
    tiles : BlockCounts, optional
        Judged tiles by block.
    traced : TracedBlocks, optional
        Breaks and traced length by block.
    floor : float
        Breaks that the way of tracing makes in good tissue too [1/mm].
    """

    tiles: BlockCounts | None = None
    traced: TracedBlocks | None = None
    floor: float = 0.0

    @property
    def length(self) -> float:
        """Traced length [mm]."""
        return self.traced.total_length if self.traced else 0.0

    @property
    def breaks(self) -> int:
        """Breaks in it beyond those of tracing."""
        found = self.traced.n_breaks if self.traced else 0
        return max(round(found - self.floor * self.length), 0)

    @property
    def blocks(self) -> int:
        """Blocks with judged tiles."""
        return self.tiles.n_blocks if self.tiles else 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Whether a sample can carry a claim at all, and what is lacking.

    Parameters
    ----------
    claim : Requirement
        What is claimed.
    refused : bool
        Whether even a flawless sample of this size would not show it.
    has : float
        Traced length [mm], or blocks.
    needs : float
        What the claim needs without a flaw, in the same unit.
    needs_now : float
        What it needs with the flaws found so far, if no further one is found.
    best : str
        The strongest claim of this kind that a flawless sample of this size shows.
    sentence : str
        The same in words.
    """

    claim: Requirement
    refused: bool
    has: float
    needs: float
    needs_now: float
    best: str
    sentence: str

    @property
    def missing(self) -> float:
        """What is still to be added, in the unit of the sample, if it has no further flaw."""
        return max(0.0, self.needs_now - self.has)


def refuse_claim(claim: Requirement | str, sample: Sample, level: float = 0.95) -> Refusal:
    """Say whether a sample is large enough for a claim, and how much more it would take.

    A rate of breaks r is shown by ``-log(1 - level) / r`` of neurite without a break, which is 3 /
    r at 95 %; a bad share by as many clean blocks as :func:`tiles_needed` says. A smaller sample
    cannot show it, however good the tissue is, and the claim is refused.

    Parameters
    ----------
    claim : Requirement or str
        A claim, or its text as for :func:`parse_claim`.
    sample : Sample
        What was looked at.
    level : float
        Confidence, one-sided.

    Returns
    -------
    Refusal
        For a claim that is not refused too.

    Raises
    ------
    InputError
        When the claim cannot be read, or the level is not inside 0 and 1.

    Examples
    --------
    A cube of 2.5 um holds about half a millimetre of neurite:

    >>> cube = Sample(traced=TracedBlocks.of([0], [0.5]))
    >>> print(refuse_claim("ERL > 1 mm", cube).sentence)
    0.5 mm of traced neurite cannot certify "ERL > 1 mm": even without a break that shows no more \
than ERL > 0.334 mm. It takes 1.5 mm without a break, 0.998 mm more.
    """
    check_level(level)
    wanted = parse_claim(claim) if isinstance(claim, str) else claim
    if wanted.is_about_tiles:
        return _refuse_share(wanted, sample, level)
    return _refuse_rate(wanted, sample, level)


def _refuse_share(claim: Requirement, sample: Sample, level: float) -> Refusal:
    has, needs = sample.blocks, tiles_needed(claim.threshold, level)
    # A block with any bad tile counts as bad here: how bad it is does not help to show more.
    flaws = int((sample.tiles.bad > 0).sum()) if sample.tiles else 0
    now = tiles_needed(claim.threshold, level, flaws)
    best = f"bad fraction < {100 * upper_bound(has, 0, level):.3g} %" if has else "nothing"
    unit = "independent block" if has == 1 else "independent blocks"
    return _build(claim, (has, needs, now), best, (unit, "a bad tile", flaws))


def _refuse_rate(claim: Requirement, sample: Sample, level: float) -> Refusal:
    has, needs = sample.length, length_needed(claim.largest, level)
    now = length_needed(claim.largest, level, sample.breaks)
    best = _name_best(claim, bound_rate_above(0, has, level)) if has else "nothing"
    named = ("mm of traced neurite", "a break", sample.breaks)
    return _build(claim, (has, needs, now), best, named)


def _name_best(claim: Requirement, rate: float) -> str:
    if claim.kind == "run length":
        return f"ERL > {2 / rate:.3g} mm"
    return f"break rate < {rate:.3g} /mm"


def _build(
    claim: Requirement,
    amounts: tuple[float, float, float],
    best: str,
    named: tuple[str, str, int],
) -> Refusal:
    """Put the answer into words."""
    has, needs, now = amounts
    unit, flaw, flaws = named
    short = unit.split()[0] if unit.startswith("mm") else "blocks"
    more = f"{max(0, now - has):,.3g} {short} more"
    if has < needs:
        known = f": even without {flaw} that shows no more than {best}" if has else ""
        sentence = (
            f'{has:,.3g} {unit} cannot certify "{claim}"{known}. It takes {needs:,.3g} {short} '
            f"without {flaw}, {max(0, needs - has):,.3g} {short} more"
        )
        sentence += f"; with the {flaws} found, {more}." if flaws else "."
    else:
        sentence = f'{has:,.3g} {unit} can certify "{claim}", which takes {needs:,.3g} {short} '
        sentence += f"without {flaw}"
        sentence += f"; with the {flaws} found it takes {now:,.3g} {short}." if flaws else "."
    return Refusal(claim, has < needs, has, needs, now, best, sentence)
