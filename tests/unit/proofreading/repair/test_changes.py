"""Edits are made and undone to the last voxel."""

import json

import numpy as np
import pytest

from neuropil import formats
from neuropil.connectome import Volume
from neuropil.contracts import InputError
from neuropil.proofreading.adjacency.measuring import measure_contacts
from neuropil.proofreading.repair.agglomeration import agglomerate
from neuropil.proofreading.repair.changes import (
    Change,
    drop_change,
    read_changes,
    write_changes,
)
from neuropil.proofreading.repair.edited import EditedLabels, Step, apply_changes, undo_changes
from neuropil.proofreading.repair.proposals import propose_joins, write_down
from neuropil.proofreading.repair.runs import count_voxels


@pytest.fixture(scope="module")
def joins(tissue):
    volume, evidence = tissue
    graph = measure_contacts(volume.segmentation("pieces"), evidence)
    rng = np.random.default_rng(0)
    found = agglomerate(graph, lambda _, features: rng.uniform(0.3, 1, len(features.rows)))
    objects = count_voxels(volume, "pieces")
    joins = propose_joins(objects, volume.voxel_size, found, 0.5)
    return graph, found, write_down(volume, "pieces", joins)


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


@pytest.mark.parametrize("size", [7, 16, 100])
def test_blocks_are_edited_as_the_whole(tissue, joins, size):
    volume, changes = tissue[0], joins[2]
    labels = volume.segmentation("pieces")
    edited = apply_changes(labels, changes)
    made = EditedLabels(labels, [Step(change) for change in changes])
    undone = EditedLabels(edited, [Step(change, undo=True) for change in reversed(changes)])
    for block in volume.blocks(size):
        np.testing.assert_array_equal(made[block.core], edited[block.core])
        np.testing.assert_array_equal(undone[block.core], labels[block.core])


def test_edited_labels_are_sliced_like_an_array(tissue, joins):
    labels, changes = tissue[0].segmentation("pieces"), joins[2]
    edited = EditedLabels(labels, [Step(change) for change in changes])
    whole = apply_changes(labels, changes)
    assert (edited.shape, edited.dtype) == (whole.shape, whole.dtype)
    for region in (5, -1, ..., (3, 4), (slice(2, 9), ..., 6), (slice(None), slice(4, -2))):
        np.testing.assert_array_equal(edited[region], whole[region])
    with pytest.raises(InputError, match="expected slices without a step, found slice"):
        edited[::2]


def test_a_volume_with_edits_is_written_in_blocks(tissue, joins, tmp_path):
    pytest.importorskip("zarr")
    volume, changes = tissue[0], joins[2]
    labels = volume.segmentation("pieces")
    edited = EditedLabels(labels, [Step(change) for change in changes])
    mended = Volume(volume.voxel_size, segmentations={"pieces": edited})
    formats.write(mended, tmp_path / "mended.zarr")
    again = formats.read(tmp_path / "mended.zarr", kind=Volume)
    np.testing.assert_array_equal(again.segmentation("pieces"), apply_changes(labels, changes))


def test_one_edit_is_taken_out_and_the_others_stay(tissue, joins):
    labels, changes = tissue[0].segmentation("pieces"), joins[2]
    edited = apply_changes(labels, changes)
    # One whose object went on to be joined to another.
    later = {int(voxel) for change in changes[6:] for voxel in change.runs[:, 0]}
    which = next(k for k, one in enumerate(changes) if int(one.runs[0, 0]) in later)
    left = drop_change(changes, changes[which].id)
    back = apply_changes(labels, left)
    moved = np.zeros(labels.size, bool)
    for start, length in changes[which].runs:
        moved[start : start + length] = True
    moved = moved.reshape(labels.shape)
    assert moved.any()
    # Its voxels are what they were before it, and all others what they were after everything.
    before = apply_changes(labels, changes[:which])
    np.testing.assert_array_equal(back[moved], before[moved])
    np.testing.assert_array_equal(back[~moved], edited[~moved])


def test_an_edit_that_loses_all_its_voxels_is_dropped():
    labels = np.repeat([1, 2, 3], 4).reshape(1, 1, 12).astype(np.uint8)
    first = Change("a", "merge", 1, 2, np.array([[0, 4]]), (0, 0, 0), 0.9)
    second = Change("b", "merge", 2, 3, np.array([[4, 4], [0, 4]]), (0, 0, 0), 0.8)
    third = Change("c", "split", 3, 9, np.array([[1, 2]]), (0, 0, 0), 0.7)
    left = drop_change([first, second, third], "a")
    assert [change.id for change in left] == ["b"]
    assert left[0].runs.tolist() == [[4, 4]]
    assert apply_changes(labels, left).ravel().tolist() == [1] * 4 + [3] * 8
    with pytest.raises(InputError, match="expected a change 'x', found none of that name among 3"):
        drop_change([first, second, third], "x")


def test_joins_of_other_objects_are_refused(tissue, joins):
    bodies = count_voxels(tissue[0], "truth")
    with pytest.raises(InputError, match=r"expected joins of 9 objects, found joins of \d+"):
        propose_joins(bodies, (10, 10, 10), joins[1], 0.5)
