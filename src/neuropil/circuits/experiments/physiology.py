"""Findings in the living fly, and what a fitted network does in their place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np

from neuropil.circuits.experiments.ablation import without
from neuropil.circuits.model import cue_state
from neuropil.circuits.network import Network
from neuropil.circuits.protocol.motion import measure_speed_curve
from neuropil.contracts import Citation, Metric

__all__ = ["OBSERVATIONS", "PHYSIOLOGY_CITATIONS", "Observation", "compare_physiology"]

_DRIVEN = ("PEN_a", "PEN_b")
_STARTS = 16  # headings that are averaged over, one for each place on the ring
_TURN = 100.0  # [deg/s] half of the fastest turn that fits are held to
# What counts as an effect. The fly's is one of calcium and the network's one of rates, so that no
# published number says how large it must be. These were set once, for the presence of an effect,
# and were not tuned: the rate is that of criterion ``bumps``, the asymmetry a twentieth of the
# largest difference there can be, and to impair turning is to halve it at least.
_LEAST_RATE, _LEAST_ASYMMETRY, _LARGEST_SHARE = 0.02, 0.1, 0.5

PHYSIOLOGY_CITATIONS = (
    Citation(
        "green2017",
        "Green et al. 2017, A neural circuit architecture for angular integration in Drosophila, "
        "Nature 546:101",
        "10.1038/nature22343",
    ),
    Citation(
        "turnerevans2017",
        "Turner-Evans et al. 2017, Angular velocity integration in a fly heading circuit, "
        "eLife 6:e23496",
        "10.7554/eLife.23496",
    ),
)


@dataclass(frozen=True)
class Observation:
    """One observation, and how it is looked for in a network.

    Parameters
    ----------
    name : str
        What was found, for readers.
    measurement : str
        What is measured in the network.
    agrees : callable or None
        ``agrees(value) -> bool``; None where nothing published says what to expect.
    source : str
        Keys of the citations.
    """

    name: str
    measurement: str
    agrees: Callable[[float], bool] | None
    source: str = "green2017, turnerevans2017"


def _observations() -> dict[str, Observation]:
    found = {}
    for name in _DRIVEN:
        found[f"active {name}"] = Observation(
            f"{name} carry a bump while the fly stands",
            f"mean rate of {name} 4 s after the cue, without input",
            lambda rate: rate >= _LEAST_RATE,
        )
        found[f"asymmetry {name}"] = Observation(
            f"turning makes one side of {name} more active, turning back the other",
            f"(left - right) / (left + right) rate of {name} at +100 deg/s, less that at -100",
            lambda difference: difference >= _LEAST_ASYMMETRY,
        )
    found["gain without PEN_a"] = Observation(
        "blocking PEN_a impairs the bump's turning",
        "velocity gain without PEN_a, relative to intact",
        lambda share: share <= _LARGEST_SHARE,
    )
    found["gain without PEN_b"] = Observation(
        "no expectation for PEN_b alone",
        "velocity gain without PEN_b, relative to intact",
        None,
        "",
    )
    return found


OBSERVATIONS = _observations()
"""Findings by name. Measures are of calcium in the fly and of rates here: only signs and the
presence of an effect are compared."""


def compare_physiology(network: Network) -> tuple[list[Metric], list[str]]:
    """Look for published findings in a fitted network.

    Parameters
    ----------
    network : Network
        The network that is measured.

    Returns
    -------
    metrics : list of Metric
        One for each of :data:`OBSERVATIONS`; none where PEN_a or PEN_b is not among the types.
    disagreements : list of str
        Findings that the network does not show.
    """
    if not set(_DRIVEN) <= set(network.circuit.type_names):
        return [], []
    values = _rates(network)
    intact = _gain(network)
    for name in _DRIVEN:
        lost = _gain(without(network, (name,)))
        values[f"gain without {name}"] = lost / intact if intact else 0.0
    metrics = [_metric(key, observation, values[key]) for key, observation in OBSERVATIONS.items()]
    disagreements = [
        f"{observation.name} ({observation.source}): {observation.measurement} is {values[key]:.2f}"
        for key, observation in OBSERVATIONS.items()
        if observation.agrees and not observation.agrees(values[key])
    ]
    return metrics, disagreements


def _metric(key: str, observation: Observation, value: float) -> Metric:
    verdict = ""
    if observation.agrees:
        verdict = " The network agrees." if observation.agrees(value) else " The network disagrees."
    source = f" ({observation.source})" if observation.source else ""
    note = f"In the fly: {observation.name}{source}.{verdict}"
    return Metric(key.replace(" ", "_"), observation.measurement, value, "1", _STARTS, note=note)


def _gain(network: Network) -> float:
    return measure_speed_curve(network, speeds=(20, 60, 120, 200), n_starts=4).gain


def _rates(network: Network) -> dict[str, float]:
    """Return rates at rest and their asymmetry under turning, mean over 16 headings."""
    circuit = network.circuit
    headings = jnp.arange(_STARTS) * 2 * jnp.pi / _STARTS
    turn = jnp.repeat(jnp.asarray([0.0, _TURN, -_TURN]), _STARTS)
    start = jnp.tile(cue_state(circuit, headings), (3, 1))
    steps = network.count_steps(4.0)
    velocity = jnp.broadcast_to(turn, (steps, turn.size))
    final = np.asarray(network.simulate(start, velocity, steps)[0])
    rest, toward, back = final.reshape(3, _STARTS, -1).mean(axis=1)
    left = np.asarray(circuit.velocity) > 0
    values = {}
    for name in _DRIVEN:
        members = circuit.members(name)
        values[f"active {name}"] = float(rest[members].mean())
        turning = _asymmetry(toward, members, left) - _asymmetry(back, members, left)
        values[f"asymmetry {name}"] = turning
    return values


def _asymmetry(rates: np.ndarray, members: np.ndarray, left: np.ndarray) -> float:
    one, other = rates[members & left].mean(), rates[members & ~left].mean()
    return float((one - other) / max(one + other, 1e-6))
