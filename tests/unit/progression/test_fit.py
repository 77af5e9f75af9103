"""The estimator: its contract, what it finds, what it refuses, and what it reads back."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from neuropil.connectome import Visits
from neuropil.contracts import ConfigError, InputError
from neuropil.progression import NetworkEquation, build_laplacian, simulate
from neuropil.progression.fit import ProgressionModel

N, PEOPLE = 6, 50
RING = np.roll(np.eye(N), 1, axis=1) + np.roll(np.eye(N), -1, axis=1)
PLAN = {"rounds": 10, "steps": 10, "solver_steps": 30}


def _draw() -> tuple[pl.DataFrame, np.ndarray]:
    """People on a course of six regions in SUVR, one region of one person not measured."""
    equation = NetworkEquation(build_laplacian(RING, scale="eigenvalue"), 0.4, 0.4, 0.9)
    course = simulate(equation, np.where(np.arange(N) == 2, 0.15, 0.01), 30.0)
    rng = np.random.default_rng(0)
    counts = rng.integers(1, 4, PEOPLE)
    owners = np.repeat(np.arange(PEOPLE), counts)
    gaps = np.concatenate([1.5 * np.arange(count) for count in counts])
    onset = rng.uniform(2, 18, PEOPLE)
    values = 1 + course.at(onset[owners] + gaps) + rng.normal(0, 0.02, (len(owners), N))
    values[3, 1] = np.nan
    frame = pl.DataFrame({"subject": [f"s{owner:02d}" for owner in owners], "time": 60 + gaps})
    columns = [pl.Series(f"L_r{place}", values[:, place], nan_to_null=True) for place in range(N)]
    return frame.with_columns(columns), onset


@pytest.fixture(scope="module")
def people():
    frame, onset = _draw()
    return Visits.from_frame(frame, quantity="tau PET", unit="SUVR"), onset


@pytest.fixture(scope="module")
def fitted(people):
    model = ProgressionModel(capacity="one", seeds=["r2"], plan=PLAN)
    return model.fit(people[0].take(np.arange(40)), {"ring": RING})


def test_only_fit_fits_and_a_clone_is_not_fitted(people, fitted):
    assert fitted.get_params()["seeds"] == ["r2"]
    assert not [name for name in vars(ProgressionModel()) if name.endswith("_")]
    with pytest.raises(NotFittedError, match=r"call fit\(visits, graphs\) first"):
        clone(fitted).stage(people[0])


def test_stages_of_others_are_found_with_intervals(people, fitted):
    visits, onset = people
    found = fitted.stage(visits.take(np.arange(40, PEOPLE)))
    assert found["subject"].to_list() == [f"s{place}" for place in range(40, PEOPLE)]
    assert np.corrcoef(found["stage"], onset[40:])[0, 1] > 0.97
    assert (found["low"] <= found["mean"]).all()
    assert (found["mean"] <= found["high"]).all()
    wider = fitted.stage(visits.take(np.arange(40, PEOPLE)), level=0.99)
    assert (wider["high"] - wider["low"] > found["high"] - found["low"]).all()
    stages, probability = fitted.stage_probability(visits)
    assert probability.shape == (PEOPLE, len(stages))


def test_predictions_are_in_the_unit_of_the_visits(people, fitted):
    visits, _ = people
    said = fitted.predict(visits)
    assert said.shape == visits.values.shape
    assert np.sqrt(np.nanmean((said - visits.values) ** 2)) < 0.025
    later = fitted.predict(visits, at=[0.0, 2.0])
    assert later.shape == (PEOPLE, 2, N)
    # The first visit is where the person stands at time 0, whatever his age.
    np.testing.assert_allclose(later[:, 0], said[visits.gaps() == 0])
    assert (later[:, 1].sum(axis=1) >= later[:, 0].sum(axis=1)).all()
    # Late scans are flat, and r across their six regions is that of noise.
    assert fitted.score(visits) > 0.5
    assert len(fitted.measure(visits).squares) == visits.n_visits


def test_the_course_and_the_graph_are_open_to_view(fitted):
    assert fitted.graph_.shape == (N, N)
    assert fitted.n_regions_ == N
    assert fitted.shares_ == {}
    assert fitted.course_.states[0].argmax() == 2
    assert 0.9 < fitted.course_.states.min() < fitted.course_.states.max() < 2.1
    assert fitted.history_.shape == (10, 2)


def test_rates_are_said_for_those_who_were_seen_often(people, fitted):
    visits, _ = people
    found = fitted.rates(visits)
    once = np.bincount(visits.subject_rows()) == 1
    assert not found.identifiable[once].any()


def test_a_model_that_is_read_back_says_the_same(people, fitted, tmp_path):
    visits, _ = people
    fitted.save(tmp_path / "model")
    found = ProgressionModel.load(tmp_path / "model")
    assert found.stage(visits).equals(fitted.stage(visits))
    np.testing.assert_array_equal(found.predict(visits), fitted.predict(visits))
    np.testing.assert_array_equal(found.graph_, fitted.graph_)
    assert found.history_.shape == (0, 2)


def test_a_prior_is_refined_and_other_dynamics_are_fitted(people):
    visits, _ = people
    rng = np.random.default_rng(1)
    prior = np.triu(rng.random((N, N)), 1)
    settings = {"graph": "prior-guided", "penalty": {"floor": 0.05}}
    plan = {"rounds": 1, "steps": 5, "solver_steps": 30}
    model = ProgressionModel(dynamics="diffusion", plan=plan, **settings)
    model.fit(visits, prior=prior + prior.T)
    assert model.model_.growth == 0
    np.testing.assert_array_equal(model.graph_, model.graph_.T)
    assert np.ptp(model.model_.capacity) == 0


def test_validation_people_move_neither_scale_nor_course_but_choose_the_round(people):
    visits, _ = people
    train, others = visits.take(np.arange(40)), visits.take(np.arange(40, PEOPLE))
    plan = {"rounds": 1, "steps": 5, "solver_steps": 30}
    wild = Visits.from_frame(
        others.to_frame().with_columns(pl.col("^L_r.$") * 10), quantity="tau PET", unit="SUVR"
    )
    models = [
        ProgressionModel(plan=plan).fit(train, {"ring": RING}, validation=part)
        for part in (others, wild)
    ]
    one, other = (model.model_ for model in models)
    np.testing.assert_array_equal(one.course.states, other.course.states)
    assert (one.scale.low, one.scale.high) == (other.scale.low, other.scale.high)
    assert one.noise == other.noise


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"dynamics": "sir"},
            "dynamics: expected fkpp or diffusion, found 'sir'. Choose one of them.",
        ),
        (
            {"capacity": "two"},
            "capacity: expected one or regional, found 'two'. Choose one of them.",
        ),
        (
            {"penalty": {"strength": -1}},
            "penalty: strength: input should be greater than or equal to 0. The settings are: "
            "strength, floor.",
        ),
        (
            {"random_state": -1},
            "random_state: expected a whole number, found -1. A fit can be repeated: write for "
            "example random_state=0.",
        ),
    ],
)
def test_a_setting_that_is_wrong(people, settings, message):
    with pytest.raises(ConfigError) as error:
        ProgressionModel(**settings).fit(people[0], {"ring": RING})
    assert str(error.value) == message


def test_what_is_no_visits_and_too_few_people(people):
    visits, _ = people
    with pytest.raises(InputError) as error:
        ProgressionModel().fit(visits.values, {"ring": RING})
    assert str(error.value) == (
        "ProgressionModel: expected Visits, found ndarray. Make them with Visits.from_frame(table)."
    )
    with pytest.raises(InputError) as error:
        ProgressionModel().fit(visits.take(np.arange(8)), {"ring": RING})
    assert str(error.value) == (
        "not stated: expected at least 5 people to fit and 5 to validate, found 3 and 5. Add "
        "people."
    )


def test_times_that_cannot_be_predicted(people, fitted):
    with pytest.raises(InputError) as error:
        fitted.predict(people[0], at=2.0)
    assert str(error.value) == (
        "at: expected a list of finite times, found shape (). Give times since the first visit, "
        "such as at=[0, 1, 2]."
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda frame: frame.with_columns(
                pl.when(pl.col("subject") == "s01")
                .then(None)
                .otherwise(pl.col("^L_r.$"))
                .name.keep()
            ),
            "values: expected a value of each subject, found none of 's01'. Leave these subjects "
            "out; nothing can be said about them.",
        ),
        (
            lambda frame: frame.with_columns(pl.lit(None, pl.Float64).alias("L_r4")),
            "values: expected a value of each region, found none of 'L_r4' (1 such regions). Leave "
            "these regions out.",
        ),
    ],
)
def test_people_and_regions_without_data_are_named_before_a_fit(change, message):
    with pytest.raises(InputError) as error:
        Visits.from_frame(change(_draw()[0]))
    assert str(error.value) == message
