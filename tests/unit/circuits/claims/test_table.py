"""The rows of the protocol that need no fit, and those that say they were not run."""

from __future__ import annotations

import pytest

from neuropil.circuits.claims.experiments import EXPERIMENT_ROWS
from neuropil.circuits.claims.fits import FIT_ROWS
from neuropil.circuits.claims.table import reproduce_targets
from neuropil.circuits.config import HeadDirectionConfig, load_default
from neuropil.circuits.criteria import CRITERIA, GROUPS, TARGETS
from neuropil.circuits.study import HeadDirection
from neuropil.contracts import InputError, SeedTree
from neuropil.learning import TaskBook

BY_ID = {target.id: target for target in TARGETS}


@pytest.fixture
def reproduce(tmp_path):
    def rows(ids: list[str], data: str):
        config = HeadDirectionConfig(data=data)
        chosen = [BY_ID[name] for name in ids]
        return reproduce_targets(config, chosen, SeedTree(0), TaskBook(tmp_path), n_seeds=2)

    return rows


@pytest.mark.usefixtures("real_data")
def test_forty_three_numbers_and_the_published_counts(reproduce) -> None:
    numbers, counts = reproduce(["1", "2"], "hemibrain-head-direction")
    assert (numbers.value, numbers.passed) == (43, True)
    assert numbers.note == "Seven types: 57. Z = 0 equals the raw wiring: yes."
    assert (counts.value, counts.n, counts.passed) == (14, 14, True)
    assert counts.data == "hemibrain-head-direction"
    assert counts.command == "neuropil reproduce head-direction --target 2 --seed 0"


def test_published_counts_are_not_claimed_for_synthetic_wiring(reproduce) -> None:
    [counts] = reproduce(["2"], "synthetic-head-direction")
    assert counts.passed is None
    assert counts.value is None
    assert counts.note == "Not run: the published counts are those of the real data."


@pytest.mark.parametrize("name", ["B3-groups", "B3-anchoring"])
def test_ring_neurons_are_not_claimed_for_synthetic_wiring(name: str, reproduce) -> None:
    [row] = reproduce([name], "synthetic-head-direction")
    assert row.passed is None
    assert row.note == "Not run: ring neurons belong to the real circuit."


def test_every_target_has_a_protocol() -> None:
    criteria = {f"{group}-{name}" for group, names in GROUPS.items() for name in names}
    assert set(BY_ID) == criteria | FIT_ROWS.keys() | EXPERIMENT_ROWS.keys()


def test_every_criterion_belongs_to_one_target() -> None:
    named = [name for names in GROUPS.values() for name in names]
    assert sorted(named) == sorted(CRITERIA)
    assert {f"{group}-{name}" for group, names in GROUPS.items() for name in names} <= set(BY_ID)
    assert len(BY_ID) == len(TARGETS)


def test_without_any_real_data_the_synthetic_circuit_is_taken_and_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NEUROPIL_DATA", raising=False)
    connectome, note = load_default(None)
    assert connectome.source.synthetic
    assert note == (
        "hemibrain-head-direction could not be had; "
        "the embedded synthetic-head-direction was used instead."
    )


def test_a_name_that_is_neither_dataset_nor_file_is_refused() -> None:
    with pytest.raises(InputError, match=r"^no-such-thing: there is no such file or folder\."):
        load_default("no-such-thing")


def test_the_model_page_is_shipped() -> None:
    assert "## Limits" in HeadDirection().card()
