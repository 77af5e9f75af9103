"""Each study says its result in one line, and says so too where there is none."""

from __future__ import annotations

import pytest

from neuropil.contracts import Metric
from neuropil.pipelines import load_study


def measured(**values) -> dict[str, Metric]:
    return {
        name: Metric(
            name, name, value, "1", 3, headline=True, note="" if value is not None else "None."
        )
        for name, value in values.items()
    }


@pytest.mark.parametrize(
    ("study", "values", "line"),
    [
        (
            "logic",
            {"accuracy": 98.24, "gap": 0.2},
            "98.2 % of test images right, soft-hard gap 0.2 points",
        ),
        (
            "logic",
            {"accuracy": 90.0, "gap": -0.04},
            "90.0 % of test images right, soft-hard gap 0.0 points",
        ),
        (
            "head-direction",
            {"integration": 10.04, "hold_median": 2.7},
            "keeps the heading to 10.0 deg over a minute of random turning; "
            "holds it to 2.7 deg for 10 s",
        ),
        (
            "head-direction",
            {"integration": None, "hold_median": None},
            "does not keep the heading over a minute of random turning; does not hold it for 10 s",
        ),
        (
            "transcriptome",
            {"gain_over_coordinates_spatial": 0.123, "gain_over_nulls_spatial": -0.02},
            "genes change r by +0.12 over coordinates and by -0.02 over spun genes "
            "on spatial splits",
        ),
        ("logic", {}, ""),
        ("head-direction", {}, ""),
        ("transcriptome", {}, ""),
    ],
)
def test_a_study_says_its_result(study, values, line):
    assert load_study(study).headline(measured(**values)) == line
