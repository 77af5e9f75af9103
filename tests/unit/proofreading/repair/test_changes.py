"""Edits are made and undone to the last voxel."""

import json

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.contracts import InputError
from neuropil.proofreading.adjacency.measuring import measure_contacts
from neuropil.proofreading.repair.agglomeration import agglomerate
from neuropil.proofreading.repair.changes import (
    Change,
    apply_changes,
    read_changes,
    undo_changes,
    write_changes,
)
from neuropil.proofreading.repair.proposals import (
    find_runs,
    map_labels,
    propose_joins,
    relabel_blocks,
)


@pytest.fixture(scope="module")
def joins(tissue):
    volume, evidence = tissue
    graph = measure_contacts(volume.segmentation("pieces"), evidence)
    rng = np.random.default_rng(0)
    found = agglomerate(graph, lambda _, features: rng.uniform(0.3, 1, len(features.rows)))
    return graph, found, propose_joins(volume, "pieces", graph, found, 0.5)


def test_joins_make_the_groups_of_the_agglomeration(tissue, joins):
    labels = tissue[0].segmentation("pieces")
    graph, found, changes = joins
    edited = apply_changes(labels, changes)
    groups = found.groups(0.5)
    table = np.zeros(labels.max() + 1, int)
    table[graph.labels] = groups
    pairs = np.unique(np.stack([edited.ravel(), table[labels].ravel()]), axis=1)
    assert len(changes) == len(graph.labels) - len(np.unique(groups)) > 20
    assert pairs.shape[1] == len(np.unique(groups)) == len(np.unique(edited))


def test_undoing_restores_every_voxel(tissue, joins):
    labels = tissue[0].segmentation("pieces")
    _, _, changes = joins
    edited = apply_changes(labels, changes)
    assert not np.array_equal(edited, labels)
    np.testing.assert_array_equal(undo_changes(edited, changes), labels)
    # The last part of a log alone, too.
    halfway = undo_changes(edited, changes[10:])
    np.testing.assert_array_equal(halfway, apply_changes(labels, changes[:10]))


def test_the_smaller_object_takes_the_label_of_the_larger(tissue, joins):
    labels = tissue[0].segmentation("pieces")
    first = joins[2][0]
    assert first.operation == "merge"
    assert (labels == first.before).sum() <= (labels == first.after).sum()
    assert first.labels == (first.after, first.before)
    # It is looked at where the two touch.
    z, y, x = (int(nm / 10) for nm in first.place)
    around = labels[max(z - 9, 0) : z + 10, max(y - 9, 0) : y + 10, max(x - 9, 0) : x + 10]
    assert {first.before, first.after} <= set(np.unique(around).tolist())


def test_a_split_is_undone_too():
    labels = np.repeat(np.arange(1, 4), 20).reshape(3, 4, 5).astype(np.uint8)
    split = Change("s", "split", 2, 9, np.array([[22, 3], [30, 2]]), (0, 0, 0), 0.9)
    edited = apply_changes(labels, [split])
    assert np.flatnonzero(edited == 9).tolist() == [22, 23, 24, 30, 31]
    assert edited.dtype == np.uint8
    np.testing.assert_array_equal(undo_changes(edited, [split]), labels)


def test_a_log_survives_its_file(tissue, joins, tmp_path):
    path = tmp_path / "changes.jsonl"
    write_changes(path, joins[2])
    again = read_changes(path)
    labels = tissue[0].segmentation("pieces")
    np.testing.assert_array_equal(apply_changes(labels, again), apply_changes(labels, joins[2]))
    assert [one.to_json() for one in again] == [one.to_json() for one in joins[2]]
    record = json.loads(path.read_text().splitlines()[0])
    assert set(record) >= {"id", "operation", "labels", "place_nm", "probability", "before"}


def test_a_log_of_another_segmentation_is_refused(tissue, joins):
    labels = tissue[0].segmentation("pieces")
    with pytest.raises(InputError, match=r"change 000000: expected label \d+ at its \d+ voxels"):
        apply_changes(labels + 1, joins[2])
    with pytest.raises(InputError, match=r"expected \d+ voxels or more, found 8"):
        apply_changes(np.ones((2, 2, 2), int), joins[2])


def test_a_label_must_fit():
    labels = np.ones((1, 1, 4), np.uint8)
    split = Change("s", "split", 1, 300, np.array([[1, 2]]), (0, 0, 0), 0.9)
    with pytest.raises(InputError, match="expected a label that fits uint8, found 300"):
        apply_changes(labels, [split])


def test_a_damaged_line_is_named(tmp_path):
    path = tmp_path / "changes.jsonl"
    path.write_text('{"id": "a"}\n')
    with pytest.raises(InputError, match=r"changes.jsonl, line 1: expected a change"):
        read_changes(path)
    with pytest.raises(InputError, match="there is no such file"):
        read_changes(tmp_path / "none.jsonl")


def test_runs_tile_the_volume():
    labels = np.array([[[1, 1, 0, 2], [2, 2, 1, 1]]])
    runs = find_runs(labels)
    assert {name: part.tolist() for name, part in runs.items()} == {
        1: [[0, 2], [6, 2]],
        2: [[3, 3]],
    }


def test_blocks_get_the_labels_of_the_log(tissue, joins, tmp_path):
    zarr = pytest.importorskip("zarr")
    volume = tissue[0]
    labels = volume.segmentation("pieces")
    source = zarr.create_array(tmp_path / "a.zarr", data=labels, chunks=(16, 16, 16))
    target = zarr.create_array(
        tmp_path / "b.zarr", shape=labels.shape, dtype=labels.dtype, chunks=(16, 16, 16)
    )
    stored = Volume((10, 10, 10), segmentations={"pieces": source})
    relabel_blocks(stored, "pieces", map_labels(joins[2]), target, size=16)
    np.testing.assert_array_equal(target[:], apply_changes(labels, joins[2]))


def test_a_split_has_no_map_of_labels():
    split = Change("s", "split", 2, 9, np.array([[22, 3]]), (0, 0, 0), 0.9)
    with pytest.raises(InputError, match="change s: expected joins only, found a split"):
        map_labels([split])


def test_a_target_must_have_the_shape_of_the_volume(tissue):
    with pytest.raises(InputError, match=r"expected a target of shape \(36, 40, 44\)"):
        relabel_blocks(tissue[0], "pieces", {}, np.zeros((2, 2, 2), int))
