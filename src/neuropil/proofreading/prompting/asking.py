"""A language model of a run: opened by its name, priced, recorded, and asked about all tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuropil.contracts import ConfigError, InputError, Progress, SeedTree
from neuropil.language import (
    Budget,
    BudgetError,
    ChatModel,
    Known,
    LanguageModel,
    Message,
    Price,
    RecordedModel,
    Recording,
    find_server,
    hash_messages,
    load_model,
)
from neuropil.proofreading.config import LanguagePlan
from neuropil.proofreading.prompting.language_solver import LanguageSolver, Stopwatch
from neuropil.proofreading.prompting.parsing import list_answers
from neuropil.proofreading.prompting.prompts import PromptMode, ask
from neuropil.proofreading.prompting.questions import list_tasks
from neuropil.proofreading.prompting.solvers import Answer, Camera, Task
from neuropil.proofreading.rendering.pictures import Pictures
from neuropil.proofreading.tasks.items import Item

__all__ = ["Asked", "Prompter", "ask_language_model", "check_language_plan"]

# How the names of scripted models begin; they cost nothing and need neither price nor key.
_SCRIPTED = "mock:"


class Prompter:
    """Takes pictures, and tells scripted models what is right about what they are shown.

    Parameters
    ----------
    camera : Camera
        Takes the pictures.
    mode : {"null", "description", "heuristics"}
        Of the prompts.
    """

    def __init__(self, camera: Camera, mode: PromptMode) -> None:
        self._camera, self._mode = camera, mode
        self._known: dict[str, Known] = {}

    def take(self, item: Item) -> Pictures:
        """Draw an item, and remember its answer.

        Parameters
        ----------
        item : Item
            The question.

        Raises
        ------
        InputError
            When an item with another answer looks the same.
        """
        pictures = self._camera.take(item)
        wrong = tuple(one for one in list_answers(item) if one != item.answer)
        known = Known(item.answer, wrong)
        name = hash_messages(ask(pictures, self._mode))
        if self._known.setdefault(name, known) != known:
            raise InputError(
                "expected items that look different where their answers differ",
                where=f"item {item.id} of {item.origin}",
                repair="Draw larger pictures, with more --language.pixels.",
            )
        return pictures

    def __call__(self, messages: tuple[Message, ...]) -> Known:
        """Return what is known of a question that was drawn."""
        return self._known[hash_messages(messages)]


@dataclass(frozen=True, eq=False)
class Asked:
    """What a language model answered to the items of a task.

    Parameters
    ----------
    solver : str
        Model and mode.
    answers : tuple of Answer
        To the items that were asked; all of them where the budget sufficed.
    milliseconds : float or None
        Mean time an item, of replies that came now and were not recorded before [ms].
    stopped : BudgetError or None
        Why some items were not asked.
    """

    solver: str
    answers: tuple[Answer, ...]
    milliseconds: float | None
    stopped: BudgetError | None


def check_language_plan(plan: LanguagePlan) -> None:
    """Refuse unknown tasks and models, and models whose price or key is missing.

    Parameters
    ----------
    plan : LanguagePlan
        What is to be asked; nothing is sent.

    Raises
    ------
    ConfigError
        When a name is unknown, or a hosted model has no price, or its key is not in the
        environment.
    """
    list_tasks(plan.tasks)
    if plan.model is None:
        return
    # Opened and thrown away: a wrong name or a missing price shall show before minutes of training.
    _open(plan, Budget(), Prompter(_Blind(), plan.mode), SeedTree(0))
    recorded = plan.recording is not None and Path(plan.recording).exists()
    # What is recorded is replayed without a key.
    if not plan.model.startswith(_SCRIPTED) and not recorded:
        find_server(plan.model)[0].key()


def ask_language_model(
    plan: LanguagePlan,
    tasks: Mapping[str, Task],
    camera: Camera,
    recording: Path,
    seed: SeedTree,
    progress: Progress,
    note: Callable[[str], None],
) -> dict[str, Asked]:
    """Ask the model of a plan, as far as its budget goes; what is recorded is not asked again.

    Parameters
    ----------
    plan : LanguagePlan
        Names the model.
    tasks : mapping of str to Task
        What is asked.
    camera : Camera
        Where pictures come from.
    recording : Path
        File of replies, unless the plan names another.
    seed : SeedTree
        Who wins a tie, and what scripted models draw from.
    progress : Progress
        Told about each reply.
    note : callable
        Told what was mended in the recording.

    Returns
    -------
    dict of str to Asked
        Answers by task.
    """
    prompter = Prompter(camera, plan.mode)
    # Only scripted models need to be told; for others each picture would be encoded twice.
    scripted = plan.model is not None and plan.model.startswith(_SCRIPTED)
    shown = prompter if scripted else camera
    found = {}
    with Recording(plan.recording or recording) as replies:
        for text in replies.notes:
            note(f"{text}.")
        # What was paid for recorded replies counts, or each new start would have the budget anew.
        budget = Budget(plan.budget_usd, spent=replies.usage.usd)
        with _opened(_open(plan, budget, prompter, seed)) as model:
            for name, task in tasks.items():
                watch = Stopwatch(model)
                solver = LanguageSolver(
                    RecordedModel(watch, replies),
                    plan.mode,
                    plan.votes,
                    seed,
                    shown,
                    plan.workers,
                    progress,
                )
                answers, stopped = solver.solve_within_budget(task)
                passed = (
                    float(np.mean(watch.milliseconds)) * plan.votes if watch.milliseconds else None
                )
                found[name] = Asked(solver.name, tuple(answers), passed, stopped)
    return found


def _open(plan: LanguagePlan, budget: Budget, teacher: Prompter, seed: SeedTree) -> LanguageModel:
    spec = str(plan.model)
    price = _price(plan)
    if price is None and not spec.startswith(_SCRIPTED) and not find_server(spec)[0].is_local:
        raise ConfigError(
            f"expected the price of {spec}, found none",
            where="language.input_price, language.output_price",
            repair="Give US dollars per million tokens, read and written, from the provider's "
            "page, such as --input-price 2 --output-price 8.",
        )
    return load_model(
        spec,
        settings=plan.chat,
        price=price,
        budget=budget,
        teacher=teacher,
        seed=seed.child("model"),
    )


def _price(plan: LanguagePlan) -> Price | None:
    given = plan.input_price, plan.output_price
    if given == (None, None):
        return None
    if None in given:
        raise ConfigError(
            "expected both prices, found one",
            where="language.input_price, language.output_price",
            repair="Give US dollars per million tokens for both, such as --input-price 2 "
            "--output-price 8.",
        )
    return Price(float(given[0] or 0), float(given[1] or 0))


@contextmanager
def _opened(model: LanguageModel) -> Iterator[LanguageModel]:
    if isinstance(model, ChatModel):
        with model:
            yield model
    else:
        yield model


class _Blind:
    """Takes no pictures: whoever only opens a model shows it nothing."""

    def take(self, item: Item) -> Pictures:
        return Pictures(item, (), ())
