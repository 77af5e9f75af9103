"""What is cited has author, title, year and journal as fields."""

from __future__ import annotations

import re

import pytest

from neuropil.contracts import Citation
from neuropil.datasets import REGISTRY
from neuropil.pipelines import load_study, study_names
from neuropil.pipelines.measure import _CITATIONS


def all_citations() -> dict[str, Citation]:
    works = [*_CITATIONS]
    for dataset in REGISTRY.values():
        works += dataset.citations
    for name in study_names():
        works += load_study(name).citations
    return {work.key: work for work in works}


def fields_of(entry: str) -> dict[str, str]:
    return dict(re.findall(r"^  (\w+) = \{(.*)\},?$", entry, re.MULTILINE))


@pytest.mark.parametrize("key", all_citations())
def test_every_work_of_the_package_is_taken_apart(key):
    work = all_citations()[key]
    entry = work.to_bibtex()
    fields = fields_of(entry)
    assert entry.startswith(f"@article{{{key},\n")
    assert {"author", "title", "year", "journal"} <= fields.keys()
    assert fields["year"] in key
    assert fields.get("doi") == work.doi
    family = re.sub("[^a-z]", "", fields["author"].split(" and ")[0].split(",")[0].lower())
    assert key.startswith(family)
    assert len(fields["title"]) > 10
    assert len(fields["journal"]) < 60
    assert entry.count("{") == entry.count("}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Duan S, Dong LL, Fiete I 2025, From A, to B, NeurIPS",
            {
                "author": "Duan, S. and Dong, L. L. and Fiete, I.",
                "title": "{From A, to B}",
                "year": "2025",
                "journal": "NeurIPS",
            },
        ),
        (
            "Vilimelis Aceituno, Dall'Osto 2024, Theory & 5 %, eLife 13:e91533",
            {
                "author": "{Vilimelis Aceituno} and Dall'Osto",
                "title": r"{Theory \& 5 \%}",
                "year": "2024",
                "journal": "eLife",
                "volume": "13",
                "pages": "e91533",
            },
        ),
        ("Doe 2024, A mean", {"author": "Doe", "title": "{A mean}", "year": "2024"}),
        ("The manual_1", {"note": r"The manual\_1"}),
    ],
)
def test_a_line_becomes_fields(text, expected):
    assert fields_of(Citation("key", text).to_bibtex()) == expected
