"""What every study offers, so that one command line, report and table serve them all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from neuropil.contracts.errors import ConfigError
from neuropil.contracts.progress import Progress
from neuropil.contracts.provenance import Citation
from neuropil.contracts.runs import RunWriter
from neuropil.contracts.seeds import SeedTree

__all__ = ["Reproduction", "Study", "StudyConfig", "Target"]


class StudyConfig(BaseModel):
    """Base of every study's settings: frozen, and unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def build(cls, settings: Mapping[str, Any]) -> StudyConfig:
        """Validate settings and return the config.

        Raises
        ------
        ConfigError
            Naming each setting that is unknown or out of range, and the known names.
        """
        try:
            return cls.model_validate(dict(settings))
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(map(str, item['loc'])) or 'config'}: {_lower_first(item['msg'])}"
                for item in error.errors()
            )
            known = ", ".join(cls.model_fields)
            raise ConfigError(
                problems, where="settings", repair=f"The settings are: {known}."
            ) from error

    @classmethod
    def require(cls, config: StudyConfig) -> Self:
        """Return settings that are of this study.

        Raises
        ------
        ConfigError
            When they are another study's; the message names both.
        """
        if not isinstance(config, cls):
            raise ConfigError(
                f"expected {cls.__name__}, found {type(config).__name__}",
                where="settings",
                repair=f"Build them with {cls.__name__}.build(settings).",
            )
        return config


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


@dataclass(frozen=True, slots=True)
class Target:
    """One line of a study's list of claims to reproduce.

    Parameters
    ----------
    id : str
        Short name, used with ``--target``.
    what : str
        The quantity.
    target : str
        The threshold, in words and numbers.
    unit : str
        Unit of the value.
    published : str
        The published number, or ``"not published"``.
    """

    id: str
    what: str
    target: str
    unit: str
    published: str = "not published"


@dataclass(frozen=True, slots=True)
class Reproduction:
    """One measured row: a target and what was found.

    Parameters
    ----------
    target : Target
        The claim.
    value, low, high : float or None
        Measured value and its 95 % interval, in the target's unit; None where not measured.
    n : int
        Number of independent units (seeds, subjects) behind the value.
    passed : bool or None
        None where the row was not run.
    data : str
        Dataset that was used.
    command : str
        The command that measures this row again.
    note : str
        What a reader must know to judge the row.
    """

    target: Target
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    passed: bool | None = None
    data: str = ""
    command: str = ""
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the row in the order in which it is printed."""
        return {
            "id": self.target.id,
            "what": self.target.what,
            "published": self.target.published,
            "target": self.target.target,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "n": self.n,
            "unit": self.target.unit,
            "passed": self.passed,
            "command": self.command,
            "data": self.data,
            "note": self.note,
        }


class Study(ABC):
    """A study: settings, a run, and the targets it is held to."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    package: ClassVar[str]
    config: ClassVar[type[StudyConfig]]
    fast: ClassVar[Mapping[str, Any]]
    citations: ClassVar[tuple[Citation, ...]]
    targets: ClassVar[tuple[Target, ...]]

    @abstractmethod
    def run(
        self, config: StudyConfig, seed: SeedTree, writer: RunWriter, progress: Progress
    ) -> None:
        """Load the data, open the run folder, fit, measure and write the results.

        Data are loaded and checked before ``writer.begin``, so that bad input leaves no folder.
        """

    @abstractmethod
    def reproduce(
        self,
        targets: Sequence[Target],
        seed: SeedTree,
        progress: Progress,
        *,
        fast: bool,
        work: Path,
    ) -> list[Reproduction]:
        """Run the protocol of the given targets and return one row each.

        Parameters
        ----------
        targets : sequence of Target
            What to measure.
        seed : SeedTree
            Root of every random draw.
        progress : Progress
            Told how far the work is.
        fast : bool
            Measure on embedded data with the fast settings.
        work : Path
            Folder of this study, seed and ``fast`` for what is finished, so that an interrupted
            protocol goes on.
        """

    def card(self) -> str:
        """Return the model page: what it posits, its symbols, its limits."""
        return resources.files(self.package).joinpath("card.md").read_text(encoding="utf-8")
