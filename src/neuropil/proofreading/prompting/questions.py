"""The questions of a run: balanced, drawn at random, and choices in both orders."""

from __future__ import annotations

from collections.abc import Sequence

from neuropil.connectome import Volume
from neuropil.contracts import ConfigError, SeedTree, did_you_mean
from neuropil.proofreading.config import ProofreadingConfig, choose_segmentation
from neuropil.proofreading.prompting.solvers import Task
from neuropil.proofreading.prompting.votes import swap_options
from neuropil.proofreading.tasks.box_sizes import SPLIT_HALF_WIDTH
from neuropil.proofreading.tasks.items import Item
from neuropil.proofreading.tasks.pairs import (
    Pairs,
    find_pairs,
    make_pair_choices,
    make_pair_items,
)

__all__ = ["SPLIT_TASKS", "list_tasks", "pose_questions", "prepare_tasks"]

SPLIT_TASKS = ("split-error-binary", "split-error-choice")
"""Tasks that real touching pairs give items of."""
_BOTH = "split-error"


def list_tasks(names: Sequence[str]) -> tuple[str, ...]:
    """Return the tasks that names mean.

    Parameters
    ----------
    names : sequence of str
        Tasks; ``split-error`` means both of its forms.

    Returns
    -------
    tuple of str
        In the order of :data:`SPLIT_TASKS`, each once.

    Raises
    ------
    ConfigError
        When a name is unknown, or there is none.

    Examples
    --------
    >>> list_tasks(["split-error"])
    ('split-error-binary', 'split-error-choice')
    """
    known = (_BOTH, *SPLIT_TASKS)
    for name in names:
        if name not in known:
            raise ConfigError(
                f"expected a task, found {name!r}",
                where="language.tasks",
                repair=f"{did_you_mean(name, known)}Choose among: {', '.join(known)}.",
            )
    if not names:
        raise ConfigError(
            "expected at least one task, found none",
            where="language.tasks",
            repair=f"Choose among: {', '.join(known)}.",
        )
    return tuple(task for task in SPLIT_TASKS if task in names or _BOTH in names)


def pose_questions(
    pairs: Pairs,
    tasks: Sequence[str],
    most: int,
    seed: SeedTree,
    half_width: float = SPLIT_HALF_WIDTH,
) -> dict[str, tuple[Item, ...]]:
    """Draw balanced questions about touching objects.

    Parameters
    ----------
    pairs : Pairs
        Touching objects of one body and of two.
    tasks : sequence of str
        Of :data:`SPLIT_TASKS`.
    most : int
        Most items of a task.
    seed : SeedTree
        Which pairs are asked about, and in which order.
    half_width : float
        Half the edge of the cube that is shown [nm].

    Returns
    -------
    dict of str to tuple of Item
        Items by task, none where the pairs give none. Each yes of the binary form is followed by a
        no, and each choice by the same choice with its options in the other order: half of the
        right answers are the first one, also of a part from the front.
    """
    found: dict[str, tuple[Item, ...]] = {}
    for task in tasks:
        child = seed.child("questions").child(task)
        if task == "split-error-binary":
            items = make_pair_items(pairs, child, half_width)
            yes, no = (
                _shuffle([one for one in items if one.answer == answer], child.child(answer))
                for answer in ("1", "-1")
            )
            couples = zip(yes, no, strict=True)
        else:
            choices = _shuffle(make_pair_choices(pairs, child, half_width=half_width), child)
            couples = zip(choices, map(swap_options, choices), strict=True)
        # Whole couples alone, so that a half is right by yes and no, or by first and second.
        found[task] = tuple(item for couple in list(couples)[: most // 2] for item in couple)
    return found


def prepare_tasks(config: ProofreadingConfig, volume: Volume, seed: SeedTree) -> dict[str, Task]:
    """Draw the questions that a run of the study asks.

    Parameters
    ----------
    config : ProofreadingConfig
        Which segmentation, which pairs, and how many questions of which tasks.
    volume : Volume
        Tissue with both segmentations.
    seed : SeedTree
        That of the run.

    Returns
    -------
    dict of str to Task
        Questions by the name of their task; a task without items where the pairs give none.
    """
    plan, name = config.language, choose_segmentation(config, volume)
    pairs = find_pairs(volume, name, config.truth, config.rules)
    child = seed.child("language")
    posed = pose_questions(pairs, list_tasks(plan.tasks), plan.items, child, plan.half_width)
    return {task: Task(task, items, volume, name) for task, items in posed.items()}


def _shuffle(items: list[Item], seed: SeedTree) -> list[Item]:
    order = seed.child("order").generator().permutation(len(items))
    return [items[index] for index in order]
