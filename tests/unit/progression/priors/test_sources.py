"""A prior by its name stands on the regions of the visits, in their order."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from neuropil.connectome import Parcellation
from neuropil.contracts import ConfigError, InputError
from neuropil.datasets import generate_views
from neuropil.progression.priors.answer_files import write_answers
from neuropil.progression.priors.sources import load_prior

MIXED = ["D", "A", "C"]


@pytest.fixture
def mixed():
    return Parcellation(pl.DataFrame({"key": [1, 2, 3], "name": MIXED}))


def test_answers_are_brought_to_the_regions_of_the_visits(
    tmp_path, mixed, make_answers, chances, prior
):
    path = write_answers(tmp_path / "answers.jsonl", make_answers(chances))
    found = load_prior(f"replay:{path}", mixed)
    assert found.regions == tuple(MIXED)
    rows = [prior.regions.index(label) for label in MIXED]
    np.testing.assert_array_equal(found.fused, prior.fused[np.ix_(rows, rows)])
    assert found.reasons.select("first", "second").rows() == [("D", "A"), ("D", "C"), ("A", "C")]
    for first, second in (("A", "D"), ("C", "D"), ("A", "C")):
        [one], [other] = (each.find_reasons(first, second)["reason"] for each in (found, prior))
        assert one == other
    assert [done.name for done in found.provenance] == ["fuse", "take"]
    assert found.say_reasons() == ("tract 0.05: AD0", "tract 0.70: CD0", "tract 0.20: AC0")


def test_rules_use_the_places_of_the_parcellation():
    views = generate_views()
    found = load_prior("rules", views.parcellation)
    assert found.regions == views.labels
    said = found.say_reasons()
    assert len(said) == len(found.pairs()) == 2278
    assert said[33] == "coactivation 0.90: mirror images; 88 mm apart"


def test_a_region_that_nobody_answered_about_is_named(tmp_path, make_answers, chances):
    path = write_answers(tmp_path / "answers.jsonl", make_answers(chances))
    other = Parcellation(pl.DataFrame({"key": [1, 2], "name": ["A", "E"]}))
    with pytest.raises(InputError, match="expected a region of the prior, found 'E'"):
        load_prior(f"replay:{path}", other)


@pytest.mark.parametrize("spec", ["rule", "answers.jsonl", "replay:"])
def test_a_name_that_is_none_is_refused(mixed, spec):
    with pytest.raises(ConfigError) as error:
        load_prior(spec, mixed)
    hint = "Did you mean rules? " if spec == "rule" else ""
    assert str(error.value) == (
        f"prior: expected rules or replay:FILE, found {spec!r}. {hint}Let `neuropil progression "
        "elicit` write the file of answers."
    )
