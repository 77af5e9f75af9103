"""How long work tells how far it is, without knowing who listens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

__all__ = ["Advance", "Progress", "SilentProgress"]


class Advance(Protocol):
    """Report finished steps."""

    def __call__(self, steps: int, note: str = "") -> None:
        """Add ``steps`` to the count; ``note`` is a short text such as the current loss."""


class Progress(Protocol):
    """A listener, such as a progress bar."""

    def track(self, label: str, total: int) -> AbstractContextManager[Advance]:
        """Open a task of ``total`` steps; the value is called as steps finish."""


class SilentProgress:
    """A listener that prints nothing.

    Examples
    --------
    >>> with SilentProgress().track("fit", 10) as advance:
    ...     advance(10, "loss 0.1")
    """

    @contextmanager
    def track(self, label: str, total: int) -> Iterator[Advance]:  # noqa: ARG002 - the protocol's
        """Open a task that nobody watches."""

        def advance(steps: int, note: str = "") -> None:
            del steps, note

        yield advance
