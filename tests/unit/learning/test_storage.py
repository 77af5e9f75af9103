"""A tree comes back bit for bit, or an error says why not."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuropil.circuits import initial_parameters
from neuropil.contracts import InputError
from neuropil.learning import load_tree, save_tree


def _same(first, second):
    leaves, structure = jax.tree.flatten(first)
    others, other_structure = jax.tree.flatten(second)
    assert structure == other_structure
    for leaf, other in zip(leaves, others, strict=True):
        assert type(leaf) is type(other)
        assert leaf.dtype == other.dtype
        assert leaf.shape == other.shape
        np.testing.assert_array_equal(np.asarray(leaf), np.asarray(other))


def test_a_tree_comes_back_bit_for_bit(tmp_path):
    tree = {
        "parameters": initial_parameters(3, jax.random.key(2)),
        "state": (jnp.arange(4), jnp.asarray(True), jnp.zeros((0, 2))),
        "history": np.linspace(0, 1, 5).reshape(5, 1) / 3,
        "turned": np.arange(6.0).reshape(2, 3).T,
    }
    save_tree(tmp_path / "deep" / "tree.safetensors", tree)
    like = jax.tree.map(lambda leaf: leaf * 0, tree)
    _same(load_tree(tmp_path / "deep" / "tree.safetensors", like), tree)


def test_extreme_and_missing_values_survive(tmp_path):
    values = {"x": np.array([np.nan, np.inf, -np.inf, -0.0, 1e-45], np.float32)}
    save_tree(tmp_path / "x", values)
    loaded = load_tree(tmp_path / "x", values)
    assert loaded["x"].tobytes() == values["x"].tobytes()


@pytest.mark.parametrize(
    ("like", "differing"),
    [
        ({"gain": jnp.zeros(2)}, "['gain']"),
        ({"gain": jnp.zeros(3), "bias": jnp.zeros(1)}, "['bias']"),
        ({"other": jnp.zeros(3)}, "['gain']"),
    ],
)
def test_another_shape_or_name_is_named(tmp_path, like, differing):
    path = tmp_path / "tree.safetensors"
    save_tree(path, {"gain": jnp.zeros(3)})
    with pytest.raises(InputError) as caught:
        load_tree(path, like)
    assert (
        str(caught.value) == f"{path}: arrays differ from the model's in {differing!r}. Fit again."
    )


@pytest.mark.parametrize("content", [None, b"", b"no tensors here, only text"])
def test_an_absent_or_damaged_file_is_named(tmp_path, content):
    path = tmp_path / "tree.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_tree(path, {"gain": jnp.zeros(3)})
    reason = caught.value.__cause__
    expected = f"{path}: not a readable safetensors file ({reason}). Fit again."
    assert str(caught.value) == expected


def test_a_truncated_file_is_named(tmp_path):
    path = tmp_path / "tree.safetensors"
    save_tree(path, {"gain": jnp.zeros(300)})
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"not a readable safetensors file"):
        load_tree(path, {"gain": jnp.zeros(300)})
