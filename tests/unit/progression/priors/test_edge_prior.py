"""Answers become symmetric probabilities with their doubts; the order of lines does not matter."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import InputError, Operation
from neuropil.progression.priors.answers import Answer, EdgeAnswers
from neuropil.progression.priors.edge_prior import EdgePrior
from neuropil.progression.priors.fusion import Fusion


def test_means_and_doubts_are_those_of_the_repeats(prior):
    np.testing.assert_allclose(prior.pairs(), [0.8, 0.2, 0.05, 0.6, 0.1, 0.7])
    # Standard deviations of two answers are their difference over the root of two.
    upper = prior.doubts["tract"][np.triu_indices(4, 1)]
    np.testing.assert_allclose(upper, np.array([0.2, 0, 0.1, 0.2, 0, 0.6]) / np.sqrt(2), atol=1e-15)
    assert (prior.fused == prior.fused.T).all()
    assert not np.diagonal(prior.fused).any()
    assert prior.mechanisms == ("tract",)
    assert prior.source.notes == ("12 answers of me (1).",)


def test_both_ends_of_a_pair_are_averaged_within_a_repeat(make_answers, chances):
    chances[("B", "A")] = (0.5, 0.5)
    prior = EdgePrior.from_answers(make_answers(chances))
    assert prior.pairs()[0] == pytest.approx((0.7 + 0.6) / 2)
    assert prior.doubts["tract"][0, 1] == pytest.approx(0.1 / np.sqrt(2))
    assert prior.find_reasons("A", "B")["answers"].to_list() == [4]


def test_one_answer_leaves_the_doubt_unknown_and_not_0(make_answers, chances):
    prior = EdgePrior.from_answers(make_answers({pair: one[:1] for pair, one in chances.items()}))
    upper = np.triu_indices(4, 1)
    assert np.isnan(prior.doubts["tract"][upper]).all()
    assert np.isnan(prior.fused_doubt[upper]).all()


def test_the_order_of_answers_does_not_change_a_bit(make_answers, chances, prior):
    answers = make_answers(chances)
    rng = np.random.default_rng(0)
    for _ in range(5):
        order = rng.permutation(len(answers.answers))
        mixed = EdgeAnswers(
            answers.regions, answers.mechanisms, tuple(answers.answers[k] for k in order), "a test"
        )
        again = EdgePrior.from_answers(mixed)
        assert again.fused.tobytes() == prior.fused.tobytes()
        assert again.fused_doubt.tobytes() == prior.fused_doubt.tobytes()
        assert again.reasons.equals(prior.reasons)


def test_the_reason_is_the_one_whose_answer_is_nearest_to_the_mean(make_answers, chances):
    chances[("A", "B")] = (0.9, 0.1, 0.45)
    prior = EdgePrior.from_answers(make_answers(chances))
    assert prior.find_reasons("B", "A")["reason"].to_list() == ["AB2"]
    # Of equals the first: both answers are as far from their mean.
    assert prior.find_reasons("C", "D")["reason"].to_list() == ["CD0"]
    assert prior.reasons.height == 6


def test_an_unknown_region_is_named(prior):
    with pytest.raises(InputError) as error:
        prior.find_reasons("A", "E")
    assert str(error.value) == (
        "prior: expected a region of the prior, found 'E'. It has A, B, C, D."
    )


def test_operations_are_logged_and_leave_the_first_prior_as_it_was(prior):
    thin = prior.sparsify(0.34)
    assert [done.name for done in thin.provenance] == ["fuse", "sparsify"]
    assert thin.provenance[1] == Operation("sparsify", {"share": 0.34})
    assert (thin.pairs() > 0).sum() == 3
    assert (prior.pairs() > 0).all()
    with pytest.raises(ValueError, match="read-only"):
        prior.fused[0, 1] = 1


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda m: m[:3], "shape (3, 4)"),
        (lambda m: m + 0.5, "1.3 among them"),
        (lambda m: np.where(m == 0.8, np.nan, m), "nan among them"),
        (np.triu, "6 pairs that differ by direction"),
        (lambda m: m + 0.01 * np.eye(4), "a diagonal that is not 0"),
    ],
)
def test_a_matrix_that_is_none_of_probabilities_is_refused(prior, spoil, found):
    with pytest.raises(InputError) as error:
        prior.with_fused(spoil(np.array(prior.fused).round(3)), Operation("spoil"))
    assert str(error.value) == (
        "prior, fused: expected (4, 4) symmetric probabilities with a diagonal of 0, found "
        f"{found}. Average both directions, clip to [0, 1], and set the diagonal to 0."
    )


def test_it_becomes_an_undirected_connectome(prior):
    connectome = prior.sparsify(0.34).to_connectome()
    assert connectome.nodes["id"].to_list() == ["A", "B", "C", "D"]
    np.testing.assert_array_equal(connectome.adjacency().toarray(), prior.sparsify(0.34).fused)


def test_mechanisms_are_fused(chances):
    answers = tuple(
        Answer(mechanism, *pair, 0, values[0], "", "me", "1")
        for mechanism in ("tract", "proximity")
        for pair, values in chances.items()
    )
    both = EdgeAnswers(("A", "B", "C", "D"), ("tract", "proximity"), answers)
    np.testing.assert_allclose(EdgePrior.from_answers(both).fused[0, 1], 1 - 0.1**2)
    mean = EdgePrior.from_answers(both, Fusion("mean", floor=0.2))
    assert mean.fused[0, 1] == pytest.approx(0.2 + 0.8 * 0.9)
    # The floor leaves no pair at 0, and nothing on the diagonal.
    assert mean.pairs().min() == pytest.approx(0.2)
    assert not np.diagonal(mean.fused).any()
    assert repr(mean) == "EdgePrior(4 regions, 6 of 6 pairs above 0; tract, proximity; not stated)"
