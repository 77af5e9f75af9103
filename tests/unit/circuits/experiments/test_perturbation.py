"""A dose of zero changes nothing; what each perturbation keeps is kept."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.circuits.experiments.perturbation import PERTURBATIONS, parse_perturbation, perturb
from neuropil.contracts import ConfigError, SeedTree


@pytest.mark.parametrize("kind", PERTURBATIONS)
def test_a_dose_of_zero_is_the_wiring_itself(kind: str, fly_circuit) -> None:
    same = perturb(fly_circuit, kind, 0.0, SeedTree(1))
    np.testing.assert_allclose(same.weights, fly_circuit.weights, rtol=1e-6)


@pytest.mark.parametrize("kind", PERTURBATIONS)
def test_signs_stay_and_seeds_repeat(kind: str, fly_circuit) -> None:
    once, again, other = (perturb(fly_circuit, kind, 0.7, SeedTree(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(once.weights, again.weights)
    inhibitory = fly_circuit.members("Delta7")
    assert (np.asarray(once.weights)[:, inhibitory] <= 0).all()
    assert (np.asarray(once.weights)[:, ~inhibitory] >= 0).all()
    if kind != "block-mean":
        assert (np.asarray(once.weights) != np.asarray(other.weights)).any()


def test_noise_has_the_relative_spread_of_its_dose(fly_circuit) -> None:
    before = np.abs(np.asarray(fly_circuit.weights))
    after = np.abs(np.asarray(perturb(fly_circuit, "noise", 0.2, SeedTree(3)).weights))
    change = (after[before > 0] / before[before > 0]) - 1
    assert abs(change.mean()) < 0.01
    assert change.std() == pytest.approx(0.2, rel=0.03)
    assert not after[before == 0].any()


def test_dropout_loses_the_share_of_its_dose(fly_circuit) -> None:
    before = np.abs(np.asarray(fly_circuit.weights)).sum()
    after = np.abs(np.asarray(perturb(fly_circuit, "dropout", 0.3, SeedTree(3)).weights)).sum()
    assert after / before == pytest.approx(0.7, abs=0.01)


def test_block_means_keep_the_total_of_each_block(fly_circuit) -> None:
    types = np.asarray(fly_circuit.type_index)
    member = np.eye(types.max() + 1)[types]
    after = perturb(fly_circuit, "block-mean", 1.0, SeedTree(3))
    np.testing.assert_allclose(
        member.T @ np.asarray(after.weights, float) @ member,
        member.T @ np.asarray(fly_circuit.weights, float) @ member,
        rtol=1e-4,
        atol=1e-4,
    )
    epg = fly_circuit.members("EPG")
    block = np.asarray(after.weights)[np.ix_(epg, epg)]
    assert np.unique(block[~np.eye(epg.sum(), dtype=bool)]).size == 1


HINT = "Write for example noise:0:1:11."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("noise", f"expected kind:first:last:number, found 'noise'. {HINT}"),
        ("noise:0:1:x", f"expected kind:first:last:number, found 'noise:0:1:x'. {HINT}"),
        (
            "heat:0:1:3",
            f"unknown perturbation 'heat'. Choose one of: {', '.join(PERTURBATIONS)}.",
        ),
        ("noise:0:2:3", f"expected doses from 0 to 1, found 0.0, 1.0, 2.0. {HINT}"),
        ("noise:0:1:0", f"expected doses from 0 to 1, found none. {HINT}"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_perturbation(text)
    assert str(caught.value) == f"perturb: {message}"
