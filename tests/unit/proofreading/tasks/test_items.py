"""Names of items depend on what is asked, and items survive as JSON."""

import json

import numpy as np

from neuropil.proofreading import Item, Piece


def _item(**more):
    shown = (Piece((1, 2), (3, 9)), Piece((4,)))
    return Item("split-error-binary", shown, (1.0, 2.0, 3.0), 2048.0, "1", "made", **more)


def test_an_item_comes_back_from_json():
    item = _item(facts={"gap": 120})
    back = Item.from_json(json.loads(json.dumps(item.to_json())))
    assert back == item
    assert back.facts == {"gap": 120}
    whole = Item("segment-type", (Piece((1,)),), (0.0, 0.0, 0.0), np.inf, "a", "made")
    assert Item.from_json(json.loads(json.dumps(whole.to_json()))) == whole


def test_places_of_objects_belong_to_the_question():
    placed = Item(
        "merge-error-choice",
        (Piece((1,), center=(1.0, 2.0, 3.0)), Piece((2,))),
        (1.0, 2.0, 3.0),
        4096.0,
        "1",
        "made",
    )
    assert Item.from_json(json.loads(json.dumps(placed.to_json()))) == placed
    plain = Item(placed.task, (Piece((1,)), Piece((2,))), placed.center, 4096.0, "1", "made")
    assert plain.id != placed.id


def test_the_name_is_the_same_everywhere_and_does_not_tell_the_answer():
    assert _item().id == "eb91501d6f38e9a0"
    assert Item(**{**vars(_item()), "answer": "-1", "part": "train"}).id == _item().id


def test_a_cut_object_ends_at_its_sections():
    labels = np.ones((10, 2, 2), dtype=int)
    assert Piece((1,), (3, 9)).mask(labels).any(axis=(1, 2)).tolist() == [False] * 3 + [
        True
    ] * 6 + [False]
    assert Piece((1,), (3, 9)).mask(labels[2:], first=2).any(axis=(1, 2)).sum() == 6
