"""Recovered connections: the printed table, shared trunks, trees and shares of a graph."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.preservation.tracing.break_rates import TracedBlocks, estimate_break_rate
from neuropil.preservation.tracing.recovery import (
    DENDRITE,
    Connections,
    recover_independent,
    recover_on_tree,
    recover_shared_trunk,
    recovered_connections,
    tabulate_scaling,
)
from neuropil.preservation.tracing.trees import NeuriteTree


@pytest.mark.parametrize(
    ("rate", "printed"),
    [
        (4, (".165", ".010", ".000", ".049", "0.75")),
        (2, (".407", ".100", ".000", ".410", "1.5")),
        (0.4, (".835", ".631", ".127", ".993", "7.5")),
        (0.1, (".956", ".891", ".598", "1.000", "30")),
        (0.02, (".991", ".977", ".902", "1.000", "1.5e+02")),
    ],
)
def test_the_table_of_scaling_is_as_printed(rate, printed):
    [row] = tabulate_scaling().filter(rate=float(rate)).iter_rows(named=True)
    names = ("d=0.3, k=1", "d=1, k=1", "d=5, k=1", "d=1, k=5")
    cells = [f"{row[name]:.3f}".removeprefix("0") for name in names]
    assert (*cells, f"{row['length_needed']:.2g}") == printed
    assert row["run_length"] == 2 / rate


def test_a_trunk_that_all_synapses_share_bounds_them():
    many = recover_shared_trunk(2.0, 1.0, 1000)
    assert many == pytest.approx(np.exp(-2))
    assert recover_independent(2.0, 1.0, 1000) == pytest.approx(1)
    assert recover_shared_trunk(2.0, 1.0, 1) == pytest.approx(recover_independent(2.0, 1.0, 1))
    assert recover_shared_trunk(2.0, 0.0, 5) == pytest.approx(recover_independent(2.0, 0.0, 5))
    assert recover_independent(0, 1.0, 3) == recover_shared_trunk(0, 1.0, 3) == 1


def test_a_star_and_a_trunk_are_their_closed_forms():
    # Five axons of their own, and five synapses at the end of one.
    star = NeuriteTree(np.array([-1, 0, 0, 0, 0, 0]), np.array([0.0, *[0.7] * 5]))
    assert recover_on_tree(star, np.arange(1, 6), 2.0) == pytest.approx(
        float(recover_independent(2.0, 0.7, 5))
    )
    assert recover_on_tree(star, np.array([1] * 5), 2.0) == pytest.approx(
        float(recover_shared_trunk(2.0, 0.7, 5))
    )


def test_a_tree_is_summed_over_all_ways_to_break(fork):
    sites, rate = np.array([2, 3, 3]), 0.8
    kept = np.exp(-rate * np.array([1.0, 0.5, 2.0, DENDRITE, DENDRITE, DENDRITE]))
    total = 0.0
    for whole in itertools.product([False, True], repeat=6):
        trunk, short, long, first, second, third = whole
        if trunk and ((short and first) or (long and (second or third))):
            total += float(np.where(whole, kept, 1 - kept).prod())
    assert recover_on_tree(fork, sites, rate) == pytest.approx(total)


def test_real_sharing_lies_between_the_two_models(fork):
    exact = recover_on_tree(fork, np.array([2, 3]), 1.0)
    ways = np.array([1.5, 3.0])
    assert exact < 1 - np.prod(1 - recover_independent(1.0, ways))
    assert exact > recover_independent(1.0, ways).max()


def test_a_graph_is_recovered_with_an_interval():
    connections = Connections.of([0.3, 1.0, 5.0], [1, 5, 2])
    rate = estimate_break_rate(TracedBlocks.of([1, 2, 1], [2.0] * 3))
    found = recovered_connections(connections, rate)
    assert found.low < found.share < found.high
    # By hand at 4 breaks in 6 mm.
    whole = np.exp(-np.array([0.3, 1.0, 5.0]) * 4 / 6)
    lost = 1 - np.exp(-DENDRITE * 4 / 6)
    assert found.share == pytest.approx((whole * (1 - lost ** np.array([1, 5, 2]))).mean())
    assert found.synapses == pytest.approx((whole * (1 - lost) * [1, 5, 2]).sum() / 8)
    assert str(found) == (
        f"{100 * found.share:.3g} % of synaptic connections recoverable "
        f"({100 * found.low:.3g} to {100 * found.high:.3g} %, 90 % interval)."
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: recover_independent(1, -1), "axon: expected lengths of 0 mm or more, found -1.0. "
         "Give the way along the neurite [mm]."),
        (lambda: recover_independent(1, 1, 0), "synapses: expected one synapse or more, found 0.0. "
         "Leave out pairs without a synapse."),
        (lambda: recover_shared_trunk(1, 1, 1.5), "synapses: expected one synapse or more, found "
         "1.5. Leave out pairs without a synapse."),
        (lambda: Connections.of([np.nan]), "axons: expected lengths of 0 mm or more, found nan. "
         "Give the way along the neurite [mm]."),
        (lambda: Connections.of([]), "connections: expected axon, synapses and dendrite of each "
         "connection, found shapes (0,), (0,) and (0,). Give one value of each for each "
         "connection, and at least one connection."),
    ],
)  # fmt: skip
def test_wrong_connections_are_named(call, message):
    with pytest.raises(InputError) as caught:
        call()
    assert str(caught.value) == message


@pytest.mark.parametrize("sites", [[], [2, 5], [6], [-1], [0.5]])
def test_sites_that_are_no_points_of_one_neuron_are_refused(fork, sites):
    with pytest.raises(InputError) as caught:
        recover_on_tree(fork, np.array(sites), 1.0)
    assert str(caught.value) == (
        f"sites: expected rows of points of one tree, found {sites}. Choose sites among the rows "
        "of one neuron."
    )
