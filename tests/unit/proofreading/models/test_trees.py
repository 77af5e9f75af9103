"""Trees as arrays give what scikit-learn gives, before and after a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from sklearn.ensemble import HistGradientBoostingClassifier

from neuropil.contracts import InputError
from neuropil.proofreading.models.trees import TreeEnsemble


def _fitted(n_classes: int = 2) -> tuple[HistGradientBoostingClassifier, np.ndarray]:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(600, 6))
    # Missing where another feature is large, so that missingness itself divides.
    rows[rows[:, 1] > 0.8, 2] = np.nan
    score = rows[:, 0] + np.abs(rows[:, 1]) + 0.3 * rng.normal(size=600)
    labels = np.digitize(score, np.quantile(score, np.linspace(0, 1, n_classes + 1)[1:-1]))
    return HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(rows, labels), rows


@pytest.mark.parametrize("n_classes", [2, 4])
def test_probabilities_equal_those_of_scikit_learn(n_classes: int) -> None:
    fitted, rows = _fitted(n_classes)
    trees = TreeEnsemble.from_sklearn(fitted)
    np.testing.assert_allclose(trees.predict_proba(rows), fitted.predict_proba(rows), atol=1e-12)
    np.testing.assert_array_equal(trees.predict(rows), fitted.predict(rows))


def test_rows_are_walked_in_parts_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted, rows = _fitted()
    trees = TreeEnsemble.from_sklearn(fitted)
    whole = trees.predict_proba(rows)
    monkeypatch.setattr("neuropil.proofreading.models.trees._AT_ONCE", 7 * trees.roots.size)
    np.testing.assert_array_equal(trees.predict_proba(rows), whole)
    assert trees.predict_proba(rows[:0]).shape == (0, 2)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_file_brings_back_the_same_trees(tmp_path: Path, n_classes: int) -> None:
    fitted, rows = _fitted(n_classes)
    trees = TreeEnsemble.from_sklearn(fitted)
    trees.save(tmp_path / "trees.safetensors")
    loaded = TreeEnsemble.load(tmp_path / "trees.safetensors")
    np.testing.assert_array_equal(loaded.predict_proba(rows), trees.predict_proba(rows))
    np.testing.assert_array_equal(loaded.classes, np.arange(n_classes))


def test_truth_values_become_the_classes_0_and_1() -> None:
    _, rows = _fitted()
    fitted = HistGradientBoostingClassifier(max_iter=2).fit(rows, rows[:, 0] > 0)
    assert TreeEnsemble.from_sklearn(fitted).classes.tolist() == [0, 1]


def test_classes_that_are_words_are_refused() -> None:
    _, rows = _fitted()
    words = np.where(rows[:, 0] > 0, "axon", "dendrite")
    fitted = HistGradientBoostingClassifier(max_iter=2).fit(rows, words)
    with pytest.raises(InputError, match="classes that are whole numbers"):
        TreeEnsemble.from_sklearn(fitted)


def test_rows_of_another_width_are_refused() -> None:
    fitted, rows = _fitted()
    trees = TreeEnsemble.from_sklearn(fitted)
    with pytest.raises(
        InputError, match=r"expected rows of 6 features, found the shape \(600, 5\)"
    ):
        trees.predict_proba(rows[:, :5])


def test_damaged_files_are_named(tmp_path: Path) -> None:
    fitted, _ = _fitted()
    path = tmp_path / "trees.safetensors"
    TreeEnsemble.from_sklearn(fitted).save(path)
    arrays = load_file(path)
    record = {"format": "neuropil-trees", "format_version": "1", "n_features": "6"}

    with pytest.raises(InputError, match="there is no such file"):
        TreeEnsemble.load(tmp_path / "other.safetensors")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match="not a readable safetensors file"):
        TreeEnsemble.load(path)
    save_file(arrays, path)
    with pytest.raises(
        InputError, match="expected trees of format neuropil-trees 1, found None None"
    ):
        TreeEnsemble.load(path)
    save_file({"feature": arrays["feature"]}, path, record)
    with pytest.raises(InputError, match="expected the arrays baseline, children"):
        TreeEnsemble.load(path)
    save_file({**arrays, "value": arrays["value"][1:]}, path, record)
    with pytest.raises(InputError, match="the shapes of the arrays do not agree"):
        TreeEnsemble.load(path)


@pytest.mark.parametrize(("name", "number"), [("children", 0), ("feature", 6), ("roots", 10**6)])
def test_a_file_whose_walk_would_not_end_is_refused(tmp_path: Path, name: str, number: int) -> None:
    fitted, _ = _fitted()
    path = tmp_path / "trees.safetensors"
    TreeEnsemble.from_sklearn(fitted).save(path)
    arrays = load_file(path)
    # The first node is the first tree's root, which is no leaf.
    arrays[name].reshape(-1)[0] = number
    save_file(arrays, path, {"format": "neuropil-trees", "format_version": "1", "n_features": "6"})
    with pytest.raises(InputError, match="a child, a root or a feature that does not exist"):
        TreeEnsemble.load(path)
