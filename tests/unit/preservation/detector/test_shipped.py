"""The shipped detector is small, names its data, and knows membranes of tissue it never saw."""

import json
from pathlib import Path

import numpy as np
import pytest

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.measures import compute_roc_area
from neuropil.preservation.detector.marks import mark_membranes
from neuropil.preservation.detector.shipped import (
    SHIPPED_PLAN,
    TRAINED_BELOW,
    find_weights,
    load_shipped,
)


def test_it_is_small_and_of_the_plan() -> None:
    weights, description = find_weights()
    assert weights.stat().st_size < 250_000
    assert description.stat().st_size < 5_000
    assert load_shipped().plan == SHIPPED_PLAN


def test_it_says_where_it_comes_from() -> None:
    record = json.loads(find_weights()[1].read_text(encoding="utf-8"))
    assert max(record["held_out_sections"]) == TRAINED_BELOW - 1
    assert not set(record["held_out_sections"]) & set(record["trained_sections"])
    facts = record["facts"]
    assert facts["data"].startswith("dataset fib25")
    assert facts["attribution"].startswith("Parag et al. 2015")
    assert facts["licence_of_the_data"] == datasets.info("fib25").licence
    assert {"changes", "seed", "command"} < set(facts)


def test_membranes_of_the_part_that_was_held_out_are_found(real_data: Path) -> None:
    del real_data
    volume = datasets.load("fib25", kind=Volume)
    first = int(load_shipped().held_out_sections_[0])
    part = volume.crop((slice(first, first + 4), slice(None), slice(None)))
    truth = mark_membranes(part.segmentation("truth"), part.voxel_size).ravel()
    assert compute_roc_area(truth, load_shipped().predict(part).ravel()) > 0.93


@pytest.mark.parametrize("gain", [0.5, 2.0])
def test_brightness_does_not_matter(gain: float) -> None:
    volume = datasets.load("synthetic-neurites", kind=Volume)
    part = volume.crop((slice(0, 1), slice(None), slice(None)))
    image = part.read_image().astype(float)
    changed = Volume(part.voxel_size, gain * image + 30)
    plain, other = load_shipped().predict(part), load_shipped().predict(changed)
    np.testing.assert_allclose(other, plain, atol=1e-3)
