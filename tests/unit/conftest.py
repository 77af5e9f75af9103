"""A small study of its own, and a server that speaks chat completions."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from neuropil.language import Server
from neuropil.pipelines import STUDIES

FAKES = Path(__file__).parents[1] / "fakes"
KEY = "sk-secret-0123456789abcdef"


@pytest.fixture
def fake_study(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Name of a registered study that recovers a planted mean; the folder is a private one."""
    monkeypatch.syspath_prepend(str(FAKES))
    monkeypatch.setitem(STUDIES, "fake", "fake_study:FakeStudy")
    monkeypatch.chdir(tmp_path)
    return "fake"


@pytest.fixture
def fakes() -> Path:
    """Folder of the fake study, for subprocesses."""
    return FAKES


@dataclass
class Answer:
    """What the server does with one request."""

    body: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    silent: bool = False


def completion(
    text: str | None = "<answer>1</answer>", usage: tuple[int, int] | None = (100, 10)
) -> Answer:
    """An answer as servers give it."""
    body: dict[str, Any] = {
        "id": "1",
        "object": "chat.completion",
        "model": "served-model",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": text},
            }
        ],
    }
    if usage is not None:
        body["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1]}
    return Answer(json.dumps(body))


@dataclass
class Stub:
    """Answers in order, the last one again and again; and what was asked."""

    url: str = ""
    answers: list[Answer] = field(default_factory=lambda: [completion()])
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def server(self) -> Server:
        return Server(self.url, f"{self.url}#")

    def will(self, *answers: Answer | str) -> None:
        """Set the answers to come; a text is one that a model writes."""
        self.answers = [completion(one) if isinstance(one, str) else one for one in answers]

    completion = staticmethod(completion)
    fault = Answer


def _handler(stub: Stub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with stub.lock:
                stub.requests.append(body)
                stub.headers.append({name.lower(): text for name, text in self.headers.items()})
                stub.paths.append(self.path)
                answer = stub.answers[min(len(stub.requests), len(stub.answers)) - 1]
            self.close_connection = True
            if answer.silent:
                stub.ended.wait()
                return
            if answer.cut:
                self._cut()
                return
            sent = answer.body.encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(sent)

        def _cut(self) -> None:
            """Promise more than is sent, and reset the connection."""
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"choices": [')
            self.wfile.flush()
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

        def log_message(self, *args: object) -> None:
            del args

    return Handler


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("NEUROPIL_LANGUAGE_KEY", KEY)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    state = Stub()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(state)) as http:
        state.url = f"http://127.0.0.1:{http.server_port}/v1"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        state.ended.set()
        http.shutdown()
        thread.join()


@pytest.fixture
def key() -> str:
    """The key that the environment holds."""
    return KEY
