"""Features: neighbours, and what is shared by studies without letting the graph in."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.progression.forecasts.features import (
    Sharing,
    StudyStates,
    average_neighbours,
    build_features,
    place_features,
)


def test_unknown_neighbours_do_not_count():
    graph = np.array([[0, 1, 9], [1, 0, 9], [1, 1, 0]])
    known = np.array([True, True, False])
    found = average_neighbours([2.0, 4.0, np.nan], graph, known)
    assert found.tolist() == [4, 2, 3]


def test_columns_are_standardised_over_the_regions_that_are_compared(graph, plant):
    states = [StudyStates.of(one, graph) for one in plant(graph)]
    columns = build_features(states[0], 1, states[1:], Sharing())
    assert columns.shape == (states[0].study.used.sum(), 5)
    np.testing.assert_allclose(columns.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(columns.std(axis=0), 1, atol=1e-12)


def test_without_other_studies_nothing_is_shared(graph, plant):
    own = StudyStates.of(plant(graph)[0], graph)
    columns = build_features(own, 0, [], Sharing())
    assert not columns[:, 2:].any()
    # One map alone has gained nothing, and its state is still told.
    early = StudyStates.of(plant(graph)[1].earlier().earlier(), graph)
    columns = build_features(own, 0, [early], Sharing())
    assert not columns[:, [2, 4]].any()
    assert columns[:, 3].any()


def test_susceptibility_without_neighbours_does_not_hold_the_graph(graph, plant):
    studies = plant(graph)
    other = np.random.default_rng(5).permutation(graph.ravel()).reshape(graph.shape)
    one, two = (
        build_features(
            StudyStates.of(studies[0], each),
            0,
            [StudyStates.of(study, each) for study in studies[1:]],
            Sharing(),
        )
        for each in (graph, other)
    )
    without = list(place_features(("state", "susceptibility", "other maps")))
    np.testing.assert_allclose(one[:, without], two[:, without])
    assert not np.allclose(one[:, 2], two[:, 2])


def test_susceptibility_is_what_was_planted(graph, plant):
    shared = np.random.default_rng(0).normal(size=len(graph))
    states = [StudyStates.of(one, graph) for one in plant(graph, spread=0, noise=0.1)]
    found = build_features(states[0], 1, states[1:], Sharing())[:, 4]
    assert np.corrcoef(found, shared[states[0].study.used])[0, 1] > 0.8


def test_studies_of_another_protein_can_be_left_out(graph, plant):
    states = [StudyStates.of(one, graph) for one in plant(graph)]
    same = [one for one in states[1:] if one.study.protein == states[0].study.protein]
    all_studies = build_features(states[0], 1, states[1:], Sharing(other_protein=0))
    alike = build_features(states[0], 1, same, Sharing(other_protein=0))
    np.testing.assert_allclose(all_studies[:, 2], alike[:, 2])
    assert np.corrcoef(all_studies[:, 3], alike[:, 3])[0, 1] < 0.99


@pytest.mark.parametrize("features", [("state",), ("state", "neighbours", "other maps")])
def test_features_have_columns(features):
    assert place_features(features) == {1: (0,), 3: (0, 1, 3)}[len(features)]
