"""Settings of the study ``preservation``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from neuropil.contracts import Citation, Names, Settings

__all__ = ["CITATIONS", "FAST", "REAL", "SYNTHETIC", "PreservationConfig"]

REAL, SYNTHETIC = "fib25", "synthetic-neurites"
"""Control tissue that stands in where none is named, and the generated one for where it is not."""


class PreservationConfig(Settings):
    """Settings of the study.

    Parameters
    ----------
    volume : str or None
        Tissue to be judged: a dataset, a volume, a folder of pictures (one stack), of volumes (one
        block each), or of tiles with a table ``tiles.csv``. None takes control tissue and damages
        it, to show what the assay finds.
    reference : str or None
        Good tissue that was prepared and imaged alike, in the same forms. None takes the fly tissue
        that the shipped detector knows, with which only tissue imaged like it can be compared.
    voxel_size : str or None
        Edges of a voxel as x, y, z, such as ``4x4x50`` [nm], for files that do not state them.
    region : str
        Region of the brain, for reports.
    claim : tuple of str
        What is to be shown, such as ``bad fraction < 1 %`` or ``ERL > 1 mm``.
    damage : tuple of str
        Damage that copies of the tissue are given, such as ``gaps:0.1``; needs ``truth``. Where no
        volume is named, each kind at its middle dose.
    repair : bool
        Whether gaps in membranes are closed by way of trial: the run says how many, and where the
        truth is known how much of a segmentation returns, by two detectors.
    audit : str or None
        What was judged in an evaluation of the past, such as ``4 blocks, 0 bad``: the run says what
        that excludes, and reads no tissue.
    minutes : float or None
        Time from the arrest of the heart to the start of wash-out [min]: the run says what is
        believed of such a delay before any tissue is seen, and reads no tissue.
    spacing : float
        Distance of the sections that are read [nm]; those between are left out, since sections of
        10 nm show the same membranes again and again.
    tile : float
        Edge of a tile [nm], about.
    tolerated : float
        Loss of the adapted Rand error that tissue may have without being bad.
    level : float
        Confidence of bounds.
    """

    volume: str | None = None
    reference: str | None = None
    voxel_size: str | None = None
    region: str = ""
    claim: Names = ("bad fraction < 5 %", "ERL > 1 mm")
    damage: Names = ()
    repair: bool = False
    audit: str | None = None
    # A day: what comes later is no matter of perfusion.
    minutes: float | None = Field(default=None, ge=0, le=1440)
    # That of serial sections, of 40 to 50 nm, where blocks are milled more finely.
    spacing: float = Field(default=40.0, gt=0)
    # The edge of the block on which losses were learnt.
    tile: float = Field(default=2500.0, gt=0)
    # About what gaps in a twentieth of the membranes cost.
    tolerated: float = Field(default=0.1, gt=0, lt=1)
    level: float = Field(default=0.95, gt=0.5, lt=1)


FAST: Mapping[str, Any] = {
    "volume": SYNTHETIC,
    "damage": ("gaps:0.2", "noise:0.5"),
    "spacing": 300.0,
}

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
    Citation(
        "song2026",
        "Song, LaVergne, Wrobel 2026, Ultrastructural preservation of a whole large mammal brain "
        "with a protocol compatible with human physician-assisted death, bioRxiv",
        "10.64898/2026.03.04.709724",
    ),
    Citation(
        "parag2015",
        "Parag et al. 2015, A Context-Aware Delayed Agglomeration Framework for Electron "
        "Microscopy Segmentation, PLoS ONE 10:e0125825",
        "10.1371/journal.pone.0125825",
    ),
)
"""The score of wiring kept, the preservations whose evaluation is audited, and the tissue."""
