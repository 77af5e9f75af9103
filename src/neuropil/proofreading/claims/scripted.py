"""Cached pieces of work about scripted models, which look at no tissue."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.language import (
    Always,
    AnswerKey,
    Known,
    LanguageModel,
    Message,
    NoisyOracle,
    Oracle,
    Price,
    Reply,
    Unparsable,
    Usage,
    hash_messages,
)
from neuropil.proofreading.prompting.answer_table import tabulate_answers
from neuropil.proofreading.prompting.language_solver import LanguageSolver
from neuropil.proofreading.prompting.parsing import list_answers
from neuropil.proofreading.prompting.prompts import PROMPT_MODES, ask
from neuropil.proofreading.prompting.scores import score_answers
from neuropil.proofreading.prompting.solvers import Task
from neuropil.proofreading.rendering.boxes import Box
from neuropil.proofreading.rendering.pictures import Picture, Pictures
from neuropil.proofreading.tasks.items import TASKS, Item, Piece

__all__ = ["ask_scripted", "count_unread", "log_costs"]

# Items need a volume; cards show none of it.
_NOTHING = Volume((1.0, 1.0, 1.0), segmentations={"cards": np.zeros((1, 1, 1), np.uint8)})
# More than one, so that failures and prices are summed over the votes of an item.
_VOTES = 3
# Objects that items of each task show.
_SHOWN = {
    "segment-type": 1,
    "split-error-binary": 2,
    "split-error-choice": 3,
    "merge-error-binary": 1,
    "merge-error-choice": 2,
}
# [US dollar per million tokens] Any price will do: what is held against it is the log.
_PRICE = Price(2.0, 8.0)


class _Cards:
    """Shows a number instead of tissue: scripted models look at nothing else."""

    def take(self, item: Item) -> Pictures:
        digits = np.frombuffer(bytes.fromhex(item.id), np.uint8)
        picture = Picture("front", np.repeat(digits, 3).reshape(1, -1, 3))
        return Pictures(item, (Box(item.center, item.half_width),), (picture,))


def ask_scripted(seed: int, n: int) -> dict[str, dict[str, Any]]:
    """Ask scripted models about as many balanced items, and score what they say.

    Returns
    -------
    dict
        Of ``oracle``, ``yes`` and ``votes`` (nine of a model that is right four times in five):
        balanced accuracy, and that of guessing with its interval.
    """
    items = _deal("split-error-binary", n)
    cards, tree = _Cards(), SeedTree(seed)
    key = AnswerKey(
        (ask(cards.take(one), "null"), Known(one.answer, _other(one.answer))) for one in items
    )
    models: dict[str, tuple[LanguageModel, int]] = {
        "oracle": (Oracle(key), 1),
        "yes": (Always("1", "always-yes"), 1),
        "votes": (NoisyOracle(key, 0.8, tree.child("noise")), 9),
    }
    found = {}
    for name, (model, votes) in models.items():
        solver = LanguageSolver(model, "null", votes, tree, cards)
        score = score_answers(items, solver.solve(Task(name, items, _NOTHING)), seed=tree)
        found[name] = {
            "value": score.balanced_accuracy,
            "low": score.low,
            "high": score.high,
            "chance": [score.chance_low, score.chance_high],
        }
    return found


def _deal(task: str, n: int) -> tuple[Item, ...]:
    """Make items of a task, whose right answers take turns."""
    k = _SHOWN[task]
    answers = {"segment-type": ("a", "e"), "split-error-choice": ("1", "2")}.get(task, ("1", "-1"))
    return tuple(
        Item(
            task,
            tuple(Piece((number * k + one + 1,)) for one in range(k)),
            (0.0, 0.0, 0.0),
            2048.0,
            answers[number % 2],
            "cards",
        )
        for number in range(n)
    )


def _other(answer: str) -> tuple[str, ...]:
    return ("-1",) if answer == "1" else ("1",)


def count_unread(seed: int, n: int) -> dict[str, Any]:
    """Ask a model whose answers have no form about all tasks in all modes, and one with each form.

    Returns
    -------
    dict
        Replies without a form, how many were counted as failures, whether any of them was scored,
        and whether every answer that is allowed was read as it was given.
    """
    tree, cards = SeedTree(seed), _Cards()
    replies = failures = scored = 0
    read = True
    for mode in PROMPT_MODES:
        for name in TASKS:
            task = Task(name, _deal(name, n), _NOTHING)
            answers = LanguageSolver(Unparsable(), mode, _VOTES, tree, cards).solve(task)
            score = score_answers(task.items, answers, seed=tree)
            replies, failures = replies + score.readings, failures + score.failures
            scored += score.n
            for allowed in list_answers(task.items[0]):
                solver = LanguageSolver(Always(allowed), mode, 1, tree, cards)
                read &= all(answer.value == allowed for answer in solver.solve(task))
    return {"replies": replies, "failures": failures, "scored": scored, "read": read}


class _Metered:
    """Answers with as many tokens as its question says, at a price."""

    name = "metered"

    def generate(self, messages: tuple[Message, ...], *, sample: int = 0) -> Reply:
        tokens = 1000 + int(hash_messages(messages)[:3], 16), 100 + sample
        return Reply("<answer>1</answer>", Usage(*tokens, _PRICE.of(*tokens)))


def log_costs(seed: int, n: int) -> dict[str, Any]:
    """Ask a model that counts its tokens, and hold what is logged against what it charged.

    Returns
    -------
    dict
        Items, those whose tokens and price are right, and the means of what was logged.
    """
    tree, cards, model = SeedTree(seed), _Cards(), _Metered()
    task = Task("costs", _deal("split-error-binary", n), _NOTHING)
    answers = LanguageSolver(model, "heuristics", _VOTES, tree, cards, workers=4).solve(task)
    logged = tabulate_answers(model.name, task.items, answers)
    right, total = 0, Usage()
    for item, row in zip(task.items, logged.to_dicts(), strict=True):
        messages = ask(cards.take(item), "heuristics")
        usages = [model.generate(messages, sample=one).usage for one in range(_VOTES)]
        charged = sum(usages, Usage())
        found = Usage(row["input_tokens"], row["output_tokens"], row["usd"])
        right += row["item"] == item.id and found == charged
        total += found
    return {
        "items": len(answers),
        "right": int(right),
        "tokens": (total.input_tokens + total.output_tokens) / n,
        "usd": total.usd / n,
    }
