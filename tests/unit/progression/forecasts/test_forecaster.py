"""The forecaster: it finds what was planted, and nothing of the last map leaks into it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from neuropil.contracts import ConfigError, InputError
from neuropil.progression.forecasts.forecaster import FEATURE_SETS, ForecastPlan, MapForecaster
from neuropil.progression.group_maps.spread import GroupMaps

ONE = {"features": [("state", "neighbours")], "penalties": [1.0]}


def test_a_planted_graph_is_chosen(graph, plant):
    studies = plant(graph, susceptibility=0)
    model = MapForecaster(graph).fit([*studies[1:], studies[0].earlier()])
    assert "neighbours" in model.model_.candidate.features
    assert model.score(studies[0]) > 0.9


def test_a_planted_susceptibility_is_chosen_without_a_graph(graph, plant):
    studies = plant(graph, spread=0, susceptibility=1)
    model = MapForecaster(graph).fit([*studies[1:], studies[0].earlier()])
    assert {"susceptibility", "other maps"} & set(model.model_.candidate.features)
    last = studies[0].maps.values[-2:, studies[0].used]
    assert model.score(studies[0]) > np.corrcoef(last)[0, 1]


def test_forecasts_do_not_depend_on_the_last_map(graph, plant):
    studies = plant(graph)
    values = studies[0].maps.values.copy()
    values[-1] = np.random.default_rng(3).random(values.shape[1])
    maps = GroupMaps(studies[0].maps.times, values, studies[0].maps.start)
    changed = replace(studies[0], maps=maps)
    one, two = (
        MapForecaster(graph).fit([*studies[1:], each.earlier()]).predict(each.earlier())
        for each in (studies[0], changed)
    )
    np.testing.assert_array_equal(one, two)


def test_a_fitted_study_tells_itself_nothing(graph, plant):
    studies = plant(graph)
    model = MapForecaster(graph).fit(studies)
    changed = plant(graph, seed=9)[0]
    renamed = replace(changed, name="unknown")
    own, other = (model.predict(replace(changed, name=name)) for name in ("study 0", "unknown"))
    # Under another name the study of that name counts as another one.
    assert not np.allclose(own[renamed.used], other[renamed.used])
    without = MapForecaster(graph, ForecastPlan(**ONE)).fit(studies)
    np.testing.assert_allclose(without.predict(changed), without.predict(renamed))


def test_forecasts_are_nan_where_nothing_is_compared(graph, plant):
    study = plant(graph)[2]
    found = MapForecaster(graph, ONE).fit([study]).predict(study)
    np.testing.assert_array_equal(np.isfinite(found), study.used)


def test_the_simplest_of_equal_candidates_is_taken(graph, plant):
    studies = plant(graph, spread=0, susceptibility=0)
    plan = {"features": [("state",), ("state",)], "penalties": [3.0, 3.0]}
    model = MapForecaster(graph, plan).fit(studies)
    scores = [score for _, score in model.model_.judged]
    assert len(scores) == 4
    assert max(scores) == min(scores)
    assert FEATURE_SETS[0] == ("state",)


def test_laboratories_are_left_out_together(graph, plant):
    studies = plant(graph)
    judged = [
        MapForecaster(graph, {"folds": folds}).fit(studies).model_.judged
        for folds in ("study", "laboratory")
    ]
    assert [one for one, _ in judged[0]] == [one for one, _ in judged[1]]
    assert [score for _, score in judged[0]] != [score for _, score in judged[1]]


def test_what_was_fitted_is_not_scored(graph, plant):
    studies = plant(graph)
    model = MapForecaster(graph, ONE).fit(studies)
    with pytest.raises(InputError) as caught:
        model.score(studies[0])
    assert str(caught.value) == (
        "study study 0: expected a study whose last map was not fitted, found one that was. Fit "
        "with study.earlier() in its place."
    )


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (
            {"features": [("state", "age")]},
            "plan.features: expected features among state, neighbours, susceptibility, other maps, "
            "found 'age'. Name at least one of them in each set.",
        ),
        (
            {"features": [()]},
            "plan.features: expected features among state, neighbours, susceptibility, other maps, "
            "found none. Name at least one of them in each set.",
        ),
        (
            {"penalties": [0.0]},
            "plan: expected sets of features and penalties above 0, found 8 sets and [0.0]. Give "
            "at least one of each.",
        ),
    ],
)
def test_plans_that_cannot_be_followed_are_refused(graph, plant, plan, message):
    with pytest.raises(ConfigError) as caught:
        MapForecaster(graph, plan).fit(plant(graph))
    assert str(caught.value) == message


def test_two_studies_leave_nothing_to_choose_by(graph, plant):
    with pytest.raises(ConfigError) as caught:
        MapForecaster(graph).fit(plant(graph)[:2])
    assert str(caught.value) == (
        "plan: expected one set of features and one penalty for 2 studies, found 40 to choose "
        "from. Name one of each, or give at least three studies."
    )


def test_a_forecast_before_a_fit_is_refused(graph, plant):
    with pytest.raises(NotFittedError):
        MapForecaster(graph).predict(plant(graph)[0])
