import numpy as np
import pytest

from neuropil.cohorts.data import (
    Views,
    average_edges,
    choose_scale,
    find_varying,
    from_scale,
    to_scale,
)
from neuropil.connectome import Cohort

NAN = np.nan


@pytest.fixture
def views():
    return Views(
        {
            "SC": np.array([[1.0, 2, 3], [NAN, NAN, NAN], [4, NAN, 6]]),
            "FC": np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [NAN, NAN, NAN]]),
        }
    )


@pytest.mark.parametrize(
    ("unit", "scale"),
    [
        ("correlation", "fisher-z"),
        ("partial correlation", "fisher-z"),
        ("streamlines", "log1p"),
        ("synapses", "log1p"),
        ("Fisher z", "none"),
        ("binary", "none"),
        ("log streamlines", "none"),
    ],
)
def test_the_scale_is_chosen_by_the_unit(unit, scale):
    cohort = Cohort.from_arrays({"X": [[0.0, 1.0, 0.5]]}, units={"X": unit})
    assert choose_scale(cohort, "X") == scale


def test_an_unknown_unit_is_not_stretched():
    assert choose_scale(Cohort.from_arrays({"X": [[0.5]]}), "X") == "none"


def test_fisher_z_stops_at_the_largest_correlation_that_has_one():
    z = to_scale(np.array([-1.0, -0.5, 0.0, 0.999, 1.0, NAN]), "fisher-z")
    np.testing.assert_allclose(z[:5], [-3.800201, -0.549306, 0.0, 3.800201, 3.800201], atol=1e-6)
    assert np.isnan(z[5])


@pytest.mark.parametrize("scale", ["fisher-z", "log1p", "none"])
def test_a_scale_and_back_is_what_was_given(scale):
    values = np.array([[0.0, 0.25, 0.9], [0.5, NAN, 0.1]])
    np.testing.assert_allclose(from_scale(to_scale(values, scale), scale), values, rtol=1e-12)


def test_counts_are_log_of_one_more():
    assert to_scale(np.array([0.0, 1.0]), "log1p").tolist() == [0.0, np.log(2)]


def test_views_of_a_cohort_have_the_scales_that_are_named_in_their_order():
    cohort = Cohort.from_arrays({"FC": [[0.5], [0.0]], "SC": [[3.0], [0.0]], "other": [[1], [2]]})
    views = Views.of(cohort, {"SC": "log1p", "FC": "fisher-z"})
    assert views.modalities == ("SC", "FC")
    assert views.n_subjects == 2
    assert views.edges["SC"][0, 0] == np.log(4.0)
    assert views.edges["FC"][0, 0] == np.arctanh(0.5)


def test_a_row_of_nan_is_a_missing_modality_and_a_single_nan_is_not(views):
    assert views.present("SC").tolist() == [True, False, True]
    assert views.present("FC").tolist() == [True, True, False]
    assert views.complete().tolist() == [True, False, False]


def test_the_other_one_of_two(views):
    assert (views.other("SC"), views.other("FC")) == ("FC", "SC")


def test_subjects_are_taken_from_all_modalities_by_rows_or_by_a_mask(views):
    by_rows, by_mask = views.take(np.array([2, 0])), views.take(views.complete())
    assert by_rows.edges["SC"][:, 0].tolist() == [4.0, 1.0]
    assert by_rows.edges["FC"][1].tolist() == [0.1, 0.2, 0.3]
    assert (by_rows.n_subjects, by_mask.n_subjects) == (2, 1)


def test_only_one_modality_leaves_the_other_missing_and_the_views_as_they_were(views):
    alone = views.only("SC")
    assert alone.edges["SC"] is views.edges["SC"]
    assert not alone.present("FC").any()
    assert views.present("FC").any()


def test_an_edge_is_averaged_over_those_who_have_it_and_is_0_where_nobody_has(views):
    assert average_edges(views.edges["SC"]).tolist() == [2.5, 2.0, 4.5]
    assert average_edges(np.array([[NAN, 1.0], [NAN, 3.0]])).tolist() == [0.0, 2.0]


def test_an_average_is_of_double_precision():
    ones = np.full((3, 1), 0.1, np.float32)
    assert average_edges(ones).dtype == np.float64


def test_an_edge_varies_where_two_subjects_differ_and_not_by_what_is_missing():
    edges = np.array([[0.1, 1.0, NAN, NAN], [0.1, 2.0, 3.0, NAN], [0.1, NAN, 3.0, NAN]])
    assert find_varying(edges).tolist() == [False, True, False, False]


@pytest.mark.parametrize(("scale", "unit"), [("fisher-z", np.tanh), ("log1p", np.expm1)])
def test_a_prediction_comes_back_as_the_mean_of_what_it_stands_for(scale, unit):
    centre, spread = np.array([-0.8, 0.0, 0.4, 1.5]), np.array([0.1, 0.3, 0.6, 0.9])
    drawn = centre + spread * np.random.default_rng(0).standard_normal((400_000, 4))
    np.testing.assert_allclose(from_scale(centre, scale, spread), unit(drawn).mean(0), atol=0.02)
    assert from_scale(centre, "none", spread).tolist() == centre.tolist()
