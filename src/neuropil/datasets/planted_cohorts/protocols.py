"""Streamline counts of thousands of subjects from several acquisition protocols."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Cohort, Parcellation
from neuropil.contracts import Operation, Source
from neuropil.datasets.planted_cohorts.world import PlantedCohort, name_subjects

__all__ = ["convert_few_protocols", "convert_protocols", "plant_protocol_cohort"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

_NAME = "planted-protocols"
_CODE = 603
_VENDORS = 3
_FACTORS = 12


@dataclass(frozen=True, slots=True)
class _Design:
    """Sizes of the protocols, the study of each, and what is known of the subjects."""

    sizes: tuple[int, ...]
    studies: tuple[int, ...]
    female: int
    impaired: int
    demented: int
    ages: tuple[float, float]
    means: tuple[float, float]
    young: tuple[float, ...]

    def shrink(self, share: float) -> _Design:
        """Return the same design with a share of the subjects."""
        if share == 1:
            return self
        counts = {
            name: round(share * getattr(self, name)) for name in ("female", "impaired", "demented")
        }
        return replace(self, sizes=tuple(round(share * size) for size in self.sizes), **counts)


# The margins of two published collections: subjects by sex and by diagnosis, and ranges of age.
_TEN = _Design(
    (1500, 1100, 820, 640, 510, 400, 310, 230, 151, 100),
    tuple(range(10)),
    *(3579, 809, 614, (22.0, 102.0), (55, 80), ()),
)
_TWENTY_FIVE = _Design(
    (
        *(1100, 880, 720, 600, 500, 430, 370, 320, 280, 250, 225, 205, 185),
        *(170, 155, 140, 130, 120, 110, 100, 95, 90, 85, 80, 76),
    ),
    # Thirteen studies: nine have a second protocol and three of these a third.
    (*range(13), *range(9), *range(3)),
    *(3900, 877, 639, (2.0, 102.0), (45, 80), (11.0, 16.0, 28.0)),
)
_DESIGNS = {10: _TEN, 25: _TWENTY_FIVE}

# Standard deviations of the effect on the log rate: slope over distance, shift, smooth map, edges.
# Chosen, without labels of real data, so that k-means on 20 components finds some of it.
_VENDOR_EFFECT = (0.125, 0.05, 0.25, 0.125)
_PROTOCOL_EFFECT = (0.021, 0.014, 0.035, 0.028)


@dataclass(frozen=True, slots=True)
class _Brain:
    """Where the regions lie, and the log rate of streamlines that all subjects have in common."""

    places: Floats
    rows: Whole
    columns: Whole
    distance: Floats
    base: Floats

    @property
    def remoteness(self) -> Floats:
        """Distance of each edge as a z-score."""
        far: Floats = (self.distance - self.distance.mean()) / self.distance.std()
        return far

    def draw_map(self, rng: np.random.Generator, own: float) -> Floats:
        """Draw a map of mean 0 and variance 1 over edges: sums of regions, and a part of edges."""
        of_regions = rng.standard_normal(len(self.places))
        smooth = (of_regions[self.rows] + of_regions[self.columns]) / np.sqrt(2)
        mixed = (1 - own) * smooth + own * rng.standard_normal(self.rows.size)
        return (mixed - mixed.mean()) / mixed.std()


@dataclass(frozen=True, slots=True)
class _People:
    """What is known of each subject."""

    protocol: Whole
    study: Whole
    age: Floats
    female: npt.NDArray[np.bool_]
    diagnosis: Floats

    @property
    def decades(self) -> Floats:
        """Age from 60 years on, in units of 15 years."""
        return (self.age - 60.0) / 15.0


@dataclass(frozen=True, slots=True)
class _Biology:
    """Maps on the log rate that follow age, sex and diagnosis, and what is left to chance."""

    age: Floats
    age_squared: Floats
    sex: Floats
    diagnosis: Floats
    factors: Floats
    factor_maps: Floats
    gain: Floats


def plant_protocol_cohort(
    seed: int = 0,
    protocols: Literal[10, 25] = 10,
    *,
    strength: float = 1.0,
    confounded: bool = True,
    n_regions: int = 121,
    share: float = 1.0,
) -> PlantedCohort:
    """Generate structural connectomes whose protocols differ in rate and in dispersion.

    Counts are negative binomial: their log rate is a map of distance and hubs, changed by age, sex,
    diagnosis, twelve random factors, and the effect of the protocol; the dispersion is that of the
    protocol. Effect sizes are chosen and not measured, so that what a method scores here says
    nothing about a real cohort.

    Parameters
    ----------
    seed : int
        Seed of all draws.
    protocols : {10, 25}
        10 of 5,761 subjects in ten studies, or 25 of 7,416 subjects in thirteen.
    strength : float
        Factor on the effect of protocols; 0 leaves none, and one dispersion for all.
    confounded : bool
        False gives all protocols one distribution of age and of diagnosis.
    n_regions : int
        Number of regions, odd: two halves and one on the midline.
    share : float
        Share of the subjects of every protocol, for worlds that are quick to fit.

    Returns
    -------
    PlantedCohort
        SC as log1p of counts, float32; subjects with ``protocol``, ``study``, ``age`` [years],
        ``sex`` (F, M) and ``diagnosis`` (CN, MCI, AD); regions with their places; no split. Truth:
        ``base``, ``effect``, ``dispersion``, ``age_map``, ``age_squared_map``, ``sex_map``,
        ``diagnosis_map``, ``factors``, ``factor_maps``, ``gain`` and ``distance`` [mm].
    """
    rng = np.random.default_rng([_CODE, protocols, seed])
    design = _DESIGNS[protocols].shrink(share)
    brain = _draw_brain(rng, n_regions)
    people = _draw_people(rng, design, confounded=confounded)
    biology = _draw_biology(rng, brain, len(people.age))
    effect = strength * _draw_effect(rng, brain, design)
    # Log-uniform from 8, strongly overdispersed, to 30.
    dispersion = np.exp(rng.uniform(np.log(8.0), np.log(30.0), protocols))
    if strength == 0:
        dispersion[:] = 15.0
    counts = _draw_counts(rng, (brain, people, biology), effect, dispersion)
    settings = {"seed": seed, "protocols": protocols, "strength": strength}
    settings |= {"confounded": confounded, "n_regions": n_regions}
    settings |= {} if share == 1 else {"share": share}
    source = Source(f"{_NAME} (seed {seed})", licence="generated", synthetic=True)
    cohort = Cohort(
        _tabulate(people),
        {"SC": counts},
        _name_regions(brain.places),
        {"SC": "log1p streamlines"},
        source,
        (Operation("plant_protocol_cohort", settings),),
    )
    truth = {"base": brain.base, "effect": effect, "dispersion": dispersion}
    truth |= {f"{name}_map": getattr(biology, name) for name in _MAPS}
    truth |= {name: getattr(biology, name) for name in ("factors", "factor_maps", "gain")}
    return PlantedCohort(cohort, truth | {"distance": brain.distance})


_MAPS = ("age", "age_squared", "sex", "diagnosis")


def _draw_brain(rng: np.random.Generator, n: int) -> _Brain:
    # Half axes of a brain [mm]: to the side, to the front, upwards.
    places = rng.standard_normal((n, 3)) * np.array([30.0, 40.0, 25.0])
    half = (n - 1) // 2
    places[:half, 0] = -np.abs(places[:half, 0])
    places[half : 2 * half, 0] = np.abs(places[half : 2 * half, 0])
    places[2 * half :, 0] = 0.0
    rows, columns = np.triu_indices(n, 1)
    distance = np.linalg.norm(places[rows] - places[columns], axis=1)
    hubs = rng.standard_normal(n) * 0.4
    crossing = (places[rows, 0] * places[columns, 0] < 0).astype(np.float64)
    near = 6.5 - distance / 18.0 - crossing
    own = 0.6 * rng.standard_normal(rows.size)
    base = np.clip(near + hubs[rows] + hubs[columns] + own, -4.0, 8.0)
    return _Brain(places, rows, columns, distance, base)


def _draw_people(rng: np.random.Generator, design: _Design, *, confounded: bool) -> _People:
    protocol = np.repeat(np.arange(len(design.sizes)), design.sizes)
    study = np.asarray(design.studies)[protocol]
    n, n_studies = protocol.size, max(design.studies) + 1
    means = rng.uniform(*design.means, n_studies)
    if design.young:
        means[-len(design.young) :] = design.young
    # Studies of children span few years.
    spreads = np.where(means < 20, 4.0, 10.0)
    mean, spread = (means[study], spreads[study]) if confounded else (65.0, 12.0)
    age = np.clip(mean + spread * rng.standard_normal(n), *design.ages)
    female = np.zeros(n, dtype=bool)
    female[rng.permutation(n)[: design.female]] = True
    # Those with the highest risk are ill, so that the number of the ill is exact.
    risk = 0.06 * age + rng.gumbel(size=n)
    if confounded:
        risk = risk + 0.8 * rng.standard_normal(n_studies)[study]
    ranked = np.argsort(-risk)
    diagnosis = np.zeros(n)
    diagnosis[ranked[: design.demented]] = 1.0
    diagnosis[ranked[design.demented : design.demented + design.impaired]] = 0.5
    return _People(protocol, study, age, female, diagnosis)


def _draw_biology(rng: np.random.Generator, brain: _Brain, n: int) -> _Biology:
    return _Biology(
        # Long connections are lost first.
        age=-0.10 * (1 + brain.remoteness) + 0.12 * brain.draw_map(rng, 0.3),
        age_squared=-0.05 * brain.draw_map(rng, 0.3),
        sex=0.10 * brain.draw_map(rng, 0.5),
        diagnosis=-0.20 * np.abs(brain.draw_map(rng, 0.3)),
        factors=rng.standard_normal((n, _FACTORS)),
        factor_maps=np.stack([brain.draw_map(rng, 0.3) for _ in range(_FACTORS)]),
        gain=0.05 * rng.standard_normal(n),
    )


def _draw_effect(rng: np.random.Generator, brain: _Brain, design: _Design) -> Floats:
    """Draw what protocols change in the log rate: that of the vendor, of the study, their own."""
    studies = np.asarray(design.studies)
    vendors = _draw_parts(rng, brain, _VENDORS, _VENDOR_EFFECT)
    own = _draw_parts(rng, brain, len(design.sizes), _PROTOCOL_EFFECT)
    of_vendor = vendors[studies % _VENDORS]
    # Where each protocol is a study of its own, there is nothing that protocols share.
    if len(set(studies)) == len(studies):
        return of_vendor + own
    shared = _draw_parts(rng, brain, int(studies.max()) + 1, _PROTOCOL_EFFECT)
    return of_vendor + np.sqrt(0.5) * shared[studies] + np.sqrt(0.5) * own


def _draw_parts(
    rng: np.random.Generator, brain: _Brain, n: int, sizes: tuple[float, float, float, float]
) -> Floats:
    slope, shift, smooth, edge = sizes
    far = brain.remoteness
    parts = []
    for _ in range(n):
        whole = slope * rng.standard_normal() * far + shift * rng.standard_normal()
        own = smooth * brain.draw_map(rng, 0.3) + edge * rng.standard_normal(far.size)
        parts.append(whole + own)
    return np.stack(parts)


def _draw_counts(
    rng: np.random.Generator,
    world: tuple[_Brain, _People, _Biology],
    effect: Floats,
    dispersion: Floats,
) -> npt.NDArray[np.float32]:
    brain, people, _ = world
    drawn = np.empty((people.age.size, brain.base.size), dtype=np.float32)
    # One protocol at a time: rates of all subjects in double precision would take gigabytes.
    for protocol, shape in enumerate(dispersion):
        rows = np.flatnonzero(people.protocol == protocol)
        rate = np.exp(np.clip(_find_log_rates(world, effect[protocol], rows), -8.0, 9.0))
        # A Poisson whose rate is gamma distributed is negative binomial.
        rate *= rng.gamma(shape, 1 / shape, rate.shape)
        drawn[rows] = np.log1p(rng.poisson(rate))
    # Closed for writing, so that the cohort shares it and does not copy it.
    drawn.flags.writeable = False
    return drawn


def _find_log_rates(world: tuple[_Brain, _People, _Biology], effect: Floats, rows: Whole) -> Floats:
    brain, people, biology = world
    t, female, ill = (
        each[rows, None] for each in (people.decades, people.female, people.diagnosis)
    )
    factors = biology.factors[rows] * (0.08 * 0.90 ** np.arange(_FACTORS))
    rates: Floats = (
        brain.base
        + effect
        + biology.gain[rows, None]
        + t * biology.age
        + (t**2 - 1) * biology.age_squared
        + (female - 0.5) * biology.sex
        + ill * biology.diagnosis
        + factors @ biology.factor_maps
    )
    return rates


def _tabulate(people: _People) -> pl.DataFrame:
    names = {0.0: "CN", 0.5: "MCI", 1.0: "AD"}
    return pl.DataFrame(
        {
            "id": name_subjects(people.age.size),
            "protocol": [f"protocol {number:02}" for number in people.protocol + 1],
            "study": [f"study {number:02}" for number in people.study + 1],
            "age": people.age,
            "sex": np.where(people.female, "F", "M"),
            "diagnosis": [names[value] for value in people.diagnosis.tolist()],
        }
    )


def _name_regions(places: Floats) -> Parcellation:
    sides = np.sign(places[:, 0])
    regions = pl.DataFrame(
        {
            "key": np.arange(1, len(places) + 1),
            "name": [f"region {number:03}" for number in range(1, len(places) + 1)],
            "hemisphere": ["L" if side < 0 else "R" if side > 0 else None for side in sides],
            **{f"{axis}_mm": places[:, place] for place, axis in enumerate("xyz")},
        },
        schema_overrides={"hemisphere": pl.String},
    )
    return Parcellation(regions)


def convert_protocols(files: Mapping[str, Path], source: Source) -> Cohort:
    """Generate the cohort of ten protocols and seed 0; there are no files to read."""
    del files
    return replace(plant_protocol_cohort(0).cohort, source=source)


def convert_few_protocols(files: Mapping[str, Path], source: Source) -> Cohort:
    """Generate a small cohort of ten protocols and seed 0, for checks; there are no files."""
    del files
    return replace(plant_protocol_cohort(0, n_regions=41, share=0.1).cohort, source=source)
