"""What leaks is found, and what does not is not."""

import numpy as np
import pytest

from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.tasks.audit import score_leak

SEED = SeedTree(0)


def test_a_planted_leak_is_found_and_noise_is_none():
    rng = np.random.default_rng(0)
    answers = np.repeat(["1", "-1"], 250)
    noise = rng.normal(size=(500, 3))
    assert score_leak(noise, answers, SEED) == pytest.approx(0.5, abs=0.06)
    assert score_leak(noise + (answers == "1")[:, None], answers, SEED) > 0.75


def test_too_few_items_are_refused():
    with pytest.raises(
        InputError, match=r"two answers or more with 5 items each, found \{'1': 9\}"
    ):
        score_leak(np.zeros((9, 1)), ["1"] * 9, SEED)
