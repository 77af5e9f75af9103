"""What every language model is to the rest of the package: messages in, one reply out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

__all__ = ["Image", "LanguageModel", "Message", "Reply", "Usage"]


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
    """

    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0


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
