"""Four regions, answers about them, and a prior of these answers."""

from __future__ import annotations

import pytest

from neuropil.progression.priors.answers import Answer, EdgeAnswers
from neuropil.progression.priors.edge_prior import EdgePrior
from neuropil.progression.priors.regions import Region, RegionSet

LABELS = ("A", "B", "C", "D")


@pytest.fixture
def four():
    """Regions in a row, 20 mm apart, of no atlas."""
    places = {label: (20.0 * number, 0.0, 0.0) for number, label in enumerate(LABELS)}
    regions = (Region(label, f"area {label}", "L", label, places[label]) for label in LABELS)
    return RegionSet("four", tuple(regions))


@pytest.fixture
def make_answers():
    """Answers to every pair, whose probabilities are given by pair and repeat."""

    def make(chances, mechanism="tract"):
        answers = tuple(
            Answer(mechanism, first, second, repeat, chance, f"{first}{second}{repeat}", "me", "1")
            for (first, second), values in chances.items()
            for repeat, chance in enumerate(values)
        )
        return EdgeAnswers(LABELS, (mechanism,), answers, "a test")

    return make


@pytest.fixture
def chances():
    """Two repeats for each of the six pairs."""
    return {
        ("A", "B"): (0.9, 0.7),
        ("A", "C"): (0.2, 0.2),
        ("A", "D"): (0.0, 0.1),
        ("B", "C"): (0.5, 0.7),
        ("D", "B"): (0.1, 0.1),
        ("C", "D"): (1.0, 0.4),
    }


@pytest.fixture
def prior(make_answers, chances):
    """The prior of these answers."""
    return EdgePrior.from_answers(make_answers(chances))
