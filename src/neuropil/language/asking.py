"""Many questions asked side by side."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from neuropil.contracts import Advance, ConfigError, Progress, SilentProgress
from neuropil.language.model import LanguageModel, Question, Reply, Usage

__all__ = ["ask_all"]


def ask_all(
    model: LanguageModel,
    questions: Sequence[Question],
    *,
    workers: int = 4,
    progress: Progress | None = None,
) -> tuple[Reply, ...]:
    """Ask a model many questions, several at a time.

    The first failure, and an interruption by hand, end it: what has not begun is left out, and
    what is under way is waited for, so that a :class:`RecordedModel` keeps what was paid.

    Parameters
    ----------
    model : LanguageModel
        Who is asked.
    questions : sequence of Question
        What is asked. Each is looked up when its turn comes, in one of the threads: a sequence
        that makes its pictures then needs no memory for all of them.
    workers : int
        Most questions that are under way at once.
    progress : Progress, optional
        Told about each answer, and what all of them have cost.

    Returns
    -------
    tuple of Reply
        The answers in the order of the questions.

    Raises
    ------
    ConfigError
        When there is no worker; give at least one.

    Examples
    --------
    >>> from neuropil.language import Always, Message
    >>> question = (Message("user", "One neuron or two?"),)
    >>> replies = ask_all(Always("1"), [Question(question, sample) for sample in range(9)])
    >>> len(replies)
    9
    """
    if workers < 1:
        raise ConfigError(
            f"expected at least one worker, found {workers}",
            where="workers",
            repair="Four keep a hosted model busy; a model here answers one question at a time.",
        )
    progress = SilentProgress() if progress is None else progress
    with progress.track(f"questions to {model.name}", len(questions)) as advance:
        return _ask_side_by_side(model, questions, workers, advance)


def _ask_side_by_side(
    model: LanguageModel, questions: Sequence[Question], workers: int, advance: Advance
) -> tuple[Reply, ...]:
    stopped = threading.Event()

    def ask(number: int) -> Reply | None:
        if stopped.is_set():
            return None
        try:
            question = questions[number]
            return model.generate(question.messages, sample=question.sample)
        except BaseException:
            # Here and not by who waits for the answers: meanwhile others would be paid for.
            stopped.set()
            raise

    with ThreadPoolExecutor(workers, thread_name_prefix="question") as pool:
        try:
            futures = [pool.submit(ask, number) for number in range(len(questions))]
            total = Usage()
            for future in as_completed(futures):
                reply = future.result()
                if reply is not None:
                    total += reply.usage
                    advance(1, f"{total.usd:.2f} USD" if total.usd else "")
        finally:
            stopped.set()
    return tuple(reply for future in futures if (reply := future.result()) is not None)
