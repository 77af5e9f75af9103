"""When a request that failed is made again."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from neuropil.contracts import ConfigError, SeedTree

__all__ = ["Retries", "read_retry_after"]


@dataclass(frozen=True)
class Retries:
    """How often a request is made again, and how long is waited between.

    Waits double from one attempt to the next. A server that says how long to wait is heeded.

    Parameters
    ----------
    attempts : int
        Most times that a request is made.
    first_wait : float
        Wait after the first failure [s].
    longest_wait : float
        Longest wait [s]; a server that asks for a longer one is given up.
    seed : SeedTree
        Waits are shortened at random, so that requests that failed together are not made together
        again.

    Raises
    ------
    ConfigError
        When there is no attempt, or a wait is no time; give positive numbers.
    """

    # Six attempts wait for half a minute in all, and longer where the server says so.
    attempts: int = 6
    first_wait: float = 1.0
    longest_wait: float = 60.0
    seed: SeedTree = field(default_factory=lambda: SeedTree(0))

    def __post_init__(self) -> None:
        if self.attempts < 1 or not 0 <= self.first_wait <= self.longest_wait < math.inf:
            raise ConfigError(
                f"expected at least one attempt and waits from 0, found {self}",
                where="retries",
                repair="Write for example Retries(attempts=3, first_wait=1.0, longest_wait=60.0).",
            )

    def wait_after(self, attempt: int, asked: float | None, request: str) -> float:
        """Return how long to wait before a request is made again [s].

        Parameters
        ----------
        attempt : int
            How many attempts failed before this one.
        asked : float, optional
            Wait that the server asked for [s].
        request : str
            Name of the request; each waits for another time.

        Returns
        -------
        float
            At least what the server asked for; otherwise at most the longest wait.
        """
        rng = self.seed.child("wait").child(request).child(attempt).generator()
        if asked is not None:
            return asked + self.first_wait * rng.random()
        # The exponent is bounded: floats have no 2**2000.
        wait = min(self.first_wait * 2.0 ** min(attempt, 64), self.longest_wait)
        return wait * rng.uniform(0.5, 1.0)


def read_retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Read how long a server asks to wait.

    Parameters
    ----------
    headers : mapping
        Headers of its answer; ``Retry-After`` is a number of seconds or a date.
    now : float, optional
        The present [s since 1970]; the clock's when not given.

    Returns
    -------
    float or None
        The wait [s], from 0; None where it does not say.

    Examples
    --------
    >>> read_retry_after({"retry-after": "7"})
    7.0
    >>> read_retry_after({"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}, now=60.0)
    40.0
    """
    text = headers.get("retry-after", "")
    try:
        wait = float(text)
    except ValueError:
        try:
            date = parsedate_to_datetime(text).timestamp()
        except (ValueError, OverflowError):
            return None
        wait = date - (time.time() if now is None else now)
    return None if math.isnan(wait) else max(wait, 0.0)
