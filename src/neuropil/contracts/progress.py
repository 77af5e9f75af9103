"""How long work tells how far it is, without knowing who listens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

__all__ = ["Advance", "Progress", "SilentProgress", "StagedProgress", "in_stages"]

_STEPS = 1000  # of a whole: finer than a bar of a terminal shows


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


class StagedProgress:
    """One task for the whole of some work, told by how long its stages usually take.

    A stage that was not foreseen is named, and takes no share of the whole.

    Parameters
    ----------
    advance : Advance
        Of the open task, which has :attr:`steps` steps.
    stages : mapping of str to float
        Label of each stage and the seconds that it usually takes; only their ratios count.
    """

    steps = _STEPS

    def __init__(self, advance: Advance, stages: Mapping[str, float]) -> None:
        whole = sum(stages.values())
        self._advance = advance
        self._shares = {label: _STEPS * seconds / whole for label, seconds in stages.items()}
        # Fractions of steps that were not told yet: a bar counts in whole ones.
        self._left = 0.0

    @contextmanager
    def track(self, label: str, total: int) -> Iterator[Advance]:
        """Open a stage of ``total`` steps; leaving it counts as its end, however far it came."""
        # A stage that comes again is another one, and the whole has an end.
        share, told = self._shares.pop(label, 0.0), 0.0
        self._tell(0.0, label)

        def advance(steps: int, note: str = "") -> None:
            nonlocal told
            part = min(share * steps / max(total, 1), share - told)
            told += part
            self._tell(part, f"{label}, {note}" if note else label)

        yield advance
        self._tell(share - told, label)

    def _tell(self, part: float, note: str) -> None:
        self._left += part
        # A thousandth of a step: shares are sums of fractions.
        whole = int(self._left + 1e-3)
        self._left -= whole
        self._advance(whole, note)


@contextmanager
def in_stages(progress: Progress, label: str, stages: Mapping[str, float]) -> Iterator[Progress]:
    """Open one task for the whole of some work, and give what its stages are told to.

    Parameters
    ----------
    progress : Progress
        Who listens.
    label : str
        Name of the whole.
    stages : mapping of str to float
        As in :class:`StagedProgress`; without any the listener hears each stage as a task.

    Yields
    ------
    Progress
        What the stages are told to.
    """
    if not stages:
        yield progress
        return
    with progress.track(label, StagedProgress.steps) as advance:
        yield StagedProgress(advance, stages)
