"""Claims in words, and the number that each asks for."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.preservation.tracing.recovery import recover_independent
from neuropil.preservation.tracing.requirements import parse_claim

REPAIR = (
    'Write such as "bad fraction < 1 %", "ERL > 1 mm", "break rate < 2 /mm" or "recovered > 90 % '
    'at 1 mm".'
)


@pytest.mark.parametrize(
    ("text", "kind", "largest"),
    [
        ("bad fraction < 1 %", "bad fraction", 0.01),
        ("Bad < .1%", "bad fraction", 0.001),
        ("ERL > 1 mm", "run length", 2.0),
        ("run length > 500 um.", "run length", 4.0),
        ("break rate < 2.5 /mm", "break rate", 2.5),
        ("break  rate<2 per mm", "break rate", 2.0),
        ("recovered connections > 90 % at 1 mm", "recovered", -np.log(0.9) / 1.15),
    ],
)
def test_claims_are_read(text, kind, largest):
    claim = parse_claim(text)
    assert claim.kind == kind
    assert claim.largest == pytest.approx(largest)
    assert claim.is_about_tiles == (kind == "bad fraction")
    assert str(claim) == " ".join(text.split())


def test_the_rate_of_a_share_recovers_that_share():
    claim = parse_claim("recovered > 80 % at 0.3 mm")
    assert recover_independent(claim.largest, 0.3) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("well preserved", "expected a claim, found 'well preserved'"),
        ("ERL < 1 mm", "expected a claim, found 'ERL < 1 mm'"),
        ("ERL > 1 km", "expected a claim, found 'ERL > 1 km'"),
        ("ERL > 0 mm", "expected a number above 0, found 'ERL > 0 mm'"),
        ("bad fraction < 0 %", "expected a share above 0 and below 100 %, found 'bad fraction < 0 "
         "%'"),
        ("recovered > 100 % at 1 mm", "expected a share above 0 and below 100 %, found 'recovered "
         "> 100 % at 1 mm'"),
    ],
)  # fmt: skip
def test_claims_that_cannot_be_read_are_named(text, what):
    with pytest.raises(InputError) as caught:
        parse_claim(text)
    assert str(caught.value) == f"claim: {what}. {REPAIR}"
