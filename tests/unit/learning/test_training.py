"""Training stops by validation alone, keeps the best, and does not depend on company or breaks."""

from __future__ import annotations

from contextlib import contextmanager

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.learning import (
    AdamDescent,
    Listener,
    TrainingPlan,
    TrainingResult,
    select_best,
    train,
)

KEY = jax.random.key(5)
PLAN = TrainingPlan(steps=40, chunk=4, patience=100)


class _InterruptionError(Exception):
    pass


class _Interrupting:
    """A progress display that fails after so many chunks."""

    def __init__(self, chunks):
        self.left = chunks

    @contextmanager
    def track(self, label, total):
        del label, total

        def advance(steps, note=""):
            self.left -= steps if note else 0
            if self.left < 0:
                raise _InterruptionError

        yield advance


def _pull(parameters, data, key):
    del key
    return jnp.sum((parameters - data) ** 2)


def _noisy_pull(parameters, data, key):
    return jnp.sum((parameters - data + jax.random.normal(key, parameters.shape)) ** 2)


def _distance(parameters, data):
    return jnp.sum((parameters - data) ** 2)


def _train(loss=_pull, validate=_distance, plan=PLAN, listener=None, members=(1.0, 2.0, 3.0)):
    optimiser = AdamDescent(loss, learning_rate=0.05, steps=plan.steps)
    data = jnp.asarray(members)[:, None]
    return train(optimiser, jnp.zeros_like(data), data, validate, plan, KEY, listener)


def _assert_equal(first: TrainingResult, second: TrainingResult):
    np.testing.assert_array_equal(first.parameters, second.parameters)
    np.testing.assert_array_equal(first.validation_loss, second.validation_loss)
    np.testing.assert_array_equal(first.history, second.history)
    assert first.history.dtype == second.history.dtype


def test_every_member_goes_down():
    result = _train()
    assert result.history.shape == (10, 2, 3)
    assert (np.diff(result.history[:, 1], axis=0) < 0).all()
    np.testing.assert_array_equal(result.validation_loss, result.history[-1, 1].astype("f4"))


def _turns_back(parameters, data):
    """Lowest half way to where training pulls."""
    return jnp.sum((parameters - data / 2) ** 2)


def test_the_best_parameters_are_kept_and_validation_alone_stops():
    plan = TrainingPlan(steps=4000, chunk=4, patience=3)
    result = _train(validate=_turns_back, plan=plan, members=(1.0,))
    lowest = int(result.history[:, 1, 0].argmin())
    assert result.history.shape[0] == lowest + 1 + plan.patience
    assert (np.diff(result.history[:, 0, 0]) < 0).all()  # training was still going down
    assert result.validation_loss[0] == np.float32(result.history[lowest, 1, 0])
    assert float(result.parameters[0, 0]) == pytest.approx(0.5, abs=0.15)


def test_the_value_of_the_training_loss_decides_nothing():
    def meaningless(parameters, data, key):
        return _pull(parameters, data, key) + jnp.nan

    plan = TrainingPlan(steps=4000, chunk=4, patience=3)
    expected = _train(validate=_turns_back, plan=plan)
    found = _train(loss=meaningless, validate=_turns_back, plan=plan)
    np.testing.assert_array_equal(found.parameters, expected.parameters)
    assert np.isnan(found.history[:, 0]).all()


def test_a_validation_loss_that_is_no_number_never_becomes_the_best():
    def fails_beyond(parameters, data):
        return jnp.where(parameters[0] > 0.3, jnp.nan, _distance(parameters, data))

    result = _train(validate=fails_beyond, plan=TrainingPlan(steps=80, chunk=4), members=(1.0,))
    assert np.isnan(result.history[-1, 1, 0])
    assert 0 < float(result.parameters[0, 0]) <= 0.3
    assert np.isfinite(result.validation_loss[0])


def test_members_equal_single_runs():
    # The second minimum of the first member's validation loss lies beyond its patience.
    def two_minima(parameters, data):
        place = parameters[0] / data[0]
        return jnp.minimum((place - 0.2) ** 2 + 0.05, (place - 0.95) ** 2)

    plan = TrainingPlan(steps=160, chunk=4, patience=3)
    targets = (1.0, 4.0, 2.0)
    together = _train(validate=two_minima, plan=plan, members=targets)
    for index, target in enumerate(targets):
        alone = _train(validate=two_minima, plan=plan, members=(target,))
        np.testing.assert_allclose(together.parameters[index], alone.parameters[0], rtol=1e-6)
        np.testing.assert_allclose(
            together.validation_loss[index], alone.validation_loss[0], rtol=1e-5
        )
        chunks = alone.history.shape[0]
        np.testing.assert_allclose(
            together.history[:chunks, :, index], alone.history[:, :, 0], rtol=1e-5
        )


def test_a_key_fixes_the_result_and_another_changes_it():
    first, second = _train(loss=_noisy_pull), _train(loss=_noisy_pull)
    _assert_equal(first, second)
    optimiser = AdamDescent(_noisy_pull, learning_rate=0.05, steps=40)
    data = jnp.ones((3, 1))
    results = [
        train(optimiser, data * 0, data, _distance, PLAN, jax.random.key(seed)) for seed in (1, 2)
    ]
    assert not np.array_equal(results[0].history, results[1].history)
    # Members of the same data differ by their own randomness.
    assert len(set(results[0].history[-1, 0].tolist())) == 3


@pytest.mark.parametrize("chunks", [0, 1, 7])
def test_an_interrupted_training_goes_on_to_the_same_bits(tmp_path, chunks):
    checkpoint = tmp_path / "training.safetensors"
    with pytest.raises(_InterruptionError):
        _train(loss=_noisy_pull, listener=Listener(_Interrupting(chunks), checkpoint))
    assert checkpoint.is_file()
    resumed = _train(loss=_noisy_pull, listener=Listener(checkpoint=checkpoint))
    _assert_equal(resumed, _train(loss=_noisy_pull))


def test_a_finished_training_is_read_back(tmp_path):
    listener = Listener(checkpoint=tmp_path / "training.safetensors")
    first = _train(loss=_noisy_pull, listener=listener)
    _assert_equal(_train(loss=_noisy_pull, listener=listener), first)


def test_a_checkpoint_of_other_members_is_refused(tmp_path):
    listener = Listener(checkpoint=tmp_path / "training.safetensors")
    _train(listener=listener)
    with pytest.raises(InputError, match=r"arrays differ from the model's in"):
        _train(listener=listener, members=(1.0, 2.0))


def test_stages_keep_their_checkpoints_apart(tmp_path):
    listener = Listener(checkpoint=tmp_path / "training.safetensors")
    assert listener.at("refine").checkpoint == tmp_path / "refine.safetensors"
    assert Listener().at("refine").checkpoint is None


def test_select_best_takes_the_lowest_finite_losses_of_each_group():
    losses = np.array([3.0, np.nan, 2.0, np.inf, 5.0, 4.0])
    history = np.arange(6.0).reshape(1, 1, 6)
    result = TrainingResult({"p": jnp.arange(6) * 10}, losses, history)
    one = select_best(result, groups=2)
    np.testing.assert_array_equal(one.parameters["p"], [20, 50])
    np.testing.assert_array_equal(one.validation_loss, [2, 4])
    np.testing.assert_array_equal(one.history[0, 0], [2, 5])
    two = select_best(result, groups=2, keep=2)
    np.testing.assert_array_equal(two.parameters["p"], [20, 0, 50, 40])


def test_a_second_training_with_the_same_optimiser_is_not_compiled_again():
    traces, traced = [], []

    def loss(parameters, data, key):
        del key
        traces.append(None)
        return jnp.sum((parameters - data) ** 2)

    descent = AdamDescent(loss, 0.1, 4)
    start, goal = jnp.zeros((2, 3)), jnp.ones((2, 3))

    def validate(parameters, data):
        return jnp.sum((parameters - data) ** 2)

    for shift in (0, 1):
        plan = TrainingPlan(4, 2, label=f"stage {shift}")
        train(descent, start, goal + shift, validate, plan, jax.random.key(0))
        traced.append(len(traces))
    assert traced[0] == traced[1] > 0


def test_a_step_after_the_first_is_not_compiled_again():
    judged = []

    def validate(parameters, data):
        judged.append(None)
        return jnp.sum((parameters - data) ** 2)

    def loss(parameters, data, key):
        del key
        return jnp.sum((parameters - data) ** 2)

    # A number that Python's float is made to: JAX lets its type give way to another.
    start, goal = jnp.full((2, 3), 0.0), jnp.ones((2, 3))
    optimiser = AdamDescent(loss, 0.1, 8)
    train(optimiser, start, goal, validate, TrainingPlan(8, 2), jax.random.key(0))
    assert len(judged) == 1
