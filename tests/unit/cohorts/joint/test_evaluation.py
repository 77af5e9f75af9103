import numpy as np
import pytest

from neuropil.cohorts.data import Views
from neuropil.cohorts.joint.evaluation import JOINT, evaluate, score_fold
from neuropil.cohorts.joint.models.canonical import Canonical
from neuropil.cohorts.joint.models.regression import ComponentRidge, GroupMean
from neuropil.cohorts.splits import Fold, split_subjects
from neuropil.cohorts.traits import predict_trait, read_trait
from neuropil.contracts import PieceCache, SeedTree

SEED = SeedTree(2)
MODELS = {"mean": GroupMean(), "ridge": ComponentRidge(10), "canonical": Canonical(10)}


@pytest.fixture(scope="module")
def found(planted, tmp_path_factory):
    views = Views.of(planted.cohort, {"SC": "none", "FC": "none"})
    folds = split_subjects(np.arange(300), 3, SEED)
    cache = PieceCache(tmp_path_factory.mktemp("pieces"))
    return evaluate(views, folds, MODELS, SEED, cache), folds, views


def test_every_subject_has_one_row_for_each_model_and_target(found):
    evaluation, folds, _ = found
    assert evaluation.table.height == 3 * 2 * 300
    frame = evaluation.of("ridge", "FC")
    assert sorted(frame["row"]) == list(range(300))
    for number, fold in enumerate(folds):
        rows = frame.filter(frame["fold"] == number)["row"]
        assert rows.to_list() == fold.test.tolist()


def test_values_are_those_of_a_fit_by_hand(found):
    evaluation, folds, views = found
    error = around = 0.0
    for number, fold in enumerate(folds):
        train, chosen, test = (
            views.take(rows) for rows in (fold.training, fold.validation, fold.test)
        )
        model = ComponentRidge(10).fit(train, chosen, SEED.child(number))
        measured = test.edges["FC"]
        error += ((model.predict(test, "FC") - measured) ** 2).mean(axis=1).sum()
        mean = train.together(chosen).edges["FC"].mean(axis=0)
        around += ((mean - measured) ** 2).mean(axis=1).sum()
    assert evaluation.value("ridge", "FC", "mse") == pytest.approx(error / 300)
    assert evaluation.value("ridge", "FC", "r_squared") == pytest.approx(1 - error / around)


def test_the_mean_explains_nothing_and_identifies_by_chance(found):
    evaluation = found[0]
    assert evaluation.value("mean", "FC", "r_squared") == pytest.approx(0, abs=1e-12)
    assert evaluation.value("mean", "FC", "demeaned_r") == 0
    assert evaluation.value("mean", "FC", "rank") == 0.5
    assert evaluation.value("mean", "FC", "top1") == pytest.approx(0.01)
    assert evaluation.value("mean", "SC", "own_mse") == pytest.approx(
        evaluation.value("mean", "SC", "mse")
    )


def test_what_was_planted_is_predicted_and_stands_above_its_null(found):
    evaluation = found[0]
    for model in ("ridge", "canonical"):
        value = evaluation.value(model, "FC", "r_squared")
        low, high = evaluation.interval(model, "FC", "r_squared", SEED, draws=200)
        assert 0.08 < low < value < high < 0.25
        null = evaluation.shuffled(model, "FC", SEED, draws=200)
        assert abs(null.mean()) < 0.01
        assert null.max() < 0.1 < evaluation.value(model, "FC", "demeaned_r")
    assert set(evaluation.of("canonical", "SC")["n_joint"]) == {5}
    assert set(evaluation.of("ridge", "SC")["n_joint"]) == {0}


def test_the_null_of_the_mean_is_the_mean_itself(found):
    assert not found[0].shuffled("mean", "SC", SEED, draws=20).any()


def test_intervals_and_nulls_are_those_of_the_seed(found):
    evaluation = found[0]
    one, again, other = (
        evaluation.interval("ridge", "FC", "mse", SeedTree(s), draws=50) for s in (1, 1, 2)
    )
    assert one == again != other
    nulls = [evaluation.shuffled("ridge", "FC", SeedTree(s), draws=20).tolist() for s in (1, 1, 2)]
    assert nulls[0] == nulls[1] != nulls[2]


def test_what_is_cached_is_not_fitted_again_and_is_the_same(found, tmp_path):
    evaluation, folds, views = found
    cache = tmp_path / "pieces"
    first = evaluate(views, folds, {"mean": GroupMean()}, SEED, PieceCache(cache))
    again = evaluate(views, folds, {"mean": GroupMean()}, SEED, PieceCache(cache))
    assert first.table.equals(again.table)
    assert first.table.equals(evaluation.table.filter(evaluation.table["model"] == "mean"))


def test_a_subject_without_a_modality_trains_and_is_not_tested(found, without, tmp_path):
    _, folds, views = found
    gone = folds[0].test[:5]
    fewer = without(views, "FC", gone)
    evaluation = evaluate(fewer, folds, {"ridge": ComponentRidge(10)}, SEED, PieceCache(tmp_path))
    rows = evaluation.of("ridge", "SC")["row"]
    assert len(rows) == 295
    assert not set(gone) & set(rows)
    assert np.isfinite(evaluation.table.drop("model", "target").to_numpy()).all()


def test_a_fold_that_tests_nobody_with_both_is_left_out(found, without, tmp_path):
    _, folds, views = found
    fewer = without(views, "SC", folds[1].test)
    evaluation = evaluate(fewer, folds, {"mean": GroupMean()}, SEED, PieceCache(tmp_path))
    assert set(evaluation.table["fold"]) == {0, 2}
    assert evaluation.value("mean", "FC", "rank") == 0.5


def test_an_edge_that_no_training_subject_has_is_predicted_as_0_and_scores_are_finite():
    rng = np.random.default_rng(0)
    edges = {name: rng.standard_normal((40, 6)) for name in ("SC", "FC")}
    edges["FC"][:30, 2] = np.nan
    fold = Fold(np.arange(24), np.arange(24, 30), np.arange(30, 40))
    scores = score_fold(ComponentRidge(3), Views(edges), fold, SEED)
    for name in ("r", "mse", "mean_mse", "demeaned_r", "own_mse"):
        assert np.isfinite(scores["FC"][name]).all()
    plain = score_fold(GroupMean(), Views(edges), fold, SEED)
    mean = edges["FC"][:30].mean(axis=0)
    mean[2] = 0.0
    np.testing.assert_allclose(plain["FC"]["mse"], ((edges["FC"][30:] - mean) ** 2).mean(axis=1))


def test_coordinates_of_fitted_and_tested_subjects_are_kept_where_they_are_asked_for(
    found, without, tmp_path
):
    plain, folds, views = found
    assert not plain.coordinates
    fewer = without(views, "FC", [0, 1, 2])
    spec = Canonical(10)
    kept = evaluate(
        fewer, folds, {"canonical": spec}, SEED, PieceCache(tmp_path), keep_coordinates=True
    )
    assert set(kept.coordinates) == {("canonical", kind) for kind in (JOINT, "SC", "FC")}
    for number, fold in enumerate(folds):
        model = spec.fit(fewer.take(fold.training), fewer.take(fold.validation), SEED.child(number))
        part = kept.coordinates["canonical", JOINT][number]
        everybody = np.sort(np.concatenate([part.fitted, part.tested]))
        assert everybody.tolist() == list(range(3, 300))
        assert not set(part.tested) - set(fold.test)
        for rows, values in zip((part.fitted, part.tested), part.coordinates, strict=True):
            np.testing.assert_allclose(values, model.encode(fewer.take(rows)).joint, atol=1e-10)
        alone = kept.coordinates["canonical", "SC"][number].coordinates
        np.testing.assert_allclose(
            alone[1], model.encode(fewer.take(part.tested)).individual["SC"], atol=1e-10
        )


def test_a_model_without_joint_coordinates_keeps_none_of_them(found, tmp_path):
    _, folds, views = found
    kept = evaluate(
        views, folds, {"mean": GroupMean()}, SEED, PieceCache(tmp_path), keep_coordinates=True
    )
    (first, *_) = kept.coordinates["mean", JOINT]
    assert [one.shape[1] for one in first.coordinates] == [0, 0]


def test_the_planted_trait_is_foretold_by_joint_coordinates_alone(found, planted, tmp_path):
    _, folds, views = found
    kept = evaluate(
        views,
        folds,
        {"canonical": Canonical(10)},
        SEED,
        PieceCache(tmp_path),
        keep_coordinates=True,
    )
    trait = read_trait(planted.cohort.subjects, "trait")
    joint, alone = (
        predict_trait(kept.coordinates["canonical", kind], trait, np.arange(300), SEED, 99)
        for kind in (JOINT, "FC")
    )
    assert joint.value > 0.55
    assert joint.p == 1 / 100
    assert abs(alone.value) < 0.2
