"""A generated atlas that the tests of the room share."""

from __future__ import annotations

import pytest

from neuropil.datasets import generate_gene_atlas
from neuropil.transcriptome import build_problem


@pytest.fixture(scope="session")
def atlas():
    return generate_gene_atlas(0)


@pytest.fixture(scope="session")
def problem(atlas):
    return build_problem(atlas)
