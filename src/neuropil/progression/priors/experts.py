"""Language models as experts: opened by name, priced, and asked as far as a budget goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from neuropil.contracts import ConfigError, Progress
from neuropil.language import (
    FREE,
    Budget,
    ChatModel,
    ChatSettings,
    LanguageModel,
    Price,
    Recording,
    find_server,
    load_model,
)
from neuropil.progression.priors.elicitation import (
    CostEstimate,
    Elicitation,
    ElicitationPlan,
    elicit_answers,
    estimate_cost,
)
from neuropil.progression.priors.regions import RegionSet
from neuropil.progression.priors.scripted import teach_rules

__all__ = ["Expert", "consult", "estimate_consultation"]

_SCRIPTED = "mock:"
# A row of 68 regions takes about 1,600 tokens; models that reason first take several times that.
_MOST_TOKENS = 8192


@dataclass(frozen=True)
class Expert:
    """A language model that is asked about edges.

    Parameters
    ----------
    model : str
        Such as ``openai:NAME``, ``http://127.0.0.1:8000/v1#NAME`` or ``mock:oracle``, which
        answers by the rules.
    input_price, output_price : float, optional
        Price of a million tokens that are read and written [US dollar]; a model that runs on this
        computer costs nothing.
    budget_usd : float
        Price at which asking stops, with that of recorded replies [US dollar].
    chat : ChatSettings
        How a server is asked.

    Raises
    ------
    ConfigError
        When the model is unknown, or one that is not on this computer has no price.
    """

    model: str
    input_price: float | None = None
    output_price: float | None = None
    # A wrong price or model costs no more than this before anyone looks.
    budget_usd: float = 1.0
    chat: ChatSettings = field(default_factory=lambda: ChatSettings(max_tokens=_MOST_TOKENS))

    def __post_init__(self) -> None:
        given = (self.input_price, self.output_price)
        needed = not self._is_free and given == (None, None)
        if needed or (None in given and given != (None, None)):
            found = "none" if needed else "one"
            raise ConfigError(
                f"expected both prices of {self.model}, found {found}",
                where="input_price, output_price",
                repair="Give US dollars per million tokens, read and written, from the provider's "
                "page, such as --input-price 2 --output-price 8.",
            )

    @property
    def _is_free(self) -> bool:
        return self.model.startswith(_SCRIPTED) or find_server(self.model)[0].is_local

    @property
    def price(self) -> Price:
        """Price of its tokens."""
        if self.input_price is None or self.output_price is None:
            return FREE
        return Price(self.input_price, self.output_price)

    @contextmanager
    def open(
        self, regions: RegionSet, plan: ElicitationPlan, spent: float = 0.0
    ) -> Iterator[LanguageModel]:
        """Open the model; nothing is sent yet.

        Parameters
        ----------
        regions : RegionSet
            The regions, which scripted models must know.
        plan : ElicitationPlan
            What will be asked.
        spent : float
            What was spent before [US dollar].

        Yields
        ------
        LanguageModel
            The model, with its budget.
        """
        # Only scripted models are told the answers; they need the places of the regions.
        scripted = self.model.startswith(_SCRIPTED)
        opened = load_model(
            self.model,
            settings=self.chat,
            price=self.price,
            budget=Budget(self.budget_usd, spent=spent),
            teacher=teach_rules(regions, plan.pose(regions)) if scripted else None,
        )
        if isinstance(opened, ChatModel):
            with opened:
                yield opened
        else:
            yield opened

    def require_budget(self, estimate: CostEstimate) -> None:
        """Refuse to begin what the budget will not suffice for.

        Parameters
        ----------
        estimate : CostEstimate
            What is expected.

        Raises
        ------
        ConfigError
            When the expected price is above what is left; nothing was asked.
        """
        total = estimate.spent + estimate.usd
        if total > self.budget_usd:
            raise ConfigError(
                f"expected to spend {total:.2f} USD, recorded replies included, which is more than "
                f"the budget of {self.budget_usd:.2f} USD; nothing was asked",
                where="budget_usd",
                repair="Raise --budget-usd, or ask about fewer mechanisms or with fewer repeats.",
            )


def estimate_consultation(
    expert: Expert, regions: RegionSet, plan: ElicitationPlan, replies: Path
) -> CostEstimate:
    """Estimate what asking an expert will cost; nothing is asked and no file is made.

    Parameters
    ----------
    expert : Expert
        Who would be asked.
    regions : RegionSet
        About which regions.
    plan : ElicitationPlan
        What.
    replies : Path
        File of replies, which may exist.

    Returns
    -------
    CostEstimate
        For what is not recorded.

    Raises
    ------
    InputError
        When the file is no recording.
    """
    with expert.open(regions, plan) as model:
        if not replies.exists():
            return estimate_cost(plan.pose(regions), model, expert.price)
        with Recording(replies, replay_only=True) as recording:
            return estimate_cost(plan.pose(regions), model, expert.price, recording)


def consult(
    expert: Expert,
    regions: RegionSet,
    plan: ElicitationPlan,
    replies: Path,
    progress: Progress | None = None,
) -> Elicitation:
    """Ask an expert about all pairs of regions, as far as the budget goes.

    Parameters
    ----------
    expert : Expert
        Who is asked.
    regions : RegionSet
        About which regions.
    plan : ElicitationPlan
        What.
    replies : Path
        File of replies, which is made where there is none; what it holds is not asked again.
    progress : Progress, optional
        Told about each reply.

    Returns
    -------
    Elicitation
        What could be read, and whether the budget sufficed.

    Raises
    ------
    InputError
        When the file is no recording, or the model does not keep to the form.
    """
    with (
        Recording(replies) as recording,
        expert.open(regions, plan, recording.usage.usd) as model,
    ):
        return elicit_answers(model, regions, plan, recording, progress)
