"""Few rows and many get the probabilities of scikit-learn."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from neuropil.contracts import InputError
from neuropil.proofreading.models import tree_walk
from neuropil.proofreading.models.tree_walk import predict_yes
from neuropil.proofreading.models.trees import TreeEnsemble


@pytest.fixture(scope="module")
def grown():
    """Trees that have met values that are missing, and the rows."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(600, 4)).astype(np.float32)
    rows[rng.random(rows.shape) < 0.1] = np.nan
    answers = np.nan_to_num(rows[:, 0]) + np.isnan(rows[:, 1]) + rng.normal(size=600) > 0.3
    return HistGradientBoostingClassifier(max_iter=20).fit(rows, answers), rows


@pytest.mark.parametrize("few", [0, 1 << 20])
def test_probabilities_are_those_of_scikit_learn(grown, few, monkeypatch):
    monkeypatch.setattr(tree_walk, "_FEW", few)
    fitted, rows = grown
    trees = TreeEnsemble.from_sklearn(fitted)
    wanted = fitted.predict_proba(rows)[:, 1]
    np.testing.assert_allclose(predict_yes(trees, rows), wanted, atol=1e-12, rtol=0)
    assert len(predict_yes(trees, rows[:0])) == 0


def test_rows_of_other_features_are_refused(grown):
    trees = TreeEnsemble.from_sklearn(grown[0])
    with pytest.raises(InputError, match="expected rows of 4 features"):
        predict_yes(trees, np.zeros((3, 5)))
