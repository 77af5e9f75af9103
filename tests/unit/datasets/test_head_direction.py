"""Ring phases, and the shift of a type in a ring whose shift is known."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from neuropil.connectome import Connectome
from neuropil.contracts import InputError
from neuropil.datasets import compute_phase_shift, generate_head_direction, symmetrise
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


def test_symmetrised_noise_free_counts_are_the_planted_ones():
    planted = generate_head_direction(noise=False)
    np.testing.assert_allclose(
        symmetrise(planted).adjacency().toarray(), planted.adjacency().toarray(), atol=1e-9
    )


def test_symmetrising_keeps_totals_and_halves_the_error_of_a_draw():
    planted = generate_head_direction(noise=False).adjacency().toarray()
    drawn = generate_head_direction(seed=4)
    even = symmetrise(drawn)
    np.testing.assert_allclose(even.type_matrix()[1], drawn.type_matrix()[1], rtol=1e-12)
    before = np.abs(drawn.adjacency().toarray() - planted).mean()
    after = np.abs(even.adjacency().toarray() - planted).mean()
    assert after < before / 2
    assert even.provenance[-1].name == "symmetrise"


def test_a_mirrored_brain_gets_the_same_symmetrised_counts():
    drawn = generate_head_direction(seed=4)
    nodes = drawn.nodes
    epg = (nodes["cell_type"] == "EPG").to_numpy()
    labels = nodes["glomerulus"].to_numpy()[epg]
    counts = symmetrise(drawn).adjacency().toarray()[np.ix_(epg, epg)]
    other = np.char.translate(labels.astype(str), str.maketrans("LR", "RL"))
    for row, label in enumerate(labels):
        mirrored = int(np.flatnonzero(other == label)[0])
        assert sorted(counts[row].round(9)) == sorted(counts[mirrored].round(9))


def test_a_neuron_without_glomerulus_cannot_be_symmetrised():
    plain = Connectome.from_matrix([[0, 1], [1, 0]])
    with pytest.raises(InputError) as caught:
        symmetrise(plain)
    assert str(caught.value) == (
        "node column glomerulus: expected the bridge glomerulus of every neuron. "
        "Select the neurons that have one."
    )
