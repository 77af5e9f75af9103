"""What returns is told against what was lost, and errors only where truth is known."""

import numpy as np
import polars as pl
import pytest

from neuropil.connectome import Volume
from neuropil.preservation.detector.shipped import load_shipped
from neuropil.preservation.repair.results import tabulate_returned
from neuropil.preservation.repair.scores import Instrument, find_returned, score_sections


def test_the_share_that_returns():
    assert find_returned([0.1, 0.1], [0.3, 0.5], [0.2, 0.3]) == pytest.approx(0.5)
    assert find_returned([0.1], [0.3], [0.4]) == pytest.approx(-0.5)
    assert np.isnan(find_returned([0.1], [0.1], [0.05]))


class _Known:
    """A detector that knows the probability."""

    def __init__(self, probability):
        self.probability = probability

    def predict(self, volume, /):  # noqa: ARG002
        return self.probability


def test_closing_gaps_lowers_the_error_of_merged_cells(damaged):
    volume, probability = damaged
    plain, healed = score_sections(volume, {"known": Instrument(_Known(probability), 0.5)})
    assert (plain["healed"], healed["healed"]) == (False, True)
    assert (plain["gaps"], healed["gaps"]) == (0, 4)
    assert healed["arand"] < plain["arand"]
    assert healed["merge"] < plain["merge"]


def test_without_truth_gaps_are_counted_and_errors_are_not(damaged):
    volume, probability = damaged
    bare = Volume(volume.voxel_size, volume.read_image())
    rows = score_sections(bare, {"known": Instrument(_Known(probability), 0.5)})
    assert [row["gaps"] for row in rows] == [0, 4]
    assert {row["arand"] for row in rows} == {None}


def test_the_two_detectors_of_the_package_differ_in_weights_alone():
    one, other = (Instrument.named(name, 0.4).detector for name in ("shipped", "retrained"))
    assert one is load_shipped()
    assert one.plan == other.plan
    assert one.trained_sections_.tolist() == other.trained_sections_.tolist()


def test_what_returns_is_told_for_copies_against_their_own_block():
    rows = [
        *(
            (block, healed, error)
            for block, healed, error in (
                ("A", False, 0.1),
                ("A", True, 0.12),
                ("A, gaps:0.1", False, 0.3),
                ("A, gaps:0.1", True, 0.2),
                ("A, blur:4", False, 0.1),
                ("A, blur:4", True, 0.1),
            )
        ),
    ]
    table = pl.DataFrame(
        [
            {"block": block, "instrument": "shipped", "healed": healed}
            | {"arand": error, "split": 0.0, "merge": 0.0}
            for block, healed, error in rows
        ]
    )
    found = tabulate_returned(table, 1)
    assert found["block"].unique(maintain_order=True).to_list() == ["A, gaps:0.1", "A, blur:4"]
    assert found["returned"].round(6).to_list() == [0.0, 0.5, None, None]
