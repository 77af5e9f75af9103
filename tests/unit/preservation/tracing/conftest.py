"""Small trees, drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.preservation.tracing.trees import NeuriteTree


@pytest.fixture
def fork() -> NeuriteTree:
    """A trunk of 1 mm with branches of 0.5 and 2 mm, and a second neuron of 3 mm."""
    parents = np.array([-1, 0, 1, 1, -1, 4])
    return NeuriteTree(parents, np.array([0.0, 1.0, 0.5, 2.0, 0.0, 3.0]))
