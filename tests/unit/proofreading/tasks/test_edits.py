"""Logs are read and filtered, and each edit becomes the questions it answers."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from neuropil.contracts import InputError, SeedTree, write_json
from neuropil.proofreading.rendering.pictures import Studio
from neuropil.proofreading.tasks.edit_example import make_example_edits
from neuropil.proofreading.tasks.edits import (
    make_edit_items,
    read_edits,
    select_edits,
    write_edits,
)

SEED = SeedTree(0)


@pytest.fixture(scope="module")
def example():
    return make_example_edits(SEED)


def test_a_log_comes_back_from_its_file(example, tmp_path):
    _, edits = example
    write_edits(tmp_path / "log.json", edits)
    back = read_edits(tmp_path / "log.json")
    assert back == edits
    assert back[0].root_labels == edits[0].root_labels
    assert back[0].prev_timestamp == 999


def test_places_are_written_along_x_y_and_z(example):
    _, [edit, *_] = example
    assert edit.to_json()["interface_point"] == list(edit.interface_point)[::-1]


def test_the_example_ends_with_whole_neurites(example):
    volume, edits = example
    truth, supervoxels = volume.segmentation("truth"), volume.segmentation("supervoxels")
    for edit in edits:
        inside = np.isin(supervoxels, edit.piece(edit.neuron_id).labels)
        assert len(np.unique(truth[inside])) == 1
        assert (truth[inside][0] == truth).sum() == inside.sum()
    assert Counter(edit.is_merge for edit in edits) == {True: 27, False: 8}


def test_all_edits_of_the_example_are_fair(example):
    _, edits = example
    assert select_edits(edits) == edits


def test_unfair_edits_are_left_out(example):
    _, edits = example
    join = next(edit for edit in edits if edit.is_merge)
    cut = next(edit for edit in edits if not edit.is_merge)
    crumb = replace(join, before_vertex_counts=(5000, 999))
    far = replace(join, min_distance=1001.0)
    lone = replace(join, before_root_ids=join.before_root_ids[:1])
    assert select_edits([crumb, far, lone]) == []
    # Nobody uses an object of the cut again when it is the only edit.
    assert select_edits([cut]) == []
    assert select_edits([cut, *edits[1:2]]) == [cut, edits[1]]


def test_items_are_balanced_and_the_base_is_not_always_larger(example):
    volume, edits = example
    items = make_edit_items(edits, "example", SEED)
    counts = Counter((item.task, item.answer) for item in items)
    assert counts["split-error-binary", "1"] == counts["split-error-binary", "-1"] == 27
    assert counts["merge-error-binary", "1"] == counts["merge-error-binary", "-1"] == 8
    labels = volume.segmentation("supervoxels")
    joins = [i for i in items if i.task == "split-error-binary" and i.answer == "1"]
    larger = [
        piece_one.mask(labels).sum() > piece_two.mask(labels).sum()
        for piece_one, piece_two in (item.shown for item in joins)
    ]
    assert 0 < sum(larger) < len(larger)


def test_an_edit_that_was_done_again_is_asked_once(example):
    _, edits = example
    again = [*edits, *(replace(edit, operation_id=edit.operation_id + 100) for edit in edits)]
    ids = [item.id for item in make_edit_items(again, "example", SEED)]
    assert len(ids) == len(set(ids))
    assert len(ids) >= len(make_edit_items(edits, "example", SEED))


def test_answers_are_true(example):
    volume, edits = example
    truth, labels = volume.segmentation("truth"), volume.segmentation("supervoxels")
    for item in make_edit_items(edits, "example", SEED):
        bodies = [set(np.unique(truth[piece.mask(labels)]).tolist()) for piece in item.shown]
        if item.task == "split-error-binary":
            assert (bodies[0] == bodies[1]) == (item.answer == "1")
        elif item.task == "split-error-choice":
            assert bodies[int(item.answer)] == bodies[0]
        elif item.task == "merge-error-binary":
            assert (len(bodies[0]) > 1) == (item.answer == "1")
        else:
            assert len(bodies[int(item.answer) - 1]) > 1


def test_finished_neurons_can_be_the_negatives(example):
    _, edits = example
    cuts = [edit for edit in edits if not edit.is_merge]
    [_, negative, _] = make_edit_items(cuts[:1], "example", SEED, negatives="final")
    assert negative.shown[0].labels == (1, 2, 3, 4)
    assert negative.half_width == 4096.0


def test_items_of_the_example_can_be_drawn(example):
    volume, edits = example
    item = make_edit_items(edits, "example", SEED)[5]
    pictures = Studio(volume, "supervoxels", size=64).take(item)
    assert all((picture.pixels != 255).any() for picture in pictures.views)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"edits": []}, "expected a list of edits, found dict"),
        ([3], "edit 1: expected an object with fields, found int"),
        ([{"operation_id": 1}], "edit 1: expected the field 'neuron_id', found none"),
    ],
)
def test_files_that_are_no_log_are_refused(tmp_path, content, message):
    write_json(tmp_path / "log.json", content)
    with pytest.raises(InputError, match=message):
        read_edits(tmp_path / "log.json")


def test_a_place_of_two_numbers_is_refused(example, tmp_path):
    _, [edit, *_] = example
    write_json(tmp_path / "log.json", [{**edit.to_json(), "interface_point": [1, 2]}])
    with pytest.raises(InputError, match="edit 1: expected lists of whole numbers and places"):
        read_edits(tmp_path / "log.json")
