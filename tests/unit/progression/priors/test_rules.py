"""Rules say what anatomy says, the same each time; of other atlases they need only places."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields

import numpy as np
import pytest

from neuropil.contracts import ConfigError
from neuropil.progression.priors.edge_prior import EdgePrior
from neuropil.progression.priors.mechanisms import MECHANISMS, choose_mechanisms
from neuropil.progression.priors.regions import load_region_set
from neuropil.progression.priors.rules import answer_by_rules

DIGEST = "323ba13b6b02ef72a7fa24abee7b67596087bcc7cc2eed4ae945742e50e70bda"


@pytest.fixture(scope="module")
def answers():
    return answer_by_rules(load_region_set("dk68"), list(MECHANISMS))


@pytest.fixture(scope="module")
def prior(answers):
    return EdgePrior.from_answers(answers)


def judge(prior, first, second, mechanism):
    [row] = prior.find_reasons(first, second).filter(mechanism=mechanism).iter_rows(named=True)
    return row["probability"], row["reason"].split("; ")[0]


def test_every_pair_has_an_answer_by_every_mechanism(answers):
    assert len(answers.answers) == 6 * 2278
    assert all(0 <= each.probability <= 1 and each.reason for each in answers.answers)
    assert {(each.model, each.version, each.repeat) for each in answers.answers} == {
        ("rules", "1", 0)
    }


def test_the_answers_are_those_of_version_1(answers):
    """A change of a rule is a change of every file that was made by it: raise the version."""
    names = [field.name for field in fields(answers.answers[0])]
    text = "\n".join(
        json.dumps({name: getattr(each, name) for name in names}) for each in answers.answers
    )
    assert hashlib.sha256(text.encode()).hexdigest() == DIGEST


@pytest.mark.parametrize(
    ("first", "second", "mechanism", "reason"),
    [
        ("L_insula", "R_insula", "tract", "mirror images, joined by the corpus callosum"),
        ("L_fusiform", "L_cuneus", "tract", "ends of the inferior longitudinal fasciculus"),
        ("L_insula", "R_cuneus", "tract", "in other hemispheres and no mirror images"),
        ("L_cuneus", "L_lingual", "coactivation", "both in the visual network"),
        ("L_cuneus", "L_insula", "coactivation", "in different networks"),
        ("R_precentral", "R_postcentral", "morphology", "both primary cortex"),
        ("R_precentral", "R_insula", "morphology", "primary and paralimbic cortex"),
        ("R_precentral", "L_postcentral", "expression", "both primary cortex"),
        ("L_precuneus", "R_paracentral", "clearance", "anterior cerebral arteries of both sides"),
        ("L_lingual", "L_fusiform", "clearance", "both of the posterior cerebral artery"),
        ("L_lingual", "L_insula", "clearance", "different arteries"),
        ("L_cuneus", "L_pericalcarine", "proximity", "close to each other"),
    ],
)
def test_reasons_are_those_of_anatomy(prior, first, second, mechanism, reason):
    assert judge(prior, first, second, mechanism)[1] == reason


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_likely_pairs_are_likelier_than_unlikely_ones(prior, mechanism):
    near = judge(prior, "L_cuneus", "L_pericalcarine", mechanism)[0]
    far = judge(prior, "L_cuneus", "R_temporalpole", mechanism)[0]
    assert near > far + 0.1


def test_a_bundle_adds_to_what_distance_says(prior):
    bundled = judge(prior, "L_lateraloccipital", "L_temporalpole", "tract")[0]
    assert bundled > 0.5
    apart = np.linalg.norm(np.subtract((-30, -90, 0), (-30, 15, -35)))
    assert bundled == pytest.approx(1 - 0.5 * (1 - np.exp(-apart / 30)), abs=1e-6)


def test_mirror_images_are_the_likeliest_of_the_other_side(prior):
    for mechanism in ("tract", "coactivation", "expression", "morphology"):
        crossing = prior.probabilities[mechanism][:34, 34:]
        assert (crossing.argmax(axis=1) == np.arange(34)).all()


def test_regions_of_another_atlas_are_judged_by_place_and_side(four):
    prior = EdgePrior.from_answers(answer_by_rules(four, list(MECHANISMS)))
    for matrix in prior.probabilities.values():
        # All on one side and in a row: the next one is likeliest, and never less than the last.
        assert (np.diff(matrix[0, 1:]) <= 0).all()
    assert judge(prior, "A", "B", "morphology")[1] == "types of cortex not known"
    assert judge(prior, "A", "B", "tract")[0] == pytest.approx(np.exp(-20 / 30), abs=1e-6)


def test_an_unknown_mechanism_is_refused(four):
    with pytest.raises(ConfigError) as error:
        answer_by_rules(four, ["tracts"])
    assert str(error.value) == (
        "mechanisms: expected a mechanism, found 'tracts'. Did you mean tract? Choose among: "
        "tract, coactivation, expression, proximity, morphology, clearance."
    )
    with pytest.raises(ConfigError) as error:
        choose_mechanisms(["tract", "tract"])
    assert str(error.value) == (
        "mechanisms: expected each mechanism once, found 'tract' twice. Name it once; --repeats "
        "asks several times."
    )
    with pytest.raises(ConfigError) as error:
        choose_mechanisms([])
    assert str(error.value) == (
        "mechanisms: expected at least one mechanism, found none. Choose among: tract, "
        "coactivation, expression, proximity, morphology, clearance."
    )
