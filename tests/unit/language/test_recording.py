"""What was answered once is on disk, is not asked again, and survives a crash."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count

import pytest

from neuropil.contracts import DataUnavailableError, InputError, OutputError, VersionError
from neuropil.language import (
    Image,
    Message,
    Question,
    RecordedModel,
    Recording,
    Reply,
    Usage,
    hash_messages,
    hash_question,
)

HEADER = '{"format": "neuropil-replies", "format_version": 1}\n'
REPAIR = "Name a file that neuropil recorded, or a new one."


class Counting:
    """A model whose answers are numbered, with settings."""

    name = "counting:model"

    def __init__(self, **settings):
        self.settings = settings
        self.asked = []
        self._numbers = count()

    def generate(self, messages, *, sample=0):
        self.asked.append((messages, sample))
        return Reply(f"é {next(self._numbers)} \ud800\n", Usage(7, 3, 0.1 + 0.2), "served")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "replies.jsonl"


@pytest.fixture
def question(messages):
    return Question(messages)


def ask(path, model, questions, *, replay_only=False):
    with Recording(path, replay_only=replay_only) as recording:
        recorded = RecordedModel(model, recording)
        return [recorded.generate(one.messages, sample=one.sample) for one in questions]


def test_what_is_recorded_is_returned_bit_for_bit_and_not_asked_again(path, question):
    questions = [question, replace(question, sample=1), question]
    model = Counting()
    first = ask(path, model, questions)
    assert [reply.text for reply in first] == ["é 0 \ud800\n", "é 1 \ud800\n", "é 0 \ud800\n"]
    assert len(model.asked) == 2
    content = path.read_bytes()
    assert ask(path, Counting(), questions) == first
    assert ask(path, None or Counting(), questions, replay_only=True) == first
    assert path.read_bytes() == content
    with Recording(path) as recording:
        assert len(recording) == 2
        assert recording.usage == Usage(14, 6, 2 * (0.1 + 0.2))
        assert recording.notes == []


def test_each_line_says_what_it_answers(path, question):
    model = Counting(temperature=0.5)
    ask(path, model, [replace(question, sample=4)])
    header, line = path.read_text(encoding="utf-8").splitlines()
    assert header + "\n" == HEADER
    assert json.loads(line) == {
        "key": hash_question(model, replace(question, sample=4)),
        "model": "counting:model",
        "settings": {"temperature": 0.5},
        "question": hash_messages(question.messages),
        "sample": 4,
        "text": "é 0 \ud800\n",
        "usage": {"input_tokens": 7, "output_tokens": 3, "usd": 0.1 + 0.2},
        "served_by": "served",
    }


def test_the_key_depends_on_all_that_an_answer_depends_on(question):
    text, picture = Message("user", "?"), Image(b"1", "front")
    other = Counting()
    other.name = "another"
    asked = [
        (Counting(), Question((text,))),
        (other, Question((text,))),
        (Counting(temperature=1.0), Question((text,))),
        (Counting(), Question((text,), sample=1)),
        (Counting(), Question((text, text))),
        (Counting(), Question((replace(text, role="system"),))),
        (Counting(), Question((replace(text, text="!"),))),
        (Counting(), Question((replace(text, images=(picture,)),))),
        (Counting(), Question((replace(text, images=(replace(picture, png=b"2"),)),))),
        (Counting(), Question((replace(text, images=(replace(picture, label="side"),)),))),
        (Counting(), question),
    ]
    keys = [hash_question(*one) for one in asked]
    assert len(set(keys)) == len(keys)
    assert keys == [hash_question(*one) for one in asked]


def test_replaying_refuses_what_it_does_not_hold_by_name(path, question):
    ask(path, Counting(), [question])
    model = Counting(temperature=0.5)
    with pytest.raises(DataUnavailableError) as caught:
        ask(path, model, [replace(question, sample=2)], replay_only=True)
    assert str(caught.value) == (
        f"{path}: expected a recorded reply of counting:model with "
        f'{{"temperature": 0.5}} to question {hash_messages(question.messages)[:12]} '
        "('One neuron or two?'), sample 2, found none. Record it: run once without replaying only."
    )
    assert model.asked == []
    with Recording(path, replay_only=True) as recording, pytest.raises(OutputError):
        recording.add(model, question, Reply("x"))


def test_replaying_needs_a_recording(path):
    with pytest.raises(InputError, match="there is no such file or folder"):
        Recording(path, replay_only=True)
    assert not path.parent.exists()


def test_a_line_that_a_crash_has_cut_is_dropped_with_a_note(path, question):
    questions = [replace(question, sample=number) for number in range(3)]
    first = ask(path, Counting(), questions)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    path.write_bytes(whole[:-20])
    replayed = Recording(path, replay_only=True)
    note = "line 4 of replies.jsonl was cut by a crash and is left out; its question is asked again"
    assert replayed.notes == [note]
    assert path.read_bytes() == whole[:-20]
    model = Counting()
    with Recording(path) as recording:
        assert recording.notes == [note]
        recorded = RecordedModel(model, recording)
        again = [recorded.generate(one.messages, sample=one.sample) for one in questions]
    assert again[:2] == first[:2]
    assert model.asked == [(question.messages, 2)]
    assert path.read_bytes().startswith(b"".join(lines[:3]))
    assert ask(path, Counting(), questions, replay_only=True) == again


@pytest.mark.parametrize("length", [1, 30, len(HEADER) - 1])
def test_a_crash_while_the_file_was_made_is_mended(path, question, length):
    path.parent.mkdir()
    path.write_text(HEADER[:length])
    ask(path, Counting(), [question])
    assert path.read_text().startswith(HEADER)
    assert len(path.read_text().splitlines()) == 2


def test_a_last_line_that_lacks_only_its_end_is_kept(path, question):
    first = ask(path, Counting(), [question])
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    model = Counting()
    assert ask(path, model, [question]) == first
    assert model.asked == []
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        ("notes of mine", InputError, "line 1: not valid JSON. "),
        (
            '{"a": 1}\n',
            InputError,
            "line 1: expected a recording, whose first line has the format 'neuropil-replies'",
        ),
        (
            HEADER.replace("1}", "2}"),
            VersionError,
            "line 1: recording of format 2, this installation reads 1",
        ),
        (HEADER + "{\n{}\n", InputError, "line 2: not valid JSON. "),
        (
            HEADER + '{"key": "1", "usage": {"input_tokens": 1, "output_tokens": true}}\n',
            InputError,
            "line 2: expected usage.output_tokens to be a number from 0, found 'True'",
        ),
        (
            HEADER + '{"usage": {"input_tokens": 1, "output_tokens": 1, "usd": NaN}}\n',
            InputError,
            "line 2: expected usage.usd to be a number from 0, found 'nan'",
        ),
        (
            HEADER + '{"usage": {"input_tokens": 1, "output_tokens": 1, "usd": 0}, "text": 1}\n',
            InputError,
            "line 2: expected text to be a text, found '1'",
        ),
    ],
)
def test_another_file_is_refused_and_left_alone(path, content, error, said):
    path.parent.mkdir()
    path.write_text(content)
    for replay_only in (False, True):
        with pytest.raises(error) as caught:
            Recording(path, replay_only=replay_only)
        assert said in str(caught.value)
        assert str(path) in str(caught.value)
    assert path.read_text() == content


def test_two_processes_cannot_add_to_one_file(path, question):
    pytest.importorskip("fcntl", reason="this system has no locks of files")
    with Recording(path):
        with pytest.raises(OutputError) as caught:
            Recording(path)
        Recording(path, replay_only=True)
    assert str(caught.value) == (
        f"{path}: another process adds to the recording. "
        "Wait until it is done, or name another file."
    )
    ask(path, Counting(), [question])


def test_of_threads_that_ask_the_same_one_asks_the_model(path, question):
    barrier = threading.Barrier(4)
    model = Counting()
    with Recording(path) as recording, ThreadPoolExecutor(4) as pool:
        recorded = RecordedModel(model, recording)

        def ask_together(_):
            barrier.wait()
            return recorded.generate(question.messages)

        replies = list(pool.map(ask_together, range(4)))
    assert len(set(replies)) == 1
    assert len(model.asked) == 1
    assert len(path.read_text().splitlines()) == 2


def test_a_disk_that_is_full_leaves_whole_lines(path, question, monkeypatch):
    with Recording(path) as recording:
        recorded = RecordedModel(Counting(), recording)
        recorded.generate(question.messages)
        before = path.read_bytes()
        real = recording._handle

        class Full:
            """Takes ten bytes, and then has no space left."""

            closed = False

            def __init__(self):
                self.taken = 0

            def write(self, content):
                if self.taken:
                    raise OSError(28, "No space left on device")
                self.taken = real.write(content[:10])
                return self.taken

            def __getattr__(self, name):
                return getattr(real, name)

        monkeypatch.setattr(recording, "_handle", Full())
        with pytest.raises(OutputError) as caught:
            recorded.generate(question.messages, sample=1)
        assert str(caught.value) == (
            f"{path}: cannot write: no space left on device. "
            "Free space and permissions there, or name another file."
        )
        assert path.read_bytes() == before
        monkeypatch.setattr(recording, "_handle", real)
        recorded.generate(question.messages, sample=2)
    assert len(Recording(path, replay_only=True)) == 2


def test_a_place_that_is_no_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write: "):
        Recording(tmp_path / "file" / "replies.jsonl")
    with pytest.raises(InputError, match="expected a file, found a folder"):
        Recording(tmp_path)
