"""Small worlds whose joint and individual coordinates are known."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.cohorts.data import Views
from neuropil.datasets import plant_linear_cohort

SCALES = {"SC": "none", "FC": "none"}


@pytest.fixture(scope="package")
def planted():
    """A coupled world of 300 subjects and 24 regions."""
    return plant_linear_cohort(3, n_subjects=300, n_regions=24)


@pytest.fixture(scope="package")
def uncoupled():
    """The same world with FC of other subjects."""
    return plant_linear_cohort(3, n_subjects=300, n_regions=24, coupled=False)


def _take(world, part=None):
    views = Views.of(world.cohort, SCALES)
    return views if part is None else views.take(world.rows(part))


@pytest.fixture
def views_of():
    """Return a function that gives the views of a world, or of one part of its split."""
    return _take


@pytest.fixture(scope="package")
def parts_of():
    """Return a function that gives the views of the three parts of a world."""
    return lambda world: tuple(_take(world, part) for part in ("train", "validation", "test"))


@pytest.fixture
def without():
    """Return a function that takes a modality away from some subjects."""

    def remove(views, modality, rows):
        edges = {name: np.array(values) for name, values in views.edges.items()}
        edges[modality][rows] = np.nan
        return Views(edges)

    return remove
