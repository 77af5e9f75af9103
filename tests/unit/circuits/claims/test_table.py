"""The claims that need no fit, those that say why they were not run, and the criteria."""

from __future__ import annotations

import pytest

from neuropil.circuits.claims import CLAIMS
from neuropil.circuits.config import HeadDirectionConfig, load_wiring
from neuropil.circuits.criteria import CRITERIA, GROUPS, groups_met
from neuropil.circuits.study import HeadDirection
from neuropil.contracts import ConfigError, PieceCache, SeedTree, Verdict, Workbench

BY_ID = {claim.id: claim for claim in CLAIMS}


@pytest.fixture
def measure(tmp_path):
    def find(ids: list[str], data: str):
        config = HeadDirectionConfig(data=data)
        bench = Workbench(config, load_wiring(config).data, SeedTree(0), PieceCache(tmp_path))
        return [BY_ID[name].metric(BY_ID[name].measure(bench)) for name in ids]

    return find


@pytest.mark.usefixtures("real_data")
def test_forty_three_numbers_and_the_published_counts(measure) -> None:
    numbers, counts = measure(["1", "2"], "hemibrain-head-direction")
    assert (numbers.value, numbers.verdict) == (43, Verdict.MET)
    assert numbers.bound == "43; seven types 57; Z = 0 is the raw wiring"
    assert numbers.note == "Seven types: 57. Z = 0 equals the raw wiring: yes."
    assert (counts.value, counts.n, counts.verdict) == (14, 14, Verdict.MET)


def test_published_counts_are_not_claimed_for_synthetic_wiring(measure) -> None:
    [counts] = measure(["2"], "synthetic-head-direction")
    assert (counts.value, counts.verdict) == (None, Verdict.NOT_RUN)
    assert counts.note == "The published counts are those of the real data."


@pytest.mark.parametrize("name", ["B3-groups", "B3-anchoring"])
def test_ring_neurons_are_not_claimed_for_synthetic_wiring(name: str, measure) -> None:
    [row] = measure([name], "synthetic-head-direction")
    assert row.verdict is Verdict.NOT_RUN
    assert row.note == "Ring neurons belong to the real circuit."


def test_every_criterion_belongs_to_one_claim() -> None:
    named = [name for names in GROUPS.values() for name in names]
    assert sorted(named) == sorted(CRITERIA)
    for group, names in GROUPS.items():
        for name in names:
            assert BY_ID[f"{group}-{name}"].bound is CRITERIA[name].bound


def test_integration_is_held_to_one_number() -> None:
    assert str(BY_ID["B5"].bound) == ">= 8; median integration error [deg] <= 15"
    assert str(CRITERIA["integration"].bound) == "<= 15"


def test_a_quantity_that_is_undefined_is_not_met() -> None:
    perfect = {"width": 90.0, "hold_median": 1.0, "hold_maximum": 2.0, "drift": 0.1}
    perfect |= {"bumps": 32, "maxima": 32, "end_angles": 72, "integration": 5.0}
    perfect |= {"first_eigenvalue": 0.01, "second_eigenvalue": -0.3}
    perfect |= {"linearity": 0.999, "left_right": 1.0, "slowest_gain": 0.9}
    assert all(groups_met(perfect).values())
    assert groups_met({**perfect, "linearity": None})["7"] is False


def test_without_any_real_data_the_synthetic_circuit_is_taken_and_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NEUROPIL_DATA", raising=False)
    connectome, notes = load_wiring(HeadDirectionConfig())
    assert connectome.source.synthetic
    assert notes == (
        "hemibrain-head-direction could not be had; "
        "the embedded synthetic-head-direction was used instead.",
    )


def test_a_name_that_is_neither_dataset_nor_file_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^there is no file, folder or dataset 'no-such-thing'"):
        load_wiring(HeadDirectionConfig(data="no-such-thing"))


def test_the_model_page_is_shipped() -> None:
    assert "## Limits" in HeadDirection().card()
