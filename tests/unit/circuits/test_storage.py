"""A model's folder is checked before anything is made of it."""

from __future__ import annotations

import json

import jax
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from neuropil.circuits import Dynamics, RingAttractor, initial_parameters
from neuropil.circuits.data import VelocityInput, build_circuit
from neuropil.contracts import InputError, SeedTree


@pytest.fixture
def folder(ring, tmp_path):
    """A saved model with parameters that were drawn, which takes no search."""
    model = RingAttractor(velocity={"cell_types": ["PEN_a"]})
    model.seed_, model.dynamics_ = SeedTree(0), Dynamics()
    model.circuit_ = build_circuit(ring, None, VelocityInput(cell_types=("PEN_a",)))
    model.parameters_ = initial_parameters(model.circuit_.n_types, jax.random.key(0))
    model.validation_loss_, model.history_ = 0.5, np.array([[1.0, 0.5], [0.7, np.inf]])
    model.save(tmp_path / "model")
    return tmp_path / "model"


def test_a_model_comes_back(folder):
    model = RingAttractor.load(folder)
    assert model.circuit_.n_neurons == 32
    assert model.circuit_.weights.shape == (32, 32)
    assert np.array_equal(model.history_, [[1.0, 0.5], [0.7, np.nan]], equal_nan=True)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"neurons": "32"}, "neurons: input should be a valid integer"),
        ({"neurons": -1}, "neurons: input should be greater than 0"),
        ({"cell_types": "EPG"}, "cell_types: input should be a valid array"),
        ({"seed": None}, "seed: input should be a valid integer"),
        ({"settings": {}}, "settings.readout: field required"),
        ({"validation_loss": []}, "validation_loss: input should be a valid number"),
    ],
)
def test_a_record_of_other_types_is_named(folder, changes, problem):
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(InputError) as caught:
        RingAttractor.load(folder)
    assert str(caught.value) == (
        f"{path}: an item does not have the fields of the format ({problem}). Save the model again."
    )


@pytest.mark.parametrize(
    "changes", [{"neurons": 10**12}, {"neurons": 10**30}, {"readout_neurons": 10**12}]
)
def test_a_size_that_no_memory_holds_is_refused_before_it_is_taken(folder, changes):
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(InputError) as caught:
        RingAttractor.load(folder)
    assert str(caught.value).startswith(
        f"{folder / 'parameters.safetensors'}: arrays differ from the model's in '[1]."
    )


def test_a_hundred_thousand_cell_types_take_no_memory(folder):
    path = folder / "model.json"
    names = [str(i) for i in range(100_000)]
    path.write_text(json.dumps(json.loads(path.read_text()) | {"cell_types": names}))
    with pytest.raises(InputError, match="arrays differ from the model's in "):
        RingAttractor.load(folder)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("[0].raw_gain", np.nan, "finite numbers, found NaN or infinity in 'raw_gain'"),
        ("[0].log_scale", np.inf, "finite numbers, found NaN or infinity in 'log_scale'"),
        ("[1].weights", np.nan, "finite numbers, found NaN or infinity in 'weights'"),
        ("[1].type_index", 3, "whole numbers from 0 to 2 in 'type_index', found others"),
        ("[1].readout", -1, "whole numbers from 0 to 31 in 'readout', found others"),
    ],
)
def test_numbers_that_cannot_be_are_named(folder, name, value, problem):
    path = folder / "parameters.safetensors"
    arrays = {key: array.copy() for key, array in load_file(path).items()}
    arrays[name].flat[0] = value
    save_file(arrays, path)
    with pytest.raises(InputError) as caught:
        RingAttractor.load(folder)
    assert str(caught.value) == f"{path}: expected {problem}. Fit again."


@pytest.mark.parametrize("history", ["{}", "[1]", "[[1]]", '[["a", 2]]'])
def test_a_history_that_is_no_table_is_named(folder, history):
    (folder / "history.json").write_text(history)
    with pytest.raises(InputError, match=r"history\.json: an item does not have the fields"):
        RingAttractor.load(folder)
