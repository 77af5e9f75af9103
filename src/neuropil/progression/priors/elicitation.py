"""Answers about edges from a language model: asked, read, asked again, recorded and paid once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from neuropil.contracts import ConfigError, InputError, Progress
from neuropil.language import (
    BudgetError,
    LanguageModel,
    Price,
    Question,
    RecordedModel,
    Recording,
    Reply,
    ask_all,
    hash_question,
)
from neuropil.progression.priors.answers import Answer, EdgeAnswers
from neuropil.progression.priors.mechanisms import USUAL_MECHANISMS, choose_mechanisms
from neuropil.progression.priors.parsing import Fault, parse_row
from neuropil.progression.priors.prompts import PROMPT_VERSION, RowQuestion, pose_questions
from neuropil.progression.priors.regions import RegionSet

__all__ = ["CostEstimate", "Elicitation", "ElicitationPlan", "elicit_answers", "estimate_cost"]

# Sample numbers of a question that is asked again: further repeats can be added to a recording
# later without taking the numbers of these.
_AGAIN = 1_000_000
# So many questions are asked before all others: a model that cannot keep to the form would be paid
# for nothing thousands of times.
_TRIAL = 8
# Of English text and JSON, in all current vocabularies within a third.
_BYTES_PER_TOKEN = 4.0
# A label, a number and eight words in JSON. Answers of the rules in this form take 83 bytes, which
# are 21 tokens; models say a little more.
_TOKENS_PER_ANSWER = 24
# Braces and the name of the one member; a fence or a sentence around it takes a few more.
_TOKENS_AROUND = 10


@dataclass(frozen=True)
class ElicitationPlan:
    """What is asked, and how often.

    Parameters
    ----------
    mechanisms : tuple of str
        Names in :data:`MECHANISMS`.
    repeats : int
        Answers to each question: their mean is the probability, their spread the doubt.
    attempts : int
        How often a question is asked at most until its reply can be read.
    workers : int
        Most questions that are under way at once.

    Raises
    ------
    ConfigError
        When a mechanism is unknown, or a number is below 1.
    """

    mechanisms: tuple[str, ...] = USUAL_MECHANISMS
    # Published elicitations of graphs repeat 5 to 10 times; five show who wavers.
    repeats: int = 5
    # A model that fails at one reply in ten leaves one question in a thousand open after three.
    attempts: int = 3
    # As elsewhere: hosted models allow more, and a model on this computer answers one at a time.
    workers: int = 4

    def __post_init__(self) -> None:
        choose_mechanisms(self.mechanisms)
        for name in ("repeats", "attempts", "workers"):
            if getattr(self, name) < 1:
                raise ConfigError(
                    f"expected at least 1, found {getattr(self, name)}",
                    where=name,
                    repair="Give a whole number from 1.",
                )

    def pose(self, regions: RegionSet) -> tuple[RowQuestion, ...]:
        """List the questions about a set of regions."""
        return pose_questions(regions, choose_mechanisms(self.mechanisms), self.repeats)


@dataclass(frozen=True)
class CostEstimate:
    """What asking will cost.

    Parameters
    ----------
    questions : int
        All of them.
    recorded : int
        Those whose first reply is recorded; they cost nothing.
    input_tokens, output_tokens : int
        Expected for the others.
    usd : float
        Expected price [US dollar].
    spent : float
        Price of what is recorded [US dollar].
    """

    questions: int
    recorded: int
    input_tokens: int
    output_tokens: int
    usd: float
    spent: float = 0.0


@dataclass(frozen=True, eq=False)
class Elicitation:
    """What came of asking.

    Parameters
    ----------
    rows : mapping of RowQuestion to Reply
        Replies that could be read.
    open : tuple of RowQuestion
        Questions without one.
    failures : mapping of str to int
        Replies that could not be read, by kind of fault.
    example : str
        The last such fault, in words.
    stopped : BudgetError or None
        Why not all was asked.
    """

    rows: Mapping[RowQuestion, Reply]
    open: tuple[RowQuestion, ...]
    failures: Mapping[str, int] = field(default_factory=dict)
    example: str = ""
    stopped: BudgetError | None = None

    def to_answers(self, regions: RegionSet, plan: ElicitationPlan, model: str) -> EdgeAnswers:
        """Return the answers, of which every pair needs one.

        Parameters
        ----------
        regions : RegionSet
            The regions that were asked about.
        plan : ElicitationPlan
            What was asked.
        model : str
            Who answered.

        Raises
        ------
        BudgetError
            When the budget did not suffice; allow more, and ask again.
        InputError
            When a pair has no answer, since no reply about either of its ends could be read.
        """
        # A prior of half of the questions would look whole: pairs are asked about from both ends.
        if self.stopped is not None:
            raise self.stopped
        answers = tuple(
            Answer(
                question.mechanism,
                question.region,
                other,
                question.repeat,
                chance,
                reason,
                model,
                reply.model,
            )
            for question, reply in self.rows.items()
            for other, (chance, reason) in _require_row(reply, question).items()
        )
        source = f"elicited from {model} with questions of version {PROMPT_VERSION}"
        return EdgeAnswers(regions.labels, plan.mechanisms, answers, source)


def _require_row(reply: Reply, question: RowQuestion) -> dict[str, tuple[float, str]]:
    row = parse_row(reply.text, question.others)
    assert not isinstance(row, Fault)  # only replies that could be read are among the rows
    return row


def estimate_cost(
    questions: Sequence[RowQuestion],
    model: LanguageModel,
    price: Price,
    recording: Recording | None = None,
) -> CostEstimate:
    """Estimate what asking will cost, before anything is sent.

    Parameters
    ----------
    questions : sequence of RowQuestion
        What will be asked.
    model : LanguageModel
        Who will be asked.
    price : Price
        Of its tokens.
    recording : Recording, optional
        What has been answered already.

    Returns
    -------
    CostEstimate
        Without hidden reasoning and questions that are asked again, which nobody can foresee; the
        budget bounds them.
    """
    new = [
        each
        for each in questions
        if recording is None or recording.find(hash_question(model, _pose(each, 0))) is None
    ]
    sizes = [sum(len(one.text.encode()) for one in each.messages) for each in new]
    read = round(sum(sizes) / _BYTES_PER_TOKEN)
    written = sum(_TOKENS_AROUND + _TOKENS_PER_ANSWER * len(each.others) for each in new)
    recorded = len(questions) - len(new)
    spent = 0.0 if recording is None else recording.usage.usd
    return CostEstimate(len(questions), recorded, read, written, price.of(read, written), spent)


def elicit_answers(
    model: LanguageModel,
    regions: RegionSet,
    plan: ElicitationPlan,
    recording: Recording,
    progress: Progress | None = None,
) -> Elicitation:
    """Ask a language model about all pairs of regions.

    What is recorded is not asked again, so that an elicitation that was interrupted, or that a
    budget stopped, goes on where it was. A reply that cannot be read is counted and the question
    asked again, up to ``plan.attempts`` times.

    Parameters
    ----------
    model : LanguageModel
        Who is asked; a budget of its own bounds what is spent.
    regions : RegionSet
        The regions.
    plan : ElicitationPlan
        What is asked.
    recording : Recording
        Where replies are kept; one that is only replayed asks nobody.
    progress : Progress, optional
        Told about each reply.

    Returns
    -------
    Elicitation
        What could be read, what could not, and whether the budget sufficed.

    Raises
    ------
    InputError
        When none of the first replies can be read: the model does not keep to the form.
    """
    questions = plan.pose(regions)
    interview = _Interview(RecordedModel(model, recording), plan.workers, progress)
    interview.ask(questions[:_TRIAL], attempt=0)
    if not interview.rows and interview.stopped is None:
        raise InputError(
            f"expected replies in JSON of the schema, found none among the first "
            f"{len(questions[:_TRIAL])} ({interview.example})",
            where=model.name,
            repair="Name a model that follows a schema, or allow more tokens for an answer.",
        )
    for attempt in range(plan.attempts):
        if interview.stopped is None:
            interview.ask([each for each in questions if each not in interview.rows], attempt)
    unread = tuple(each for each in questions if each not in interview.rows)
    # In the order of the questions, whatever attempt each was answered in.
    rows = {each: interview.rows[each] for each in questions if each in interview.rows}
    return Elicitation(rows, unread, interview.failures, interview.example, interview.stopped)


class _Interview:
    """Asks in rounds, and sorts replies into those that can be read and those that cannot."""

    def __init__(self, model: RecordedModel, workers: int, progress: Progress | None) -> None:
        self.rows: dict[RowQuestion, Reply] = {}
        self.failures: Counter[str] = Counter()
        self.example = ""
        self.stopped: BudgetError | None = None
        self._model, self._workers, self._progress = model, workers, progress
        self._counted: set[str] = set()

    def ask(self, questions: Sequence[RowQuestion], attempt: int) -> None:
        posed = [_pose(each, attempt) for each in questions]
        if posed:
            try:
                ask_all(self._model, posed, workers=self._workers, progress=self._progress)
            except BudgetError as error:
                self.stopped = error
        # From the recording and not from what was returned: where the budget ended, replies came
        # and were paid that an error does not carry.
        for each, asked in zip(questions, posed, strict=True):
            key = hash_question(self._model, asked)
            reply = self._model.recording.find(key)
            if reply is not None:
                self._sort(each, reply, key)

    def _sort(self, question: RowQuestion, reply: Reply, key: str) -> None:
        row = parse_row(reply.text, question.others)
        if not isinstance(row, Fault):
            self.rows[question] = reply
        elif key not in self._counted:
            # The first questions are looked at twice, and their failures counted once.
            self._counted.add(key)
            self.failures[row.kind] += 1
            self.example = f"{row.kind}: {row.what}"


def _pose(question: RowQuestion, attempt: int) -> Question:
    return Question(question.messages, attempt * _AGAIN + question.repeat)
