"""Learned wiring finds a planted circuit; fixed wiring and shuffled labels do not."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.datasets import plant_circuit
from neuropil.logic import LogicNetClassifier, TrainingSchedule

SCHEDULE = TrainingSchedule(epochs=60, batch=64, rate=0.05, wire_sharpness=(1, 3))


def train(images, labels, wiring):
    model = LogicNetClassifier([160], wiring, "threshold:0.5", SCHEDULE)
    return model.fit(images.train_images, labels)


def pairs(classes, left, right):
    ends = np.sort(np.stack([left, right], axis=1), axis=1)
    return {(int(c), int(a), int(b)) for c, (a, b) in zip(classes, ends, strict=True)}


def found_pairs(circuit):
    gate = circuit.outputs - circuit.n_inputs
    known = gate >= 0
    return pairs(circuit.groups[known], circuit.left[gate[known]], circuit.right[gate[known]])


@pytest.mark.parametrize("seed", [0, 1])
def test_planted_gates_and_wires_are_recovered(seed):
    images, planted = plant_circuit(seed)
    model = train(images, images.train_labels, "dense")
    truth = pairs(planted.classes, planted.left, planted.right)
    assert model.score(images.test_images, images.test_labels) > 0.99
    assert len(truth & found_pairs(model.circuit_.simplify())) >= len(truth) - 1


def test_fixed_wiring_does_not_find_it():
    images, planted = plant_circuit(0)
    model = train(images, images.train_labels, "fixed")
    truth = pairs(planted.classes, planted.left, planted.right)
    assert model.score(images.test_images, images.test_labels) < 0.9
    assert len(truth & found_pairs(model.circuit_.simplify())) < len(truth) // 2


def test_shuffled_labels_teach_nothing():
    images, _ = plant_circuit(0)
    labels = np.random.default_rng(0).permutation(images.train_labels)
    model = train(images, labels, "dense")
    share = np.bincount(images.test_labels).max() / len(images.test_labels)
    assert model.score(images.test_images, images.test_labels) < share + 0.08
