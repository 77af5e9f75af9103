"""Everybody on the same questions: the proofreader, its rivals, guesses and a language model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from neuropil.connectome import Volume
from neuropil.contracts import Metric, RunWriter, SeedTree, Verdict, atomic_write
from neuropil.contracts import Task as Assignment
from neuropil.proofreading.config import ProofreadingConfig, choose_segmentation
from neuropil.proofreading.prompting.answer_table import tabulate_answers
from neuropil.proofreading.prompting.asking import Asked, ask_language_model
from neuropil.proofreading.prompting.leaderboard import Leaderboard
from neuropil.proofreading.prompting.leaderboard_figure import draw_leaderboard
from neuropil.proofreading.prompting.pair_solver import PairSolver
from neuropil.proofreading.prompting.questions import prepare_tasks
from neuropil.proofreading.prompting.scores import Score, score_answers
from neuropil.proofreading.prompting.solvers import (
    Answer,
    ConstantSolver,
    GuessingSolver,
    Solver,
    Task,
)
from neuropil.proofreading.prompting.votes import measure_position_bias
from neuropil.proofreading.rendering.pictures import Studio
from neuropil.proofreading.tasks.items import Item
from neuropil.proofreading.work import Mended

__all__ = ["LOCAL", "Entry", "Inquiry", "hold_inquiry", "list_notes", "write_comparison"]

LOCAL = "local proofreader"
"""Name of the proofreader that was trained here, in tables."""

_OVER_BASES = "bootstrap over base objects"


@dataclass(frozen=True, eq=False)
class Entry:
    """What a solver answered in a task, and how good that was.

    Parameters
    ----------
    task : Task
        The questions.
    solver : str
        Who answered.
    answers : tuple of Answer
        To those that were asked.
    score : Score
        How good they are.
    milliseconds : float or None
        Time an item, where it was measured [ms].
    asked : Asked or None
        Of a language model: how the asking went.
    """

    task: Task
    solver: str
    answers: tuple[Answer, ...]
    score: Score
    milliseconds: float | None = None
    asked: Asked | None = None

    @property
    def is_language_model(self) -> bool:
        """Whether a language model answered."""
        return self.asked is not None


@dataclass(frozen=True, eq=False)
class Inquiry:
    """The questions of a run, and what a language model answered.

    Parameters
    ----------
    tasks : mapping of str to Task
        Questions by the name of their task.
    asked : mapping of str to Asked
        Answers of the language model; empty where none is named.
    """

    tasks: Mapping[str, Task]
    asked: Mapping[str, Asked]


def hold_inquiry(run: Assignment[ProofreadingConfig, Volume]) -> Inquiry:
    """Draw the questions of a run, and ask the language model where one is named.

    Parameters
    ----------
    run : Task
        The run; its settings say what is asked, and whom. Replies are recorded in its folder.

    Returns
    -------
    Inquiry
        The questions and the answers.
    """
    plan, volume, writer = run.config.language, run.data, run.writer
    tasks = prepare_tasks(run.config, volume, run.seed)
    for name in [name for name, task in tasks.items() if not task.items]:
        writer.note(f"There are no items of {name}: the pairs give none.")
        del tasks[name]
    if plan.model is None or not tasks:
        return Inquiry(tasks, {})
    studio = Studio(volume, choose_segmentation(run.config, volume), plan.pixels)
    path, seed = writer.path / "replies.jsonl", run.seed.child("language")
    asked = ask_language_model(plan, tasks, studio, path, seed, run.progress, writer.note)
    return Inquiry(tasks, asked)


def write_comparison(writer: RunWriter, inquiry: Inquiry, mended: Mended, seed: SeedTree) -> None:
    """Let everybody answer the same questions, and write who answered what, and how well.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    inquiry : Inquiry
        The questions, with the answers of the language model.
    mended : Mended
        What the proofreader and its rivals said of all pairs.
    seed : SeedTree
        Guesses, and the resampling of intervals.
    """
    if not inquiry.tasks:
        return
    tasks = inquiry.tasks.values()
    _write_items(writer, [item for task in tasks for item in task.items])
    entries = [
        entry
        for task in tasks
        for entry in _enter(task, mended, inquiry.asked, seed.child("language"))
    ]
    _write_entries(writer, entries, mended.volume.source.name)


def _write_items(writer: RunWriter, items: Sequence[Item]) -> None:
    with atomic_write(writer.path / "questions.jsonl") as temporary:
        lines = (json.dumps(item.to_json()) for item in items)
        temporary.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _enter(
    task: Task, mended: Mended, asked: Mapping[str, Asked], seed: SeedTree
) -> Iterator[Entry]:
    choice = task.name.endswith("-choice")
    solvers: dict[str, Solver] = {
        LOCAL: PairSolver.of(LOCAL, mended.judged, mended.milliseconds),
        **{f"{name} alone": PairSolver.of(name, one) for name, one in mended.rivals.items()},
        # What looks at nothing stands in the same table: who is no better has seen nothing.
        "guess": GuessingSolver(seed.child("guess")),
        f"always {'first' if choice else 'yes'}": ConstantSolver("1"),
    }
    for name, solver in solvers.items():
        answers = tuple(solver.solve(task))
        score = _score(task, answers, seed)
        yield Entry(task, name, answers, score, score.milliseconds or None)
    if task.name in asked:
        one = asked[task.name]
        score = _score(task, one.answers, seed)
        yield Entry(task, one.solver, one.answers, score, one.milliseconds, one)


def _score(task: Task, answers: Sequence[Answer], seed: SeedTree) -> Score:
    given = {answer.item for answer in answers}
    items = [item for item in task.items if item.id in given]
    # Both orders of a choice, and all questions about one base, are not independent.
    bases = {item.id: item.shown[0].labels[0] for item in items}
    return score_answers(items, answers, together=bases, seed=seed)


def _write_entries(writer: RunWriter, entries: Sequence[Entry], data: str) -> None:
    board = Leaderboard()
    for entry in entries:
        board = board.add(
            entry.solver, entry.task.name, data, entry.score, entry.milliseconds, _tell(entry)
        )
    frame = board.with_published().to_frame()
    writer.add_table("leaderboard", frame)
    judged = [one for one in entries if one.is_language_model or one.solver == LOCAL]
    tables = [tabulate_answers(one.solver, one.task.items, one.answers) for one in judged]
    writer.add_table("answers", pl.concat(tables))
    draw_leaderboard(writer, frame, data)
    for entry in judged:
        writer.add_metrics([_quantify(entry), *_measure_bias(entry)])
    for note in list_notes(entries):
        writer.note(note)


def _tell(entry: Entry) -> str:
    if entry.asked is None or entry.asked.stopped is None:
        return ""
    return f"the budget ended after {len(entry.answers)} of {len(entry.task.items)} items"


def _quantify(entry: Entry) -> Metric:
    score, usage, who = entry.score, entry.score.usage, "local"
    note = "Of several candidates the likeliest is chosen, and a pair is one from 0.5."
    if entry.is_language_model:
        who = "model"
        note = (
            f"{score.failures} of {score.readings} replies could not be read and are left out; "
            f"{usage.input_tokens + usage.output_tokens:,} tokens, {usage.usd:.4f} USD."
        )
    return Metric(
        f"{entry.task.name}_{who}".replace("-", "_"),
        f"balanced accuracy, {entry.task.name}: {entry.solver}",
        score.balanced_accuracy,
        "1",
        score.n,
        score.low,
        score.high,
        "" if score.low is None else _OVER_BASES,
        verdict=Verdict.NOT_RUN if score.balanced_accuracy is None else Verdict.REPORTED,
        note=note,
    )


def _measure_bias(entry: Entry) -> list[Metric]:
    """Say how often a language model names the first option, asked in both orders."""
    if not (entry.is_language_model and entry.task.name.endswith("-choice")):
        return []
    said = {answer.item: answer.value for answer in entry.answers}
    bias = measure_position_bias(entry.task.items, said)
    if bias.first_share is None:
        return []
    return [
        Metric(
            f"{entry.task.name}_first".replace("-", "_"),
            f"share of choices that name the first option, both orders asked: {entry.solver}",
            bias.first_share,
            "1",
            bias.n,
            note=f"0.5 without a preference; both orders name the same object in "
            f"{bias.agreement:.3f} of the choices.",
        )
    ]


def list_notes(entries: Sequence[Entry]) -> list[str]:
    """Say what a reader of the leaderboard must not miss.

    Parameters
    ----------
    entries : sequence of Entry
        Of all solvers and tasks.

    Returns
    -------
    list of str
        Who beats the proofreader, which replies could not be read, and where a budget ended.
    """
    notes = []
    own = {one.task.name: one.score.balanced_accuracy for one in entries if one.solver == LOCAL}
    for entry in entries:
        name, value = entry.task.name, entry.score.balanced_accuracy
        whole = len(entry.answers) == len(entry.task.items)
        if whole and value is not None and value > (own[name] or 0.0):
            notes.append(
                f"{entry.solver} beats the local proofreader in {name}: {value:.3f} against "
                f"{own[name]:.3f}."
            )
        if entry.is_language_model and entry.score.failures:
            notes.append(
                f"{entry.score.failures} of {entry.score.readings} replies of {entry.solver} in "
                f"{name} could not be read; they are left out and are no answers."
            )
        if entry.asked is not None and entry.asked.stopped is not None:
            notes.append(
                f"In {name} {_tell(entry)}. To go on without paying twice, name replies.jsonl of "
                "this run as --recording of a new one with a larger --budget-usd."
            )
    return notes
