"""Claims about preservation in words, and the number that each asks for."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from neuropil.contracts import InputError
from neuropil.preservation.tracing.recovery import DENDRITE
from neuropil.preservation.tracing.run_lengths import rate_of_run_length

__all__ = ["Requirement", "parse_claim"]

Kind = Literal["bad fraction", "break rate", "run length", "recovered"]

_NUMBER = r"(?P<number>\d+(?:\.\d+)?|\.\d+)"
_FORMS: dict[Kind, re.Pattern[str]] = {
    "bad fraction": re.compile(rf"bad(?: fraction| share)?\s*<\s*{_NUMBER}\s*%"),
    "break rate": re.compile(rf"break rate\s*<\s*{_NUMBER}\s*(?:/|per )\s*mm"),
    "run length": re.compile(rf"(?:erl|run length)\s*>\s*{_NUMBER}\s*(?P<unit>mm|um|µm)"),
    "recovered": re.compile(
        rf"recovered(?: connections)?\s*>\s*{_NUMBER}\s*%"
        r"\s*at\s*(?P<axon>\d+(?:\.\d+)?|\.\d+)\s*mm"
    ),
}
_MICRO = {"mm": 1.0, "um": 1e-3, "µm": 1e-3}


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a claim asks of tissue.

    An expected run length is that of long unbranched neurites, 2 over the rate of breaks, whatever
    neurons the tissue holds: those that branch have a longer one at the same rate, and small ones
    a shorter.

    Parameters
    ----------
    text : str
        The claim in words.
    kind : {"bad fraction", "break rate", "run length", "recovered"}
        What it is about.
    threshold : float
        Share of the brain, breaks for each mm, expected run length [mm] or share of connections.
    axon : float
        Way along the axon of the connections that it is about [mm]; 0 for other claims.
    """

    text: str
    kind: Kind
    threshold: float
    axon: float = 0.0

    @property
    def is_about_tiles(self) -> bool:
        """Whether tiles decide it, and not traced neurites."""
        return self.kind == "bad fraction"

    @property
    def largest(self) -> float:
        """The largest bad share, or rate of breaks [1/mm], that the claim allows."""
        if self.kind == "run length":
            return rate_of_run_length(self.threshold)
        if self.kind == "recovered":
            return -math.log(self.threshold) / (self.axon + DENDRITE)
        return self.threshold

    def __str__(self) -> str:
        return self.text


def parse_claim(text: str) -> Requirement:
    """Read a claim.

    Parameters
    ----------
    text : str
        Such as ``bad fraction < 1 %``, ``ERL > 1 mm``, ``break rate < 2 /mm`` or
        ``recovered > 90 % at 1 mm``, which is about connections of one synapse at 1 mm of axon.

    Returns
    -------
    Requirement
        The number that it asks for.

    Raises
    ------
    InputError
        When the text has none of these forms, or a number that nothing can meet.

    Examples
    --------
    >>> parse_claim("ERL > 1 mm").largest
    2.0
    """
    plain = " ".join(text.split())
    for kind, form in _FORMS.items():
        found = form.fullmatch(plain.lower().rstrip("."))
        if found:
            return _build(plain, kind, found)
    raise _fault(f"expected a claim, found {text!r}")


def _build(text: str, kind: Kind, found: re.Match[str]) -> Requirement:
    parts = found.groupdict()
    number = float(parts["number"])
    if kind in ("bad fraction", "recovered"):
        number /= 100
        if not 0 < number < 1:
            raise _fault(f"expected a share above 0 and below 100 %, found {text!r}")
    elif not number > 0:
        raise _fault(f"expected a number above 0, found {text!r}")
    number *= _MICRO[parts.get("unit") or "mm"]
    return Requirement(text, kind, number, float(parts.get("axon") or 0))


def _fault(what: str) -> InputError:
    return InputError(
        what,
        where="claim",
        repair='Write such as "bad fraction < 1 %", "ERL > 1 mm", "break rate < 2 /mm" or '
        '"recovered > 90 % at 1 mm".',
    )
