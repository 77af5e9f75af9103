"""Names lead to models; what is no name is refused, and no secret in one is shown."""

from __future__ import annotations

import pytest

from neuropil.contracts import ConfigError, SeedTree
from neuropil.language import (
    FREE,
    SERVERS,
    Always,
    Budget,
    ChatModel,
    ChatSettings,
    Guesser,
    Known,
    NoisyOracle,
    Oracle,
    Price,
    Unparsable,
    find_server,
    load_model,
    settings_of,
)

FORMS = "openai:MODEL, anthropic:MODEL, ollama:MODEL, mock:NAME or http://HOST:PORT/v1#MODEL"


def teacher(_):
    return Known("1", ("-1",))


@pytest.mark.parametrize(
    ("spec", "url", "model"),
    [
        ("openai:gpt-4o", "https://api.openai.com/v1", "gpt-4o"),
        ("anthropic:claude-x", "https://api.anthropic.com/v1", "claude-x"),
        ("ollama:qwen2.5vl:7b", "http://127.0.0.1:11434/v1", "qwen2.5vl:7b"),
        ("http://127.0.0.1:8000/v1#Qwen/Qwen3-VL", "http://127.0.0.1:8000/v1", "Qwen/Qwen3-VL"),
        ("https://[::1]:8443/v1/#m", "https://[::1]:8443/v1", "m"),
    ],
)
def test_a_name_means_a_server_and_a_model(spec, url, model):
    loaded = load_model(spec, price=Price(1.0, 2.0), budget=Budget(5.0))
    assert isinstance(loaded, ChatModel)
    assert loaded.server.base_url == url
    assert loaded.model == model
    assert loaded.name == spec.replace("/v1/#", "/v1#")
    assert find_server(loaded.name) == (loaded.server, model)
    assert loaded.price == Price(1.0, 2.0)
    assert loaded.budget.usd == 5.0


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://127.1.2.3/v1", True),
        ("http://localhost:1234/v1", True),
        ("http://[::1]/v1", True),
        ("http://192.168.0.2/v1", False),
        ("https://localhost.example.org/v1", False),
        ("https://127.0.0.1.example.org/v1", False),
    ],
)
def test_only_this_computer_is_free(address, local):
    server, _ = find_server(f"{address}#m")
    assert server.is_local is local
    if local:
        assert load_model(f"{address}#m").price == FREE
    else:
        with pytest.raises(ConfigError, match="expected the price of the model, found none"):
            load_model(f"{address}#m")


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "gpt-4o",
        "openai:",
        "openia:gpt-4o",
        "http://127.0.0.1:8000/v1",
        "http://127.0.0.1/v1# ",
        "http://127.0.0.1:port/v1#m",
        "http://#m",
        "ftp://127.0.0.1/v1#m",
    ],
)
def test_what_is_no_name_is_refused(spec):
    with pytest.raises(ConfigError) as caught:
        load_model(spec)
    assert f"model: expected a model as {FORMS}, found {spec!r}. " in str(caught.value)


def test_a_close_name_is_suggested():
    with pytest.raises(ConfigError, match="Did you mean openai\\? Name a server and a model"):
        load_model("openia:gpt-4o")
    with pytest.raises(ConfigError) as caught:
        load_model("mock:oracl")
    assert str(caught.value) == (
        "mock: expected one of oracle, noisy-0.8, random, always-yes, always-no, always-1, "
        "unparsable, found 'oracl'. Did you mean oracle? Name one of them, such as mock:oracle."
    )


@pytest.mark.parametrize(
    "spec",
    [
        "https://user:hunter2@example.org/v1#m",
        "https://hunter2@example.org/v1#m",
        "https://example.org/v1?key=hunter2#m",
        "ftp://user:hunter2@example.org/v1",
    ],
)
def test_a_secret_in_an_address_is_refused_and_not_shown(spec):
    with pytest.raises(ConfigError) as caught:
        load_model(spec, price=FREE)
    assert str(caught.value) == (
        "model: expected an address without a user, a password or a query. "
        "Put the key into the environment variable NEUROPIL_LANGUAGE_KEY."
    )


@pytest.mark.parametrize(
    ("spec", "kind", "said"),
    [
        ("mock:oracle", Oracle, "<answer>1</answer>"),
        ("mock:noisy-1", NoisyOracle, "<answer>1</answer>"),
        ("mock:noisy-0", NoisyOracle, "<answer>-1</answer>"),
        ("mock:random", Guesser, "</answer>"),
        ("mock:unparsable", Unparsable, "hard to tell"),
        ("mock:always-yes", Always, "<answer>1</answer>"),
        ("mock:always-first", Always, "<answer>1</answer>"),
        ("mock:always-no", Always, "<answer>-1</answer>"),
        ("mock:always-none", Always, "<answer>-1</answer>"),
        ("mock:always-c", Always, "<answer>c</answer>"),
    ],
)
def test_scripted_models_have_names(spec, kind, said, messages):
    model = load_model(spec, teacher=teacher)
    assert isinstance(model, kind)
    assert model.name == spec
    assert said in model.generate(messages).text


def test_what_a_scripted_model_must_know_is_asked_for():
    for spec in ("mock:oracle", "mock:noisy-0.8", "mock:random"):
        with pytest.raises(ConfigError) as caught:
            load_model(spec)
        assert str(caught.value) == (
            f"{spec}: expected the answers that the model knows, found none. "
            "Give them as teacher=AnswerKey(...)."
        )
    for spec in ("mock:noisy-2", "mock:noisy-nan"):
        with pytest.raises(ConfigError, match="expected a probability from 0 to 1"):
            load_model(spec, teacher=teacher)


def test_settings_tell_apart_what_a_name_does_not():
    assert settings_of(load_model("mock:always-yes")) == {}
    noisy = load_model("mock:noisy-0.8", teacher=teacher, seed=SeedTree(3).child("votes"))
    assert settings_of(noisy) == {"seed": [3, "votes"]}
    settings = ChatSettings(temperature=0.0, timeout=1.0)
    chat = load_model("ollama:m", settings=settings)
    assert settings_of(chat) == {"max_tokens": 4096, "temperature": 0.0}


def test_settings_out_of_range_are_refused():
    for wrong in ({"max_tokens": 0}, {"temperature": -1}, {"timeout": 0}, {"top_p": 1}):
        with pytest.raises(ConfigError):
            ChatSettings.build(wrong)


def test_hosts_that_need_a_key_say_where_it_is():
    assert {name: server.key_variable for name, server in SERVERS.items()} == {
        "openai": "OPENAI_API_KEY",
        "anthropic": "ANTHROPIC_API_KEY",
        "ollama": "NEUROPIL_LANGUAGE_KEY",
    }
    assert [name for name, server in SERVERS.items() if not server.needs_key] == ["ollama"]
