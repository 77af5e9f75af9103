"""How a gate network is wired and trained, as settings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, Field

from neuropil.contracts import ConfigError, Settings
from neuropil.logic.training.engine import ChoiceRule, TauRule

__all__ = [
    "Dense",
    "Fixed",
    "Local",
    "TopK",
    "TrainingSchedule",
    "Wiring",
    "is_whole",
    "parse_wiring",
]

# Shares of the training after which candidates are no longer dropped, and no longer drawn anew
# (docs/decisions/0016-dwindling-candidates.md); other shares were not compared.
_DROPPING, _REGROWING = 0.75, 0.5

Positive = Annotated[float, Field(gt=0)]


class TrainingSchedule(Settings):
    """How long and how sharply a network is trained.

    The defaults did best, or level with the best in less time, on held-out images of MNIST
    (card.md, "What was tried").

    Parameters
    ----------
    epochs : float
        Passes over the training images; each image is taken once in a pass, in one of its copies.
    batch : int
        Images of a step, a multiple of 16.
    rate : float
        Learning rate of Adam at the start; it falls along half a cosine.
    final_rate : float
        Learning rate at the end, relative to the start.
    wire_sharpness, gate_sharpness : (float, float)
        Factor of the logits in the softmax over wires, and over gates, at the start and at the
        end; it grows geometrically. Sharp choices at the end leave no gap to the hard circuit.
    tau : float or {"autotau", "adavar"}
        Divisor of the class counts. With m gates a class, ``autotau`` is sqrt(m / (4 T)), and
        ``adavar`` follows a quarter of the spread of the counts over T, from sqrt(m) and up to
        m / 6.
    temperature : float
        The T of both rules.
    straight_from : float
        Share of the training after which the forward pass takes the likeliest options alone, with
        the gradients of their mixture (straight-through); 0 does so from the start, 1 never.
    noise : float
        Scale of Gumbel noise on the sharpened logits; 0 has none.
    kept : float
        Share of the candidates of a slot that is left at the end. The weakest are dropped after
        each epoch, geometrically, until three quarters of the training; one candidate is never
        all that is left of several.
    regrowth : float
        Share of the candidates, the weakest, that is drawn anew after each epoch of the first
        half of the training.
    average : float
        Share of the earlier epochs in a running average of the logits over the last quarter of the
        training, when no candidate is dropped any more; the hard circuit is that of the average,
        of one of these epochs. 0 takes each epoch as it is.
    smoothing : float
        Share of each label that is spread evenly over all classes.
    clean : float
        Share of the images that are taken without augmentation.
    copies : int
        Augmented copies of the training set; 0 augments anew in every epoch.
    validation : float
        Share of the training images that is held out, for the choice of settings.
    """

    epochs: float = Field(default=40.0, gt=0)
    batch: int = Field(default=256, ge=16, multiple_of=16)
    rate: float = Field(default=0.075, gt=0)
    final_rate: float = Field(default=0.02, gt=0, le=1)
    wire_sharpness: tuple[Positive, Positive] = (1.0, 2.5)
    gate_sharpness: tuple[Positive, Positive] = (1.0, 4.0)
    tau: Positive | Literal["autotau", "adavar"] = "autotau"
    temperature: float = Field(default=5.5, gt=0)
    straight_from: float = Field(default=1.0, ge=0, le=1)
    noise: float = Field(default=0.0, ge=0)
    kept: float = Field(default=0.2, gt=0, le=1)
    regrowth: float = Field(default=0.0, ge=0, lt=1)
    average: float = Field(default=0.0, ge=0, lt=1)
    smoothing: float = Field(default=0.0, ge=0, lt=1)
    clean: float = Field(default=0.25, ge=0, le=1)
    copies: int = Field(default=10, ge=0, le=100)
    # 5,000 of the 60,000 images of MNIST: a point of accuracy is 50 of them.
    validation: float = Field(default=1 / 12, gt=0, lt=1)

    def first_tau(self, voters: int) -> float:
        """Return tau before the first step.

        Parameters
        ----------
        voters : int
            Gates of each class in the last layer.
        """
        if self.tau == "adavar":
            return math.sqrt(voters)
        if self.tau == "autotau":
            return math.sqrt(voters / (4 * self.temperature))
        return float(self.tau)

    def tau_rule(self, voters: int) -> TauRule:
        """Return how tau changes.

        Parameters
        ----------
        voters : int
            Gates of each class in the last layer.
        """
        return TauRule(self.tau == "adavar", max(1.0, voters / 6), 4 * self.temperature)

    def sharpness(self, progress: float) -> tuple[float, float]:
        """Return the sharpness of wires and of gates.

        Parameters
        ----------
        progress : float
            Share of the training that is done.
        """
        wires, gates = (
            first * (last / first) ** progress
            for first, last in (self.wire_sharpness, self.gate_sharpness)
        )
        return wires, gates

    def choice_rule(self, progress: float, seed: int) -> ChoiceRule:
        """Return how wires and gates are chosen while training.

        Parameters
        ----------
        progress : float
            Share of the training that is done.
        seed : int
            Of the noise.
        """
        # The generator of the noise takes 32 bits.
        return ChoiceRule(progress >= self.straight_from, self.noise, seed % 2**32)

    def candidates_left(self, candidates: int, progress: float) -> int:
        """Return how many candidates of a slot are left.

        Parameters
        ----------
        candidates : int
            At the start.
        progress : float
            Share of the training that is done.
        """
        share = self.kept ** min(1.0, progress / _DROPPING)
        return max(min(2, candidates), round(candidates * share))

    def averages(self, progress: float) -> bool:
        """Return whether an epoch that begins at this share of the training is averaged."""
        return self.average > 0 and progress >= _DROPPING

    def regrows(self, progress: float) -> bool:
        """Return whether weak candidates are drawn anew at this share of the training."""
        return self.regrowth > 0 and progress < _REGROWING


class Everywhere(Settings):
    """Wiring whose candidates are drawn from the whole image."""

    @property
    def reach(self) -> int:
        """Side of the square that candidates are drawn from [pixel]; 0 stands for no limit."""
        return 0


class Dense(Everywhere):
    """Every slot chooses among all sources of its layer."""

    def __str__(self) -> str:
        return "dense"

    @property
    def candidates(self) -> int:
        """Candidates of a slot; 0 stands for all sources."""
        return 0


class TopK(Everywhere):
    """Every slot chooses among K sources that are drawn before training.

    Parameters
    ----------
    k : int
        Number of candidates.
    """

    k: int = Field(default=32, ge=2)

    def __init__(self, k: int = 32) -> None:
        BaseModel.__init__(self, k=k)  # so that TopK(16) can be written

    def __str__(self) -> str:
        return f"topk:{self.k}"

    @property
    def candidates(self) -> int:
        """Candidates of a slot."""
        return self.k


class Fixed(Everywhere):
    """Every slot reads one source that is drawn before training, each source equally often."""

    def __str__(self) -> str:
        return "fixed"

    @property
    def candidates(self) -> int:
        """Candidates of a slot."""
        return 1


class Local(Settings):
    """Both slots of a gate choose among K sources of one square of the image.

    Parameters
    ----------
    k : int
        Number of candidates.
    reach : int
        Side of the square [pixel]; its place is drawn before training, a place for each gate. A
        gate of a later layer reads gates whose squares have their middle in its own.
    """

    k: int = Field(ge=2)
    reach: int = Field(ge=1)

    def __str__(self) -> str:
        return f"local:{self.k}:{self.reach}"

    @property
    def candidates(self) -> int:
        """Candidates of a slot."""
        return self.k


Wiring = Dense | TopK | Local | Fixed


def parse_wiring(wiring: str | Wiring | Sequence[str | Wiring], n_layers: int) -> list[Wiring]:
    """Return the wiring of every layer.

    Parameters
    ----------
    wiring : str, Wiring, or a sequence of them
        ``"dense"``, ``"topk:32"``, ``"local:32:8"`` or ``"fixed"``; one for all layers, or one a
        layer. A text may name several with commas between them.
    n_layers : int
        Number of layers.

    Raises
    ------
    ConfigError
        When there is no such wiring, or their number is not that of the layers.

    Examples
    --------
    >>> [str(kind) for kind in parse_wiring("dense,topk:8", 2)]
    ['dense', 'topk:8']
    """
    parts: Iterable[object]
    if isinstance(wiring, str):
        parts = [part.strip() for part in wiring.split(",")]
    elif isinstance(wiring, Wiring) or not isinstance(wiring, Iterable):
        parts = [wiring]
    else:
        parts = wiring
    kinds = [part if isinstance(part, Wiring) else _parse_one(part) for part in parts]
    if len(kinds) == 1:
        kinds *= n_layers
    if len(kinds) != n_layers:
        raise ConfigError(
            f"expected one wiring, or one for each of {n_layers} layers, found {len(kinds)}",
            where="wiring",
            repair="Write for example topk:32, or dense,topk:32.",
        )
    return kinds


def is_whole(value: object) -> bool:
    """Tell whether a value is a whole number, of Python or of NumPy; true and false are none."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _parse_one(given: object) -> Wiring:
    text = given if isinstance(given, str) else ""
    name, *numbers = text.split(":")
    sizes = [int(number) for number in numbers if number.isdigit()]
    if len(sizes) == len(numbers):
        if name == "topk" and len(sizes) < 2 and all(k > 1 for k in sizes):
            return TopK(*sizes)
        if name == "local" and len(sizes) == 2 and sizes[0] > 1 and sizes[1] > 0:
            return Local(k=sizes[0], reach=sizes[1])
    if text in ("dense", "fixed"):
        return Dense() if text == "dense" else Fixed()
    raise ConfigError(
        f"expected a wiring, found {given!r}",
        where="wiring",
        repair="Write dense, fixed, topk:K with K of 2 or more, or local:K:PIXELS.",
    )
