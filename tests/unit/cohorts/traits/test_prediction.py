import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score

from neuropil.cohorts.splits import split_subjects
from neuropil.cohorts.traits import (
    CoordinateFold,
    predict_trait,
    read_trait,
    score_trait,
    trait_row,
)
from neuropil.contracts import InputError, SeedTree

SEED = SeedTree(1)
N = 120


@pytest.fixture
def rng():
    return np.random.default_rng(8)


def folds_of(coordinates, groups=None, folds=5):
    made = []
    for fold in split_subjects(
        np.arange(len(coordinates)) if groups is None else groups, folds, SEED
    ):
        fitted = np.sort(np.concatenate([fold.training, fold.validation]))
        pair = coordinates[fitted], coordinates[fold.test]
        made.append(CoordinateFold(fitted, fold.test, pair))
    return made


def table(**columns):
    n = len(next(iter(columns.values())))
    return pl.DataFrame({"id": [str(k) for k in range(n)], **columns})


def predict(coordinates, column, confounds=None, permutations=0, **more):
    subjects = table(trait=column, **(confounds or {}))
    trait = read_trait(subjects, "trait", list(confounds or {}))
    groups = more.get("groups", np.arange(len(coordinates)))
    folds = folds_of(coordinates, groups)
    return predict_trait(folds, trait, groups, more.get("seed", SEED), permutations)


def test_a_planted_number_is_predicted_and_p_is_that_of_the_shuffles(rng):
    x = rng.standard_normal((N, 4))
    y = x @ [1.0, -1, 0, 0] + rng.standard_normal(N)
    found = predict(x, y, permutations=99)
    assert 0.7 < found.value < 0.9
    assert found.low < found.value < found.high
    assert found.p == 1 / 100
    assert abs(found.null.mean()) < 0.15
    assert found.n == N
    assert sorted(found.rows) == list(range(N))


def test_a_planted_value_of_two_is_predicted(rng):
    x = rng.standard_normal((N, 4))
    sex = np.where(x[:, 0] + 0.5 * rng.standard_normal(N) > 0, "M", "F")
    found = predict(x, sex, permutations=99)
    assert found.value > 0.9
    assert found.value == pytest.approx(roc_auc_score(sex[found.rows] == "M", found.predicted))
    assert found.p == 1 / 100
    assert abs(np.median(found.null) - 0.5) < 0.1


def test_a_trait_that_is_noise_is_not_predicted(rng):
    x = rng.standard_normal((N, 4))
    found = predict(x, rng.standard_normal(N), permutations=99)
    assert abs(found.value) < 0.25
    assert found.p > 0.05
    labels = rng.permutation(np.repeat([0, 1], N // 2))
    assert 0.35 < predict(x, labels).value < 0.65


def test_p_of_noise_is_uniform(rng):
    x = rng.standard_normal((40, 3))
    p = [predict(x, rng.standard_normal(40), permutations=19).p for _ in range(60)]
    assert 0.4 < np.mean(p) < 0.62
    assert np.mean(np.array(p) <= 0.1) < 0.25


def test_predictions_are_those_of_ridge_regression_with_a_penalty_of_the_list(rng):
    x = rng.standard_normal((N, 3))
    y = x @ [1.0, 2, 0] + rng.standard_normal(N)
    found = predict(x, y)
    fold = folds_of(x)[0]
    inside, outside = fold.coordinates
    scale = np.sqrt(inside.var(axis=0).mean())
    own = found.predicted[: len(outside)]
    theirs = []
    for penalty in np.geomspace(0.003, 100.0, 12):
        model = Ridge(alpha=penalty * len(inside)).fit(inside / scale, y[fold.fitted])
        theirs.append(model.predict(outside / scale) - y[fold.fitted].mean())
    nearest = min(theirs, key=lambda one: np.abs(one - own).max())
    np.testing.assert_allclose(own, nearest, atol=1e-10)
    np.testing.assert_allclose(
        found.measured[: len(outside)], y[fold.tested] - y[fold.fitted].mean()
    )


def test_a_value_that_a_confound_brings_alone_is_gone_with_it(rng):
    age = rng.uniform(20, 80, N)
    x = np.column_stack([age + rng.standard_normal(N), rng.standard_normal(N)])
    y = age + rng.standard_normal(N)
    assert predict(x, y).value > 0.95
    assert abs(predict(x, y, {"age": age}).value) < 0.25


def test_a_confound_of_values_is_taken_out_value_by_value(rng):
    site = np.array(["NYU", "UCLA", "SBL", "Yale"])[np.arange(N) % 4]
    shift = np.array([0.0, 9, -4, 2])[np.arange(N) % 4]
    own = rng.standard_normal(N)
    x = np.column_stack([shift + own, rng.standard_normal(N)])
    y = shift + own + 0.5 * rng.standard_normal(N)
    found = predict(x, y, {"site": site})
    # What is left is the part that has nothing to do with the site.
    assert 0.8 < found.value < 0.97
    only = shift + 0.5 * rng.standard_normal(N)
    assert abs(predict(x[:, :1] - own[:, None], only, {"site": site}).value) < 0.25


def test_confounds_are_taken_out_by_the_fitted_subjects_alone(rng):
    x, age = rng.standard_normal((N, 2)), rng.uniform(20, 80, N)
    y = age + x[:, 0]
    found = predict(x, y, {"age": age})
    fold = folds_of(x)[0]
    fit, test = (np.column_stack([np.ones(len(r)), age[r]]) for r in (fold.fitted, fold.tested))
    weights = np.linalg.lstsq(fit, y[fold.fitted], rcond=None)[0]
    np.testing.assert_allclose(
        found.measured[: len(fold.tested)], y[fold.tested] - test @ weights, atol=1e-9
    )


def test_a_site_that_only_tested_subjects_have_changes_nothing(rng):
    x = rng.standard_normal((N, 2))
    site = np.array(["a", "b"] * (N // 2), dtype=object)
    y = x[:, 0] + 0.3 * rng.standard_normal(N)
    site[7] = "lone"
    found = predict(x, y, {"site": site.tolist()})
    assert found.value > 0.9
    assert np.isfinite(found.predicted).all()


@pytest.mark.parametrize("with_confound", [False, True])
def test_a_subject_without_the_trait_or_a_confound_is_left_out(with_confound, rng):
    x = rng.standard_normal((N, 2))
    y = (x[:, 0] + 0.5 * rng.standard_normal(N)).tolist()
    y[3] = y[50] = None
    age = rng.uniform(20, 80, N).tolist()
    age[9] = None
    found = predict(x, y, {"age": age} if with_confound else None)
    gone = {3, 50, 9} if with_confound else {3, 50}
    assert found.n == N - len(gone)
    assert not gone & set(found.rows)
    assert found.value > 0.8


def test_families_are_never_divided_so_that_twins_do_not_foretell_each_other(rng):
    family = np.repeat(np.arange(N // 2), 2)
    x = np.repeat(rng.standard_normal((N // 2, 200)), 2, axis=0)
    x += 0.1 * rng.standard_normal(x.shape)
    y = np.repeat(rng.standard_normal(N // 2), 2)
    assert predict(x, y).value > 0.4
    assert predict(x, y, groups=family).value < 0.1


def test_no_coordinate_and_one_that_is_the_same_for_all_foretell_nothing(rng):
    y, sex = rng.standard_normal(N), np.arange(N) % 2
    for x in (np.zeros((N, 0)), np.full((N, 2), 0.1)):
        number, label = predict(x, y, permutations=9), predict(x, sex, permutations=9)
        assert (number.value, label.value) == (0.0, 0.5)
        assert (number.p, label.p) == (1.0, 1.0)
        assert (number.low, number.high) == (0.0, 0.0)


def test_the_unit_of_coordinates_and_of_the_trait_changes_nothing(rng):
    x = rng.standard_normal((N, 3))
    y = x[:, 0] + rng.standard_normal(N)
    plain, scaled = predict(x, y), predict(1e-6 * x + 7, 1e5 * y - 3)
    assert scaled.value == pytest.approx(plain.value)


def test_the_same_seed_gives_the_same_and_another_other_shuffles(rng):
    x = rng.standard_normal((N, 3))
    y = x[:, 0] + rng.standard_normal(N)
    one, again, other = (predict(x, y, permutations=9, seed=SeedTree(s)) for s in (1, 1, 2))
    assert one.null.tolist() == again.null.tolist() != other.null.tolist()
    assert (one.value, one.low, one.high) == (again.value, again.low, again.high)


def test_a_score_is_json_and_a_row_of_the_table(rng):
    x = rng.standard_normal((N, 3))
    trait = read_trait(table(age=x[:, 0].tolist()), "age")
    score = score_trait(folds_of(x), trait, np.arange(N), SEED, 19)
    assert score["p"] == 0.05
    assert score["dimensions"] == [3] * 5
    assert len(score["null"]) == 19
    row = trait_row(trait, ("ajive", "joint"), score)
    assert list(row) == [
        *("trait", "model", "coordinates", "fewest", "most", "quantity"),
        *("value", "low", "high", "p", "n"),
    ]
    assert (row["trait"], row["quantity"], row["most"], row["n"]) == ("age", "r", 3, N)


def test_subjects_who_lack_the_trait_wherever_they_are_tested_are_named(rng):
    x = rng.standard_normal((N, 2))
    trait = read_trait(table(age=[*range(60), *[None] * 60]), "age")
    fold = CoordinateFold(np.arange(60), np.arange(60, N), (x[:60], x[60:]))
    with pytest.raises(InputError) as caught:
        predict_trait([fold], trait, np.arange(N), SEED, 0)
    assert str(caught.value) == (
        "traits: expected subjects with 'age' among those that are tested, found none. Choose "
        "another trait, or bring both modalities of subjects who have it."
    )
