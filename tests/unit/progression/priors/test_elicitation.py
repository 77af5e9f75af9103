"""A model is asked on loopback: what fails is asked again, counted, paid once, and resumed."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest

from neuropil.contracts import ConfigError, DataUnavailableError, InputError, SeedTree
from neuropil.language import (
    Budget,
    BudgetError,
    ChatModel,
    ChatSettings,
    NoisyOracle,
    Oracle,
    Price,
    Recording,
    Retries,
    Unparsable,
    Usage,
)
from neuropil.progression.priors.edge_prior import EdgePrior
from neuropil.progression.priors.elicitation import (
    CostEstimate,
    ElicitationPlan,
    elicit_answers,
    estimate_cost,
)
from neuropil.progression.priors.rules import answer_by_rules
from neuropil.progression.priors.scripted import teach_rules

PLAN = ElicitationPlan(("tract", "proximity"), repeats=2, workers=1)
# Four rows, two mechanisms, two repeats.
QUESTIONS = 16


@pytest.fixture
def path(tmp_path):
    return tmp_path / "replies.jsonl"


@pytest.fixture
def key(four):
    return teach_rules(four, PLAN.pose(four))


def row(*values):
    """A reply about region A, with the same values for the others."""
    return json.dumps({"answers": dict(zip("BCD", ([one, "x"] for one in values), strict=True))})


class Counting:
    """A model that counts its questions, and ends after some of them."""

    name, settings = "counting", {}

    def __init__(self, model, ends_after=None, ends_with=KeyboardInterrupt):
        self.model, self.left, self.ends_with, self.n = model, ends_after, ends_with, 0
        self.lock = threading.Lock()

    def generate(self, messages, *, sample=0):
        with self.lock:
            if self.left is not None and self.n >= self.left:
                raise self.ends_with
            self.n += 1
        return self.model.generate(messages, sample=sample)


def test_a_scripted_expert_gives_what_it_knows(four, key, path):
    with Recording(path) as replies:
        found = elicit_answers(Oracle(key), four, PLAN, replies)
    assert (len(found.rows), found.open, found.failures) == (QUESTIONS, (), {})
    answers = found.to_answers(four, PLAN, "mock:oracle")
    # Each pair from both of its ends.
    assert len(answers.answers) == QUESTIONS * 3
    assert answers.source == "elicited from mock:oracle with questions of version 1"
    prior = EdgePrior.from_answers(answers)
    rules = EdgePrior.from_answers(answer_by_rules(four, PLAN.mechanisms))
    np.testing.assert_allclose(prior.fused, rules.fused, atol=1e-15)
    assert prior.doubts["tract"].max() == 0


def test_a_replay_is_the_same_bit_for_bit_and_asks_nobody(four, key, path):
    first = Counting(NoisyOracle(key, 0.7, SeedTree(3)))
    with Recording(path) as replies:
        one = elicit_answers(first, four, PLAN, replies).to_answers(four, PLAN, "counting")
    before = path.read_bytes()
    again = Counting(Unparsable())
    with Recording(path, replay_only=True) as replies:
        two = elicit_answers(again, four, PLAN, replies).to_answers(four, PLAN, "counting")
    assert (again.n, path.read_bytes()) == (0, before)
    assert two.answers == one.answers
    fused = [EdgePrior.from_answers(each).fused.tobytes() for each in (one, two)]
    assert fused[0] == fused[1]


def test_what_cannot_be_read_is_counted_and_asked_again(four, key, path):
    model = Counting(NoisyOracle(key, 0.6, SeedTree(3)))
    with Recording(path) as replies:
        found = elicit_answers(model, four, PLAN, replies)
        kept = len(replies)
    [failed] = found.failures.values()
    assert found.failures == {"no JSON": failed}
    assert failed > 3
    assert model.n == kept == len(found.rows) + failed
    # At most three attempts: a question is left where all of them failed.
    assert len(found.rows) + len(found.open) == QUESTIONS
    assert found.example.startswith("no JSON: <analysis>noisy-0.6</analysis>")


def test_an_interrupted_elicitation_goes_on_without_asking_twice(four, key, path):
    model = Counting(Oracle(key), ends_after=10)
    with Recording(path) as replies, pytest.raises(KeyboardInterrupt):
        elicit_answers(model, four, PLAN, replies)
    again = Counting(Oracle(key))
    with Recording(path) as replies:
        found = elicit_answers(again, four, PLAN, replies)
    assert (model.n, again.n, len(found.rows)) == (10, QUESTIONS - 10, QUESTIONS)


def test_more_repeats_pay_for_the_new_ones_alone(four, key, path):
    with Recording(path) as replies:
        elicit_answers(Counting(Oracle(key)), four, PLAN, replies)
    more, model = ElicitationPlan(PLAN.mechanisms, repeats=5), Counting(Oracle(key))
    with Recording(path) as replies:
        found = elicit_answers(model, four, more, replies)
    assert (model.n, len(found.rows)) == (3 * 8, 5 * 8)


def test_a_model_that_does_not_keep_to_the_form_is_left_after_eight_replies(four, path):
    model = Counting(Unparsable())
    with Recording(path) as replies, pytest.raises(InputError) as error:
        elicit_answers(model, four, PLAN, replies)
    assert model.n == 8
    assert str(error.value) == (
        "counting: expected replies in JSON of the schema, found none among the first 8 (no JSON: "
        "It is hard to tell from these views alone.). Name a model that follows a schema, or "
        "allow more tokens for an answer."
    )


def test_the_price_is_estimated_before_and_what_is_recorded_is_free(four, key, path):
    questions, price = PLAN.pose(four), Price(1.0, 2.0)
    estimate = estimate_cost(questions, Oracle(key), price)
    size = sum(len(one.text) for each in questions for one in each.messages)
    assert estimate.input_tokens == pytest.approx(size / 4, rel=0.01)
    assert estimate.output_tokens == QUESTIONS * (10 + 3 * 24)
    assert estimate.usd == pytest.approx((estimate.input_tokens + 2 * estimate.output_tokens) / 1e6)
    with Recording(path) as replies:
        elicit_answers(Oracle(key), four, PLAN, replies)
        after = estimate_cost(questions, Oracle(key), price, replies)
    assert after == CostEstimate(QUESTIONS, QUESTIONS, 0, 0, 0.0, 0.0)


@pytest.mark.parametrize("name", ["repeats", "attempts", "workers"])
def test_plans_that_ask_nothing_are_refused(name):
    with pytest.raises(ConfigError) as error:
        ElicitationPlan(**{name: 0})
    assert str(error.value) == f"{name}: expected at least 1, found 0. Give a whole number from 1."


@pytest.fixture
def connect(stub):
    """Make clients of the server, which never sleep."""
    pytest.importorskip("openai", reason="the extra language is not installed")
    made = []

    def make(**options):
        model = ChatModel(
            stub.server,
            "my-model",
            settings=ChatSettings(max_tokens=100, timeout=5.0),
            retries=Retries(attempts=3),
            sleep=lambda _: None,
            **options,
        )
        made.append(model)
        return model

    yield make
    for model in made:
        model.close()


@pytest.fixture
def one_row(four):
    """A plan with one mechanism and repeat; the first question is about A."""
    return ElicitationPlan(("tract",), repeats=1, workers=1), [
        each.others for each in ElicitationPlan(("tract",), 1).pose(four)
    ]


def replies_of(others, value=0.5):
    return [json.dumps({"answers": {other: [value, "x"] for other in one}}) for one in others]


def test_a_busy_server_a_cut_line_and_bad_json_are_survived(stub, connect, four, one_row, path):
    plan, others = one_row
    first, *rest = replies_of(others)
    stub.will(
        stub.fault('{"error": {"message": "slow down"}}', 429, {"Retry-After": "1"}),
        stub.fault(cut=True),
        stub.fault("{not json"),
    )
    # Three failures of one question are a surrender; fewer are waited out.
    with Recording(path) as replies, pytest.raises(DataUnavailableError, match="asked 3 times"):
        elicit_answers(connect(), four, plan, replies)
    stub.requests.clear()
    stub.will(stub.fault("", 503), first, "no answer", *rest[1:], rest[0])
    with Recording(path) as replies:
        found = elicit_answers(connect(), four, plan, replies)
    assert found.failures == {"no JSON": 1}
    assert len(found.rows) == 4
    # One that failed, four that were read, and one that could not be.
    assert len(stub.requests) == 6
    answers = found.to_answers(four, plan, "my-model")
    assert {each.version for each in answers.answers} == {"served-model"}
    assert {each.probability for each in answers.answers} == {0.5}


def test_the_budget_stops_before_it_is_exceeded_and_what_was_paid_is_kept(
    stub, connect, four, one_row, path
):
    plan, others = one_row
    # Each reply costs 0.04 dollars; a bound of a question is below 0.05.
    usage = (1000, 3000)
    stub.will(*(stub.completion(text, usage) for text in replies_of(others)))
    price = Price(10.0, 10.0)
    with Recording(path) as replies:
        model = connect(price=price, budget=Budget(0.13))
        found = elicit_answers(model, four, plan, replies)
        spent = replies.usage
    assert isinstance(found.stopped, BudgetError)
    assert 0 < len(found.rows) < 4
    assert spent.usd <= 0.13
    assert spent == Usage(1000 * len(found.rows), 3000 * len(found.rows), 0.04 * len(found.rows))
    with pytest.raises(BudgetError, match="so it was not made"):
        found.to_answers(four, plan, "my-model")
    done = len(stub.requests)
    stub.will(
        *[stub.completion("", usage)] * done,
        *(stub.completion(text, usage) for text in replies_of(others)[len(found.rows) :]),
    )
    with Recording(path) as replies:
        model = connect(price=price, budget=Budget(10.0, spent=replies.usage.usd))
        again = elicit_answers(model, four, plan, replies)
    assert (len(again.rows), again.stopped) == (4, None)
    assert len(stub.requests) == 4
