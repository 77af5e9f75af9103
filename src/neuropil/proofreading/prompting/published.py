"""Balanced accuracies that ConnectomeBench reports on its own items, as they reached us.

The numbers come from notes on the paper (arXiv 2511.05542) and not from its text; those that a
second, independent note gives as well are marked. Their items are not public here, so none of them
was measured again, and none is to be compared with other data as a win or a loss.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PUBLISHED", "PublishedScore"]


@dataclass(frozen=True)
class PublishedScore:
    """One number of the paper.

    Parameters
    ----------
    solver : str
        Model with the mode of its prompt.
    task : str
        Name of the task as it is called here.
    species : str
        Fly or mouse.
    value : float
        Balanced accuracy.
    confirmed : bool
        Whether a second, independent note gives it as well.
    """

    solver: str
    task: str
    species: str
    value: float
    confirmed: bool = False


# Solver, then fly and mouse.
_SEGMENT_TYPE = (
    ("Claude 3.7 (description)", 0.459, 0.822),
    ("o4-mini (description)", 0.511, 0.728),
    ("GPT-4.1 (description)", 0.529, 0.655),
    ("GPT-4o (description)", 0.396, 0.588),
    ("InternVL-3 78B (description)", 0.320, 0.493),
    ("InternVL-3 8B (description)", 0.303, 0.417),
    ("NVLM (description)", 0.234, 0.258),
    ("ResNet-50", 0.552, 0.587),
    ("chance", 0.200, 0.250),
)

# Modes for split and merge errors; then split binary, split choice, merge binary and merge choice,
# each for fly and mouse.
_ERRORS = (
    (
        ("o4-mini", "heuristics", "description"),
        (0.754, 0.786, 0.788, 0.850, 0.628, 0.615, 0.670, 0.703),
    ),
    (
        ("o4-mini", "description", "null"),
        (0.631, 0.679, 0.828, 0.790, 0.553, 0.591, 0.740, 0.689),
    ),
    (
        ("Claude 4", "heuristics", "description"),
        (0.551, 0.587, 0.677, 0.770, 0.487, 0.480, 0.560, 0.530),
    ),
    (
        ("GPT-4o", "heuristics", "description"),
        (0.556, 0.536, 0.667, 0.720, 0.538, 0.517, 0.345, 0.361),
    ),
    (("ResNet-50", "", ""), (0.720, 0.667, 0.721, 0.693, 0.769, 0.798, 0.569, 0.541)),
    (("human", "", ""), (0.840, 0.902, 0.900, 0.920, 0.740, 0.800, 0.840, 0.796)),
    (("chance", "", ""), (0.5,) * 8),
)
_TASKS = ("split-error-binary", "split-error-choice", "merge-error-binary", "merge-error-choice")
_SPECIES = ("fly", "mouse")

# Columns of the rows above that a second note confirms.
_CONFIRMED = frozenset(
    {
        *(("o4-mini", "heuristics", column) for column in (2, 3, 4, 5, 7)),
        ("o4-mini", "description", 6),
        *(("human", "", column) for column in (2, 3, 6, 7)),
    }
)


def _list_scores() -> list[PublishedScore]:
    scores = [
        PublishedScore(solver, "segment-type", species, value)
        for solver, *values in _SEGMENT_TYPE
        for species, value in zip(_SPECIES, values, strict=True)
    ]
    for (model, *modes), numbers in _ERRORS:
        for column, value in enumerate(numbers):
            mode = modes[column // 4]
            scores.append(
                PublishedScore(
                    f"{model} ({mode})" if mode else model,
                    _TASKS[column // 2],
                    _SPECIES[column % 2],
                    value,
                    (model, modes[0], column) in _CONFIRMED,
                )
            )
    return scores


PUBLISHED: tuple[PublishedScore, ...] = tuple(_list_scores())
"""All numbers, task after task."""
