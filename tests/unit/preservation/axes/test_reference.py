"""A reference flags what lies beyond it, and nothing of its own."""

import polars as pl
import pytest

from neuropil.contracts import InputError
from neuropil.preservation.axes.reference import JUDGED, AxisReference
from neuropil.preservation.axes.table import AXES


def table(*values, **axes):
    """Make rows in which judged axes have one value each."""
    rows = []
    for section, value in enumerate(values):
        row = {"section": section, **dict.fromkeys(AXES, 1.0), **dict.fromkeys(JUDGED, value)}
        rows.append({**row, "membrane_density": 8.0, **axes})
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(AXES, pl.Float64))


SOUND = table(0.0, 0.02, 0.04, 0.02, 0.0)


def test_no_section_of_a_reference_is_damaged():
    assert not AxisReference.fit([SOUND]).judge(SOUND)["damaged"].any()


def test_limits_stand_three_spreads_above_the_median():
    limit = AxisReference.fit([SOUND]).limits["zone_fraction"]
    assert limit.median == 0.02
    assert limit.limit == pytest.approx(0.02 + 3 * 1.4826 * 0.02)


def test_sections_that_are_all_alike_still_leave_room():
    limits = AxisReference.fit([table(*[0.0] * 6)]).limits
    assert {axis: limit.limit for axis, limit in limits.items()} == dict(JUDGED)


def test_damage_is_named_by_its_axis_the_farthest_first():
    judged = AxisReference.fit([SOUND]).judge(table(0.01, zone_fraction=0.2, void_fraction=0.4))
    assert judged["damaged"].to_list() == [True]
    assert judged["along"].to_list() == ["void_fraction, zone_fraction"]
    assert judged["zone_fraction_excess"][0] == pytest.approx(0.18)


def test_twice_the_membrane_per_area_is_half_the_length():
    judged = AxisReference.fit([SOUND]).judge(table(0.01, membrane_density=16.0))
    assert judged["shrinkage"].to_list() == [0.5]
    assert judged["damaged"].to_list() == [False]


def test_what_was_not_measured_is_not_judged():
    judged = AxisReference.fit([SOUND]).judge(table(0.01, gap_fraction=None, membrane_density=None))
    assert judged["gap_fraction_excess"].to_list() == [None]
    assert judged["shrinkage"].to_list() == [None]


def test_too_few_sections_are_named():
    with pytest.raises(InputError) as caught:
        AxisReference.fit([table(0.0, 0.0)])
    assert str(caught.value) == (
        "AxisReference.fit: expected 5 sections or more with a gap_fraction, found 2. Bring more "
        "sound sections."
    )
