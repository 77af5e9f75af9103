"""The audit finds a planted leak, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading import Item, Piece
from neuropil.proofreading.tasks.leaks import audit_leaks, score_leak


def _invent(n: int, larger: float = 1.0, taller: int = 0) -> list[Item]:
    """Invent items whose continuation is larger or taller by so much."""
    rng = np.random.default_rng(0)
    items = []
    for base in range(n):
        sizes = rng.lognormal(7, 1, 3) * [1, larger, 1]
        extents = rng.integers(20, 50, (3, 3)) + np.outer([0, taller, 0], [1, 0, 0])
        center = tuple(rng.uniform(0, 5000, 3))
        pieces = [Piece((base,), (0, 9)), Piece((base,), (12, 99)), Piece((n + base,), (12, 99))]
        asked = [((0, 1), "1"), ((0, 2), "-1")]
        first = int(rng.integers(2))
        choice = ((0, 1 + first, 2 - first), str(1 + first))
        for task, (shown, answer) in [
            *(("split-error-binary", one) for one in asked),
            ("split-error-choice", choice),
        ]:
            facts = {
                "voxels": sizes[list(shown)].tolist(),
                "extents": extents[list(shown)].tolist(),
            }
            shown_pieces = tuple(pieces[i] for i in shown)
            items.append(Item(task, shown_pieces, center, 10.0, answer, "made up", facts=facts))
    return items


def _read(items: list[Item]) -> dict[tuple[str, str], tuple[float, float, float]]:
    table = audit_leaks(items, SeedTree(0))
    return {(task, cue): tuple(rest) for task, cue, _, *rest in table.iter_rows()}


def test_items_without_a_leak_are_answered_by_chance() -> None:
    for value, low, high in _read(_invent(150)).values():
        assert low <= 0.5 <= high
        assert low < value < high


def test_a_leak_of_size_is_found() -> None:
    found = _read(_invent(150, larger=5.0))
    assert found["split-error-choice", "sizes"][1] > 0.7
    assert found["split-error-binary", "sizes"][1] > 0.6
    assert found["split-error-choice", "place and extents"][0] < 0.6


def test_a_leak_of_extents_is_found() -> None:
    found = _read(_invent(150, taller=20))
    assert found["split-error-choice", "place and extents"][1] > 0.65
    assert found["split-error-choice", "sizes"][0] < 0.6


def _state_sizes_alone(items: list[Item]) -> list[Item]:
    return [
        Item(one.task, one.shown, one.center, 10.0, one.answer, "x", facts={"voxels": voxels})
        for one in items
        for voxels in [one.facts["voxels"]]
    ]


def test_only_sizes_are_audited_where_extents_are_not_stated() -> None:
    items = _state_sizes_alone(_invent(20))
    assert audit_leaks(items, SeedTree(0))["cue"].unique().to_list() == ["sizes"]


def test_items_that_cannot_be_audited_are_named() -> None:
    items = _invent(10)
    bare = Item("split-error-binary", items[0].shown, items[0].center, 10.0, "1", "made up")
    with pytest.raises(InputError, match="expected voxels of 2 pieces among the facts, found 0"):
        audit_leaks([*items, bare], SeedTree(0))
    with pytest.raises(InputError, match="expected at least 10 bases and two answers, found 3"):
        audit_leaks(items[:9], SeedTree(0))


def test_features_of_ones_own_are_scored_as_those_of_the_audit() -> None:
    # Without extents, so that sizes alone are audited, which takes half the time.
    items = [one for one in _invent(150, larger=5.0) if one.task == "split-error-choice"]
    items = _state_sizes_alone(items)
    sizes = np.log([one.facts["voxels"] for one in items])
    # As the audit describes sizes: with the differences of each two.
    pairs = [(0, 1), (0, 2), (1, 2)]
    features = np.column_stack([sizes, *(sizes[:, one] - sizes[:, other] for one, other in pairs)])
    answers = [one.answer for one in items]
    value, low, high = score_leak(features, answers, range(150), SeedTree(0))
    assert value == pytest.approx(_read(items)["split-error-choice", "sizes"][0], abs=0.05)
    assert 0.7 < low < value < high


def test_what_a_base_has_in_common_is_no_leak() -> None:
    """A number that tells the base alone would tell its answer if its items were torn apart."""
    rng = np.random.default_rng(0)
    bases = np.repeat(np.arange(60), 5)
    answers = np.where(rng.random(60) < 0.5, "1", "-1")[bases]
    secret = rng.random(60)[bases][:, None]
    value, low, high = score_leak(secret, answers.tolist(), bases.tolist(), SeedTree(0))
    assert low <= 0.5 <= high
    apart, _, _ = score_leak(secret, answers.tolist(), range(300), SeedTree(0))
    assert apart > 0.8
    assert value < 0.65


@pytest.mark.parametrize(
    ("features", "bases", "message"),
    [
        (
            np.zeros((20, 1)),
            range(19),
            "score_leak: expected one row of features and one base for each of 20 answers, found "
            "features of shape (20, 1) and 19 bases. Bring one row, one answer and one base an "
            "item.",
        ),
        (
            np.full((20, 1), np.nan),
            range(20),
            "score_leak: expected finite features, found 20 that are not. Leave these items out, "
            "or say by a feature of its own what is missing.",
        ),
        (
            np.zeros((20, 1)),
            [0, 1] * 10,
            "score_leak: expected at least 10 bases and two answers, found 2 and -1, 1. Bring more "
            "items; a leak cannot be told from few.",
        ),
    ],
)
def test_features_that_cannot_be_scored_are_named(features, bases, message) -> None:
    with pytest.raises(InputError) as caught:
        score_leak(features, ["1", "-1"] * 10, bases, SeedTree(0))
    assert str(caught.value) == message
