"""Every public estimator keeps scikit-learn's contract, as its own checks see it."""

from __future__ import annotations

import importlib
import inspect
import warnings

import pytest
from sklearn.base import BaseEstimator, is_classifier
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.utils import estimator_checks as checks
from sklearn.utils import get_tags

import neuropil
from neuropil.contracts import ConfigError, InputError
from neuropil.datasets import generate_gene_atlas
from neuropil.logic import AffineElastic, TrainingSchedule
from neuropil.transcriptome import NetworkPlan, build_problem

ROOMS = ("circuits", "cohorts", "logic", "preservation", "progression", "transcriptome")
# What scikit-learn checks without data; it leaves these out too where an estimator takes no table.
WITHOUT_DATA = (
    checks.check_estimator_tags_renamed,
    checks.check_valid_tag_types,
    checks.check_estimator_repr,
    checks.check_no_attributes_set_in_init,
    checks.check_do_not_raise_errors_in_init_or_set_params,
    checks.check_mixin_order,
    checks.check_parameters_default_constructible,
    checks.check_get_params_invariance,
    checks.check_set_params,
)


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
PAIR_MODELS = [
    name for name, kind in ESTIMATORS.items() if issubclass(kind, neuropil.transcriptome.PairModel)
]


def build(name):
    return ESTIMATORS[name]()


def test_the_estimators_are_found():
    assert ESTIMATORS.keys() == {
        "RingAttractor",
        "HybridVAE",
        "JointIndividualVAE",
        "LogicNetClassifier",
        "GroupForecaster",
        "MapForecaster",
        "PreservationAssay",
        "ProgressionModel",
        "BilinearModel",
        "DistanceDecay",
        "GeneCoexpression",
        "GenesBesideCoordinates",
        "KernelRidge",
        "LowRankModel",
        "RegionPairMLP",
        "SpatiomolecularTransformer",
    }
    assert neuropil.circuits.RingAttractor is ESTIMATORS["RingAttractor"]


@pytest.mark.parametrize("name", ESTIMATORS)
def test_scikit_learn_finds_no_fault(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        results = checks.check_estimator(build(name), on_fail=None)
    failed = [
        f"{result['check_name']}: {result['exception']!r}"[:300]
        for result in results
        if result["status"] not in ("passed", "skipped")
    ]
    assert results
    assert failed == []
    # Only what takes no table of samples, as its tags tell, has few checks.
    assert (len(results) > 30) == get_tags(build(name)).input_tags.two_d_array


@pytest.mark.parametrize("check", WITHOUT_DATA, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_contract_holds_before_there_are_data(name, check):
    check(name, build(name))


def test_the_classifier_is_held_to_the_accuracy_that_is_checked():
    model = build("LogicNetClassifier")
    assert is_classifier(model)
    assert not get_tags(model).classifier_tags.poor_score


@pytest.mark.parametrize("name", ESTIMATORS)
def test_what_is_not_fitted_says_so(name):
    model = build(name)
    use = next(
        getattr(model, way) for way in ("predict", "simulate", "transform") if hasattr(model, way)
    )
    with pytest.raises(NotFittedError):
        use([[0.0, 0.0]])


@pytest.mark.parametrize("name", ESTIMATORS)
def test_draws_have_one_name(name):
    names = set(inspect.signature(ESTIMATORS[name]).parameters)
    assert not names & {"seed", "rng", "key", "run"}


@pytest.mark.parametrize("name", PAIR_MODELS)
def test_a_table_is_no_set_of_regions(name):
    with pytest.raises(InputError) as caught:
        build(name).fit([[0.0, 1.0], [1.0, 0.0]], [[0.0, 1.0], [1.0, 0.0]], [0, 1])
    assert str(caught.value) == (
        "regions: expected Regions, found list. Take those of build_problem(atlas)."
    )


def test_a_seed_is_a_whole_number():
    problem = build_problem(generate_gene_atlas(0))
    given = (problem.regions, problem.connectivity, range(40))
    table = ([[0.0], [1.0]] * 8, [0, 1] * 8)
    seeded = [name for name in ESTIMATORS if "random_state" in build(name).get_params()]
    assert {"LogicNetClassifier", "KernelRidge", "RegionPairMLP"} <= set(seeded)
    for name in set(seeded) - {"RingAttractor"}:
        with pytest.raises(ConfigError) as caught:
            build(name).set_params(random_state=None).fit(
                *(given if name in PAIR_MODELS else table)
            )
        assert str(caught.value) == (
            "random_state: expected a whole number, found None. A fit can be repeated: write for "
            "example random_state=0."
        )


@pytest.mark.parametrize(
    ("name", "setting", "value"),
    [
        ("LogicNetClassifier", "schedule", TrainingSchedule(epochs=3)),
        ("LogicNetClassifier", "augmentation", AffineElastic(elastic=0)),
        ("RegionPairMLP", "plan", NetworkPlan(steps=3)),
        ("SpatiomolecularTransformer", "plan", NetworkPlan(steps=3)),
    ],
)
def test_settings_are_stored_as_they_were_given(name, setting, value):
    for given in (value, value.model_dump(), None):
        model = build(name).set_params(**{setting: given})
        assert model.get_params()[setting] is given
