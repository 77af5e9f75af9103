"""A connectome becomes the arrays it says, or an error names what is missing."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from neuropil.circuits import RingReadout, VelocityInput, build_circuit
from neuropil.connectome import Connectome
from neuropil.contracts import ConfigError, InputError


def _with(ring: Connectome, **columns) -> Connectome:
    return Connectome.from_frames(ring.nodes.with_columns(**columns), ring.edges, units=ring.units)


def _message(connectome, readout=None, velocity=None, kind=InputError):
    velocity = velocity or VelocityInput(cell_types=("PEN_a",))
    with pytest.raises(kind) as caught:
        build_circuit(connectome, readout, velocity)
    return str(caught.value)


def test_weights_are_signed_counts_over_100_with_rows_post(ring, ring_circuit):
    signs = ring.nodes["sign"].to_numpy()
    expected = (ring.adjacency().toarray() * signs[:, None] / 100).T
    np.testing.assert_array_equal(ring_circuit.weights, expected.astype(np.float32))
    assert ring_circuit.type_names == ("EPG", "PEN_a", "Delta7")
    assert ring_circuit.n_neurons == 32
    assert ring_circuit.n_types == 3
    np.testing.assert_array_equal(ring_circuit.type_index, np.repeat([0, 1, 1, 2], 8))


def test_readout_and_velocity_are_as_declared(ring_circuit):
    np.testing.assert_array_equal(ring_circuit.readout, np.arange(8))
    np.testing.assert_allclose(ring_circuit.angles, np.arange(8) * np.pi / 4, rtol=1e-6)
    np.testing.assert_array_equal(ring_circuit.readout_weights, np.ones(8))
    expected = np.repeat([0, 0.006, -0.006, 0], 8).astype(np.float32)
    np.testing.assert_array_equal(ring_circuit.velocity, expected)
    np.testing.assert_array_equal(np.flatnonzero(ring_circuit.members("Delta7")), np.arange(24, 32))


def test_every_place_on_the_ring_counts_once(fly, fly_circuit):
    labels = fly.nodes.filter(pl.col("cell_type") == "EPG")["glomerulus"].to_numpy()
    for label in np.unique(labels):
        weight = np.asarray(fly_circuit.readout_weights)[labels == label].sum()
        assert weight == pytest.approx(1.0)
    ungrouped = build_circuit(fly, RingReadout(group=None))
    np.testing.assert_array_equal(ungrouped.readout_weights, np.ones(46))


def test_the_fly_has_152_neurons_of_six_types(fly_circuit):
    assert fly_circuit.n_neurons == 152
    counts = {name: int(fly_circuit.members(name).sum()) for name in fly_circuit.type_names}
    assert counts == {"EPG": 46, "EPGt": 4, "PEN_a": 20, "PEN_b": 22, "PEG": 18, "Delta7": 42}


def test_the_other_side_turns_the_other_way(ring, ring_circuit):
    velocity = VelocityInput(cell_types=("PEN_a",), positive="R", gain=0.003)
    turned = build_circuit(ring, None, velocity)
    np.testing.assert_allclose(turned.velocity, -ring_circuit.velocity / 2, rtol=1e-6)


def test_a_missing_column_is_named(ring):
    nodes = ring.nodes.drop("sign")
    bare = Connectome.from_frames(nodes, ring.edges, units=ring.units)
    assert _message(bare) == (
        "connectome: no node column 'sign'. Add it, or declare another; "
        "there are: id, cell_type, side, glomerulus, ring_angle_deg."
    )


def test_an_empty_sign_names_the_first_neurons(ring):
    holes = _with(ring, sign=pl.when(pl.col("id") < 4).then(None).otherwise(pl.col("sign")))
    assert _message(holes) == (
        "connectome: column 'sign' is empty for 4 neurons, the first [0, 1, 2]. "
        "Fill it, or select a connectome without these neurons."
    )


def test_mixed_signs_within_a_type_are_refused(ring):
    mixed = _with(ring, sign=pl.when(pl.col("id") == 101).then(-1).otherwise(pl.col("sign")))
    assert _message(mixed) == (
        "connectome, column 'sign': expected one sign, +1 or -1, for cell type 'PEN_a', "
        "found [-1.0, 1.0]. Split the type, or correct the sign."
    )


@pytest.mark.parametrize(
    ("readout", "velocity", "setting"),
    [
        (RingReadout(cell_types=("HD",)), None, "readout.cell_types"),
        (None, VelocityInput(cell_types=("PEN_a", "HD")), "velocity.cell_types"),
    ],
)
def test_an_unknown_cell_type_lists_the_known_ones(ring, readout, velocity, setting):
    assert _message(ring, readout, velocity, ConfigError) == (
        f"{setting}: unknown cell type 'HD'. The connectome has: EPG, PEN_a, Delta7."
    )


def test_a_side_that_does_not_exist_lists_those_that_do(ring):
    assert _message(ring, velocity=VelocityInput(cell_types=("PEN_a",), positive="left")) == (
        "connectome, column 'side': expected two sides, one of them 'left', found ['L', 'R']. "
        "Correct the sides of the driven neurons, or set velocity.positive."
    )


def test_driven_neurons_of_one_side_only_are_refused(ring):
    assert _message(_with(ring, side=pl.lit("L"))) == (
        "connectome, column 'side': expected two sides, one of them 'L', found ['L']. "
        "Correct the sides of the driven neurons, or set velocity.positive."
    )


def test_a_read_neuron_without_an_angle_is_named(ring):
    angle = pl.when(pl.col("id") == 5).then(None).otherwise(pl.col("ring_angle_deg"))
    assert _message(_with(ring, ring_angle_deg=angle)) == (
        "connectome: column 'ring_angle_deg' is empty for 1 neurons, the first [5]. "
        "Fill it, or select a connectome without these neurons."
    )
