"""Ablation: a cell type without its synapses, its bias and its input."""

from __future__ import annotations

from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool

from neuropil.circuits.data import Circuit
from neuropil.circuits.experiments.fitted import FittedNetwork
from neuropil.circuits.model import TypeParameters
from neuropil.circuits.network import Network
from neuropil.contracts import ConfigError

__all__ = ["ABLATIONS", "ablate", "ablate_and_refit", "ablation_sets", "silence", "without"]

ABLATIONS = (
    ("Delta7",),
    ("PEN_a", "PEN_b"),
    ("PEN_a",),
    ("PEN_b",),
    ("PEG",),
    ("EPGt",),
    ("EPG",),
)
"""The sets of types that the protocol removes; without EPG there is no read-out."""


def ablation_sets(cell_types: Sequence[str]) -> list[tuple[str, ...]]:
    """Return each type alone, and all together where there are several.

    Examples
    --------
    >>> ablation_sets(["PEN_a", "PEN_b"])
    [('PEN_a',), ('PEN_b',), ('PEN_a', 'PEN_b')]
    """
    alone: list[tuple[str, ...]] = [(name,) for name in cell_types]
    return [*alone, tuple(cell_types)] if len(alone) > 1 else alone


def ablate(circuit: Circuit, cell_types: Sequence[str]) -> Circuit:
    """Remove all synapses to and from cell types, and their velocity input.

    Parameters
    ----------
    circuit : Circuit
        Of n neurons.
    cell_types : sequence of str
        Types to remove.

    Returns
    -------
    Circuit
        With as many neurons; those of the types are cut off.

    Raises
    ------
    ConfigError
        When a type does not exist; the message lists those that do.
    """
    keep = ~_members(circuit, cell_types)
    return eqx.tree_at(
        lambda item: (item.weights, item.velocity),
        circuit,
        (circuit.weights * jnp.outer(keep, keep), circuit.velocity * keep),
    )


def silence(
    parameters: TypeParameters, circuit: Circuit, cell_types: Sequence[str]
) -> TypeParameters:
    """Set the biases of cell types to zero.

    Parameters
    ----------
    parameters : TypeParameters
        Of the circuit.
    circuit : Circuit
        Names its types.
    cell_types : sequence of str
        Types to silence.
    """
    rows = np.asarray(circuit.receiver_index)[np.asarray(_members(circuit, cell_types))]
    return eqx.tree_at(lambda item: item.bias, parameters, parameters.bias.at[rows].set(0.0))


def without(network: Network, cell_types: Sequence[str]) -> Network:
    """Remove cell types and leave all other numbers as they are.

    Parameters
    ----------
    network : Network
        The intact network; it is not changed.
    cell_types : sequence of str
        Types to remove.
    """
    silent = silence(network.parameters, network.circuit, cell_types)
    return Network(silent, ablate(network.circuit, cell_types), network.dynamics)


def ablate_and_refit(fitted: FittedNetwork, cell_types: Sequence[str]) -> Network:
    """Remove cell types and refit the others from the intact fit.

    Parameters
    ----------
    fitted : FittedNetwork
        The intact network.
    cell_types : sequence of str
        Types to remove.
    """
    rest = fitted.refitted(without(fitted.network, cell_types))
    # The fit may have given the silent types a bias again: nothing in it keeps them at zero.
    return rest.with_parameters(silence(rest.parameters, fitted.network.circuit, cell_types))


def _members(circuit: Circuit, cell_types: Sequence[str]) -> Bool[Array, " n"]:
    unknown = [name for name in cell_types if name not in circuit.type_names]
    if unknown:
        raise ConfigError(
            f"unknown cell type {unknown[0]!r}",
            where="ablation",
            repair=f"The circuit has: {', '.join(circuit.type_names)}.",
        )
    chosen = [circuit.type_names.index(name) for name in cell_types]
    return jnp.isin(circuit.type_index, jnp.asarray(chosen, jnp.int32))
