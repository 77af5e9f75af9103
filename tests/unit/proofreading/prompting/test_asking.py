"""Models are opened by their name; what cannot work is refused before anything is sent."""

import pytest

from neuropil.contracts import ConfigError, InputError, SeedTree, SilentProgress
from neuropil.proofreading import LanguagePlan, Task
from neuropil.proofreading.prompting.asking import (
    Prompter,
    ask_language_model,
    check_language_plan,
)
from neuropil.proofreading.rendering.boxes import Box
from neuropil.proofreading.rendering.pictures import Picture, Pictures

HOSTED = {"model": "openai:gpt-4o", "input_price": 2.0, "output_price": 8.0}


@pytest.fixture
def camera():
    """Shows the labels of an item as a picture of one line."""
    import numpy as np

    class Camera:
        def take(self, item):
            labels = [piece.labels[0] for piece in item.shown]
            pixels = np.repeat(np.array(labels, np.uint8), 3).reshape(1, -1, 3)
            box = Box(item.center, item.half_width)
            return Pictures(item, (box,), (Picture("front", pixels),))

    return Camera()


@pytest.fixture
def tasks(block, make_item):
    binary = tuple(
        make_item("split-error-binary", 2 * k, 2 * k + 1, answer=("1", "-1")[k % 2])
        for k in range(10)
    )
    choice = tuple(
        make_item("split-error-choice", 3 * k, 3 * k + 1, 3 * k + 2, answer=("1", "2")[k % 2])
        for k in range(10)
    )
    found = {"split-error-binary": binary, "split-error-choice": choice}
    return {name: Task(name, items, block) for name, items in found.items()}


def _ask(plan, tasks, camera, path, notes=None):
    notes = [] if notes is None else notes
    return ask_language_model(
        LanguagePlan(**plan), tasks, camera, path, SeedTree(0), SilentProgress(), notes.append
    )


def test_scripted_models_know_what_they_are_shown(tasks, camera, tmp_path):
    found = _ask({"model": "mock:oracle"}, tasks, camera, tmp_path / "replies.jsonl")
    for name, task in tasks.items():
        said = [answer.value for answer in found[name].answers]
        assert said == [item.answer for item in task.items]
        assert found[name].solver == "mock:oracle (heuristics)"
        assert found[name].stopped is None


def test_replies_are_recorded_and_replayed(tasks, camera, tmp_path):
    path, plan = tmp_path / "replies.jsonl", {"model": "mock:noisy-0.8", "votes": 3}
    first = _ask(plan, tasks, camera, path)
    assert len(path.read_text().splitlines()) == 1 + 2 * 10 * 3
    content = path.read_bytes()
    again = _ask({**plan, "recording": str(path)}, tasks, camera, tmp_path / "other.jsonl")
    assert path.read_bytes() == content
    assert not (tmp_path / "other.jsonl").exists()
    for name in tasks:
        samples = [[one.samples for one in found[name].answers] for found in (first, again)]
        assert samples[0] == samples[1]
        # Replaying takes no time that would say anything about the model.
        assert first[name].milliseconds > 0
        assert again[name].milliseconds is None


def test_a_recording_that_a_crash_has_cut_is_mended_and_said(tasks, camera, tmp_path):
    path, notes = tmp_path / "replies.jsonl", []
    _ask({"model": "mock:oracle"}, tasks, camera, path)
    path.write_bytes(path.read_bytes()[:-20])
    _ask({"model": "mock:oracle"}, tasks, camera, path, notes)
    assert notes == [
        "line 21 of replies.jsonl was cut by a crash and is left out; its question is asked again."
    ]


def test_items_that_look_the_same_have_one_answer(camera, make_item):
    prompter = Prompter(camera, "null")
    prompter.take(make_item("split-error-binary", 1, 2, answer="1"))
    with pytest.raises(InputError, match="expected items that look different"):
        prompter.take(make_item("split-error-binary", 1, 2, answer="-1"))


def test_without_a_model_only_tasks_are_checked():
    check_language_plan(LanguagePlan())
    with pytest.raises(ConfigError, match="Did you mean split-error-choice"):
        check_language_plan(LanguagePlan(tasks="split-error-choise"))


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (
            {"model": "opnai:gpt-4o"},
            "model: expected a model as openai:MODEL, anthropic:MODEL, ollama:MODEL, mock:NAME or "
            "http://HOST:PORT/v1#MODEL, found 'opnai:gpt-4o'. Did you mean openai? Name a server "
            "and a model.",
        ),
        (
            {"model": "mock:orakle"},
            "mock: expected one of oracle, noisy-0.8, random, always-yes, always-no, always-1, "
            "unparsable, found 'orakle'. Did you mean oracle? Name one of them, such as "
            "mock:oracle.",
        ),
        (
            {"model": "openai:gpt-4o"},
            "language.input_price, language.output_price: expected the price of openai:gpt-4o, "
            "found none. Give US dollars per million tokens, read and written, from the provider's "
            "page, such as --input-price 2 --output-price 8.",
        ),
        (
            {"model": "ollama:qwen2.5vl", "input_price": 2.0},
            "language.input_price, language.output_price: expected both prices, found one. Give US "
            "dollars per million tokens for both, such as --input-price 2 --output-price 8.",
        ),
        (
            HOSTED,
            "OPENAI_API_KEY: expected a key of visible ASCII characters, found nothing. Set the "
            "environment variable OPENAI_API_KEY to the key of openai.",
        ),
    ],
)
def test_what_cannot_work_is_refused(monkeypatch, plan, message):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ConfigError) as refused:
        check_language_plan(LanguagePlan(**plan))
    assert str(refused.value) == message


def test_one_name_switches_between_models(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")
    for model in ("mock:oracle", "ollama:qwen2.5vl", "http://127.0.0.1:8000/v1#mine", HOSTED):
        plan = model if isinstance(model, dict) else {"model": model}
        check_language_plan(LanguagePlan(**plan))


def test_what_is_recorded_needs_no_key(monkeypatch, tmp_path):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (tmp_path / "replies.jsonl").touch()
    check_language_plan(LanguagePlan(**HOSTED, recording=str(tmp_path / "replies.jsonl")))
