"""Every public estimator keeps scikit-learn's contract, as its own checks see it."""

from __future__ import annotations

import importlib
import inspect
import warnings

import pytest
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import check_estimator

import neuropil

ROOMS = ("circuits", "logic", "transcriptome")
# As few steps as still run every part of a fit.
SMALL = {
    "LogicNetClassifier": {
        "layers": (12,),
        "wiring": "dense",
        "encoding": "quantile:3",
        "schedule": {"epochs": 2, "batch": 16},
    },
}


def public():
    """Estimators that a room shows, by name."""
    for room in ROOMS:
        module = importlib.import_module(f"neuropil.{room}")
        for name in module.__all__:
            value = getattr(module, name)
            estimates = inspect.isclass(value) and issubclass(value, BaseEstimator)
            if estimates and not inspect.isabstract(value):
                yield name, value


ESTIMATORS = dict(public())


def test_the_estimators_are_found():
    assert {"RingAttractor", "LogicNetClassifier", "KernelRidge"} <= ESTIMATORS.keys()
    assert neuropil.circuits.RingAttractor is ESTIMATORS["RingAttractor"]


@pytest.mark.parametrize("name", ESTIMATORS)
def test_scikit_learn_finds_no_fault(name):
    with warnings.catch_warnings():
        # Checks of what the tags rule out are skipped with a warning.
        warnings.simplefilter("ignore")
        results = check_estimator(ESTIMATORS[name](**SMALL.get(name, {})), on_fail=None)
    failed = [
        f"{result['check_name']}: {result['exception']!r}"[:300]
        for result in results
        if result["status"] not in ("passed", "skipped")
    ]
    assert results
    assert failed == []


@pytest.mark.parametrize("name", ESTIMATORS)
def test_what_is_not_fitted_says_so(name):
    model = ESTIMATORS[name](**SMALL.get(name, {}))
    use = model.predict if hasattr(model, "predict") else model.simulate
    with pytest.raises(NotFittedError):
        use([[0.0, 0.0]])


@pytest.mark.parametrize("name", ESTIMATORS)
def test_draws_have_one_name(name):
    names = set(inspect.signature(ESTIMATORS[name]).parameters)
    assert not names & {"seed", "rng", "key", "run"}
