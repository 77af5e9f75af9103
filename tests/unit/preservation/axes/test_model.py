"""Axes that are fitted to generated tissue read what is planted in other sections of it."""

import numpy as np
import pytest

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.measures import compute_roc_area
from neuropil.preservation.axes.model import fit_axes
from neuropil.preservation.axes.table import measure_axes
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


def test_fitted_axes_find_voids(tissue):
    model = fit_axes(tissue, DarkIsMembrane(), range(60), count=6, seed=SeedTree(0))
    assert model.scale.ends > 0
    section = tissue.crop((slice(80, 81), slice(None), slice(None)))
    voids = Ice(0.15, mode="erase").apply(section, SeedTree(5))
    table = measure_axes(voids.volume, DarkIsMembrane().predict(voids.volume), model)
    assert compute_roc_area(voids.mask.ravel(), table.map_voids().ravel().astype(float)) > 0.9
    assert table.map_zones().shape == table.map_gaps().shape == section.shape
