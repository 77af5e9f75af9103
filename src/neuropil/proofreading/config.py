"""Settings of the study ``proofreading``, and the tissue it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import Citation, Loaded, Names, Settings

__all__ = [
    "CITATIONS",
    "FAST",
    "LARGE",
    "REAL",
    "SYNTHETIC",
    "LanguagePlan",
    "ProofreadingConfig",
    "load_large",
    "load_volume",
]

REAL, LARGE, SYNTHETIC = "fib25", "pinky40", "synthetic-neurites"


class LanguagePlan(Settings):
    """How a language model is asked; nothing is asked where none is named.

    Parameters
    ----------
    model : str or None
        Such as ``openai:gpt-4o``, ``http://127.0.0.1:8000/v1#name`` or ``mock:oracle``.
    mode : {"null", "description", "heuristics"}
        How much help the prompt gives.
    votes : int
        How often each item is asked.
    items : int
        Most items of each task that are asked.
    budget_usd : float
        Price at which asking stops [US dollar].
    input_price, output_price : float or None
        Price of a million tokens that are read and written [US dollar]; a model that runs on this
        computer costs nothing.
    """

    model: str | None = None
    mode: Literal["null", "description", "heuristics"] = "heuristics"
    votes: int = Field(default=1, ge=1)
    items: int = Field(default=100, ge=1)
    budget_usd: float = Field(default=1.0, ge=0)
    input_price: float | None = Field(default=None, ge=0)
    output_price: float | None = Field(default=None, ge=0)
