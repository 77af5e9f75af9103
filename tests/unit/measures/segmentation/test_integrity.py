"""Neural reconstruction integrity against the numbers that its authors published."""

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.measures import compute_integrity, tabulate_overlaps


def of_counts(counts):
    """Integrity of terminals by neuron (rows) and segment (columns); 0 is none of either."""
    counts = np.asarray(counts)
    places = [each.ravel() for each in np.indices(counts.shape)]
    neuron, segment = (np.repeat(each, counts.ravel()) for each in places)
    return compute_integrity(tabulate_overlaps(neuron, segment, ignore_bodies=()))


def test_the_example_of_the_authors():
    # The table of the demonstration code of Reilly et al. 2018, and what it prints.
    found = of_counts([[0, 100, 15, 10, 200], [10, 1, 10, 300, 20], [5, 10, 100, 5, 10]])
    assert found.integrity == pytest.approx(0.642756410256, abs=1e-12)
    assert found.precision == pytest.approx(0.559261531597, abs=1e-12)
    assert found.recall == pytest.approx(0.75555723005, abs=1e-11)


@pytest.mark.parametrize(
    ("counts", "precision", "recall", "integrity"),
    [
        # Scenarios of Reilly et al. 2018 in the limit of many synapses.
        ([[0, 0, 0], [0, 5000, 5000]], 1.0, 0.5, 2 / 3),
        ([[0, 0, 0, 0], [0, 5000, 5000, 5000]], 1.0, 1 / 3, 0.5),
        ([[0, 0], [0, 5000], [0, 5000]], 0.5, 1.0, 2 / 3),
    ],
)
def test_splits_cost_recall_and_merges_precision(counts, precision, recall, integrity):
    found = of_counts(counts)
    assert found.precision == pytest.approx(precision, abs=1e-3)
    assert found.recall == pytest.approx(recall, abs=1e-3)
    assert found.integrity == pytest.approx(integrity, abs=1e-3)


def test_a_right_reconstruction_is_whole():
    found = of_counts([[0, 0, 0], [0, 4, 0], [0, 0, 6]])
    assert (found.integrity, found.precision, found.recall) == (1, 1, 1)
    assert found.neurons.tolist() == [1, 2]
    assert found.of_neurons.tolist() == [1, 1]


def test_each_neuron_has_its_own_integrity():
    found = of_counts([[0, 0, 2], [1, 3, 0], [0, 2, 2]])
    # Neuron 1: 3 ways found; 3 of 6 missed; half of 3 * 2 made up with neuron 2.
    assert found.of_neurons[0] == pytest.approx(2 * 3 / (2 * 3 + 3 + 3))
    # Neuron 2: 1 + 1 found; 4 missed; half of 2 * 3 and half of 2 * 2 with inserted terminals.
    assert found.of_neurons[1] == pytest.approx(2 * 2 / (2 * 2 + 4 + 3 + 2))


def test_a_neuron_of_one_terminal_has_none():
    found = of_counts([[0, 0, 0], [0, 1, 0], [0, 0, 3]])
    assert np.isnan(found.of_neurons[0])
    assert found.integrity == 1
    alone = of_counts([[0, 0], [0, 1]])
    assert np.isnan([alone.integrity, alone.precision, alone.recall]).all()


def test_terminals_of_nothing_are_refused():
    with pytest.raises(InputError, match="found terminals with neither"):
        of_counts([[1, 0], [0, 3]])
    with pytest.raises(InputError, match="found none with a neuron"):
        of_counts([[0, 3]])


@pytest.mark.parametrize(
    ("n", "missed", "integrity"),
    [(10, "0.4444", "0.6154"), (4, "0.3333", "0.5000"), (1000, "0.4995", "0.6662")],
)
def test_equal_halves_and_merged_neurons_have_the_finite_form(n, missed, integrity):
    halves = of_counts([[0, 0, 0], [0, n // 2, n // 2]])
    merged = of_counts([[0, 0], [0, n // 2], [0, n // 2]])
    share = (n / 2 - 1) / (n - 1)
    assert f"{share:.4f}" == missed
    assert halves.recall == merged.precision == pytest.approx(share, abs=1e-15)
    assert halves.integrity == merged.integrity == pytest.approx(2 * share / (1 + share), abs=1e-15)
    assert f"{halves.integrity:.4f}" == integrity
    assert merged.recall == 1
