"""Ring phases, and the shift of a type in a ring whose shift is known."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from neuropil.connectome import Connectome
from neuropil.contracts import InputError
from neuropil.datasets import compute_phase_shift
from neuropil.datasets.head_direction import glomerulus_phase, label_ring, output_glomeruli


def test_the_ring_runs_through_the_sixteen_epg_glomeruli():
    order = [name for k in range(1, 9) for name in (f"R{k}", f"L{9 - k}")]
    assert [glomerulus_phase(name) for name in order] == list(range(16))


def test_glomerulus_nine_shares_the_phase_of_one():
    assert glomerulus_phase("L9") == glomerulus_phase("L1") == 15
    assert glomerulus_phase("R9") == glomerulus_phase("R1") == 0


def test_delta7_labels_split_into_glomeruli():
    assert output_glomeruli("L8R1R9") == ("L8", "R1", "R9")


def test_only_epg_neurons_get_an_angle():
    nodes = pl.DataFrame(
        {"cell_type": ["EPG", "PEG", "Delta7"], "glomerulus": ["R2", "R2", "L2R7"]}
    )
    labelled = label_ring(nodes)
    assert labelled["ring_index"].to_list() == [2, None, None]
    assert labelled["ring_angle_deg"].to_list() == [45.0, None, None]


def _planted_ring(steps: int) -> Connectome:
    """Eight EPG on a ring and eight shifters, each sending EPG input ``steps`` places on."""
    size = 8
    nodes = pl.DataFrame(
        {
            "id": range(1, 2 * size + 1),
            "cell_type": ["EPG"] * size + ["shifter"] * size,
            "side": ["L"] * 2 * size,
            "ring_angle_deg": [45.0 * place for place in range(size)] + [None] * size,
        }
    )
    matrix = np.zeros((2 * size, 2 * size), dtype=np.int64)
    for place in range(size):
        matrix[place, size + place] = 10
        matrix[size + place, (place + steps) % size] = 7
    return Connectome.from_matrix(matrix, nodes)


@pytest.mark.parametrize(("steps", "degrees"), [(0, 0.0), (1, 45.0), (-2, -90.0), (3, 135.0)])
def test_the_planted_shift_is_found(steps: int, degrees: float):
    shift = compute_phase_shift(_planted_ring(steps), "shifter")
    assert shift.columns == ["id", "side", "shift_deg"]
    np.testing.assert_allclose(shift["shift_deg"], degrees, atol=1e-9)


def test_a_neuron_without_epg_synapses_has_no_shift():
    nodes = pl.DataFrame(
        {
            "id": [1, 2],
            "cell_type": ["EPG", "shifter"],
            "side": ["L", "L"],
            "ring_angle_deg": [0.0, None],
        }
    )
    circuit = Connectome.from_matrix(np.array([[0, 5], [0, 0]]), nodes)
    assert np.isnan(compute_phase_shift(circuit, "shifter")["shift_deg"][0])


def test_an_unknown_type_lists_those_that_exist():
    with pytest.raises(InputError) as caught:
        compute_phase_shift(_planted_ring(0), "PEN_a")
    assert str(caught.value) == (
        "node column cell_type: no neuron of type 'PEN_a'. The types are: EPG, shifter."
    )
