"""The connection to a server that speaks chat completions, by way of the package openai."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neuropil.contracts import (
    DataUnavailableError,
    InputError,
    MissingDependencyError,
    parse_json,
)
from neuropil.language.completions import fault_of
from neuropil.language.retries import read_retry_after
from neuropil.language.servers import Server

if TYPE_CHECKING:
    import openai

__all__ = ["Connection", "Failure"]

# Where no server is, that is known soon; answers themselves take minutes.
_CONNECT_TIMEOUT = 5.0
# Stands for a key where a server needs none: the package refuses to have none.
_NO_KEY = "no-key"
# Shorter than any key that a provider gives; cutting a key such as "1" out of an answer would
# destroy it.
_SHORTEST_SECRET = 8
# Failures that pass, by their status: timeouts, conflicts, too many requests.
_PASSING = frozenset({408, 409, 425, 429})
# The server was reached and did not answer in time.
_TIMEOUTS = frozenset({"ReadTimeout", "WriteTimeout"})
# Causes after which nothing reached the server.
_NEVER_SENT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol"})


@dataclass(frozen=True)
class Failure:
    """Why a request brought no answer.

    Parameters
    ----------
    what : str
        What happened; no key is in it.
    status : int, optional
        Status of HTTP; None where there was no answer, or none that can be read.
    wait : float, optional
        How long the server asks to wait [s].
    may_be_paid : bool
        Whether the server may have done the work, and may bill it.
    """

    what: str
    status: int | None = None
    wait: float | None = None
    may_be_paid: bool = False

    @property
    def passes(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status is None or self.status in _PASSING or self.status >= 500


class Connection:
    """A connection that several threads may share.

    Parameters
    ----------
    server : Server
        Where to connect. Its key is read from the environment when the first request is sent.
    timeout : float
        Longest wait for the next bytes of an answer [s].
    """

    def __init__(self, server: Server, timeout: float) -> None:
        self.server = server
        self._timeout = timeout
        self._opening = threading.Lock()
        self._client: openai.OpenAI | None = None

    def open(self) -> openai.OpenAI:
        """Return the library's client, which is made at the first call; nothing is sent.

        Returns
        -------
        openai.OpenAI
            The client.

        Raises
        ------
        ConfigError
            When the key is missing; the message names its environment variable.
        DataUnavailableError
            When NEUROPIL_OFFLINE forbids the connection.
        MissingDependencyError
            When the extra ``language`` is not installed.
        """
        with self._opening:
            if self._client is None:
                self._client = _open_client(self.server, self._timeout)
            return self._client

    def send(self, body: dict[str, Any]) -> str | Failure:
        """Send a request once.

        Parameters
        ----------
        body : dict
            The request.

        Returns
        -------
        str or Failure
            Body of the answer, or why there is none. A failure is returned and not raised, since
            an error would carry along the one of the library, and with it the request's headers.
        """
        client = self.open()
        import openai

        try:
            answer = client.chat.completions.with_raw_response.create(**body)
            # The text and not the package's object: that would be built without a complaint from
            # anything that is JSON.
            return _without_key(answer.http_response.text, client.api_key)
        except openai.APIStatusError as error:
            return _refused(error, client.api_key)
        except openai.APIConnectionError as error:
            return self._unanswered(error)

    def close(self) -> None:
        """Close the connection; the next request opens it again."""
        with self._opening:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _unanswered(self, error: openai.APIConnectionError) -> Failure:
        # Its kind alone: what it says may hold what was sent.
        cause = type(error.__cause__).__name__
        what = f"the connection failed ({cause})"
        if cause in _TIMEOUTS:
            what = f"no answer within {self._timeout:g} s"
        return Failure(what, may_be_paid=cause not in _NEVER_SENT)


def _open_client(server: Server, timeout: float) -> openai.OpenAI:
    # As for downloads: empty and 0 mean no.
    if not server.is_local and os.environ.get("NEUROPIL_OFFLINE", "") not in {"", "0"}:
        raise DataUnavailableError(
            "NEUROPIL_OFFLINE forbids the connection",
            where=server.base_url,
            repair="Unset it, or replay what is recorded.",
        )
    try:
        import openai
    except ImportError as error:
        raise MissingDependencyError(
            "expected the package openai, which speaks to language models, found none",
            where=server.base_url,
            repair='Install it: pip install "neuropil[language]".',
        ) from error
    client = openai.OpenAI(
        api_key=server.key() or _NO_KEY,
        base_url=server.base_url,
        timeout=openai.Timeout(timeout, connect=_CONNECT_TIMEOUT),
        # Each attempt is counted and paid here.
        max_retries=0,
    )
    # Read from the environment by the package, and no business of other servers.
    if server.key_variable != "OPENAI_API_KEY":
        client.organization = client.project = None
    return client


def _refused(error: openai.APIStatusError, key: str) -> Failure:
    status = error.status_code
    said = _fault(_without_key(error.response.text, key))
    # Providers repeat parts of a wrong key, which is often a right one of somewhere else.
    detail = f" ({said})" if said and status not in {401, 403} else ""
    wait = read_retry_after(error.response.headers)
    # A gateway that gave up waiting does not stop the server behind it.
    return Failure(f"HTTP {status}{detail}", status, wait, status in {408, 504})


def _without_key(text: str, key: str) -> str:
    """Cut the key out of what a server sends: some repeat the headers that they were given."""
    return text.replace(key, "[key]") if len(key) >= _SHORTEST_SECRET else text


def _fault(body: str) -> str:
    try:
        return fault_of(parse_json(body, "answer"))
    except InputError:
        return fault_of(body)
