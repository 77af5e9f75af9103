"""Axes that are fitted to generated tissue read what is planted in other sections of it."""

import numpy as np
import pytest

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.measures import compute_roc_area
from neuropil.preservation.axes.model import fit_axes
from neuropil.preservation.axes.table import measure_axes
from neuropil.preservation.damage.gaps import Gaps
from neuropil.preservation.damage.ice import Ice


class DarkIsMembrane:
    """Takes what is dark for membrane, which generated tissue allows."""

    def predict(self, volume: Volume) -> np.ndarray:
        image = volume.read_image().astype(np.float32)
        middle, spread = (
            image.mean(axis=(1, 2), keepdims=True),
            image.std(axis=(1, 2), keepdims=True),
        )
        return 1 / (1 + np.exp(np.clip(4 * ((image - middle) / spread + 1), -30, 30)))


@pytest.fixture(scope="module")
def tissue():
    return datasets.load("synthetic-neurites", kind=Volume)


@pytest.fixture(scope="module")
def model(tissue):
    return fit_axes(tissue, DarkIsMembrane(), range(60), count=12, seed=SeedTree(0))


@pytest.fixture(scope="module")
def section(tissue):
    return tissue.crop((slice(80, 81), slice(None), slice(None)))


def measure(volume, model):
    return measure_axes(volume, DarkIsMembrane().predict(volume), model)


def test_fitted_axes_read_gaps(model, section):
    sound, some, many = (
        float(
            measure(Gaps(share).apply(section, SeedTree(5)).volume, model).rows["gap_fraction"][0]
        )
        for share in (0.0, 0.1, 0.2)
    )
    assert sound < 0.05
    # So small a section has few ends: shares are told apart, but read too low.
    assert 0.02 < some < 0.1 < many < 0.2


def test_fitted_axes_find_voids(model, section):
    voids = Ice(0.15, mode="erase").apply(section, SeedTree(5))
    table = measure(voids.volume, model)
    assert compute_roc_area(voids.mask.ravel(), table.map_voids().ravel().astype(float)) > 0.9
    assert table.map_zones().shape == table.map_gaps().shape == section.shape
