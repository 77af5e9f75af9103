"""A question names both regions in words and asks for all labels, and says nothing of a disease."""

from __future__ import annotations

import json

import pytest

from neuropil.language import hash_messages
from neuropil.progression.priors.mechanisms import MECHANISMS, choose_mechanisms
from neuropil.progression.priors.prompts import ANSWER_SCHEMA, ask_about_row, pose_questions
from neuropil.progression.priors.regions import load_region_set


@pytest.fixture(scope="module")
def regions():
    return load_region_set("dk68")


def test_the_questions_are_as_many_as_rows_mechanisms_and_repeats(regions):
    questions = pose_questions(regions, choose_mechanisms(list(MECHANISMS)[:5]), 5)
    assert len(questions) == 1700
    assert [each.repeat for each in questions] == sorted(each.repeat for each in questions)
    # Repeats ask the same words; everything else asks others.
    assert len({hash_messages(each.messages) for each in questions}) == 340
    assert {len(each.others) for each in questions} == {67}
    assert all(each.region not in each.others for each in questions)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_question_says_what_is_asked_and_in_which_form(regions, mechanism):
    chosen = MECHANISMS[mechanism]
    role, asked = ask_about_row(regions, 4, chosen)
    assert (role.role, asked.role) == ("system", "user")
    assert "The one region is L_entorhinal: left entorhinal cortex (temporal)." in asked.text
    assert "\nR_entorhinal: right entorhinal cortex (temporal)\n" in asked.text
    assert chosen.question in asked.text
    assert chosen.scale in asked.text
    assert json.dumps(ANSWER_SCHEMA) in asked.text
    assert asked.text.count("L_entorhinal:") == 1
    # The prior must know nothing of what it is a prior for.
    for word in ("tau", "amyloid", "disease", "patholog", "Alzheimer", "spread", "dementia"):
        assert word not in (role.text + asked.text)


def test_regions_of_another_atlas_are_named_as_they_are(four):
    text = ask_about_row(four, 0, MECHANISMS["tract"])[1].text
    assert "The one region is A: area A." in text
    assert 'It begins like {"answers": {"B": [0.2, "reason"], ...' in text
