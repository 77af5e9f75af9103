"""Edits are logged and reversible; a round is kept only where validation improves."""

from __future__ import annotations

import json

import numpy as np
import pytest

from neuropil.contracts import ConfigError, InputError
from neuropil.language import Reply
from neuropil.progression.priors.edits import EdgeEdit, Proposal, apply_edits
from neuropil.progression.priors.language_editor import LanguageEditor, parse_edits
from neuropil.progression.priors.refinement import Validation, refine_prior

LABELS = ("A", "B", "C", "D")


def said(*edits):
    return json.dumps(
        {"edits": [dict(zip(("first", "second", "action", "reason"), one, strict=True))
                   for one in edits]}
    )  # fmt: skip


class Scripted:
    """Gives replies in order, and keeps what it was shown."""

    name = "scripted"

    def __init__(self, *replies):
        self.replies, self.shown = replies, []

    def generate(self, messages, *, sample=0):
        self.shown.append(messages[-1].text)
        return Reply(self.replies[sample])


def towards(target):
    """Validate by the distance to a graph, with residuals where a region lacks edges."""

    def validate(prior):
        lack = target - prior.fused
        return Validation(float((lack**2).sum()), lack.sum(axis=1))

    return validate


def test_an_edit_changes_the_odds_and_back(prior):
    stronger = apply_edits(prior, [EdgeEdit("A", "B", "strengthen", "a bundle")])
    odds = [matrix[0, 1] / (1 - matrix[0, 1]) for matrix in (prior.fused, stronger.fused)]
    assert odds[1] == pytest.approx(3 * odds[0])
    assert (stronger.fused == stronger.fused.T).all()
    back = apply_edits(stronger, [EdgeEdit("B", "A", "weaken")])
    np.testing.assert_allclose(back.fused, prior.fused, atol=1e-15)
    assert [done.name for done in back.provenance] == ["fuse", "edit", "edit"]
    assert back.provenance[1].parameters["edits"] == [
        {"first": "A", "second": "B", "action": "strengthen", "reason": "a bundle"}
    ]


@pytest.mark.parametrize("probability", [0.0, 1e-9, 0.3, 1.0])
@pytest.mark.parametrize("action", ["add", "strengthen", "weaken"])
def test_an_edit_stays_a_probability(action, probability):
    assert 0 <= EdgeEdit("A", "B", action).change(probability) <= 1


def test_edits_that_are_none_are_refused(prior):
    with pytest.raises(InputError) as error:
        EdgeEdit("A", "B", "strenghten")
    assert str(error.value) == (
        "edit: expected one of add, strengthen, weaken, found 'strenghten'. Did you mean "
        "strengthen? Write one of them."
    )
    with pytest.raises(InputError) as error:
        EdgeEdit("A", "A", "add")
    assert str(error.value) == (
        "edit: expected two regions, found 'A' twice. No edge joins a region with itself: leave "
        "the edit out."
    )
    with pytest.raises(InputError, match="expected a region of the prior, found 'E'"):
        apply_edits(prior, [EdgeEdit("A", "E", "add")])


def test_what_helps_is_kept_and_what_harms_is_dropped(prior):
    target = np.array(prior.fused)
    target[0, 3] = target[3, 0] = 0.5
    model = Scripted(
        said(("A", "B", "weaken", "a guess")),
        said(("A", "D", "add", "a long tract")),
        said(),
    )
    done = refine_prior(prior, LanguageEditor(model), towards(target), rounds=5)
    assert [one.kept for one in done.rounds] == [False, True, False]
    assert done.rounds[0].after > done.rounds[0].before == done.rounds[1].before
    assert done.rounds[1].after == done.rounds[2].before == 0
    assert done.prior.fused[0, 3] == 0.5
    assert done.prior.fused[0, 1] == prior.fused[0, 1]
    assert [each.name for each in done.prior.provenance] == ["fuse", "edit"]
    # Region A lacks most, and is shown first, with its strongest edges.
    assert (
        "model expects), with their strongest edges:\nA: +0.4500; joined to B 0.80, C 0.20"
        in (model.shown[0])
    )
    assert len(model.shown) == 3


def test_an_edit_that_changes_nothing_is_not_kept(prior):
    model = Scripted(said(("A", "B", "add", "it is there")))
    done = refine_prior(prior, LanguageEditor(model), towards(np.array(prior.fused)), rounds=1)
    assert (done.rounds[0].kept, done.prior) == (False, prior)


@pytest.mark.parametrize(
    ("text", "edits", "fault"),
    [
        (said(("A", "B", "add", " two \n words ")), [("A", "B", "add", "two words")], ""),
        ("I would not.", [], "no JSON with edits"),
        ('{"edits": {"first": "A"}}', [], "no JSON with edits"),
        ('{"edits": [], "edits": []}', [], "an edit with two members edits"),
        (
            said(("A", "X", "add", ""), ("A", "A", "add", ""), ("A", "B", "weaken", "")),
            [("A", "B", "weaken", "")],
            'not an edit of known regions: {"first": "A", "second": "A", "action": "add", '
            '"reason": ""}',
        ),
        (said(("A", "B", "add", "1"), ("B", "A", "weaken", "2")), [("A", "B", "add", "1")], ""),
        (
            said(("A", "B", "add", ""), ("A", "C", "add", ""), ("A", "D", "add", "")),
            [("A", "B", "add", ""), ("A", "C", "add", "")],
            "3 edits where 2 were asked for",
        ),
        ('{"edits": [3, null, {"first": ["A"], "second": {}, "action": "add"}]}', [], None),
    ],
)
def test_edits_of_a_reply_are_read(text, edits, fault):
    found = parse_edits(text, LABELS, 2)
    assert found.edits == tuple(EdgeEdit(*one) for one in edits)
    assert fault is None or found.fault == fault


def test_a_loop_without_rounds_or_without_a_number_is_refused(prior):
    with pytest.raises(ConfigError) as error:
        refine_prior(prior, lambda *_: Proposal(()), towards(0), rounds=0)
    assert str(error.value) == (
        "rounds: expected at least one round, found 0. Give a whole number from 1, or leave the "
        "outer loop out."
    )
    with pytest.raises(InputError) as error:
        refine_prior(
            prior, lambda *_: Proposal(()), lambda _: Validation(float("nan"), np.zeros(4))
        )
    assert str(error.value) == (
        "validate: expected a finite error and one residual a region, found nan and shape (4,). "
        "Return what a fit with the prior leaves unexplained."
    )
