"""The generated circuit has the statistics of the hemibrain's, for any seed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
import pytest

from neuropil.connectome import Connectome
from neuropil.contracts import ConfigError
from neuropil.datasets import compute_phase_shift, generate_head_direction, load
from neuropil.datasets.head_direction import CELL_TYPES

SEEDS = range(8)

# Synapses between the types of the hemibrain, rows pre, columns post, in the order of CELL_TYPES.
MEASURED = np.array(
    [
        [7980, 97, 5128, 5157, 5765, 17286],
        [19, 20, 165, 209, 366, 412],
        [13486, 90, 3177, 1989, 79, 12],
        [8417, 83, 1951, 4270, 134, 19],
        [499, 32, 81, 1309, 211, 20],
        [6664, 1054, 2754, 9800, 6123, 24615],
    ]
)
LARGE = MEASURED > 500
# Twenty pairs of Delta7 and EPGt neurons carry this total, so that the recipe itself scatters it
# with a standard deviation of 9 %: 15 % is not a bound that a fresh seed keeps.
DELTA7_EPGT = (5, 1)


@pytest.fixture(scope="module")
def circuits() -> Mapping[int, Connectome]:
    return {seed: generate_head_direction(seed) for seed in SEEDS}


def _totals(connectome: Connectome) -> np.ndarray:
    labels, totals = connectome.type_matrix()
    order = [labels.index(name) for name in CELL_TYPES]
    return totals[np.ix_(order, order)]


def _deviation(connectome: Connectome) -> np.ndarray:
    return np.where(LARGE, np.abs(_totals(connectome) / MEASURED - 1), 0)


@pytest.mark.parametrize("seed", SEEDS)
def test_edges_and_synapses(circuits: Mapping[int, Connectome], seed: int):
    assert 9_600 <= circuits[seed].n_edges <= 10_010
    assert 125_900 <= circuits[seed].edges["synapse_count"].sum() <= 133_100


@pytest.mark.parametrize("seed", SEEDS)
def test_each_large_type_total_is_near_the_measured_one(
    circuits: Mapping[int, Connectome], seed: int
):
    deviation = _deviation(circuits[seed])
    assert deviation[DELTA7_EPGT] <= 4 * 0.092
    deviation[DELTA7_EPGT] = 0
    assert deviation.max() <= 0.15


def test_the_default_circuit_keeps_every_large_type_total_within_15_percent():
    assert _deviation(load("synthetic-head-direction")).max() <= 0.15


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("cell_type", ["PEN_a", "PEN_b"])
def test_pen_neurons_shift_the_bump(circuits: Mapping[int, Connectome], seed: int, cell_type: str):
    shift = compute_phase_shift(circuits[seed], cell_type)
    assert 8 <= shift.filter(pl.col("side") == "L")["shift_deg"].mean() <= 22
    assert -22 <= shift.filter(pl.col("side") == "R")["shift_deg"].mean() <= -8


@pytest.mark.parametrize("seed", SEEDS)
def test_delta7_neurons_project_to_the_other_side(circuits: Mapping[int, Connectome], seed: int):
    assert compute_phase_shift(circuits[seed], "Delta7")["shift_deg"].abs().mean() > 160


@pytest.mark.parametrize("seed", SEEDS)
def test_the_signed_counts_are_as_unstable_as_the_measured_ones(
    circuits: Mapping[int, Connectome], seed: int
):
    circuit = circuits[seed]
    signed = circuit.adjacency().toarray() * circuit.nodes["sign"].to_numpy()[:, None] / 100
    assert 4.9 <= np.linalg.eigvals(signed).real.max() <= 5.5


def test_the_planted_means_have_the_measured_totals():
    planted = generate_head_direction(noise=False)
    assert _deviation(planted).max() <= 0.012
    assert planted.adjacency().sum() == pytest.approx(129_473, rel=0.001)


def test_the_planted_means_are_mirror_symmetric():
    planted = generate_head_direction(noise=False)
    labels = planted.nodes["cell_type"] + " " + planted.nodes["glomerulus"]
    counts = planted.adjacency().toarray()
    names = sorted(set(labels))
    is_member = np.array([[label == name for label in labels] for name in names])
    first = is_member.argmax(axis=1)
    # The last neuron stands for its glomerulus among posts, so that no pair is a neuron with
    # itself where a glomerulus has more than one.
    last = is_member.shape[1] - 1 - is_member[:, ::-1].argmax(axis=1)
    alone = first == last
    mean = counts[np.ix_(first, last)]
    mean[alone, alone] = np.nan
    # One Delta7 neuron has no mirror image: L7R3 exists and L3R7 does not.
    kept = [index for index, name in enumerate(names) if name != "Delta7 L7R3"]
    image = [names.index(_mirror(names[index])) for index in kept]
    np.testing.assert_array_equal(mean[np.ix_(kept, kept)], mean[np.ix_(image, image)])


def _mirror(name: str) -> str:
    cell_type, label = name.split(" ")
    swapped = [("R" if label[i] == "L" else "L") + label[i + 1] for i in range(0, len(label), 2)]
    return f"{cell_type} {''.join(sorted(swapped))}"


def test_the_neurons_are_those_of_the_recipe():
    nodes = generate_head_direction().nodes
    assert dict(nodes["cell_type"].value_counts().iter_rows()) == {
        "EPG": 46,
        "EPGt": 4,
        "PEN_a": 20,
        "PEN_b": 22,
        "PEG": 18,
        "Delta7": 42,
    }
    delta7 = nodes.filter(pl.col("cell_type") == "Delta7")
    assert dict(delta7["glomerulus"].value_counts().iter_rows()) == {
        "L1L9R8": 5,
        "L2R7": 5,
        "L3R6": 4,
        "L4R5": 5,
        "L4R6": 2,
        "L5R4": 5,
        "L6R3": 5,
        "L6R4": 2,
        "L7R2": 3,
        "L7R3": 1,
        "L8R1R9": 5,
    }
    assert delta7["side"].null_count() == 42
    assert nodes["ring_index"].null_count() == 152 - 46
    assert delta7["sign"].unique().to_list() == [-1]


def test_nothing_looks_like_a_measured_neuron():
    circuit = load("synthetic-head-direction")
    assert circuit.nodes["id"].to_list() == list(range(1, 153))
    assert circuit.nodes["instance"].str.starts_with("synthetic ").all()
    assert circuit.source.synthetic
    assert circuit.source.name.startswith("synthetic-head-direction")


@pytest.mark.usefixtures("real_data")
def test_the_columns_are_those_of_the_measured_circuit():
    measured = load("hemibrain-head-direction")
    generated = load("synthetic-head-direction")
    assert generated.nodes.schema == measured.nodes.schema
    assert generated.edges.schema == measured.edges.schema
    assert generated.units == measured.units


def test_a_seed_gives_the_same_circuit_and_another_seed_another():
    first = generate_head_direction(seed=5).adjacency().toarray()
    again = generate_head_direction(seed=5).adjacency().toarray()
    other = generate_head_direction(seed=6).adjacency().toarray()
    np.testing.assert_array_equal(first, again)
    assert np.corrcoef(first.ravel(), other.ravel())[0, 1] == pytest.approx(0.80, abs=0.03)


def test_the_dataset_is_seed_zero():
    np.testing.assert_array_equal(
        load("synthetic-head-direction").adjacency().toarray(),
        generate_head_direction(seed=0).adjacency().toarray(),
    )


@pytest.mark.usefixtures("real_data")
def test_counts_correlate_with_the_measured_ones():
    measured = _aligned(load("hemibrain-head-direction"))
    generated = _aligned(load("synthetic-head-direction"))
    assert np.corrcoef(measured.ravel(), generated.ravel())[0, 1] == pytest.approx(0.81, abs=0.02)


def _aligned(connectome: Connectome) -> np.ndarray:
    place = connectome.nodes.select(
        pl.struct("cell_type", "glomerulus").rank("ordinal").alias("rank")
    )["rank"].arg_sort()
    return connectome.adjacency().toarray()[np.ix_(place, place)]


@pytest.mark.parametrize("seed", [-1, 1.5, True, "0"])
def test_a_seed_that_is_no_whole_number_is_refused(seed: object):
    with pytest.raises(ConfigError) as caught:
        generate_head_direction(seed)
    assert str(caught.value) == (
        f"seed: expected a whole number of 0 or more, found {seed!r}. Pass for example seed=0."
    )
