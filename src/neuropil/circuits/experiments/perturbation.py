"""Perturbed wiring: the same circuit with counts that are noisy, lost, shuffled or evened out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from neuropil.circuits.data import Circuit
from neuropil.contracts import ConfigError, SeedTree
from neuropil.measures import shuffle_degree_preserving_within_blocks, shuffle_within_blocks

__all__ = ["PERTURBATIONS", "Perturbation", "parse_perturbation", "perturb"]

Counts = Float[np.ndarray, "n n"]


class Perturbation(NamedTuple):
    """A kind of perturbation and the doses at which it is measured.

    Parameters
    ----------
    kind : str
        One of :data:`PERTURBATIONS`.
    doses : tuple of float
        From 0 (the wiring as it is) to 1.
    """

    kind: str
    doses: tuple[float, ...]


def _add_noise(
    counts: Counts, types: Int[np.ndarray, " n"], dose: float, rng: np.random.Generator
) -> Counts:
    """Multiply each count by 1 + dose times a normal draw; negative counts become 0."""
    del types
    return np.maximum(0, counts * (1 + dose * rng.standard_normal(counts.shape)))


def _drop_synapses(
    counts: Counts, types: Int[np.ndarray, " n"], dose: float, rng: np.random.Generator
) -> Counts:
    """Lose each synapse with probability ``dose``."""
    del types
    # Rounding removes what single precision adds to counts / 100; a count may also be a mean, where
    # the wiring was symmetrised.
    return rng.binomial(np.round(counts).astype(int), 1 - dose).astype(float)


def _shuffle(
    counts: Counts, types: Int[np.ndarray, " n"], dose: float, rng: np.random.Generator
) -> Counts:
    """Move by ``dose`` towards a copy that is shuffled inside each block of two types."""
    return (1 - dose) * counts + dose * shuffle_within_blocks(counts, types, rng)


def _rewire(
    counts: Counts, types: Int[np.ndarray, " n"], dose: float, rng: np.random.Generator
) -> Counts:
    """Move by ``dose`` towards a copy rewired inside each block, every neuron's degrees kept."""
    rewired = np.asarray(shuffle_degree_preserving_within_blocks(counts, types, rng))
    return (1 - dose) * counts + dose * rewired


def _average(
    counts: Counts, types: Int[np.ndarray, " n"], dose: float, rng: np.random.Generator
) -> Counts:
    """Move by ``dose`` towards the mean count of each block of two types."""
    del rng
    member = np.eye(types.max() + 1)[types]
    size = member.sum(axis=0)
    pairs = np.outer(size, size) - np.diag(size)  # no neuron has synapses with itself
    mean = member @ (member.T @ counts @ member / np.maximum(pairs, 1)) @ member.T
    np.fill_diagonal(mean, 0)
    return (1 - dose) * counts + dose * mean


PERTURBATIONS: Mapping[str, Callable[..., Counts]] = MappingProxyType(
    {
        "noise": _add_noise,
        "dropout": _drop_synapses,
        "shuffle": _shuffle,
        "rewire": _rewire,
        "block-mean": _average,
    }
)
"""Each takes counts (post, pre), the type of each neuron, a dose from 0 to 1 and a generator."""


def perturb(circuit: Circuit, kind: str, dose: float, seed: SeedTree) -> Circuit:
    """Return the circuit with perturbed synapse counts; signs stay.

    Parameters
    ----------
    circuit : Circuit
        Of n neurons.
    kind : str
        One of :data:`PERTURBATIONS`.
    dose : float
        0 leaves the wiring as it is, 1 is the most.
    seed : SeedTree
        Source of the draws.

    Raises
    ------
    ConfigError
        When the kind is unknown or the dose is not between 0 and 1.
    """
    _check(kind, (dose,))
    weights = np.asarray(circuit.weights, dtype=float)
    counts = PERTURBATIONS[kind](
        100 * np.abs(weights), np.asarray(circuit.type_index), dose, seed.generator()
    )
    perturbed = jnp.asarray(np.sign(weights.sum(axis=0)) * counts / 100, dtype=jnp.float32)
    return eqx.tree_at(lambda item: item.weights, circuit, perturbed)


def parse_perturbation(text: str) -> Perturbation:
    """Read ``kind:first:last:number``, such as ``noise:0:1:11``.

    Parameters
    ----------
    text : str
        A kind, the first and the last dose, and how many doses there are.

    Raises
    ------
    ConfigError
        When a part is missing, is no number, or is out of range.

    Examples
    --------
    >>> parse_perturbation("noise:0:1:3")
    Perturbation(kind='noise', doses=(0.0, 0.5, 1.0))
    """
    kind, *numbers = text.split(":")
    try:
        first, last, n = float(numbers[0]), float(numbers[1]), int(numbers[2])
        doses = tuple(np.linspace(first, last, n).tolist())
    except (ValueError, IndexError) as error:
        raise ConfigError(
            f"expected kind:first:last:number, found {text!r}",
            where="perturb",
            repair="Write for example noise:0:1:11.",
        ) from error
    _check(kind, doses)
    return Perturbation(kind, doses)


def _check(kind: str, doses: tuple[float, ...]) -> None:
    if kind not in PERTURBATIONS:
        raise ConfigError(
            f"unknown perturbation {kind!r}",
            where="perturb",
            repair=f"Choose one of: {', '.join(PERTURBATIONS)}.",
        )
    if not doses or not all(0 <= dose <= 1 for dose in doses):
        raise ConfigError(
            f"expected doses from 0 to 1, found {', '.join(map(str, doses)) or 'none'}",
            where="perturb",
            repair="Write for example noise:0:1:11.",
        )
