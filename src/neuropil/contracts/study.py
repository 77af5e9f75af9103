"""What every study offers, so that one command line, report and reproduction serve them all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

from neuropil.contracts.claims import Claim, Metric
from neuropil.contracts.progress import Progress
from neuropil.contracts.provenance import Citation, Operation, Source
from neuropil.contracts.runs import RunWriter
from neuropil.contracts.seeds import SeedTree
from neuropil.contracts.settings import Settings

__all__ = ["Loaded", "Noun", "Study", "Task"]


class Noun(Protocol):
    """What a study is given: it knows where it came from."""

    @property
    def source(self) -> Source:
        """Origin of the data."""

    @property
    def provenance(self) -> tuple[Operation, ...]:
        """What was done to them since."""


Config = TypeVar("Config", bound=Settings)
Data = TypeVar("Data", bound=Noun)


class Loaded(NamedTuple, Generic[Data]):
    """Data, and what a reader of the run should know about them first.

    Parameters
    ----------
    data : Noun
        The data.
    notes : tuple of str
        Sentences, such as which data had to stand in for others.
    """

    data: Data
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task(Generic[Config, Data]):
    """One run of a study: what it is given and where it writes.

    Parameters
    ----------
    config : Settings
        Settings of the study.
    data : Noun
        What ``load`` returned, accepted by ``check``.
    seed : SeedTree
        Root of every random draw.
    writer : RunWriter
        An open run folder.
    progress : Progress
        Told how far the run is.
    """

    config: Config
    data: Data
    seed: SeedTree
    writer: RunWriter
    progress: Progress


class Study(ABC, Generic[Config, Data]):
    """A study: settings, data, a run, and the claims it is held to."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    config: ClassVar[type[Settings]]
    fast: ClassVar[Mapping[str, Any]]
    claims: ClassVar[tuple[Claim, ...]]
    citations: ClassVar[tuple[Citation, ...]]
    # Seconds that each stage of a default run takes, for one bar over the whole.
    stages: ClassVar[Mapping[str, float]] = MappingProxyType({})

    @abstractmethod
    def load(self, config: Config) -> Loaded[Data]:
        """Return the data that the settings name."""

    def check(self, config: Config, data: Data) -> None:
        """Refuse settings that the data rule out, before a folder is made."""

    @abstractmethod
    def run(self, task: Task[Config, Data]) -> None:
        """Fit, measure and write the results."""

    def headline(self, metrics: Mapping[str, Metric]) -> str:  # noqa: ARG002 - for those who say one
        """Say the result of a run in one line, in the words and units of its field.

        Parameters
        ----------
        metrics : mapping of str to Metric
            What the run measured, by id.

        Returns
        -------
        str
            Without a final stop. Empty where the count of bounds that are met says it all.
        """
        return ""

    def card(self) -> str:
        """Return the model page: what it posits, its symbols, its limits."""
        # The card lies beside the study, wherever the room is.
        room = type(self).__module__.rpartition(".")[0]
        return resources.files(room).joinpath("card.md").read_text(encoding="utf-8")
