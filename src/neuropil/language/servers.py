"""Servers that speak chat completions: addresses, and where their keys are."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from neuropil.contracts import ConfigError, did_you_mean

__all__ = ["KEY_VARIABLE", "SERVERS", "Server", "find_server"]

KEY_VARIABLE = "NEUROPIL_LANGUAGE_KEY"
"""Environment variable with the key of a server that is named by its address."""

_FORMS = "openai:MODEL, anthropic:MODEL, ollama:MODEL, mock:NAME or http://HOST:PORT/v1#MODEL"


@dataclass(frozen=True)
class Server:
    """A server that speaks chat completions.

    Parameters
    ----------
    base_url : str
        Its address, to which ``/chat/completions`` is appended.
    label : str
        What names of its models begin with, such as ``openai:``.
    key_variable : str
        Environment variable that holds the key; the key itself is kept nowhere.
    needs_key : bool
        Whether it answers nobody without a key.
    limit : {"max_tokens", "max_completion_tokens"}
        How it calls the most tokens of an answer. OpenAI's newer models refuse the old word, and
        most local servers know no other.
    """

    base_url: str
    label: str
    key_variable: str = KEY_VARIABLE
    needs_key: bool = False
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"

    @property
    def is_local(self) -> bool:
        """Whether it runs on this computer, where nothing is paid."""
        host = urlsplit(self.base_url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    def key(self) -> str | None:
        """Read the key from the environment.

        Returns
        -------
        str or None
            None where there is none and none is needed.

        Raises
        ------
        ConfigError
            When a key is needed and missing, or is no text that can be sent; the message does not
            show it.
        """
        key = os.environ.get(self.key_variable, "").strip()
        if not key and not self.needs_key:
            return None
        # A header of HTTP holds nothing else; libraries would show the key while they complain.
        if not key or not (key.isascii() and key.isprintable()):
            found = "other characters" if key else "nothing"
            raise ConfigError(
                f"expected a key of visible ASCII characters, found {found}",
                where=self.key_variable,
                repair=f"Set the environment variable {self.key_variable} to the key of "
                f"{self.label.rstrip('#:')}.",
            )
        return key


SERVERS: Mapping[str, Server] = MappingProxyType(
    {
        "openai": Server(
            "https://api.openai.com/v1",
            "openai:",
            "OPENAI_API_KEY",
            needs_key=True,
            limit="max_completion_tokens",
        ),
        # Its layer that is compatible with chat completions, which it offers for comparing models.
        "anthropic": Server(
            "https://api.anthropic.com/v1", "anthropic:", "ANTHROPIC_API_KEY", needs_key=True
        ),
        "ollama": Server("http://127.0.0.1:11434/v1", "ollama:"),
    }
)
"""Servers that are known by a short name."""


def find_server(spec: str) -> tuple[Server, str]:
    """Tell which server and which of its models a short name or an address means.

    Parameters
    ----------
    spec : str
        Such as ``openai:gpt-4o``, ``ollama:qwen2.5vl`` or ``http://127.0.0.1:8000/v1#my-model``.

    Returns
    -------
    server : Server
        Where to ask.
    model : str
        What the server calls the model.

    Raises
    ------
    ConfigError
        When it has another form, or holds a password or a key.

    Examples
    --------
    >>> server, model = find_server("http://127.0.0.1:8000/v1#my-model")
    >>> server.base_url, model, server.is_local
    ('http://127.0.0.1:8000/v1', 'my-model', True)
    """
    if "://" in spec:
        return _by_address(spec)
    name, _, model = spec.partition(":")
    if name not in SERVERS or not model.strip():
        raise ConfigError(
            f"expected a model as {_FORMS}, found {spec!r}",
            where="model",
            repair=f"{did_you_mean(name, [*SERVERS, 'mock'])}Name a server and a model.",
        )
    return SERVERS[name], model.strip()


def _by_address(spec: str) -> tuple[Server, str]:
    address, _, model = spec.partition("#")
    parts = _split(address)
    # Checked first and never shown: what stands there is a secret.
    if parts is not None and ("@" in parts.netloc or parts.query):
        raise ConfigError(
            "expected an address without a user, a password or a query",
            where="model",
            repair=f"Put the key into the environment variable {KEY_VARIABLE}.",
        )
    if parts is None or parts.scheme not in {"http", "https"} or not model.strip():
        raise ConfigError(
            f"expected a model as {_FORMS}, found {spec!r}",
            where="model",
            repair="Write the address that ends in /v1, then # and the name of the model.",
        )
    base = address.rstrip("/")
    return Server(base, f"{base}#"), model.strip()


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        # A port that is no number is noticed only when it is read.
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.hostname else None
