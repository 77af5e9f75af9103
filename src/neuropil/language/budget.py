"""Prices of tokens, and a limit on what may be spent."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from neuropil.contracts import ConfigError, NeuropilError
from neuropil.language.model import Message

__all__ = ["FREE", "Budget", "BudgetError", "Charge", "Price"]

_MILLION = 1e6
# Words that servers put around messages and pictures: templates of chats take 3 to about 30.
_TOKENS_AROUND = 64
# Sums of prices are rounded; a ten-thousandth of a cent is nobody's loss.
_ROUNDING = 1e-6


def _require_amount(value: float, where: str) -> None:
    if not 0 <= value < math.inf:
        raise ConfigError(
            f"expected a finite number from 0, found {value!r}",
            where=where,
            repair="Give US dollars, and prices per million tokens.",
        )


class BudgetError(NeuropilError):
    """Allow more to be spent, or ask less."""


@dataclass(frozen=True)
class Price:
    """What the tokens of a model cost, before any discount.

    Providers change their prices several times a year, so none is built in: it is read off the
    page of the provider and given.

    Parameters
    ----------
    input, output : float
        Price of the tokens that are read and that are written [US dollar per million].
    image_tokens : int
        Most tokens that one picture can take. The default is above the 6,404 that Together
        documents for Llama 3.2 and the 4,784 of the newest models of Anthropic; gpt-4o-mini takes
        tens of thousands.

    Raises
    ------
    ConfigError
        When a number is negative or not finite; give the one on the page of the provider.

    Examples
    --------
    >>> Price(2.0, 8.0).of(1_000_000, 500_000)
    6.0
    """

    input: float
    output: float
    image_tokens: int = 6500

    def __post_init__(self) -> None:
        for name in ("input", "output", "image_tokens"):
            _require_amount(getattr(self, name), f"price, {name}")

    def of(self, input_tokens: int, output_tokens: int) -> float:
        """Return the price of so many tokens [US dollar]."""
        return (input_tokens * self.input + output_tokens * self.output) / _MILLION

    def bound(self, messages: tuple[Message, ...], max_tokens: int) -> float:
        """Return the most that a reply can cost [US dollar].

        Parameters
        ----------
        messages : tuple of Message
            What is asked.
        max_tokens : int
            Most tokens that may be written.

        Returns
        -------
        float
            An upper bound, as far as no picture takes more than ``image_tokens``.
        """
        # A token has at least one byte, in every vocabulary that is built from bytes.
        texts = sum(len(text.encode(errors="replace")) for text in _texts(messages))
        pictures = sum(len(message.images) for message in messages)
        around = _TOKENS_AROUND * (len(messages) + pictures)
        return self.of(texts + around + pictures * self.image_tokens, max_tokens)


FREE = Price(0.0, 0.0)
"""Price of a model that runs here."""


@dataclass
class Charge:
    """What is set aside for one request until its price is known.

    Parameters
    ----------
    usd : float
        What will be counted as spent [US dollar]; at first the most that the request can cost.
    """

    usd: float


class Budget:
    """A limit on what may be spent, which several threads may share.

    Before each request the most that it can cost is set aside. A request whose bound does not fit
    into what is left is not made.

    Parameters
    ----------
    usd : float
        The limit [US dollar]; by default there is none.
    spent : float
        What was spent before [US dollar], such as the price of what a recording holds.

    Raises
    ------
    ConfigError
        When the limit is no amount of money.

    Examples
    --------
    >>> budget = Budget(1.0)
    >>> with budget.reserve(0.4, "openai:gpt-4o") as charge:
    ...     charge.usd = 0.1
    >>> budget
    Budget(usd=1.0, spent=0.1)
    """

    def __init__(self, usd: float = math.inf, *, spent: float = 0.0) -> None:
        # Infinity is the absence of a limit; NaN would never stop anything.
        if not usd >= 0:
            raise ConfigError(
                f"expected an amount of money from 0, found {usd!r}",
                where="budget",
                repair="Write for example Budget(5.0) for five US dollars.",
            )
        _require_amount(spent, "budget, spent")
        self.usd = usd
        self._spent = spent
        self._reserved = 0.0
        self._settled = threading.Condition()

    @property
    def spent(self) -> float:
        """What was spent [US dollar].

        A request that was sent and never answered may be billed, and counts with its bound.
        """
        with self._settled:
            return self._spent

    def __repr__(self) -> str:
        return f"Budget(usd={self.usd}, spent={self.spent})"

    @contextmanager
    def reserve(self, bound: float, name: str) -> Iterator[Charge]:
        """Set money aside for one request; what its charge says at the end is spent.

        Parameters
        ----------
        bound : float
            The most that it can cost [US dollar].
        name : str
            The model, for the message.

        Yields
        ------
        Charge
            Set its ``usd`` to the true price once that is known.

        Raises
        ------
        BudgetError
            When the request could exceed the limit; nothing was sent then.
        """
        self._set_aside(bound, name)
        charge = Charge(bound)
        try:
            yield charge
        finally:
            with self._settled:
                self._reserved -= bound
                self._spent += charge.usd
                self._settled.notify_all()

    def _set_aside(self, bound: float, name: str) -> None:
        with self._settled:
            # Requests under way mostly cost far less than their bounds: they are waited for before
            # one is refused for their sake.
            while self._reserved > _ROUNDING and not self._holds(self._reserved + bound):
                self._settled.wait()
            if not self._holds(bound):
                raise BudgetError(
                    f"spent {self._spent:.4f} USD of a budget of {self.usd:.4f} USD, and the next "
                    f"request could cost up to {bound:.4f} USD, so it was not made",
                    where=name,
                    repair="What is recorded is not paid again: run it once more with a larger "
                    "budget, fewer questions or fewer tokens for an answer.",
                )
            self._reserved += bound

    def _holds(self, more: float) -> bool:
        return self._spent + more <= self.usd + _ROUNDING


def _texts(messages: tuple[Message, ...]) -> Iterator[str]:
    for message in messages:
        yield message.text
        yield from (image.label for image in message.images)
