"""What an engine of training steps is given and gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from neuropil.logic.training.network import GateNetwork

__all__ = [
    "ADAM",
    "SOFT",
    "ChoiceRule",
    "Chunk",
    "Engine",
    "TauRule",
]

ADAM = (0.9, 0.999, 1e-8)
"""Decay of the first and second moment, and epsilon: the defaults of the paper.

Kingma and Ba 2015, ICLR, arXiv 1412.6980.
"""


@dataclass(frozen=True)
class TauRule:
    """How the divisor of the class counts changes while training.

    Parameters
    ----------
    adaptive : bool
        Whether it follows the spread of the counts.
    limit : float
        Largest value.
    divisor : float
        The spread is divided by this.
    """

    adaptive: bool = False
    limit: float = 1.0
    divisor: float = 1.0


@dataclass(frozen=True)
class ChoiceRule:
    """How the forward pass takes one of several wires, or of the sixteen gates.

    Parameters
    ----------
    straight : bool
        Whether it takes the likeliest alone, while gradients are those of the softmax.
    noise : float
        Scale of Gumbel noise that is added to the sharpened logits, anew in every step.
    seed : int
        Of the noise, below 2^32.

    References
    ----------
    Bengio, Leonard, Courville 2013, arXiv 1308.3432, for straight-through gradients; Jang, Gu,
    Poole 2017, arXiv 1611.01144, for the noise.
    """

    straight: bool = False
    noise: float = 0.0
    seed: int = 0


SOFT = ChoiceRule()
"""The choice in which all options are mixed, each by its share."""


@dataclass(frozen=True)
class Chunk:
    """Some steps of training.

    Parameters
    ----------
    bits : (n, n_inputs / 8 rounded up) uint8 array
        Packed input bits of all images, the lowest bit of a byte first.
    labels : (n,) int32 array
        Their classes.
    order : (steps, batch) int32 array
        Images of each step.
    settings : (steps, 4) float32 array
        Sharpness of wires and of gates, learning rate of wires and of gates.
    n_inputs, n_classes : int
        Numbers of input bits and of classes.
    tau : TauRule
        How tau changes.
    choice : ChoiceRule
        How the forward pass chooses.
    smoothing : float
        Share of each label that is spread evenly over all classes.
    """

    bits: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int32]
    order: npt.NDArray[np.int32]
    settings: npt.NDArray[np.float32]
    n_inputs: int
    n_classes: int
    tau: TauRule = TauRule()
    choice: ChoiceRule = SOFT
    smoothing: float = 0.0

    def sources(self, network: GateNetwork) -> list[int]:
        """Return how many rows each layer of a network reads."""
        return [self.n_inputs, *(len(layer.kinds) for layer in network.layers[:-1])]


class Engine(Protocol):
    """What runs training steps: it takes a network and steps, and gives the network after them."""

    @property
    def name(self) -> str:
        """Name that a report shows."""

    def run(
        self, network: GateNetwork, chunk: Chunk
    ) -> tuple[GateNetwork, npt.NDArray[np.float32]]:
        """Return the network after all steps, and the loss of each step before its update."""
