"""What the other wings need of a membrane detector."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume

__all__ = ["Detector"]


class Detector(Protocol):
    """What finds membranes in a volume."""

    def predict(self, volume: Volume, /) -> npt.NDArray[np.float32]:
        """Return the probability of a membrane, (nz, ny, nx)."""
        ...
