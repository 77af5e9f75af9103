"""The format of chat completions: a request out of messages, a reply out of its answer."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, PositiveFloat, PositiveInt

from neuropil.contracts import InputError, Settings
from neuropil.language.model import Image, Message

__all__ = ["ChatSettings", "Completion", "compose_request", "fault_of", "read_completion"]

_PNG = b"\x89PNG\r\n\x1a\n"


class ChatSettings(Settings):
    """How a model is asked.

    Parameters
    ----------
    max_tokens : int
        Most tokens of an answer, those of hidden reasoning included.
    temperature : float, optional
        How freely answers are drawn, from 0; the server's own where it is not given, since models
        that reason refuse to be told.
    timeout : float
        Longest wait for the next bytes of an answer [s].
    """

    # Several times what a description of three views and an answer take; reasoning needs more.
    max_tokens: PositiveInt = 4096
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    timeout: PositiveFloat = 180.0


@dataclass(frozen=True)
class Completion:
    """What a server answered.

    Parameters
    ----------
    text : str
        The answer; empty where the model wrote nothing.
    model : str
        The model as the server names it.
    tokens : tuple of int, optional
        Tokens read and written; None where the server did not count them.
    """

    text: str
    model: str
    tokens: tuple[int, int] | None


def compose_request(
    model: str, messages: tuple[Message, ...], settings: ChatSettings, limit: str = "max_tokens"
) -> dict[str, Any]:
    """Write a request of chat completions.

    Parameters
    ----------
    model : str
        The model as the server calls it.
    messages : tuple of Message
        What is asked.
    settings : ChatSettings
        How it is asked.
    limit : str
        How the server calls the most tokens of an answer.

    Returns
    -------
    dict
        The body of the request; pictures are in it, each after its label and before the text.

    Raises
    ------
    InputError
        When there is no message, or a picture is no PNG file.

    Examples
    --------
    >>> compose_request("m", (Message("user", "Hello."),), ChatSettings(max_tokens=9))
    {'model': 'm', 'messages': [{'role': 'user', 'content': 'Hello.'}], 'max_tokens': 9}
    """
    if not messages:
        raise InputError(
            "expected at least one message, found none", repair="Ask something of the model."
        )
    body = {
        "model": model,
        "messages": [{"role": one.role, "content": _content(one)} for one in messages],
        limit: settings.max_tokens,
    }
    if settings.temperature is not None:
        body["temperature"] = settings.temperature
    return body


def _content(message: Message) -> str | list[dict[str, Any]]:
    # Some servers take parts only where there are pictures.
    if not message.images:
        return message.text
    parts: list[dict[str, Any]] = []
    for image in message.images:
        if image.label:
            parts.append(_text_part(image.label))
        parts.append({"type": "image_url", "image_url": {"url": _url(image), "detail": "high"}})
    return [*parts, _text_part(message.text)]


def _text_part(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _url(image: Image) -> str:
    if not image.png.startswith(_PNG):
        raise InputError(
            f"expected a PNG file, found {len(image.png)} other bytes",
            where=f"picture {image.label!r}",
            repair="Encode the picture as PNG.",
        )
    return f"data:image/png;base64,{base64.b64encode(image.png).decode()}"


def read_completion(body: str) -> Completion | str:
    """Read the body of an answer.

    Parameters
    ----------
    body : str
        What the server sent.

    Returns
    -------
    Completion or str
        The answer, or what is wrong with it.
    """
    try:
        answer = json.loads(body)
    # Answers are strangers' text: nested too deeply, or with a number of thousands of digits.
    except (ValueError, RecursionError):
        return "malformed JSON"
    message = _first_message(answer)
    if message is None:
        fault = fault_of(answer)
        return f"a reply without choices{f' ({fault})' if fault else ''}"
    text = message.get("content")
    # A model that spent all its tokens on reasoning, or refuses, writes null.
    text = "" if text is None else text
    if not isinstance(text, str):
        return f"a reply whose content is a {type(text).__name__}, not text"
    name = answer.get("model")
    return Completion(text, name if isinstance(name, str) else "", _tokens(answer.get("usage")))


def _first_message(answer: object) -> Mapping[str, Any] | None:
    try:
        message = answer["choices"][0]["message"]  # type: ignore[index]
    except (KeyError, IndexError, TypeError):
        return None
    return message if isinstance(message, dict) else None


def _tokens(usage: object) -> tuple[int, int] | None:
    counts = usage if isinstance(usage, dict) else {}
    read, written = _count(counts.get("prompt_tokens")), _count(counts.get("completion_tokens"))
    return None if read is None or written is None else (read, written)


def _count(value: object) -> int | None:
    # True is 1 in Python, and no number of tokens.
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def fault_of(answer: object) -> str:
    """Return what a server says about its own failure, in one printable line.

    Parameters
    ----------
    answer : object
        The JSON of its answer, or its text.

    Returns
    -------
    str
        Empty where it says nothing.
    """
    said = answer
    for name in ("error", "message", "detail"):
        if isinstance(said, dict) and name in said:
            said = said[name]
    if not isinstance(said, str):
        return ""
    # A server's text may hold what moves the cursor of a terminal.
    line = " ".join("".join(one if one.isprintable() else " " for one in said).split())
    return line if len(line) <= 300 else f"{line[:297]}..."
