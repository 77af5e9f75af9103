"""Clients of the server on loopback, and a question with pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from neuropil.language import ChatModel, ChatSettings, Image, Message, Retries

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))


@pytest.fixture
def png() -> bytes:
    """The first picture of the question."""
    return PNG


@pytest.fixture
def waits() -> list[float]:
    """Waits that a client would have made [s]."""
    return []


@pytest.fixture
def connect(stub: Any, waits: list[float]) -> Iterator[Callable[..., ChatModel]]:
    """Make clients of the server, which never sleep; they are closed at the end."""
    pytest.importorskip("openai", reason="the extra language is not installed")
    made: list[ChatModel] = []

    def make(**options: Any) -> ChatModel:
        options = {
            "settings": ChatSettings(timeout=5.0),
            "retries": Retries(attempts=3),
            "sleep": waits.append,
            **options,
        }
        model = ChatModel(stub.server, "my-model", **options)
        made.append(model)
        return model

    yield make
    for model in made:
        model.close()


@pytest.fixture
def messages() -> tuple[Message, ...]:
    """A question with two views."""
    views = (Image(PNG, "front"), Image(PNG + b"2", "side"))
    return (
        Message("system", "You trace neurons."),
        Message("user", "One neuron or two?", views),
    )
