"""A compass is found in ring-like wiring, is not found in shuffled wiring, and can be repeated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from neuropil import datasets
from neuropil.circuits import (
    FitPlan,
    IntegratingPlan,
    RingAttractor,
    TrialPlan,
    build_circuit,
    measure,
)
from neuropil.circuits.score import shuffled_circuit
from neuropil.contracts import Advance, SeedTree
from neuropil.learning import Listener

FEW_MINUTES = IntegratingPlan(minutes=64, hold=12, starts=4, duration=2.0)
PLAN = FitPlan(
    restarts=4,
    explore_steps=200,
    finalists=1,
    soften_stages=3,
    soften_steps=4,
    compare_steps=2,
    polish_steps=8,
    trials=FEW_MINUTES,
)
TINY_TRIALS = TrialPlan(hold=4, speeds=(90.0,), starts=1, walks=2, duration=1.0)
TINY_MINUTES = IntegratingPlan(minutes=8, hold=4, speeds=(90.0,), starts=1, duration=1.0)
TINY = FitPlan(
    restarts=2,
    explore_steps=100,
    finalists=1,
    soften_stages=2,
    soften_steps=2,
    compare_steps=2,
    polish_steps=2,
    explore_trials=TINY_TRIALS,
    trials=TINY_MINUTES,
)


@pytest.fixture(scope="module")
def compass() -> RingAttractor:
    connectome = datasets.generate_head_direction(seed=0)
    return RingAttractor(plan=PLAN, random_state=3).fit(connectome)


@pytest.mark.slow
def test_ring_like_wiring_becomes_a_compass(compass: RingAttractor) -> None:
    values = compass.measure(n_walks=10, walk_seconds=10.0).values()
    assert values["bumps"] == 32
    assert values["end_angles"] >= 32
    # [deg] A third of what a bump that forgets has; shuffled wiring, below, exceeds half of it.
    assert values["hold_median"] < 30
    assert values["linearity"] > 0.97
    assert 0.75 < values["left_right"] < 1.33


@pytest.mark.slow
def test_the_same_gains_on_shuffled_wiring_are_no_compass(compass: RingAttractor) -> None:
    for index in range(3):
        circuit = shuffled_circuit(compass.circuit_, SeedTree(index))
        network = compass.network_.with_circuit(circuit)
        battery = measure(network, SeedTree(0), n_walks=3, walk_seconds=2.0)
        assert battery.values()["hold_median"] > 45
        assert battery.values()["end_angles"] < 16


@pytest.mark.slow
def test_a_saved_compass_turns_exactly_as_before(compass: RingAttractor, tmp_path: Path) -> None:
    velocity = 90 * np.sin(np.arange(200) / 20)
    compass.save(tmp_path / "model")
    again = RingAttractor.load(tmp_path / "model")
    np.testing.assert_array_equal(again.predict(velocity), compass.predict(velocity))
    assert again.get_params() == compass.get_params()


class _StopsAfter:
    """A progress display during which the person presses Ctrl-C."""

    def __init__(self, chunks: int) -> None:
        self.left = chunks

    @contextmanager
    def track(self, label: str, total: int) -> Iterator[Advance]:
        del label, total

        def advance(steps: int, note: str = "") -> None:
            del note
            self.left -= steps
            if self.left < 0:
                raise KeyboardInterrupt

        yield advance


def test_an_interrupted_fit_goes_on_to_the_same_result(tmp_path: Path) -> None:
    connectome = datasets.load("synthetic-head-direction")
    whole = RingAttractor(plan=TINY, random_state=1).fit(connectome)
    checkpoint = tmp_path / "training.safetensors"
    with pytest.raises(KeyboardInterrupt):
        RingAttractor(plan=TINY, random_state=1).fit(
            connectome, listener=Listener(_StopsAfter(0), checkpoint)
        )
    resumed = RingAttractor(plan=TINY, random_state=1).fit(
        connectome, listener=Listener(checkpoint=checkpoint)
    )
    np.testing.assert_array_equal(resumed.parameters_.gain, whole.parameters_.gain)
    np.testing.assert_array_equal(resumed.history_, whole.history_)


def test_raw_wiring_with_one_gain_is_what_zero_deviation_gives() -> None:
    connectome = datasets.load("synthetic-head-direction")
    circuit = build_circuit(connectome)
    signs = connectome.nodes["sign"].to_numpy()
    expected = connectome.adjacency().toarray().T * signs / 100
    np.testing.assert_allclose(circuit.weights, expected, rtol=1e-6)
