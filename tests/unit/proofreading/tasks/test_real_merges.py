from pathlib import Path

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.proofreading.tasks.real_merges import (
    build_real_merge_items,
    find_merged_objects,
    match_clean_objects,
)

FIB25 = "em/fib25_training2/fib25_training2_labels.npz"


def planted() -> tuple[np.ndarray, np.ndarray]:
    """Object 1 has two bodies, 2 and 3 have one; 3 has the volume of 1."""
    labels = np.zeros((10, 30, 40), np.uint16)
    labels[:, :, :10], labels[:, :5, 12:20], labels[:, :, 25:35] = 1, 2, 3
    truth = np.ones(labels.shape, np.uint16)
    truth[:, 20:, :10] = 2
    truth[:, :, 12:] = 3
    return labels, truth


def test_two_largest_bodies_of_each_object_are_counted() -> None:
    found = find_merged_objects(*planted())
    assert found.labels.tolist() == [1, 2, 3]
    assert found.bodies.tolist() == [[1, 2], [3, 0], [3, 0]]
    assert found.voxels.tolist() == [[2000, 1000], [400, 0], [3000, 0]]
    assert found.merged().tolist() == [True, False, False]
    assert found.merged(fewest_voxels=1001).tolist() == [False, False, False]
    assert found.clean().tolist() == [False, True, True]


def test_a_merged_object_is_asked_about_beside_a_clean_one_of_its_volume() -> None:
    labels, truth = planted()
    merged, clean = build_real_merge_items(labels, truth, (10.0, 10.0, 10.0), "planted")
    assert (merged.shown[0].labels, merged.answer) == ((1,), "1")
    assert (clean.shown[0].labels, clean.answer) == ((3,), "-1")
    assert merged.facts["contact_nm"][1] == 200.0
    assert merged.facts["second_voxels"] == 1000
    assert merged.part == clean.part


def test_bad_truth_is_named() -> None:
    labels, truth = planted()
    with pytest.raises(InputError, match="Bring both on one grid of voxels"):
        find_merged_objects(labels, truth[:5])
    objects = find_merged_objects(labels, truth)
    with pytest.raises(InputError, match="a clean object for each of 3 merged ones, found 0"):
        match_clean_objects(objects, np.ones(3, bool))


def test_real_merges_of_fib25_are_as_many_as_published(real_data: Path) -> None:
    if not (real_data / FIB25).exists():
        pytest.skip(f"no {FIB25} in the mirror")
    with np.load(real_data / FIB25, allow_pickle=False) as stored:
        truth = stored["gt"]
        for name, counts in (("watershed", (21, 97, 175)), ("ffn", (13, 47, 74))):
            objects = find_merged_objects(stored[name], truth)
            at = [int(objects.merged(0.1, fewest).sum()) for fewest in (2000, 500, 200)]
            assert tuple(at) == counts
            pairs = match_clean_objects(objects, objects.merged())
            assert len(np.unique(pairs)) == 2 * counts[1]
            ratio = objects.volumes[pairs[:, 0]] / objects.volumes[pairs[:, 1]]
            assert np.maximum(ratio, 1 / ratio).max() < 1.12
