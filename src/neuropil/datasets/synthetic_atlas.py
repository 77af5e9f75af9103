"""A generated atlas of gene expression whose connectivity follows a known rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import GeneAtlas, Parcellation
from neuropil.contracts import ConfigError, SeedTree, Source
from neuropil.datasets.registry import info

__all__ = ["World", "convert", "generate_gene_atlas"]

World = Literal["genes", "coordinates"]
Floats = npt.NDArray[np.float64]

_NAME = "synthetic-gene-atlas"
_HALF = 80  # regions of a hemisphere
_GENES = 160
_PLANTED = 40  # genes that carry the rule
_FACTORS = 4  # of the rule
_SMOOTH = 8  # spatial factors that all genes follow
_NETWORKS = ("A", "B", "C", "D", "E")


@dataclass(frozen=True, slots=True)
class _Places:
    """Regions: directions on the sphere, centroids [mm], sides, and the network of each."""

    sphere: Floats
    coordinates: Floats
    sides: npt.NDArray[np.str_]
    networks: npt.NDArray[np.str_]


def convert(files: Mapping[str, Path], source: Source) -> GeneAtlas:
    """Generate the atlas of seed 0; there are no files to read."""
    del files
    return _generate(0, "genes", source)


def generate_gene_atlas(seed: int = 0, world: World = "genes") -> GeneAtlas:
    """Generate an atlas in which it is known what makes the wiring.

    In both worlds every gene follows smooth maps of space. In the world ``genes``, forty planted
    genes also follow four maps that have no smoothness, and two regions are connected as these
    maps agree in them, on top of a decay with distance: only expression can tell. In the world
    ``coordinates``, the same genes follow the same maps, but the connection depends on smooth
    maps of the folded coordinates and on distance alone: expression adds nothing to space.

    Parameters
    ----------
    seed : int
        Seed of all draws, 0 or larger.
    world : {"genes", "coordinates"}
        What makes the wiring.

    Returns
    -------
    GeneAtlas
        160 cortical regions, 160 genes of which the planted ones are called ``PLANTED-...``, and
        the matrix ``FC``. Its source is marked synthetic.

    Raises
    ------
    ConfigError
        When the seed or the world is not one of those allowed.

    Examples
    --------
    >>> generate_gene_atlas(seed=3).n_regions
    160
    """
    if world not in get_args(World):
        raise ConfigError(
            f"expected genes or coordinates, found {world!r}",
            where="world",
            repair="Choose one of them.",
        )
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ConfigError(
            f"expected a whole number of 0 or more, found {seed!r}",
            where="seed",
            repair="Pass for example seed=0.",
        )
    dataset = info(_NAME)
    source = Source(
        name=f"{_NAME} ({world}, seed {seed})",
        licence=dataset.licence,
        synthetic=True,
        citations=dataset.citations,
    )
    return _generate(int(seed), world, source)


def _generate(seed: int, world: World, source: Source) -> GeneAtlas:
    # Places, maps, genes and wiring draw from children of their own: worlds differ in the wiring
    # alone.
    tree = SeedTree(seed).child(_NAME)
    places = _place_regions(tree.child("places").generator())
    smooth = _smooth_maps(places, tree.child("maps").generator(), _SMOOTH)
    rng = tree.child("genes").generator()
    rough = rng.standard_normal((2 * _HALF, _FACTORS))
    expression = _express(smooth, rough, rng)
    wiring = tree.child("wiring").generator()
    made = rough if world == "genes" else _smooth_maps(places, wiring, _FACTORS)
    return GeneAtlas(
        Parcellation(_table(places), space="synthetic"),
        _gene_table(rng),
        expression,
        {"FC": _wire(made, places.coordinates, wiring)},
        sphere=places.sphere,
        source=source,
    )


def _place_regions(rng: np.random.Generator) -> _Places:
    """Spread regions over two hemispheres that are mirror images but for a little jitter."""
    index = np.arange(_HALF) + 0.5
    height = 1 - 2 * index / _HALF
    # Steps of the golden angle spread points evenly over a sphere (Fibonacci lattice).
    turn = np.pi * (1 + 5**0.5) * index
    ring = np.sqrt(1 - height**2)
    half = np.column_stack([ring * np.cos(turn), ring * np.sin(turn), height])
    # From back to front, so that networks are patches of neighbours, as those of the brain are.
    half = half[np.argsort(half[:, 1], kind="stable")]
    directions = np.concatenate([half * [-1, 1, 1], half])
    # Without jitter the hemispheres would be exact mirror images, which those of no brain are.
    directions = directions + 0.05 * rng.standard_normal(directions.shape)
    sphere = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    sides = np.repeat(["L", "R"], _HALF)
    # About the half-axes of a human hemisphere and where its middle lies [mm]; only the decay with
    # distance sees them.
    offset = np.where(sides == "L", -36.0, 36.0)
    coordinates = sphere * [30.0, 75.0, 48.0] + np.column_stack(
        [offset, np.full(offset.size, -18.0), np.full(offset.size, 18.0)]
    )
    bands = np.array_split(np.arange(_HALF), len(_NETWORKS))
    names = np.concatenate(
        [np.repeat(name, len(band)) for name, band in zip(_NETWORKS, bands, strict=True)]
    )
    return _Places(sphere, coordinates, sides, np.tile(names, 2))


def _smooth_maps(places: _Places, rng: np.random.Generator, n: int) -> Floats:
    """Draw maps that are smooth in space and alike in both hemispheres, (n_regions, n)."""
    # The power binds first: x changes its sign in the right hemisphere, y and z are multiplied by
    # 1.
    folded = places.sphere * np.where(places.sides == "L", 1.0, -1.0)[:, None] ** [1, 0, 0]
    difference = folded[:, None] - folded[None]
    covariance = np.exp(-(difference**2).sum(axis=2) / (2 * 0.5**2))
    # A smooth covariance is singular to rounding; a millionth on its diagonal keeps the factor
    # real.
    root = np.linalg.cholesky(covariance + 1e-6 * np.eye(len(folded)))
    maps: Floats = root @ rng.standard_normal((len(folded), n))
    return maps


def _express(smooth: Floats, rough: Floats, rng: np.random.Generator) -> Floats:
    """Mix the maps into genes and scale each to 0 to 1, as the published tables are."""
    n = len(smooth)
    mixed = smooth @ rng.standard_normal((_SMOOTH, _GENES)) / np.sqrt(_SMOOTH)
    carried = rough @ rng.standard_normal((_FACTORS, _PLANTED)) / np.sqrt(_FACTORS)
    # Three parts rule and one part space: planted genes still look smooth, as all genes of a brain
    # do.
    mixed[:, :_PLANTED] = 0.5 * mixed[:, :_PLANTED] + 1.5 * carried
    noisy = mixed + 0.3 * rng.standard_normal((n, _GENES))
    low, high = noisy.min(axis=0), noisy.max(axis=0)
    scaled: Floats = (noisy - low) / (high - low)
    return scaled


def _wire(maps: Floats, coordinates: Floats, rng: np.random.Generator) -> Floats:
    distance = np.linalg.norm(coordinates[:, None] - coordinates[None], axis=2)
    noise = np.triu(rng.standard_normal(distance.shape), 1)
    # The rule varies by 0.15 and the noise by 0.08; distance adds 0.4 at most, a third of it at 25
    # mm.
    strength = 0.15 * maps @ maps.T / np.sqrt(_FACTORS) + 0.4 * np.exp(-distance / 25)
    # Between -1 and 1, as correlations are.
    wiring = np.tanh(strength + 0.08 * (noise + noise.T))
    # The product of maps is symmetric up to rounding, and an atlas asks for equality.
    wiring = (wiring + wiring.T) / 2
    np.fill_diagonal(wiring, 1.0)
    return wiring


def _table(places: _Places) -> pl.DataFrame:
    n = places.sides.size
    return pl.DataFrame(
        {
            "key": np.arange(1, n + 1),
            "name": [f"{side}_{row % _HALF + 1}" for row, side in enumerate(places.sides)],
            "hemisphere": places.sides,
            "network": places.networks,
            "cortical": np.ones(n, dtype=bool),
            **{f"{axis}_mm": places.coordinates[:, index] for index, axis in enumerate("xyz")},
        }
    )


def _gene_table(rng: np.random.Generator) -> pl.DataFrame:
    """Scatter the genes over four chromosomes, so that planted ones are not neighbours."""
    symbols = [f"PLANTED-{index + 1}" for index in range(_PLANTED)]
    symbols += [f"OTHER-{index + 1}" for index in range(_GENES - _PLANTED)]
    order = rng.permutation(_GENES)
    return pl.DataFrame(
        {
            "symbol": symbols,
            "chromosome": [str(1 + place * 4 // _GENES) for place in order],
            "start": [100_000 * (int(place) + 1) for place in order],
            "genome_order": order,
        }
    )
