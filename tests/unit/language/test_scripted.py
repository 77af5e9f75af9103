"""Scripted models follow their rules, and draw the same whenever they are asked again."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from neuropil.contracts import ConfigError, InputError, SeedTree
from neuropil.language import (
    Always,
    AnswerKey,
    Guesser,
    Known,
    LanguageModel,
    Message,
    NoisyOracle,
    Oracle,
    Question,
    Unparsable,
    Usage,
    ask_all,
    load_model,
)

ITEMS = 1000
SEED = SeedTree(7)


def messages_of(number):
    return (Message("user", f"item {number}"),)


@pytest.fixture(scope="module")
def teacher():
    """Half of the answers are 1, and half are -1."""
    known = (Known("1", ("-1",)), Known("-1", ("1",)))
    return AnswerKey((messages_of(number), known[number % 2]) for number in range(ITEMS))


def answer(reply):
    return re.fullmatch(r"<analysis>\S+</analysis><answer>(.*)</answer>", reply.text)[1]


def share_right(model, teacher, votes=1):
    """Share of items whose majority of votes is right."""
    questions = [
        Question(messages_of(number), sample) for number in range(ITEMS) for sample in range(votes)
    ]
    replies = ask_all(model, questions)
    assert sum((reply.usage for reply in replies), Usage()) == Usage()
    right = 0
    for number in range(ITEMS):
        drawn = Counter(answer(one) for one in replies[number * votes : (number + 1) * votes])
        right += drawn.most_common(1)[0][0] == teacher(messages_of(number)).right
    return right / ITEMS


def test_the_oracle_is_always_right(teacher):
    assert share_right(Oracle(teacher), teacher) == 1.0


def test_who_always_says_yes_is_right_where_yes_is(teacher):
    assert share_right(load_model("mock:always-yes"), teacher) == 0.5


def test_a_single_noisy_answer_is_right_as_often_as_it_says(teacher):
    assert share_right(NoisyOracle(teacher, 0.8, SEED), teacher) == pytest.approx(0.8, abs=0.03)


def test_nine_independent_votes_reach_the_closed_form(teacher):
    # The sum over k = 5 to 9 of C(9, k) .8^k .2^(9 - k) is .9804.
    share = share_right(NoisyOracle(teacher, 0.8, SEED), teacher, votes=9)
    assert share == pytest.approx(0.9804, abs=0.01)


def test_a_guesser_is_right_by_chance_and_does_not_see_which_answer_is(teacher):
    guesser = Guesser(teacher, SEED)
    # Twice the standard error of a share of .5 of 1,000.
    assert share_right(guesser, teacher) == pytest.approx(0.5, abs=0.032)
    swapped = Guesser(lambda _: Known("-1", ("1",)), SEED)
    again = Guesser(lambda _: Known("1", ("-1",)), SEED)
    assert [swapped.generate(messages_of(n)).text for n in range(50)] == [
        again.generate(messages_of(n)).text for n in range(50)
    ]


@pytest.mark.parametrize("rule", [NoisyOracle, Guesser])
def test_draws_depend_on_question_sample_and_seed_alone(teacher, rule):
    def draws(seed, samples):
        options = (teacher, 0.5, seed) if rule is NoisyOracle else (teacher, seed)
        model = rule(*options)
        return [
            [model.generate(messages_of(number), sample=sample).text for sample in samples]
            for number in range(40)
        ]

    first = draws(SEED, range(9))
    assert draws(SEED, range(9)) == first
    assert draws(SEED, [3]) == [[row[3]] for row in first]
    assert draws(SeedTree(8), range(9)) != first
    assert len({tuple(row) for row in first}) > 30


def test_wrong_answers_are_all_given():
    model = NoisyOracle(lambda _: Known("2", ("1", "-1")), 0.0, SEED)
    drawn = Counter(answer(model.generate(messages_of(number))) for number in range(200))
    assert drawn.keys() == {"1", "-1"}
    assert min(drawn.values()) > 70


def test_an_unparsable_answer_has_no_tag():
    assert "<" not in Unparsable().generate(messages_of(0)).text


def test_what_a_key_does_not_know_or_knows_twice_is_named(teacher):
    with pytest.raises(InputError) as caught:
        teacher((Message("user", "another"),))
    assert str(caught.value) == (
        "question 3fffabb4ca72: expected one of 1000 questions, found another. "
        "Make the answer key from the questions that are asked."
    )
    with pytest.raises(InputError, match="expected one answer to a question, found '1' and '-1'"):
        AnswerKey([(messages_of(0), Known("1")), (messages_of(0), Known("-1"))])
    with pytest.raises(InputError, match="expected at least one wrong answer, found none"):
        NoisyOracle(lambda _: Known("1"), 0.5, SEED).generate(messages_of(0))


def test_a_probability_that_is_none_is_refused(teacher):
    with pytest.raises(ConfigError, match=r"noisy-1\.5: expected a probability from 0 to 1"):
        NoisyOracle(teacher, 1.5, SEED)


def test_every_scripted_model_is_a_language_model(teacher):
    models: list[LanguageModel] = [
        Always("1"),
        Oracle(teacher),
        NoisyOracle(teacher, 0.8, SEED),
        Guesser(teacher, SEED),
        Unparsable(),
    ]
    names = [model.name for model in models]
    assert names == [
        "mock:always-1",
        "mock:oracle",
        "mock:noisy-0.8",
        "mock:random",
        "mock:unparsable",
    ]
    assert [model.generate(messages_of(0)).model for model in models] == names
