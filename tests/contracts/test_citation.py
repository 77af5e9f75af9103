"""CITATION.cff names this version and every work that a study asks to cite."""

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


@pytest.mark.parametrize("name", study_names())
def test_it_names_what_a_study_cites(name):
    titles = {item.get("doi"): item["title"] for item in CITATION["references"]}
    for citation in load_study(name).citations:
        assert titles[citation.doi] in citation.text


def test_references_say_who_and_when():
    for item in CITATION["references"]:
        assert {"type", "title", "authors", "year"} <= item.keys()
        assert item.keys() & {"doi", "url"}
        people = [author for author in item["authors"] if author.keys() != {"name"}]
        assert all({"family-names", "given-names"} == author.keys() for author in people)
