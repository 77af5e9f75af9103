"""A fitted course is read back as it was, and a damaged one is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from neuropil.connectome import Visits
from neuropil.contracts import InputError
from neuropil.progression.alignment.limits import Limits
from neuropil.progression.alignment.noise import NoiseModel
from neuropil.progression.alignment.scans import UnitScale
from neuropil.progression.alignment.stages import StageGrid
from neuropil.progression.dynamics.trajectory import Trajectory
from neuropil.progression.fitting.storage import FittedCourse, load_course, save_course

MODEL = FittedCourse(
    ("CA1", "CA3"),
    "year",
    "tau PET",
    "SUVR",
    UnitScale(1.0, 3.0),
    NoiseModel(0.03, 0.05, Limits(0.0)),
    StageGrid(12.0, 0.5),
    Trajectory(np.linspace(0, 1, 10).reshape(5, 2), 20.0),
    np.array([[0.0, 0.5], [0.5, 0.0]]),
    0.4,
    0.3,
    np.array([0.9, 0.8]),
    np.array([0.1, 0.0]),
    {"SC": 0.25, "FC": 0.75},
)


def visits(**changed):
    frame = {"subject": ["a"], "time": [0.0], "CA1": [1.0], "CA3": [2.0]} | changed
    return Visits.from_frame(frame, quantity="tau PET", unit="SUVR")


def test_what_is_read_is_what_was_written(tmp_path):
    save_course(MODEL, tmp_path / "model")
    found = load_course(tmp_path / "model")
    for name in ("regions", "time_unit", "quantity", "unit", "noise", "grid", "spread", "growth"):
        assert getattr(found, name) == getattr(MODEL, name)
    assert (found.scale.low, found.scale.high) == (1.0, 3.0)
    assert found.shares == MODEL.shares
    np.testing.assert_array_equal(found.course.states, MODEL.course.states)
    for name in ("weights", "capacity", "start"):
        np.testing.assert_array_equal(getattr(found, name), getattr(MODEL, name))


def test_visits_are_brought_to_the_unit_of_the_fit():
    np.testing.assert_array_equal(MODEL.read(visits()).values, [[0.0, 0.5]])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            [[1.0, 2.0]],
            "ProgressionModel: expected Visits, found list. Make them with "
            "Visits.from_frame(table).",
        ),
        (
            visits(CA2=[0.5]),
            "not stated: expected the 2 regions of the fit, found 3 of which 2 have their names. "
            "Use the same regions in the same order.",
        ),
        (
            replace(visits(), time_unit="month"),
            "not stated: expected the time_unit 'year' of the fit, found 'month'. Convert the "
            "visits, and state their unit.",
        ),
        (
            replace(visits(), unit="percent"),
            "not stated: expected the unit 'SUVR' of the fit, found 'percent'. Convert the visits, "
            "and state their unit.",
        ),
    ],
)
def test_visits_that_do_not_belong_to_the_fit(given, message):
    with pytest.raises(InputError) as error:
        MODEL.read(given)
    assert str(error.value) == message


def test_a_damaged_record_is_named(tmp_path):
    save_course(MODEL, tmp_path / "model")
    place = tmp_path / "model" / "model.json"
    record = json.loads(place.read_text())
    place.write_text(json.dumps(record | {"noise": [0.1, -1.0]}))
    with pytest.raises(InputError) as error:
        load_course(tmp_path / "model")
    assert str(error.value) == (
        f"{place}: an item does not have the fields of the format (noise.1: input should be "
        "greater than 0). Save the model again."
    )


def test_a_number_that_is_not_finite_is_refused(tmp_path):
    broken = replace(MODEL, capacity=np.array([np.nan, 1.0]))
    save_course(broken, tmp_path / "model")
    with pytest.raises(InputError) as error:
        load_course(tmp_path / "model")
    path = tmp_path / "model" / "parameters.safetensors"
    assert str(error.value) == f"{path}: expected finite numbers. Save the model again."
