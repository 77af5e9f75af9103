"""A small world of protocols, and one fit of it that all tests share."""

from __future__ import annotations

import pytest

from neuropil.cohorts import HybridVAE
from neuropil.datasets import plant_protocol_cohort


@pytest.fixture(scope="package")
def world():
    """A tenth of the subjects of ten protocols on 41 regions, the effect of protocols doubled."""
    return plant_protocol_cohort(0, n_regions=41, share=0.1, strength=2.0).cohort


@pytest.fixture(scope="package")
def fitted(world):
    """A hybrid model of that world."""
    return HybridVAE(n_categories=10, n_continuous=4, plan={"epochs": 2}).fit(world)
