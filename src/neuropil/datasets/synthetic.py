"""A generated heading circuit with the types and count statistics of the hemibrain's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Connectome
from neuropil.contracts import ConfigError, SeedTree, Source, read_json
from neuropil.datasets.head_direction import (
    CELL_TYPES,
    label_phase,
    label_ring,
    wrap_phase,
)
from neuropil.datasets.registry import info

__all__ = ["convert", "generate_head_direction"]

Floats = npt.NDArray[np.float64]

_NAME = "synthetic-head-direction"
# Where the mean is below 4 synapses one gamma size serves all pairs of types; above it the table
# has one for each.
_DENSE_MEAN = 4.0
_SPARSE_SIZE = 0.8


@dataclass(frozen=True, slots=True)
class _Statistics:
    """Measured statistics; their meaning is told in the table file itself."""

    neurons: dict[str, dict[str, int]]
    dispersion: dict[str, float]
    profiles: dict[str, list[float]]
    other_glomerulus: dict[str, float]
    delta7_recurrent: list[float]
    flat: dict[str, float]


@cache
def _statistics() -> _Statistics:
    found = resources.files("neuropil.datasets").joinpath("tables/head_direction.json")
    with resources.as_file(found) as path:
        table = read_json(path, "Install neuropil again.")
    return _Statistics(**{name: table[name] for name in _Statistics.__slots__})


@dataclass(frozen=True, slots=True)
class _Group:
    """The neurons of one type.

    Parameters
    ----------
    glomerulus : ndarray of str
        (n,) bridge glomerulus, or the output glomeruli of a Delta7 neuron.
    phase : ndarray of float
        (n,) ring phase in steps of 22.5 degrees, 0 to 16.
    handedness : ndarray of float
        (n,) +1 on the right side of the bridge, -1 on the left.
    """

    cell_type: str
    glomerulus: npt.NDArray[np.str_]
    phase: Floats
    handedness: Floats


def convert(files: Mapping[str, Path], source: Source) -> Connectome:
    """Generate the circuit of seed 0; there are no files to read."""
    del files
    return _generate(0, noise=True, source=source)


def generate_head_direction(seed: int = 0, noise: bool = True) -> Connectome:
    """Generate a heading circuit whose mean wiring is planted.

    The mean count of a pair depends on its types and on the angle between the two neurons on
    the ring alone, and is the same in the mirrored brain. Around it, counts scatter as in the
    hemibrain: each is a Poisson draw with a gamma-distributed rate.

    Parameters
    ----------
    seed : int
        Seed of the counts, 0 or larger.
    noise : bool
        False gives the mean counts themselves, which are not whole numbers.

    Returns
    -------
    Connectome
        152 neurons with ids 1 to 152 and the node columns of ``hemibrain-head-direction``;
        ``soma_side``, ``pre_total`` and ``post_total`` are null, for the generator knows no
        cell bodies and no partners outside the circuit. Its source is marked synthetic.

    Raises
    ------
    ConfigError
        When the seed is not a whole number of 0 or more.

    Examples
    --------
    >>> generate_head_direction(seed=3).n_nodes
    152
    """
    dataset = info(_NAME)
    name = f"{_NAME} (seed {seed})" if noise else f"{_NAME} (mean counts)"
    source = Source(name=name, licence=dataset.licence, synthetic=True, citations=dataset.citations)
    return _generate(seed, noise=noise, source=source)


def _generate(seed: int, *, noise: bool, source: Source) -> Connectome:
    # True is an integer to Python, and no seed that anyone meant.
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ConfigError(
            f"expected a whole number of 0 or more, found {seed!r}",
            where="seed",
            repair="Pass for example seed=0.",
        )
    groups = [_build_group(cell_type) for cell_type in CELL_TYPES]
    mean, size = _build_means(groups)
    counts: npt.NDArray[Any] = mean
    if noise:
        generator = SeedTree(int(seed)).child(_NAME).generator()
        # A Poisson draw whose rate is gamma-distributed is negative binomial, as the counts of the
        # hemibrain were fitted.
        counts = generator.poisson(generator.gamma(size, mean / size))
    nodes = _build_nodes(groups)
    return Connectome.from_matrix(counts, nodes, unit="synapses", source=source)


def _build_group(cell_type: str) -> _Group:
    counts = _statistics().neurons[cell_type]
    labels = sorted(counts, key=lambda label: (label[0], int(label[1]) * _along(label)))
    glomerulus = np.repeat(labels, [counts[label] for label in labels])
    phase = np.array([label_phase(label) for label in glomerulus])
    handedness = np.array([1.0 if label[0] == "R" else -1.0 for label in glomerulus])
    return _Group(cell_type, glomerulus, phase, handedness)


def _along(label: str) -> int:
    """Run along the bridge from L1 to L9 and on from R9 to R1."""
    return 1 if label[0] == "L" else -1


def _build_means(groups: list[_Group]) -> tuple[Floats, Floats]:
    """Return (n, n) mean counts and the gamma sizes of their scatter."""
    dispersion = _statistics().dispersion
    mean = np.block([[_pair_means(pre, post) for post in groups] for pre in groups])
    size = np.block(
        [
            [
                np.full(
                    (len(pre.phase), len(post.phase)),
                    dispersion[f"{pre.cell_type}->{post.cell_type}"],
                )
                for post in groups
            ]
            for pre in groups
        ]
    )
    # The table's means were taken without pairs of a neuron with itself.
    np.fill_diagonal(mean, 0.0)
    return mean, np.where(mean >= _DENSE_MEAN, size, _SPARSE_SIZE)


def _pair_means(pre: _Group, post: _Group) -> Floats:
    """Return the mean counts of one type pair, (n_pre, n_post) [synapses]."""
    table = _statistics()
    key = f"{pre.cell_type}->{post.cell_type}"
    if key in table.flat:
        return np.full((len(pre.phase), len(post.phase)), table.flat[key])
    difference = post.phase[None, :] - pre.phase[:, None]
    if pre.cell_type == post.cell_type == "Delta7":
        distance = np.abs(wrap_phase(difference)).astype(np.intp)
        return np.array(table.delta7_recurrent)[distance]
    # A Delta7 neuron has no side, so that the other neuron gives the direction in which offsets
    # count.
    side = post.handedness[None, :] if pre.cell_type == "Delta7" else pre.handedness[:, None]
    offset = wrap_phase(side * difference)
    # Sixteen values start at -8 among sided neurons and at -7.5 where a Delta7 takes part.
    mean: Floats = np.array(table.profiles[key], dtype=np.float64)[np.floor(offset).astype(int) + 8]
    if key in table.other_glomerulus:
        # Glomeruli 1 and 9 share a phase and are wired otherwise.
        other = (offset == 0) & (pre.glomerulus[:, None] != post.glomerulus[None, :])
        mean[other] = table.other_glomerulus[key]
    return mean


def _build_nodes(groups: list[_Group]) -> pl.DataFrame:
    cell_type = np.concatenate([np.repeat(group.cell_type, len(group.phase)) for group in groups])
    glomerulus = np.concatenate([group.glomerulus for group in groups])
    nodes = pl.DataFrame({"cell_type": cell_type, "glomerulus": glomerulus})
    is_delta7 = pl.col("cell_type") == "Delta7"
    return label_ring(nodes).select(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("id"),
        "cell_type",
        pl.format("synthetic {}_{}", "cell_type", "glomerulus").alias("instance"),
        "glomerulus",
        pl.when(~is_delta7).then(pl.col("glomerulus").str.slice(0, 1)).alias("side"),
        # The columns of the measured circuit, empty where nothing was generated: code for one reads
        # both.
        pl.lit(None, dtype=pl.String).alias("soma_side"),
        pl.lit(None, dtype=pl.Int64).alias("pre_total"),
        pl.lit(None, dtype=pl.Int64).alias("post_total"),
        "ring_index",
        "ring_angle_deg",
        pl.when(is_delta7)
        .then(pl.lit("glutamate"))
        .otherwise(pl.lit("acetylcholine"))
        .alias("neurotransmitter"),
        pl.when(is_delta7).then(-1).otherwise(1).cast(pl.Int64).alias("sign"),
    )
