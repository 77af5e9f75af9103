"""Settings of the study ``preservation``, and the tissue it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import Citation, Loaded, Settings

__all__ = ["CITATIONS", "FAST", "REAL", "SYNTHETIC", "PreservationConfig", "load_tissue"]

REAL, SYNTHETIC = "fib25", "synthetic-neurites"


class PreservationConfig(Settings):
    """Settings of the study.

    Parameters
    ----------
    volume : str or None
        Dataset name, or tissue of one's own with an image. None takes the real block of fly tissue
        where it can be had and a generated one elsewhere.
    spacing : float
        Distance of the sections that are read [nm]; those between are left out, since sections of
        10 nm show the same membranes again and again.
    """

    volume: str | None = None
    # That of serial sections, of 40 to 50 nm, where blocks are milled more finely.
    spacing: float = Field(default=40.0, gt=0)


FAST: Mapping[str, Any] = {"volume": SYNTHETIC}

CITATIONS = (
    Citation(
        "reilly2018",
        "Reilly EP et al. 2018, Neural reconstruction integrity: a metric for assessing the "
        "connectivity accuracy of reconstructed neural networks, Frontiers in Neuroinformatics "
        "12:74",
        "10.3389/fninf.2018.00074",
    ),
    Citation(
        "mcintyre2015",
        "McIntyre RL, Fahy GM 2015, Aldehyde-stabilized cryopreservation, Cryobiology 71:448",
        "10.1016/j.cryobiol.2015.09.003",
    ),
)
"""The score of wiring kept, and the preservation whose evaluation is audited."""


def load_tissue(config: PreservationConfig) -> Loaded[Volume]:
    """Return the tissue that the settings name, or the generated one, with a note.

    Raises
    ------
    ConfigError
        When the name is neither a dataset nor something that exists.
    InputError
        When a file is damaged, or does not state the size of a voxel.
    """
    if config.volume is None:
        return Loaded(*datasets.load_or_substitute(REAL, kind=Volume))
    return Loaded(datasets.load_or_read(config.volume, kind=Volume))
