"""The client asks again what may succeed, says clearly what cannot, and keeps its key to itself."""

from __future__ import annotations

import base64
import gc
import logging
import socket
import sys
import time
import traceback
from email.utils import formatdate

import pytest

from neuropil.contracts import (
    ConfigError,
    DataUnavailableError,
    InputError,
    MissingDependencyError,
    NeuropilError,
)
from neuropil.language import (
    FREE,
    SERVERS,
    Budget,
    BudgetError,
    ChatModel,
    ChatSettings,
    Message,
    Price,
    RecordedModel,
    Recording,
    Retries,
    Server,
    Usage,
)

AGAIN = "Check that the server runs and try again; what is recorded is not paid again."


def test_pictures_come_first_each_after_its_label(stub, connect, messages, png, key):
    reply = connect(price=Price(2.0, 8.0)).generate(messages)
    (request,) = stub.requests
    assert stub.paths == ["/v1/chat/completions"]
    assert stub.headers[0]["authorization"] == f"Bearer {key}"
    assert request["model"] == "my-model"
    assert request["max_tokens"] == 4096
    assert "temperature" not in request
    system, user = request["messages"]
    assert system == {"role": "system", "content": "You trace neurons."}
    front, first, side, _, text = user["content"]
    assert (front["text"], side["text"], text["text"]) == ("front", "side", "One neuron or two?")
    assert first["image_url"] == {
        "url": f"data:image/png;base64,{base64.b64encode(png).decode()}",
        "detail": "high",
    }
    assert reply.text == "<answer>1</answer>"
    assert reply.model == "served-model"
    assert reply.usage == Usage(100, 10, (100 * 2.0 + 10 * 8.0) / 1e6)


def test_settings_are_sent_in_the_words_of_the_server(stub, connect, messages):
    settings = ChatSettings(max_tokens=7, temperature=0.5, timeout=5.0)
    model = connect(settings=settings)
    model.generate(messages)
    assert stub.requests[0]["max_tokens"] == 7
    assert stub.requests[0]["temperature"] == 0.5
    assert model.settings == {"max_tokens": 7, "temperature": 0.5}
    assert SERVERS["openai"].limit == "max_completion_tokens"


def test_a_server_that_is_busy_is_asked_again_after_the_time_it_names(
    stub, connect, waits, messages
):
    busy = stub.fault('{"error": {"message": "slow down"}}', 429, {"Retry-After": "7"})
    stub.will(busy, busy, "done")
    assert connect().generate(messages).text == "done"
    assert len(stub.requests) == 3
    assert all(7 <= wait < 8 for wait in waits)
    assert len(set(waits)) == 2


def test_a_date_to_wait_for_is_understood(stub, connect, waits, messages):
    date = formatdate(time.time() + 30, usegmt=True)
    stub.will(stub.fault("", 503, {"Retry-After": date}), "done")
    connect().generate(messages)
    assert 25 < waits[0] < 32


def test_a_server_that_asks_for_too_long_a_wait_is_given_up(stub, connect, waits, messages):
    stub.will(stub.fault('{"error": {"message": "quota"}}', 429, {"Retry-After": "3600"}))
    model = connect()
    with pytest.raises(DataUnavailableError) as caught:
        model.generate(messages)
    assert str(caught.value) == (
        f"{model.name}: asked once and got no answer: HTTP 429 (quota); the server asks to wait "
        f"for 3600 s. {AGAIN}"
    )
    assert waits == []


def test_waits_double_and_are_shortened_at_random(stub, connect, waits, messages):
    stub.will(stub.fault("", 500))
    with pytest.raises(DataUnavailableError, match="asked 6 times and got no answer: HTTP 500"):
        connect(retries=Retries()).generate(messages)
    assert len(stub.requests) == 6
    assert [2**n / 2 <= wait <= 2**n for n, wait in enumerate(waits)] == [True] * 5


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param({"body": "not JSON"}, "malformed JSON", id="malformed"),
        pytest.param({"body": "[" * 100_000}, "malformed JSON", id="nested"),
        pytest.param({"body": '{"choices": []}'}, "a reply without choices", id="no choices"),
        pytest.param({"body": "[1]"}, "a reply without choices", id="a list"),
        pytest.param(
            {"body": '{"error": {"message": "model\\u001b[31m is\\nloading"}}'},
            "a reply without choices (model [31m is loading)",
            id="error in a good reply",
        ),
        pytest.param(
            {"body": '{"choices": [{"message": {"content": 3}}]}'},
            "a reply whose content is a int, not text",
            id="content",
        ),
        pytest.param({"status": 502, "body": "<html>"}, "HTTP 502 (<html>)", id="HTML"),
    ],
)
def test_what_cannot_be_read_is_asked_for_again_and_then_named(
    stub, connect, waits, messages, fault, said
):
    stub.will(stub.fault(**fault), "done")
    assert connect().generate(messages).text == "done"
    assert len(waits) == 1
    stub.will(stub.fault(**fault))
    model = connect()
    with pytest.raises(DataUnavailableError) as caught:
        model.generate(messages)
    assert str(caught.value) == f"{model.name}: asked 3 times and got no answer: {said}. {AGAIN}"


def test_a_connection_that_is_cut_is_made_again(stub, connect, waits, messages):
    stub.will(stub.fault(cut=True), "done")
    assert connect().generate(messages).text == "done"
    assert len(waits) == 1
    stub.will(stub.fault(cut=True))
    # Which end notices it first depends on the system.
    with pytest.raises(
        DataUnavailableError, match=r"asked 3 times .* the connection failed \(\w+Error\)\."
    ):
        connect().generate(messages)


def test_a_server_that_is_too_slow_is_given_up(stub, connect, messages):
    stub.will(stub.fault(silent=True))
    model = connect(settings=ChatSettings(timeout=0.1), retries=Retries(attempts=2))
    with pytest.raises(DataUnavailableError, match=r"asked 2 times .*: no answer within 0\.1 s\."):
        model.generate(messages)
    assert len(stub.requests) == 2


def test_where_no_server_is_nothing_is_paid(messages, monkeypatch):
    pytest.importorskip("openai", reason="the extra language is not installed")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        waits = []
        model = ChatModel(
            Server(url, "here:"),
            "m",
            price=Price(1.0, 1.0),
            retries=Retries(attempts=2),
            sleep=waits.append,
        )
        with (
            model,
            pytest.raises(DataUnavailableError, match=r"asked 2 .*connection failed \(ConnectErr"),
        ):
            model.generate(messages)
    assert model.budget.spent == 0
    assert len(waits) == 1


@pytest.mark.parametrize(
    ("status", "kind", "repair"),
    [
        (401, ConfigError, "Check the key in the environment as NEUROPIL_LANGUAGE_KEY."),
        (403, ConfigError, "Check the key in the environment as NEUROPIL_LANGUAGE_KEY."),
        (404, ConfigError, "Check the address and the name of the model."),
        (400, InputError, "Check the settings, and whether the model sees pictures."),
    ],
)
def test_a_refusal_is_not_asked_again(stub, connect, waits, messages, status, kind, repair):
    stub.will(stub.fault('{"error": {"message": "no such thing"}}', status))
    model = connect()
    with pytest.raises(kind) as caught:
        model.generate(messages)
    said = "" if status in {401, 403} else " (no such thing)"
    assert str(caught.value) == f"{model.name}: the server refused: HTTP {status}{said}. {repair}"
    assert len(stub.requests) == 1
    assert waits == []
    assert model.budget.spent == 0


def test_an_answer_without_text_is_an_empty_answer(stub, connect, messages):
    stub.will(stub.completion(None))
    assert connect().generate(messages).text == ""


def test_answers_are_unchanged(stub, connect, messages):
    text = " \n<answer>−1</answer>\u2028 \ud800 é \x00"
    stub.will(text)
    assert connect().generate(messages).text == text


def test_a_picture_that_is_no_png_is_named_before_anything_is_sent(stub, connect):
    from neuropil.language import Image

    model = connect()
    with pytest.raises(InputError) as caught:
        model.generate((Message("user", "?", (Image(b"GIF89a", "top"),)),))
    assert str(caught.value) == (
        "picture 'top': expected a PNG file, found 6 other bytes. Encode the picture as PNG."
    )
    with pytest.raises(InputError, match="expected at least one message, found none"):
        model.generate(())
    assert stub.requests == []


class TestKey:
    """The key is read from the environment, sent to its server, and shown to nobody."""

    def test_it_is_nowhere_else(self, stub, connect, messages, key, tmp_path, caplog, capfd):
        caplog.set_level(logging.DEBUG)
        echo = stub.fault(f'{{"error": {{"message": "Bearer {key} is wrong"}}}}', 400)
        stub.will(f"you sent {key}", stub.fault(key, 500), stub.fault(key, 401), echo)
        path = tmp_path / "replies.jsonl"
        shown = []
        with connect() as model, Recording(path) as recording:
            recorded = RecordedModel(model, recording)
            assert recorded.generate(messages).text == "you sent [key]"
            for sample in (1, 2):
                with pytest.raises(NeuropilError) as caught:
                    recorded.generate(messages, sample=sample)
                shown += traceback.format_exception(caught.value)
                assert caught.value.__context__ is None
            shown += [repr(model), repr(recorded), str(vars(model)), repr(model.server)]
        shown += [path.read_text(), caplog.text, *capfd.readouterr()]
        assert "HTTP 400 (Bearer [key] is wrong)" in "".join(shown)
        assert len(caplog.records) > 0
        assert [text for text in shown if key in text] == []
        assert [header["authorization"] for header in stub.headers] == [f"Bearer {key}"] * 4

    def test_it_is_never_that_of_another_server(self, stub, connect, messages, monkeypatch):
        monkeypatch.delenv("NEUROPIL_LANGUAGE_KEY")
        monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-server")
        monkeypatch.setenv("OPENAI_ORG_ID", "org-of-another-server")
        monkeypatch.setenv("OPENAI_PROJECT_ID", "project-of-another-server")
        connect().generate(messages)
        assert stub.headers[0]["authorization"] == "Bearer no-key"
        assert "another-server" not in str(stub.headers)

    @pytest.mark.parametrize(
        ("value", "found"), [("", "nothing"), (" ", "nothing"), ("sk-sécret", "other characters")]
    )
    def test_a_missing_or_damaged_key_is_named(self, messages, monkeypatch, value, found):
        pytest.importorskip("openai", reason="the extra language is not installed")
        monkeypatch.setenv("OPENAI_API_KEY", value)
        monkeypatch.setenv("NEUROPIL_OFFLINE", "0")
        model = ChatModel(SERVERS["openai"], "gpt-4o", price=Price(2.5, 10.0))
        with pytest.raises(ConfigError) as caught:
            model.generate(messages)
        assert str(caught.value) == (
            f"OPENAI_API_KEY: expected a key of visible ASCII characters, found {found}. "
            "Set the environment variable OPENAI_API_KEY to the key of openai."
        )
        assert model.budget.spent == 0


class TestMoney:
    """What a request can cost is set aside before it is sent."""

    # Bound of one request: texts of 45 bytes, 4 * 64 tokens around, 2 pictures of 1,000 tokens,
    # 100 tokens of an answer, at 1 USD per 1,000 of each.
    PRICE = Price(1000.0, 1000.0, image_tokens=1000)
    SETTINGS = ChatSettings(max_tokens=100, timeout=5.0)
    BOUND = (45 + 256 + 2000 + 100) / 1000

    def test_the_bound_counts_bytes_pictures_and_the_longest_answer(self, messages):
        assert self.PRICE.bound(messages, 100) == pytest.approx(self.BOUND, rel=1e-12)

    def test_a_request_that_could_exceed_the_budget_is_not_made(self, stub, connect, messages):
        budget = Budget(self.BOUND + 0.1)
        model = connect(price=self.PRICE, settings=self.SETTINGS, budget=budget)
        assert model.generate(messages).usage.usd == pytest.approx(0.11)
        with pytest.raises(BudgetError) as caught:
            model.generate(messages)
        assert str(caught.value) == (
            f"{model.name}: spent 0.1100 USD of a budget of 2.5010 USD, and the next request "
            "could cost up to 2.4010 USD, so it was not made. What is recorded is not paid "
            "again: run it once more with a larger budget, fewer questions or fewer tokens for an "
            "answer."
        )
        assert len(stub.requests) == 1
        assert budget.spent == pytest.approx(0.11)

    @pytest.mark.parametrize(
        ("fault", "share"),
        [
            pytest.param({"status": 429}, 0, id="refused"),
            pytest.param({"status": 500}, 0, id="failed"),
            pytest.param({"status": 504}, 1, id="gateway"),
            pytest.param({"body": "nonsense"}, 1, id="unreadable"),
            pytest.param({"cut": True}, 1, id="cut"),
        ],
    )
    def test_a_request_that_may_be_billed_counts_with_its_bound(
        self, stub, connect, messages, fault, share
    ):
        stub.will(stub.fault(**fault), "done")
        model = connect(price=self.PRICE, settings=self.SETTINGS)
        model.generate(messages)
        assert model.budget.spent == pytest.approx(share * self.BOUND + 0.11)

    def test_repetitions_stop_at_the_budget_too(self, stub, connect, messages):
        stub.will(stub.fault(body="nonsense"))
        budget = Budget(2.5 * self.BOUND)
        model = connect(
            price=self.PRICE,
            settings=self.SETTINGS,
            budget=budget,
            retries=Retries(attempts=9),
        )
        with pytest.raises(BudgetError, match=r"spent 4\.8020 USD"):
            model.generate(messages)
        assert len(stub.requests) == 2

    def test_without_a_count_of_tokens_the_bound_is_the_price(self, stub, connect, messages):
        stub.will(stub.completion("done", usage=None))
        model = connect(price=self.PRICE, settings=self.SETTINGS)
        assert model.generate(messages).usage == Usage(0, 0, pytest.approx(self.BOUND))

    def test_a_bound_that_was_exceeded_grows(self, stub, connect, messages):
        stub.will(stub.completion("done", usage=(4700, 102)))
        budget = Budget(3 * self.BOUND)
        model = connect(price=self.PRICE, settings=self.SETTINGS, budget=budget)
        assert model.generate(messages).usage.usd == pytest.approx(2 * self.BOUND)
        with pytest.raises(BudgetError, match=r"could cost up to 4\.8020 USD"):
            model.generate(messages)
        assert len(stub.requests) == 1

    def test_a_server_elsewhere_needs_a_price(self):
        with pytest.raises(ConfigError) as caught:
            ChatModel(SERVERS["openai"], "gpt-4o")
        assert str(caught.value) == (
            "openai:gpt-4o: expected the price of the model, found none. Give US dollars per "
            "million tokens, read and written, from the provider's page: price=Price(2.0, 8.0); or "
            "price=FREE."
        )
        assert ChatModel(SERVERS["ollama"], "qwen").price == FREE


def test_without_the_extra_it_is_named(messages, monkeypatch):
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(MissingDependencyError) as caught:
        ChatModel(SERVERS["ollama"], "qwen").generate(messages)
    assert str(caught.value) == (
        "http://127.0.0.1:11434/v1: expected the package openai, which speaks to language models, "
        'found none. Install it: pip install "neuropil[language]".'
    )


def test_offline_means_this_computer_only(messages, monkeypatch):
    monkeypatch.setenv("NEUROPIL_OFFLINE", "1")
    with pytest.raises(DataUnavailableError) as caught:
        ChatModel(SERVERS["openai"], "gpt-4o", price=FREE).generate(messages)
    assert str(caught.value) == (
        "https://api.openai.com/v1: NEUROPIL_OFFLINE forbids the connection. "
        "Unset it, or replay what is recorded."
    )


def test_a_client_that_is_not_closed_leaves_nothing_open(stub, messages):
    pytest.importorskip("openai", reason="the extra language is not installed")
    model = ChatModel(stub.server, "my-model")
    model.generate(messages)
    del model
    gc.collect()
