"""Findings about repair, told from tables whose answers are known."""

from types import SimpleNamespace

import pytest

from neuropil.contracts import SeedTree
from neuropil.preservation.claims.repair import REPAIR_CLAIMS
from neuropil.preservation.claims.repair_pieces import CLEAN, GAPS


def _row(place, damage, state, error, **more):
    instrument, repair = state
    row = {"place": place, "damage": damage, "instrument": instrument, "repair": repair}
    return {**row, "gaps": 1, "arand": error, "split": 0.1, "merge": error, **more}


def _table():
    """Errors of six sections: gaps take .2, healing gives half of it back, retraining a quarter."""
    rows = []
    for place in range(6):
        clean = 0.05 + 0.01 * place
        for detector in ("shipped", "retrained"):
            saved = 0.05 if detector == "retrained" else 0.0
            for repair, back in (("", 0.0), ("healed", 0.1)):
                judged = (
                    {"right": 0.8, "closed": 0.4}
                    if (detector, repair) == ("shipped", "healed")
                    else {"right": None, "closed": None}
                )
                state = detector, repair
                rows.append(_row(place, CLEAN, state, clean + (0.002 if back else 0), **judged))
                rows.append(_row(place, GAPS, state, clean + 0.2 - back - saved, **judged))
        rows.append(_row(place, CLEAN, ("shipped", "opened"), clean, right=None, closed=None))
    return rows


class _Bench(SimpleNamespace):
    def do_all(self, name, pieces):  # noqa: ARG002
        return [_table() for _ in pieces]


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("repair-gaps", 0.5),
        ("repair-retrained", 0.25),
        ("repair-both", 0.75),
        ("repair-clean", 0.002),
        ("repair-closed", 40.0),
        ("repair-right-clean", 80.0),
        ("limit-gaps", 0.25),
    ],
)
def test_what_is_found_is_what_was_planted(claim, value):
    [chosen] = [one for one in REPAIR_CLAIMS if one.id == claim]
    found = chosen.measure(_Bench(seed=SeedTree(0), fast=False))
    assert found.value == pytest.approx(value)
    assert found.n == 6
    assert found.low - 1e-9 <= found.value <= found.high + 1e-9
