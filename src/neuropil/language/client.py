"""A client of any server that speaks chat completions."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from neuropil.contracts import ConfigError, DataUnavailableError, InputError, NeuropilError
from neuropil.language.budget import FREE, Budget, Price
from neuropil.language.completions import (
    ChatSettings,
    Completion,
    compose_request,
    read_completion,
)
from neuropil.language.connection import Connection, Failure
from neuropil.language.model import Message, Reply, Usage, hash_messages
from neuropil.language.retries import Retries
from neuropil.language.servers import Server

__all__ = ["ChatModel"]


class ChatModel:
    """A model on a server that speaks chat completions: hosted, or here with vLLM or Ollama.

    It opens the connection and reads the key when it is first asked. Several threads may ask it.

    Parameters
    ----------
    server : Server
        Where the model is.
    model : str
        What the server calls it.
    settings : ChatSettings
        How it is asked.
    price : Price, optional
        What its tokens cost; nothing for a server on this computer.
    budget : Budget, optional
        Limit of what may be spent; none when not given.
    retries : Retries
        How often a request that failed is made again.
    sleep : callable
        Waits for so many seconds.

    Raises
    ------
    ConfigError
        When the server is not on this computer and no price is given; give it.
    """

    def __init__(
        self,
        server: Server,
        model: str,
        *,
        settings: ChatSettings | None = None,
        price: Price | None = None,
        budget: Budget | None = None,
        retries: Retries | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.server = server
        self.model = model
        self.price = _price_of(f"{server.label}{model}", server, price)
        self.budget = budget or Budget()
        self._settings = settings or ChatSettings()
        self._retries = retries or Retries()
        self._sleep = sleep
        self._connection = Connection(server, self._settings.timeout)
        # How far bounds of prices were exceeded so far, by models with costlier pictures.
        self._excess = 1.0

    @property
    def name(self) -> str:
        """Name for tables, such as ``openai:gpt-4o``; :func:`load_model` takes it."""
        return f"{self.server.label}{self.model}"

    @property
    def settings(self) -> dict[str, Any]:
        """What its answers depend on beside its name and what it is asked."""
        return self._settings.model_dump(include={"max_tokens", "temperature"})

    def __repr__(self) -> str:
        return f"ChatModel({self.name!r}, settings={self._settings!r}, budget={self.budget!r})"

    def generate(self, messages: tuple[Message, ...], *, sample: int = 0) -> Reply:
        """Ask the server, again where a failure may pass.

        Parameters
        ----------
        messages : tuple of Message
            The conversation so far.
        sample : int
            Which of several answers is meant; the server draws each anew.

        Returns
        -------
        Reply
            The answer with its price.

        Raises
        ------
        BudgetError
            When the request could exceed the budget; it was not made.
        ConfigError
            When the server refuses the key, the model or the settings.
        DataUnavailableError
            When there was no answer that can be read, after several attempts.
        InputError
            When the server refuses the request for another reason.
        """
        body = compose_request(self.model, messages, self._settings, self.server.limit)
        bound = self.price.bound(messages, self._settings.max_tokens)
        request = f"{hash_messages(messages)}/{sample}"
        attempt = 0
        while True:
            outcome = self._ask(body, bound)
            if isinstance(outcome, Reply):
                return outcome
            attempt += 1
            asked = outcome.wait or 0.0
            if not outcome.passes:
                raise self._refusal(outcome)
            if attempt == self._retries.attempts or asked > self._retries.longest_wait:
                raise self._surrender(outcome, attempt)
            self._sleep(self._retries.wait_after(attempt - 1, outcome.wait, request))

    def close(self) -> None:
        """Close the connection; the next question opens it again."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(self, body: dict[str, Any], bound: float) -> Reply | Failure:
        # Before money is set aside: what fails here was not sent.
        self._connection.open()
        with self.budget.reserve(bound * self._excess, self.name) as charge:
            answer = self._connection.send(body)
            if isinstance(answer, Failure):
                if not answer.may_be_paid:
                    charge.usd = 0.0
                return answer
            completion = read_completion(answer)
            # An answer that cannot be read was written all the same, and counts with its bound.
            if isinstance(completion, str):
                return Failure(completion, may_be_paid=True)
            reply = self._reply(completion, bound)
            charge.usd = reply.usage.usd
        return reply

    def _reply(self, completion: Completion, bound: float) -> Reply:
        # Without a count the bound is all that is known of the price.
        usage = Usage(usd=bound * self._excess)
        if completion.tokens is not None:
            usage = Usage(*completion.tokens, self.price.of(*completion.tokens))
            self._excess = max(self._excess, usage.usd / bound if bound else 1.0)
        return Reply(completion.text, usage, completion.model)

    def _refusal(self, failure: Failure) -> NeuropilError:
        """Return the error for a request that would fail again."""
        what = f"the server refused: {failure.what}"
        if failure.status in {401, 403}:
            variable = self.server.key_variable
            return ConfigError(
                what, where=self.name, repair=f"Check the key in the environment as {variable}."
            )
        if failure.status == 404:
            return ConfigError(
                what, where=self.name, repair="Check the address and the name of the model."
            )
        return InputError(
            what, where=self.name, repair="Check the settings, and whether the model sees pictures."
        )

    def _surrender(self, failure: Failure, attempts: int) -> DataUnavailableError:
        times = "once" if attempts == 1 else f"{attempts} times"
        wait = f"; the server asks to wait for {failure.wait:.0f} s" if failure.wait else ""
        return DataUnavailableError(
            f"asked {times} and got no answer: {failure.what}{wait}",
            where=self.name,
            repair="Check that the server runs and try again; what is recorded is not paid again.",
        )


def _price_of(name: str, server: Server, price: Price | None) -> Price:
    if price is not None:
        return price
    if server.is_local:
        return FREE
    raise ConfigError(
        "expected the price of the model, found none",
        where=name,
        repair="Give US dollars per million tokens, read and written, from the provider's page: "
        "price=Price(2.0, 8.0); or price=FREE.",
    )
