"""A web server on loopback whose answers a test writes down."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from neuropil.contracts import Citation
from neuropil.datasets import REGISTRY, Dataset, RemoteFile

BODY = bytes(range(256)) * 40


@dataclass
class Server:
    """What to answer, and which byte ranges were asked for."""

    url: str = ""
    body: bytes = BODY
    status: int = 200
    stop_after: int | None = None
    honour_range: bool = True
    ranges: list[str | None] = field(default_factory=list)


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers["Range"]
            server.ranges.append(asked)
            body, status = server.body, server.status
            if asked and server.honour_range:
                body, status = body[int(asked.removeprefix("bytes=").rstrip("-")) :], 206
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: server.stop_after])

        def log_message(self, *args: object) -> None:
            del args

    return Handler


@contextmanager
def _serving() -> Iterator[Server]:
    state = Server()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(state)) as http:
        state.url = f"http://127.0.0.1:{http.server_port}/file.bin"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        http.shutdown()
        thread.join()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NEUROPIL_OFFLINE", "0")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("NEUROPIL_DATA", raising=False)
    with _serving() as state:
        yield state


@pytest.fixture
def other_server(server: Server) -> Iterator[Server]:
    """A second server beside the first."""
    del server
    with _serving() as state:
        yield state


@pytest.fixture
def publish(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Dataset]:
    """Register a dataset of one file with the bytes of ``BODY`` at the given addresses."""

    def register(*urls: str, substitute: str | None = None) -> Dataset:
        digest = hashlib.sha256(BODY).hexdigest()
        dataset = Dataset(
            name="sample",
            topic="topic",
            title="A sample",
            licence="CC0",
            citations=(Citation("someone2020", "Someone 2020, A sample"),),
            converter="neuropil.datasets.synthetic:convert",
            files=(RemoteFile("raw/file.bin", digest, len(BODY), urls, "CC0"),),
            substitute=substitute,
        )
        monkeypatch.setitem(REGISTRY, "sample", dataset)
        return dataset

    return register
