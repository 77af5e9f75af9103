"""Later maps of mice: correlations of forecasts that were measured before, on the real data."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import SeedTree
from neuropil.progression.claims.forecast_pieces import foretell_groups, foretell_studies
from neuropil.progression.forecasts.prior_graphs import BOTH


@pytest.fixture
def real(real_data):
    """Skip where the progression data are not there."""
    if not (real_data / "progression" / "nexis_mouse").is_dir():
        pytest.skip("no mouse studies in this mirror")


@pytest.mark.usefixtures("real")
def test_later_maps_of_nine_studies_by_what_other_studies_tell():
    found = foretell_studies("susceptibility", BOTH, "study", SeedTree(0).root, 100)
    assert np.mean(found["persistence"]) == pytest.approx(0.755, abs=0.001)
    assert found["mean"] >= 0.785
    assert found["better"] >= 8
    assert found["gain"][0] > 0
    assert min(found["blocks"]) >= 11


@pytest.mark.usefixtures("real")
def test_own_earlier_times_are_better_than_persistence():
    found = foretell_studies("own", BOTH, "all others", 0, 100)
    assert found["mean"] > 0.755
    assert found["better"] >= 6


@pytest.mark.usefixtures("real")
def test_months_one_and_three_foretell_month_six():
    found = foretell_groups(0, 100)
    assert found["NTG"]["persistence"] == pytest.approx(0.846, abs=0.001)
    assert found["G20"]["persistence"] == pytest.approx(0.800, abs=0.001)
    assert found["NTG"]["r"] >= 0.85
    assert found["G20"]["r"] >= 0.84
    assert found["NTG"]["ceiling"] == pytest.approx(0.945, abs=0.01)
    assert found["G20"]["ceiling"] == pytest.approx(0.934, abs=0.01)
