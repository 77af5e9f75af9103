"""The ring attractor is an estimator of scikit-learn's kind, although it takes a connectome."""

from __future__ import annotations

import json
import pickle

import jax
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.utils import estimator_checks as checks

from neuropil.circuits import FitPlan, IntegratingPlan, RingAttractor, TrialPlan
from neuropil.contracts import ConfigError, InputError

DRIVE = {"cell_types": ("PEN_a",)}
FEW = TrialPlan(hold=2, speeds=(40.0,), starts=1, walks=1, duration=1.0)
FEW_MINUTES = IntegratingPlan(minutes=4, hold=4, speeds=(90.0,), starts=1, duration=1.0)
PLAN = FitPlan(
    restarts=1,
    explore_steps=2,
    finalists=1,
    soften_stages=1,
    soften_steps=2,
    compare_steps=2,
    polish_steps=2,
    explore_trials=FEW,
    trials=FEW_MINUTES,
)


@pytest.fixture(scope="module")
def fitted(ring):
    return RingAttractor(velocity=DRIVE, plan=PLAN, random_state=3).fit(ring)


def leaves(model):
    return [np.asarray(leaf) for leaf in jax.tree.leaves(model.parameters_)]


def test_scikit_learn_is_told_that_it_takes_no_matrix():
    with pytest.warns(SkipTestWarning, match="RingAttractor which requires input"):
        checks.check_estimator(RingAttractor())


@pytest.mark.parametrize(
    "check",
    [
        checks.check_estimator_cloneable,
        checks.check_estimator_tags_renamed,
        checks.check_valid_tag_types,
        checks.check_estimator_repr,
        checks.check_no_attributes_set_in_init,
        checks.check_parameters_default_constructible,
        checks.check_get_params_invariance,
        checks.check_set_params,
        checks.check_do_not_raise_errors_in_init_or_set_params,
        checks.check_estimators_unfitted,
        checks.check_mixin_order,
    ],
    ids=lambda check: check.__name__,
)
def test_checks_that_need_no_matrix_are_passed(check):
    """They are among those that ``check_estimator`` leaves out for other kinds of input."""
    check("RingAttractor", RingAttractor())


def test_a_fit_returns_the_model_and_leaves_its_settings_alone(ring):
    model = RingAttractor(velocity=DRIVE, plan=PLAN, random_state=3)
    before = dict(model.get_params())
    assert model.fit(ring) is model
    assert model.get_params() == before
    fitted_names = {name for name in vars(model) if name not in before}
    assert all(name.endswith("_") and not name.startswith("_") for name in fitted_names)


def test_a_second_fit_forgets_the_first(ring, fitted):
    again = clone(fitted).set_params(random_state=4).fit(ring)
    first = leaves(again)
    again.set_params(random_state=3).fit(ring)
    assert any((one != other).any() for one, other in zip(first, leaves(again), strict=True))
    for one, other in zip(leaves(fitted), leaves(again), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_clone_is_not_fitted(fitted):
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    with pytest.raises(NotFittedError, match=r"call fit\(connectome\) first"):
        copy.predict(np.zeros(3))


def test_a_pickled_model_predicts_the_same(fitted):
    velocity = 60 * np.sin(np.arange(40) / 6)
    copy = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(copy.predict(velocity), fitted.predict(velocity))


def test_settings_that_change_after_the_fit_wait_for_the_next(ring):
    model = RingAttractor(velocity=DRIVE, plan=PLAN, random_state=3).fit(ring)
    velocity = np.full(20, 50.0)
    before = model.predict(velocity)
    model.set_params(dynamics={"leak": 1.5}, random_state=9)
    np.testing.assert_array_equal(model.predict(velocity), before)


@pytest.mark.parametrize("given", [np.eye(4), [[0, 1], [1, 0]], None])
def test_what_is_no_connectome_is_named(given):
    with pytest.raises(InputError) as caught:
        RingAttractor().fit(given)
    assert str(caught.value) == (
        f"RingAttractor: expected a Connectome, found {type(given).__name__}. "
        "Make one with Connectome.from_matrix(counts, nodes)."
    )


@pytest.mark.parametrize("state", [np.random.default_rng(0), np.random.RandomState(0), "1", 1.0])
def test_a_random_state_is_a_whole_number_or_none(state, ring):
    with pytest.raises(ConfigError) as caught:
        RingAttractor(velocity=DRIVE, plan=PLAN, random_state=state).fit(ring)
    assert str(caught.value) == (
        f"random_state: expected a whole number or None, found {type(state).__name__}. "
        "Give a whole number to repeat a fit, or None for another one each time."
    )


def test_numbers_of_numpy_are_whole_numbers(ring, fitted):
    same = RingAttractor(velocity=DRIVE, plan=PLAN, random_state=np.int64(3)).fit(ring)
    for one, other in zip(leaves(fitted), leaves(same), strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_random_state_is_another_fit_each_time_and_is_saved_with_it(ring, tmp_path):
    models = [
        RingAttractor(velocity=DRIVE, plan=PLAN, random_state=None).fit(ring) for _ in range(2)
    ]
    assert models[0].seed_ != models[1].seed_
    models[0].save(tmp_path / "model")
    again = RingAttractor.load(tmp_path / "model")
    assert again.random_state is None
    assert again.seed_ == models[0].seed_
    np.testing.assert_array_equal(again.predict(np.ones(5)), models[0].predict(np.ones(5)))


def test_a_model_of_the_first_version_turns_as_it_did(ring, tmp_path):
    """Its velocity was an input, its tau 0.1 s, and its search had other stages."""
    drive = {"cell_types": ("PEN_a",), "mode": "additive"}
    model = RingAttractor(velocity=drive, dynamics={"time_constant": 0.1}, plan=PLAN)
    model.set_params(random_state=3).fit(ring).save(tmp_path / "model")
    path = tmp_path / "model" / "model.json"
    record = json.loads(path.read_text())
    assert (record["format_version"], record["seed"], record.pop("random_state")) == (3, 3, 3)
    record["format_version"] = 1
    record["settings"]["velocity"].pop("mode")
    record["settings"]["dynamics"] = None
    record["settings"]["plan"] = {"refine_stages": 6}
    path.write_text(json.dumps(record))
    again = RingAttractor.load(tmp_path / "model")
    assert (again.random_state, again.seed_) == (3, model.seed_)
    assert again.circuit_.velocity_mode == "additive"
    np.testing.assert_array_equal(again.predict(np.ones(5)), model.predict(np.ones(5)))
