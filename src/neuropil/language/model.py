"""What every language model is to the rest of the package: messages in, one reply out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

__all__ = [
    "Image",
    "LanguageModel",
    "Message",
    "Question",
    "Reply",
    "Usage",
    "hash_messages",
    "hash_question",
    "settings_of",
]


@dataclass(frozen=True)
class Image:
    """A picture in a message.

    Parameters
    ----------
    png : bytes
        The picture as a PNG file.
    label : str
        What it shows, such as ``front``; written before it.
    """

    png: bytes
    label: str = ""


@dataclass(frozen=True)
class Message:
    """One turn of a conversation.

    Parameters
    ----------
    role : {"system", "user", "assistant"}
        Who speaks.
    text : str
        What is said; it stands after the pictures.
    images : tuple of Image
        Pictures, in order.
    """

    role: Literal["system", "user", "assistant"]
    text: str
    images: tuple[Image, ...] = ()


@dataclass(frozen=True)
class Usage:
    """What a reply cost.

    Parameters
    ----------
    input_tokens, output_tokens : int
        Tokens that were read and written.
    usd : float
        Price [US dollar]; 0 for models that run here.

    Examples
    --------
    >>> sum([Usage(10, 2, 0.5), Usage(20, 3, 0.25)], Usage())
    Usage(input_tokens=30, output_tokens=5, usd=0.75)
    """

    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.usd + other.usd,
        )


@dataclass(frozen=True)
class Reply:
    """What a model answered.

    Parameters
    ----------
    text : str
        The answer, unchanged.
    usage : Usage
        What it cost.
    model : str
        Name of the model as the server gives it.
    """

    text: str
    usage: Usage = Usage()
    model: str = ""


@dataclass(frozen=True)
class Question:
    """What a model is asked, and which of several answers to it is meant.

    Parameters
    ----------
    messages : tuple of Message
        The conversation so far.
    sample : int
        Number of the answer, from 0.
    """

    messages: tuple[Message, ...]
    sample: int = 0


class LanguageModel(Protocol):
    """A model that answers messages: hosted, local or scripted."""

    @property
    def name(self) -> str:
        """Name for tables, such as ``openai:gpt-4o``."""
        ...

    def generate(self, messages: tuple[Message, ...], *, sample: int = 0) -> Reply:
        """Answer.

        Parameters
        ----------
        messages : tuple of Message
            The conversation so far.
        sample : int
            Which of several answers to the same messages; models that draw at random draw anew.

        Returns
        -------
        Reply
            The answer with its cost.
        """
        ...


def hash_messages(messages: tuple[Message, ...]) -> str:
    """Name a conversation after its content: its texts, and the bytes and labels of its pictures.

    Parameters
    ----------
    messages : tuple of Message
        The conversation.

    Returns
    -------
    str
        A SHA-256 in hexadecimal.

    Examples
    --------
    >>> hash_messages((Message("user", "One neuron or two?"),))[:12]
    '1e9bc96409c5'
    """
    content = [
        [one.role, one.text, [[image.label, _sha256(image.png)] for image in one.images]]
        for one in messages
    ]
    # As JSON, so that no two conversations run together into one text.
    return _sha256(json.dumps(content).encode())


def settings_of(model: LanguageModel) -> Mapping[str, Any]:
    """Return what a model's answers depend on beside its name and what it is asked.

    Parameters
    ----------
    model : LanguageModel
        A model; one that can be set in several ways has a mapping ``settings`` of JSON values.

    Returns
    -------
    mapping
        Empty where the model has no settings.
    """
    return getattr(model, "settings", {})


def hash_question(model: LanguageModel, question: Question) -> str:
    """Name an answer after all that it depends on.

    Parameters
    ----------
    model : LanguageModel
        Who is asked; its name and its settings count.
    question : Question
        What is asked, the bytes of its pictures and the number of the sample.

    Returns
    -------
    str
        A SHA-256 in hexadecimal.
    """
    content = [model.name, settings_of(model), hash_messages(question.messages), question.sample]
    return _sha256(json.dumps(content, sort_keys=True).encode())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
