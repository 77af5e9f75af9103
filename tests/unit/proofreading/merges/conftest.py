import numpy as np
import pytest

from neuropil.proofreading.tasks.joins import Joins, MergePlan

SIZE = (40.0, 32.0, 32.0)
PLAN = MergePlan(
    pairs=3, half_width=1000.0, jitter=600.0, margin=0.0, fewest_voxels=2_000, tries=30
)


def beams(sections: int) -> np.ndarray:
    """Draw in each half two beams that touch where they cross, and a whole object like them."""
    labels = np.zeros((2 * sections, 64, 64), np.uint16)
    for half in (0, 1):
        z, name = half * (2 * sections - 46), 10 * half
        labels[z + 6 : z + 14, :, 16:26] = name + 1
        labels[z + 14 : z + 22, 16:26, :] = name + 2
        labels[z + 28 : z + 36, :, 40:50] = name + 3
        labels[z + 36 : z + 44, 40:50, :] = name + 3
    return labels


@pytest.fixture(scope="session")
def merge_plan() -> MergePlan:
    """Which pairs are made of the beams."""
    return PLAN


@pytest.fixture(scope="session")
def crossing() -> Joins:
    """Beams in both ends of 180 sections, so that nothing near them is in both halves."""
    return Joins.find(beams(90), SIZE, PLAN)
