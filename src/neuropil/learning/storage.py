"""Arrays of a parameter tree in one safetensors file."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import jax
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save_file

from neuropil.contracts import InputError, atomic_write

__all__ = ["load_tree", "save_tree"]

Tree = TypeVar("Tree")


def _named_leaves(tree: object) -> dict[str, np.ndarray]:
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
    # safetensors writes bytes as they lie: an array in Fortran order would come back transposed.
    return {jax.tree_util.keystr(path): np.require(leaf, requirements="C") for path, leaf in leaves}


def _as(like: object, array: np.ndarray) -> np.ndarray | jax.Array:
    # NumPy stays NumPy: JAX would turn a history of float64 into float32.
    return array if isinstance(like, np.ndarray) else jax.numpy.asarray(array)


def save_tree(path: Path | str, tree: object) -> None:
    """Write the arrays of a tree, named by their place in it.

    Parameters
    ----------
    path : Path or str
        File to write; whole or absent.
    tree : pytree of arrays
        Parameters, an optimiser's state, or both in one dictionary.
    """
    with atomic_write(path) as temporary:
        save_file(_named_leaves(tree), temporary)


def load_tree(path: Path | str, like: Tree) -> Tree:
    """Read a tree of the same structure and shapes as ``like``.

    Parameters
    ----------
    path : Path or str
        File that :func:`save_tree` wrote.
    like : pytree
        Tree whose names and shapes the file must have, of arrays or of ``jax.ShapeDtypeStruct``;
        its values are not used.

    Returns
    -------
    pytree
        The arrays of the file in the structure of ``like``, NumPy's where it has NumPy's.

    Raises
    ------
    InputError
        When the file is damaged, or holds other names or shapes; fit again.
    """
    where = str(path)
    paths, structure = jax.tree_util.tree_flatten_with_path(like)
    names = [jax.tree_util.keystr(place) for place, _ in paths]
    expected = {name: np.shape(leaf) for name, (_, leaf) in zip(names, paths, strict=True)}
    try:
        # Names and shapes are compared before anything is read, so that a file of another model is
        # named, and takes no memory.
        found = _read_shapes(path)
        if expected != found:
            differing = sorted(set(expected.items()) ^ set(found.items()))
            raise InputError(
                f"arrays differ from the model's in {differing[0][0]!r}",
                where=where,
                repair="Fit again.",
            )
        arrays = load_file(path)
    except (SafetensorError, OSError) as error:
        raise InputError(
            f"not a readable safetensors file ({error})", where=where, repair="Fit again."
        ) from error
    leaves = [_as(leaf, arrays[name]) for name, (_, leaf) in zip(names, paths, strict=True)]
    restored: Tree = jax.tree_util.tree_unflatten(structure, leaves)
    return restored


def _read_shapes(path: Path | str) -> dict[str, tuple[int, ...]]:
    """Return the shapes that the header of a file names."""
    with safe_open(path, framework="numpy") as file:
        return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
