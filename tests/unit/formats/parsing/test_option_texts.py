"""Options that a person types become the values that a reader takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuropil.contracts import ConfigError
from neuropil.formats import FORMATS, parse_options


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("codex", "regions=EB,PB", {"regions": ["EB", "PB"]}),
        ("codex", "voxel_nm=4,4,40", {"voxel_nm": [4.0, 4.0, 40.0]}),
        ("edge-list", "sum_pairs=true", {"sum_pairs": True}),
        ("edge-list", "separator=;", {"separator": ";"}),
        ("edge-list", "columns=pre:from,post:to", {"columns": {"pre": "from", "post": "to"}}),
        ("bids-relmat", "sidecar=a/b=c.json", {"sidecar": Path("a/b=c.json")}),
    ],
)
def test_values_have_the_types_of_the_reader(name, text, expected):
    assert parse_options(FORMATS[name], [text]) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("regions", "expected an option as name=value, found 'regions'"),
        ("voxel_nm=4,a,40", "voxel_nm=4,a,40: input should be a valid number"),
    ],
)
def test_a_wrong_text_is_named_with_the_options_that_exist(text, problem):
    with pytest.raises(ConfigError) as caught:
        parse_options(FORMATS["codex"], [text])
    assert str(caught.value).startswith(f"format codex: {problem}")
    assert "regions, neuropils whose synapses become weights too" in str(caught.value)


def test_a_format_without_options_says_so():
    with pytest.raises(ConfigError, match=r"It has no options\.$"):
        parse_options(FORMATS["connectome-folder"], ["a=b"])


def test_a_part_of_a_mapping_without_a_colon_is_not_dropped() -> None:
    with pytest.raises(ConfigError, match="columns=pre:from,post: input should be a valid"):
        parse_options(FORMATS["edge-list"], ["columns=pre:from,post"])
    assert parse_options(FORMATS["graphml"], ["units=nS"]) == {"units": "nS"}
