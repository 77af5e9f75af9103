"""What a reply answers: the content of its answer tag, and nothing where it has none."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["list_answers", "parse_reply"]

from neuropil.proofreading.tasks.items import TASKS, Item

# The last tag counts: models that think aloud write drafts before it.
_TAG = re.compile(r"<answer>(.*?)</answer>", re.IGNORECASE | re.DOTALL)
# What people and models put around a letter or a number.
_AROUND = " \t\r\n\f\v.,;:!'\"`*()[]{}<>"
# Minus signs and dashes that look alike on a screen.
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_NONE = frozenset({"none", "neither", "none of these", "none of them"})


def list_answers(item: Item) -> tuple[str, ...]:
    """List what may be answered to an item.

    Parameters
    ----------
    item : Item
        The question.

    Returns
    -------
    tuple of str
        Letters, 1 and -1, or the numbers of the options and -1.
    """
    if not item.task.endswith("-choice"):
        return TASKS[item.task]
    options = len(item.shown) - (item.task == "split-error-choice")
    return (*(str(number + 1) for number in range(options)), "-1")


def parse_reply(text: str, allowed: Sequence[str]) -> str | None:
    """Read the answer of a reply.

    Parameters
    ----------
    text : str
        The reply, with ``<answer>...</answer>`` in it.
    allowed : sequence of str
        What may be answered.

    Returns
    -------
    str or None
        One of ``allowed``; None where there is no tag, or something else in it. That is a failure
        to answer and no "no", and is counted as such.

    Examples
    --------
    >>> parse_reply("<analysis>They align.</analysis><answer> 1 </answer>", ("1", "-1"))
    '1'
    >>> parse_reply("<ANSWER>None</ANSWER>", ("1", "2", "-1"))
    '-1'
    >>> parse_reply("They align, so yes.", ("1", "-1")) is None
    True
    """
    tags = _TAG.findall(text)
    if not tags:
        return None
    answer = tags[-1].translate(_DASHES).strip(_AROUND).lower()
    if answer in _NONE:
        answer = "-1"
    return answer if answer in allowed else None
