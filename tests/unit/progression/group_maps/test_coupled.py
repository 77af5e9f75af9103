"""A map from an unknown seed at an unknown time: what was planted is found."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from neuropil.contracts import ConfigError, InputError
from neuropil.progression import (
    MapTarget,
    SeedSearch,
    build_laplacian,
    couple_mechanisms,
    fit_map,
    simulate,
)

SEARCH = SeedSearch(tuple(np.linspace(0, 20, 101)), (0.1, 0.3, 0.6))
WEIGHTS = np.linspace(0.2, 6, 12)


@pytest.fixture(scope="module")
def laplacian():
    rng = np.random.default_rng(3)
    weights = rng.lognormal(0, 1, (12, 12)) * (rng.random((12, 12)) < 0.4)
    # A region that nothing reaches stays at 0, so that scaling the map loses nothing.
    weights[11] = weights[:, 11] = 0
    return build_laplacian(weights + weights.T, kind="row-normalised", isolated="keep")


@pytest.fixture(scope="module")
def target(laplacian):
    """Weighted growth with a share of spread of 0.3 from region 5, after 4 years."""
    equation = couple_mechanisms(laplacian, 0.3, WEIGHTS)
    return MapTarget(1.1 + 2 * simulate(equation, np.eye(12)[5], 20.0, 200).at(4.0))


def test_seed_time_and_share_of_the_true_model_are_found(laplacian, target):
    fit = fit_map(laplacian, target, np.eye(12), "weighted growth", weights=WEIGHTS, search=SEARCH)
    assert (fit.seed, fit.spread) == (5, 0.3)
    # Its largest value is not quite 1.
    assert fit.time == pytest.approx(4, abs=0.2)
    assert fit.r > 0.999
    assert not jax.config.jax_enable_x64


def test_the_criterion_chooses_the_true_model(laplacian, target):
    fits = [
        fit_map(laplacian, target, np.eye(12), model, weights=WEIGHTS, search=SEARCH)
        for model in ("diffusion", "growth", "weighted growth")
    ]
    assert min(fits, key=lambda fit: fit.aicc).model == "weighted growth"
    assert fits[0].spread is None
    assert fits[0].predicted.max() == pytest.approx(1)


def test_regions_that_are_not_scored_do_not_count(laplacian, target):
    scored = np.arange(12) < 8
    values = target.values.copy()
    values[8:] = np.nan
    fits = [
        fit_map(laplacian, MapTarget(one, scored), np.eye(12), search=SEARCH)
        for one in (target.values, values)
    ]
    assert fits[0].sse == fits[1].sse
    assert fits[0].predicted.shape == (12,)
    wanted = values[:8]
    unit = (wanted - wanted.min()) / np.ptp(wanted)
    assert fits[0].sse == pytest.approx(((fits[0].predicted[:8] - unit) ** 2).sum())


def test_what_is_asked_for_wrongly_is_named(laplacian, target):
    with pytest.raises(ConfigError) as error:
        fit_map(laplacian, target, np.eye(12), "FKPP")
    assert str(error.value) == (
        "model: expected diffusion, growth, weighted growth, found 'FKPP'. Choose one of them."
    )
    with pytest.raises(ConfigError) as error:
        SeedSearch((0.0, 1.0, 5.0))
    assert str(error.value) == (
        "SeedSearch: expected even times from 0, found 3 from (0.0,). Write for example "
        "numpy.linspace(0, 25, 1000)."
    )
    with pytest.raises(InputError) as error:
        MapTarget(np.ones(3), np.ones(3))
    assert str(error.value) == (
        "MapTarget: expected one value and one yes or no for each region, found (3,) and float64 "
        "of (3,). Give the map and a mask of the regions to compare."
    )
