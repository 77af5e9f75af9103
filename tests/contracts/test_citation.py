"""CITATION.cff names this version, and every study can say what to cite."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import neuropil
from neuropil.pipelines import load_study, study_names

CITATION = yaml.safe_load((Path(__file__).parents[2] / "CITATION.cff").read_text(encoding="utf-8"))


def test_it_is_of_this_version():
    assert CITATION["cff-version"] == "1.2.0"
    assert CITATION["title"] == "neuropil"
    assert CITATION["version"] == neuropil.__version__
    assert CITATION["license"] == "BSD-3-Clause"


def test_works_are_named_in_one_place():
    assert "references" not in CITATION
    assert "`neuropil cite NAME`" in CITATION["message"]


@pytest.mark.parametrize("name", study_names())
def test_works_of_a_study_can_be_found(name):
    for citation in load_study(name).citations:
        # Proceedings, and a paper from before there were such numbers.
        elsewhere = any(place in citation.text for place in ("NeurIPS", "Cancer Research 27"))
        assert citation.doi or elsewhere, citation.key
