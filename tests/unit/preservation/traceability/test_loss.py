"""Losses that are foretold: parity with scikit-learn, planted rules, and what is refused."""

import numpy as np
import polars as pl
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF

from neuropil.contracts import InputError
from neuropil.preservation.traceability.features import FEATURES, STRANGENESS, Reference
from neuropil.preservation.traceability.loss import KernelMap, LossModel


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_the_map_is_the_gaussian_process_of_scikit_learn(rng):
    rows, targets, asked = rng.normal(size=(30, 3)), rng.normal(size=30), rng.normal(size=(9, 3))
    ours, spread = KernelMap(rows, targets[:, None], 1.3, 0.2).predict(asked)
    theirs = GaussianProcessRegressor(RBF(1.3), alpha=0.2, optimizer=None)
    theirs.fit(rows, targets - targets.mean())
    mean, deviation = theirs.predict(asked, return_std=True)
    np.testing.assert_allclose(ours[:, 0], mean + targets.mean(), atol=1e-10)
    # Ours holds the noise of a new value as well.
    np.testing.assert_allclose(spread, np.sqrt(deviation**2 + 0.2), atol=1e-10)


def plant(rng: np.random.Generator, n_sections: int = 20, each: int = 12) -> pl.DataFrame:
    """Return examples in which zones cost half of their share, and voids nothing."""
    n = n_sections * each
    seen = {name: rng.normal(1, 0.01, n) for name in FEATURES}
    kinds = np.tile(["clean", "aiz", "ice"], n // 3)
    seen["zone_fraction"] = np.where(kinds == "aiz", rng.uniform(0.05, 0.3, n), 0)
    seen["void_fraction"] = np.where(kinds == "ice", rng.uniform(0.05, 0.3, n), 0)
    table = pl.DataFrame(seen)
    reference = Reference.of(table.filter(pl.Series(kinds == "clean")))
    return reference.relate(table).with_columns(
        loss=pl.Series(0.5 * seen["zone_fraction"] + rng.normal(0, 0.01, n)),
        damage=pl.Series(kinds),
        section=pl.Series(np.repeat(np.arange(n_sections), each)),
    )


def test_a_planted_rule_is_found_and_intervals_hold_nine_in_ten(rng):
    examples, unseen = plant(rng), plant(rng)
    said = LossModel.fit(examples, examples["section"].to_list()).predict(unseen)
    loss = unseen["loss"].to_numpy()
    assert np.corrcoef(said["loss"].to_numpy(), loss)[0, 1] > 0.97
    inside = (loss >= said["loss_low"].to_numpy()) & (loss <= said["loss_high"].to_numpy())
    assert 0.85 < inside.mean() < 0.95
    assert (said["kind"] == unseen["damage"]).mean() > 0.97
    likeness = said.select("as clean", "as aiz", "as ice").to_numpy()
    np.testing.assert_allclose(likeness.sum(axis=1), 1)


def test_shuffled_losses_are_not_foretold(rng):
    examples, unseen = plant(rng), plant(rng)
    shuffled = examples.with_columns(loss=pl.Series(rng.permutation(examples["loss"].to_numpy())))
    said = LossModel.fit(shuffled, shuffled["section"].to_list()).predict(unseen)["loss"]
    loss = unseen["loss"].to_numpy()
    assert ((loss - said.to_numpy()) ** 2).sum() > 0.9 * ((loss - loss.mean()) ** 2).sum()


def test_beyond_the_examples_a_loss_is_that_of_the_nearest_and_less_sure(rng):
    examples = plant(rng)
    model = LossModel.fit(examples, examples["section"].to_list())
    worst = examples.filter(pl.col("damage") == "aiz").sort("zone_fraction").tail(1)
    far = worst.with_columns(zone_fraction=pl.lit(5.0))
    near, beyond = model.predict(worst), model.predict(far)
    assert beyond["loss"][0] == pytest.approx(near["loss"][0], abs=0.02)
    width = (pl.col("loss_high") - pl.col("loss_low")).alias("width")
    assert beyond.select(width).item() > 2 * near.select(width).item()


def test_few_sections_are_refused(rng):
    examples = plant(rng, n_sections=3)
    with pytest.raises(InputError) as caught:
        LossModel.fit(examples, examples["section"].to_list())
    assert str(caught.value) == (
        "examples: expected examples of four sections or more, found 36 examples of 3. Bring a "
        "reference with more sections, or use the shipped examples."
    )


def test_good_tissue_differs_from_itself_by_nothing_and_blanks_count_as_good():
    table = pl.DataFrame({name: [2.0, 2.0] for name in FEATURES})
    reference = Reference.of(table)
    assert reference.relate(table).to_numpy().tolist() == [[0.0] * 2 * len(FEATURES)] * 2
    blank = table.with_columns(blur=pl.lit(float("nan")), gap_fraction=pl.lit(None, pl.Float64))
    related = reference.relate(blank)
    assert related["blur"].to_list() == related["gap_fraction"].to_list() == [0.0, 0.0]
    assert related.columns == [*FEATURES, *STRANGENESS]


def test_a_profile_larger_than_any_of_the_reference_is_lacking_unless_an_axis_shows_damage():
    good = pl.DataFrame({name: [0.1, 0.3] for name in FEATURES})
    reference = Reference.of(good)
    seen = pl.concat([good.head(1)] * 5).with_columns(
        largest=pl.Series([0.29, 0.31, 0.31, 0.31, 0.31]),
        gap_fraction=pl.Series([0.2, 0.2, 0.26, 0.2, None]),
        zone_fraction=pl.Series([0.2, 0.2, 0.2, 0.24, 0.2]),
    )
    assert reference.lacks(seen).to_list() == [False, True, False, True, True]
