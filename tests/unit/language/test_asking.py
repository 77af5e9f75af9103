"""Many questions side by side: in order, bounded, and with what was paid on disk at the end."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import contextmanager

import pytest

from neuropil.contracts import ConfigError, InputError
from neuropil.language import (
    Always,
    Budget,
    BudgetError,
    ChatSettings,
    Message,
    Price,
    Question,
    RecordedModel,
    Recording,
    Reply,
    Retries,
    Usage,
    ask_all,
)


class Numbered:
    """Answers with the text of the question; may fail at one."""

    name = "numbered"

    def __init__(self, fails_at=None):
        self.fails_at = fails_at
        self.asked = []
        self.open_now = 0
        self.most = 0
        self._lock = threading.Lock()

    def generate(self, messages, *, sample=0):
        with self._lock:
            self.asked.append((messages[0].text, sample))
            self.open_now += 1
            self.most = max(self.most, self.open_now)
        try:
            if messages[0].text == self.fails_at:
                raise InputError("expected an easy question", repair="Ask another.")
            return Reply(f"{messages[0].text}/{sample}", Usage(1, 1, 0.5))
        finally:
            with self._lock:
                self.open_now -= 1


class Listener:
    """Keeps what it is told; may interrupt as a person does."""

    def __init__(self, interrupts_at=None):
        self.interrupts_at = interrupts_at
        self.opened = []
        self.notes = []

    @contextmanager
    def track(self, label, total):
        self.opened.append((label, total))

        def advance(steps, note=""):
            self.notes += [note] * steps
            if len(self.notes) == self.interrupts_at:
                raise KeyboardInterrupt

        yield advance


def questions(number, samples=1):
    return [
        Question((Message("user", str(one)),), sample)
        for one in range(number)
        for sample in range(samples)
    ]


def test_answers_come_in_the_order_of_the_questions():
    model, listener = Numbered(), Listener()
    replies = ask_all(model, questions(30, 3), workers=5, progress=listener)
    assert [reply.text for reply in replies] == [f"{n}/{s}" for n in range(30) for s in range(3)]
    assert model.most <= 5
    assert listener.opened == [("questions to numbered", 90)]
    assert listener.notes == [f"{0.5 * n:.2f} USD" for n in range(1, 91)]


def test_no_question_is_an_answer_too():
    assert ask_all(Always("1"), []) == ()


def test_free_models_say_nothing_of_money():
    listener = Listener()
    ask_all(Always("1"), questions(3), progress=listener)
    assert listener.notes == ["", "", ""]


def test_there_must_be_a_worker():
    with pytest.raises(ConfigError, match="workers: expected at least one worker, found 0"):
        ask_all(Always("1"), questions(1), workers=0)


def test_questions_are_made_when_their_turn_comes():
    class Lazy(Sequence):
        made = 0

        def __len__(self):
            return 20

        def __getitem__(self, number):
            Lazy.made += 1
            return questions(20)[number]

    with pytest.raises(InputError):
        ask_all(Numbered(fails_at="3"), Lazy(), workers=1)
    assert Lazy.made == 4


def test_a_failure_ends_it_and_the_rest_is_asked_the_next_time(tmp_path):
    path = tmp_path / "replies.jsonl"
    asked = []
    for fails_at in ("17", None):
        model = Numbered(fails_at)
        with Recording(path) as recording:
            recorded = RecordedModel(model, recording)
            if fails_at:
                with pytest.raises(InputError, match="expected an easy question"):
                    ask_all(recorded, questions(200), workers=3)
                kept = len(recording)
            else:
                assert len(ask_all(recorded, questions(200), workers=3)) == 200
                assert len(model.asked) == 200 - kept
        asked += [one for one in model.asked if one != ("17", 0)]
    assert len(asked) == len(set(asked)) == 199


def test_an_interruption_leaves_a_recording_that_goes_on(tmp_path):
    path = tmp_path / "replies.jsonl"
    first = Numbered()
    with Recording(path) as recording, pytest.raises(KeyboardInterrupt):
        ask_all(
            RecordedModel(first, recording),
            questions(500),
            workers=2,
            progress=Listener(interrupts_at=5),
        )
    again = Numbered()
    with Recording(path) as recording:
        assert recording.notes == []
        # What was under way is recorded too: all that was asked was paid.
        assert len(recording) == len(first.asked)
        replies = ask_all(RecordedModel(again, recording), questions(500), workers=2)
        assert recording.usage.usd == 250.0
    assert [reply.text for reply in replies] == [f"{n}/0" for n in range(500)]
    assert not set(first.asked) & set(again.asked)


class TestServer:
    """All pieces together, against a server."""

    PRICE = Price(1000.0, 1000.0)

    def test_nothing_is_paid_twice(self, stub, connect, tmp_path):
        busy = stub.fault("", 429)
        stub.will(busy, "a", busy, stub.fault("", 500), "b")
        path = tmp_path / "replies.jsonl"
        with Recording(path) as recording:
            # Enough attempts for one question that meets all three failures.
            client = connect(price=self.PRICE, retries=Retries(attempts=5))
            model = RecordedModel(client, recording)
            first = ask_all(model, questions(4, 3), workers=4)
            assert recording.usage.usd == pytest.approx(12 * 0.11)
        asked = len(stub.requests)
        assert asked == 12 + 3
        with Recording(path) as recording:
            budget = Budget(0.0, spent=0.0)
            model = RecordedModel(connect(price=self.PRICE, budget=budget), recording)
            assert ask_all(model, questions(4, 3), workers=4) == first
        assert len(stub.requests) == asked
        assert budget.spent == 0.0

    def test_a_run_that_the_budget_stopped_goes_on_with_a_larger_one(self, stub, connect, tmp_path):
        path = tmp_path / "replies.jsonl"
        # The bound of a request: 1 byte, 64 tokens around it and 100 to answer, 0.165 USD in all;
        # it costs 0.11.
        options = {"price": self.PRICE, "settings": ChatSettings(max_tokens=100, timeout=5.0)}
        with Recording(path) as recording:
            limit = Budget(1.0, spent=recording.usage.usd)
            model = RecordedModel(connect(budget=limit, **options), recording)
            with pytest.raises(BudgetError, match=r"spent 0\.8800 USD of a budget of 1\.0000 USD"):
                ask_all(model, questions(10), workers=4)
        # Of 1 USD the eighth request leaves 0.12, into which no further bound fits.
        assert len(stub.requests) == 8
        with Recording(path) as recording:
            assert len(recording) == 8
            limit = Budget(2.0, spent=recording.usage.usd)
            model = RecordedModel(connect(budget=limit, **options), recording)
            assert len(ask_all(model, questions(10), workers=4)) == 10
        assert len(stub.requests) == 10
        assert limit.spent == pytest.approx(1.1)
