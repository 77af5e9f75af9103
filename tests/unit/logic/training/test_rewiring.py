"""Candidates that are dropped, drawn anew, and padded."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from neuropil.logic import TrainingSchedule
from neuropil.logic.training.loop import _average
from neuropil.logic.training.network import draw_network
from neuropil.logic.training.rewiring import (
    drop_candidates,
    pad_candidates,
    redraw_candidates,
    trim_candidates,
)

USABLE = np.arange(5, 25, dtype=np.int32)


@pytest.fixture
def network():
    return draw_network((30, 20), (8, 6), USABLE, 1.0, np.random.default_rng(1))


def test_the_likeliest_candidates_stay(network):
    left = drop_candidates(network, (3, 6))
    before, after = network.layers[0], left.layers[0]
    assert after.sources.shape == (60, 3)
    np.testing.assert_array_equal(
        np.sort(after.wires, axis=1), np.sort(before.wires, axis=1)[:, -3:]
    )
    named = [
        dict(zip(s, w, strict=True)) for s, w in zip(before.sources, before.wires, strict=True)
    ]
    for slot, sources, wires in zip(named, after.sources, after.wires, strict=True):
        assert [slot[source] for source in sources] == wires.tolist()
    assert left.layers[1] is network.layers[1]


def test_the_weakest_candidates_are_drawn_anew(network):
    changed = redraw_candidates(network, 0.25, USABLE, np.random.default_rng(0))
    for before, after, allowed in zip(
        network.layers, changed.layers, (set(USABLE.tolist()), set(range(30))), strict=True
    ):
        count = round(0.25 * before.sources.shape[1])
        for slot, (old, new) in enumerate(zip(before.sources, after.sources, strict=True)):
            fresh = set(new.tolist()) - set(old.tolist())
            assert len(set(new.tolist())) == old.size
            assert len(fresh) == count
            assert fresh <= allowed
            weakest = set(old[np.argsort(before.wires[slot])[:count]].tolist())
            assert weakest == set(old.tolist()) - set(new.tolist())
        replaced = after.sources != before.sources
        means = np.broadcast_to(before.wires.mean(axis=1, keepdims=True), replaced.shape)
        np.testing.assert_array_equal(after.wires[replaced], means[replaced])
        np.testing.assert_array_equal(after.wires[~replaced], before.wires[~replaced])


def test_padding_is_undone(network):
    left = drop_candidates(network, (3, 6))
    padded = pad_candidates(left, (8, 6))
    assert [layer.sources.shape[1] for layer in padded.layers] == [8, 6]
    for one, other in zip(trim_candidates(padded).layers, left.layers, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_candidates_dwindle_to_the_share_that_is_kept():
    schedule = TrainingSchedule(kept=0.25, regrowth=0.1)
    assert [schedule.candidates_left(48, at) for at in (0, 0.375, 0.75, 1)] == [48, 24, 12, 12]
    assert [schedule.candidates_left(k, 1) for k in (1, 2, 4)] == [1, 2, 2]
    assert [schedule.regrows(at) for at in (0.25, 0.5)] == [True, False]
    assert not TrainingSchedule().regrows(0.25)


def test_drawing_candidates_holds_one_block_of_keys_at_a_time():
    usable = np.arange(1000, dtype=np.int32)
    tracemalloc.start()
    draw_network((5120,), (8,), usable, 1.0, np.random.default_rng(0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30e6  # 20 blocks of 512 rows and 1,000 places would be 82 MB


def test_a_running_average_begins_as_a_plain_mean(network):
    def shifted(by):
        layers = tuple(
            layer._replace(wires=layer.wires + np.float32(by)) for layer in network.layers
        )
        return network._replace(layers=layers)

    mean = _average(network, shifted(5), 0, 0.75)
    assert mean is not network
    for done, value in enumerate((0, 3), start=1):
        mean = _average(mean, shifted(value), done, 0.75)
    offset = mean.layers[0].wires - network.layers[0].wires
    np.testing.assert_allclose(offset, (5 + 0 + 3) / 3, atol=1e-5)
    later = _average(mean, shifted(0), 50, 0.75)
    np.testing.assert_allclose(
        later.layers[1].wires - network.layers[1].wires, 0.75 * 8 / 3, atol=1e-5
    )
    np.testing.assert_allclose(later.layers[0].kinds, network.layers[0].kinds, atol=1e-5)
