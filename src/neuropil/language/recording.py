"""Replies on disk: what was answered once is never asked, nor paid, again."""

from __future__ import annotations

import json
import math
import os
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from neuropil.contracts import (
    DataUnavailableError,
    InputError,
    OutputError,
    VersionError,
    require_regular_file,
)
from neuropil.language.model import (
    LanguageModel,
    Message,
    Question,
    Reply,
    Usage,
    hash_messages,
    hash_question,
    settings_of,
)

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["RecordedModel", "Recording"]

_FORMAT = "neuropil-replies"
_VERSION = 1
_HEADER = json.dumps({"format": _FORMAT, "format_version": _VERSION})
_REPAIR = "Name a file that neuropil recorded, or a new one."


@dataclass(frozen=True)
class _Entry:
    """One line of a recording."""

    key: str
    model: str
    settings: dict[str, Any]
    question: str
    sample: int
    text: str
    usage: Usage
    served_by: str


class Recording:
    """A file with replies, one a line of JSON, to which each is added as it comes.

    A line that a crash has cut is dropped. One process at a time may add to a file.

    Parameters
    ----------
    path : Path or str
        The file; it is made where there is none.
    replay_only : bool
        Whether the file is only read, and what is not in it is refused.

    Attributes
    ----------
    path : Path
        The file.
    notes : list of str
        What was mended when it was read.

    Raises
    ------
    InputError
        When it is no recording, or damaged elsewhere than at its end; the message names the line.
    OutputError
        When it cannot be written, or another process adds to it; wait, or name another.
    VersionError
        When a newer neuropil wrote it; upgrade.
    """

    def __init__(self, path: Path | str, *, replay_only: bool = False) -> None:
        self.path = Path(path)
        self.replay_only = replay_only
        self.notes: list[str] = []
        self._replies: dict[str, Reply] = {}
        self._adding = threading.Lock()
        self._handle = None if replay_only else _open_for_adding(self.path)
        try:
            self._read()
        except BaseException:
            self.close()
            raise

    def find(self, key: str) -> Reply | None:
        """Return the reply with that key, as :func:`hash_question` makes it."""
        return self._replies.get(key)

    def add(self, model: LanguageModel, question: Question, reply: Reply) -> None:
        """Add a reply; it is in the file when this returns.

        Parameters
        ----------
        model : LanguageModel
            Who answered.
        question : Question
            What was asked.
        reply : Reply
            The answer.

        Raises
        ------
        OutputError
            When the file cannot be written; free space, and run it again.
        """
        entry = _Entry(
            key=hash_question(model, question),
            model=model.name,
            settings=dict(settings_of(model)),
            question=hash_messages(question.messages),
            sample=question.sample,
            text=reply.text,
            usage=reply.usage,
            served_by=reply.model,
        )
        with self._adding:
            self._append(json.dumps(asdict(entry), allow_nan=False))
            self._replies[entry.key] = reply

    @property
    def usage(self) -> Usage:
        """What all its replies have cost."""
        return sum((reply.usage for reply in self._replies.values()), Usage())

    def __len__(self) -> int:
        return len(self._replies)

    def close(self) -> None:
        """Close the file, so that another process may add to it."""
        with self._adding:
            if self._handle is not None:
                self._handle.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self) -> None:
        require_regular_file(self.path)
        ended = True
        with self.path.open("rb") as handle:
            for number, line in enumerate(handle, start=1):
                ended = line.endswith(b"\n")
                if not self._read_line(number, line):
                    self._drop(number, handle.tell() - len(line))
                    ended = True
        if self._handle is not None:
            if not self.path.stat().st_size:
                self._append(_HEADER)
            elif not ended:
                self._append("")

    def _read_line(self, number: int, line: bytes) -> bool:
        """Take in a line; return whether it is whole."""
        where = f"{self.path}, line {number}"
        try:
            value = json.loads(line)
        # Also of a number of thousands of digits, and of a line that is nested too deeply.
        except (ValueError, RecursionError) as error:
            # A first line must be ours: another file that was named by mistake stays as it is.
            if not line.endswith(b"\n") and (number > 1 or _HEADER.encode().startswith(line)):
                return False
            raise InputError("not valid JSON", where=where, repair=_REPAIR) from error
        if number == 1:
            _check_header(value, where)
        else:
            key, reply = _read_entry(value, where)
            # The first: what was answered once stays as it was.
            self._replies.setdefault(key, reply)
        return True

    def _drop(self, number: int, start: int) -> None:
        self.notes.append(
            f"line {number} of {self.path.name} was cut by a crash and is left out; "
            "its question is asked again"
        )
        if self._handle is not None:
            self._handle.truncate(start)

    def _append(self, line: str) -> None:
        if self._handle is None or self._handle.closed:
            raise OutputError(
                "the recording is closed or only read", where=str(self.path), repair="Open it."
            )
        start = os.fstat(self._handle.fileno()).st_size
        rest = f"{line}\n".encode()
        try:
            # The file has no buffer, and a disk that fills up takes a part of what it is given.
            while rest:
                rest = rest[self._handle.write(rest) :]
        except OSError as error:
            # Half a line would make the next one unreadable.
            with suppress(OSError):
                self._handle.truncate(start)
            raise _unwritable(self.path, error) from error


class RecordedModel:
    """A model whose replies are recorded, and which is asked only what is not.

    Several threads may ask it; of those that ask the same at once, one asks the model.

    Parameters
    ----------
    model : LanguageModel
        Who is asked.
    recording : Recording
        Where replies are kept.

    Examples
    --------
    >>> import tempfile
    >>> from neuropil.language import Always
    >>> question = (Message("user", "One neuron or two?"),)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "replies.jsonl"
    ...     with Recording(path) as recording:
    ...         first = RecordedModel(Always("1"), recording).generate(question)
    ...     with Recording(path, replay_only=True) as recording:
    ...         again = RecordedModel(Always("1"), recording).generate(question)
    >>> first == again
    True
    """

    def __init__(self, model: LanguageModel, recording: Recording) -> None:
        self.model = model
        self.recording = recording
        self._turns: dict[str, threading.Lock] = {}
        self._giving_turns = threading.Lock()

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.model.name

    @property
    def settings(self) -> dict[str, Any]:
        """Settings of the model."""
        return dict(settings_of(self.model))

    def generate(self, messages: tuple[Message, ...], *, sample: int = 0) -> Reply:
        """Return what is recorded, or ask and record.

        Parameters
        ----------
        messages : tuple of Message
            The conversation so far.
        sample : int
            Which of several answers.

        Returns
        -------
        Reply
            The answer; one that is recorded is the same to the last bit, its price included.

        Raises
        ------
        DataUnavailableError
            When the recording is only replayed and does not hold it; the message names the
            question.
        """
        question = Question(messages, sample)
        key = hash_question(self.model, question)
        with self._turn(key):
            reply = self.recording.find(key)
            if reply is None:
                if self.recording.replay_only:
                    raise self._unknown(question)
                reply = self.model.generate(messages, sample=sample)
                self.recording.add(self.model, question, reply)
            return reply

    def _turn(self, key: str) -> threading.Lock:
        with self._giving_turns:
            return self._turns.setdefault(key, threading.Lock())

    def _unknown(self, question: Question) -> DataUnavailableError:
        said = question.messages[-1].text if question.messages else ""
        start = said if len(said) <= 60 else f"{said[:57]}..."
        return DataUnavailableError(
            f"expected a recorded reply of {self.name} with {json.dumps(self.settings)} to "
            f"question {hash_messages(question.messages)[:12]} ({start!r}), sample "
            f"{question.sample}, found none",
            where=str(self.recording.path),
            repair="Record it: run once without replaying only.",
        )


def _open_for_adding(path: Path) -> FileIO:
    if path.exists():
        require_regular_file(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Without a buffer: a reply that is added is in the file, whatever becomes of the process.
        handle = path.open("ab", buffering=0)
    except OSError as error:
        raise _unwritable(path, error) from error
    if fcntl is None:
        return handle
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        # Two would pay for the same replies, and each cut the other's last line.
        raise OutputError(
            "another process adds to the recording",
            where=str(path),
            repair="Wait until it is done, or name another file.",
        ) from error
    return handle


def _check_header(value: object, where: str) -> None:
    name = value.get("format") if isinstance(value, dict) else None
    if name != _FORMAT:
        raise InputError(
            f"expected a recording, whose first line has the format {_FORMAT!r}",
            where=where,
            repair=_REPAIR,
        )
    version = value["format_version"] if isinstance(value, dict) else None
    if version != _VERSION:
        raise VersionError(
            f"recording of format {version}, this installation reads {_VERSION}",
            where=where,
            repair="Upgrade neuropil to read it.",
        )


def _read_entry(value: object, where: str) -> tuple[str, Reply]:
    """Return the key and the reply of a line.

    By hand and not with Pydantic, which refuses halves of surrogate pairs: models write them, and
    what they wrote is kept.
    """
    usage = Usage(
        _field(value, "usage.input_tokens", int, where),
        _field(value, "usage.output_tokens", int, where),
        float(_field(value, "usage.usd", (int, float), where)),
    )
    text = _field(value, "text", str, where)
    return _field(value, "key", str, where), Reply(
        text, usage, model=_field(value, "served_by", str, where)
    )


def _field(value: object, name: str, kind: type | tuple[type, ...], where: str) -> Any:  # noqa: ANN401 - of that kind
    found = value
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    good = isinstance(found, kind) and not isinstance(found, bool)
    # Python reads NaN and infinity as numbers; neither is a price.
    if not good or (isinstance(found, int | float) and not 0 <= found < math.inf):
        words = "a text" if kind is str else "a number from 0"
        raise InputError(
            f"expected {name} to be {words}, found {str(found)[:40]!r}", where=where, repair=_REPAIR
        )
    return found


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"cannot write: {os.strerror(error.errno or 0).lower()}",
        where=str(path),
        repair="Free space and permissions there, or name another file.",
    )
