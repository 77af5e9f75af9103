"""Gaps that were cut into drawn membranes are found, with their number and length."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from neuropil.contracts import InputError
from neuropil.preservation.axes.closure import Closure, GapScale, measure_closure
from neuropil.preservation.axes.links import link_ends
from neuropil.preservation.axes.openness import measure_openness
from neuropil.preservation.axes.skeletons import trace_membranes


def draw(*segments, shape=(120, 160)):
    """Draw straight membranes three pixels thick."""
    drawn = np.zeros(shape, np.float32)
    for (y0, x0), (y1, x1) in segments:
        n = 2 * max(abs(y1 - y0), abs(x1 - x0)) + 1
        drawn[tuple(np.rint(np.linspace((y0, x0), (y1, x1), n)).astype(int).T)] = 1
    return np.clip(gaussian_filter(drawn, 1.0) * 3, 0, 1)


def follow(probability):
    lines = trace_membranes(probability)
    return lines, link_ends(lines)


def test_a_closed_membrane_has_no_end():
    ring = draw(
        ((30, 30), (30, 90)), ((30, 90), (80, 90)), ((80, 90), (80, 30)), ((80, 30), (30, 30))
    )
    lines, links = follow(ring)
    assert len(lines.ends) == len(links.lengths) == 0
    # Two sides of 600 and two of 500 nm; steps are counted as if lines ran in all directions.
    assert lines.length == pytest.approx(2.2, rel=0.1)


def test_a_membrane_that_leaves_the_section_has_no_end():
    lines, _ = follow(draw(((50, 0), (50, 159))))
    assert len(lines.ends) == 0
    assert lines.length == pytest.approx(1.6 * 0.948, rel=0.05)


@pytest.mark.parametrize("gap", [4, 5, 7])
def test_a_gap_is_two_ends_that_point_at_each_other(gap):
    lines, links = follow(draw(((50, 0), (50, 70)), ((50, 70 + gap), (50, 159))))
    assert len(lines.ends) == 2
    np.testing.assert_allclose(np.abs(lines.directions[:, 1]), 1, atol=0.1)
    # The blur makes each end a pixel longer or shorter.
    assert links.lengths == pytest.approx([10 * gap], abs=25)


def test_a_gap_longer_than_the_reach_is_not_linked():
    lines, links = follow(draw(((50, 0), (50, 60)), ((50, 80), (50, 159))))
    assert len(lines.ends) == 2
    assert len(links.lengths) == 0
    assert link_ends(lines, reach=300).lengths == pytest.approx([200], abs=25)


def test_a_membrane_that_stops_before_another_is_linked_to_it():
    lines, links = follow(draw(((0, 80), (119, 80)), ((60, 0), (60, 72))))
    assert len(lines.ends) == 1
    assert links.lengths == pytest.approx([80], abs=20)
    assert abs(int(links.stops[0, 1]) - 80) <= 1


def test_ends_side_by_side_are_no_gap():
    _, links = follow(draw(((40, 0), (40, 80)), ((48, 0), (48, 80))))
    assert len(links.lengths) == 0


def test_vesicles_and_spurs_are_no_membranes():
    lines, _ = follow(draw(((50, 0), (50, 159)), ((50, 80), (53, 80)), ((90, 40), (90, 44))))
    assert len(lines.ends) == 0
    assert not lines.lines[70:].any()


def test_an_empty_section_has_neither_lines_nor_closure():
    empty = np.zeros((80, 80), np.float32)
    closure = measure_closure(empty, *follow(empty))
    assert (closure.length, closure.gaps, closure.known) == (0.0, 0, False)
    assert closure.openness == 0.0
    assert np.isnan(closure.gap_length)
    assert np.isnan(GapScale((0.1,) * 6, (1.0, 1.0)).estimate(closure))


def test_ends_in_zones_do_not_count():
    membrane = draw(((50, 0), (50, 70)), ((50, 77), (50, 159)))
    lines, links = follow(membrane)
    apart = np.zeros((120, 160), bool)
    apart[40:60, 60:90] = True
    assert measure_closure(membrane, lines, links).gaps == 1
    closure = measure_closure(membrane, lines, links, apart)
    assert (closure.gaps, closure.ends_per_um, closure.linked) == (0, 0.0, 0.0)


@pytest.mark.parametrize("gap", [0, 8, 11, 14])
def test_openness_is_the_share_of_a_border_without_membrane(gap):
    membrane = draw(((50, 0), (50, 60)), ((50, 60 + gap), (50, 159)))
    # The blur closes a pixel and a half at each end.
    assert measure_openness(membrane) == pytest.approx(max(gap - 3, 0) / 160, abs=1 / 160)


def test_where_a_gap_joins_two_segments_there_is_no_border():
    membrane = draw(((50, 0), (50, 60)), ((50, 84), (50, 159)))
    assert measure_openness(membrane) == 0


def test_openness_does_not_count_beside_a_void():
    membrane = draw(((50, 0), (50, 60)), ((50, 72), (50, 159)))
    apart = np.zeros((120, 160), bool)
    apart[:, 50:80] = True
    assert measure_openness(membrane) > 0.05
    assert measure_openness(membrane, apart) == 0


def see(ends, openness):
    return Closure(10.0, ends, 0.0, 0, 0.0, openness)


def test_the_scale_returns_the_shares_it_was_fitted_to():
    rng = np.random.default_rng(0)
    seen = rng.uniform((0, 0), (2, 0.3), (80, 2))
    shares = 0.01 + 0.05 * seen[:, 0] + 0.4 * seen[:, 1] - 0.1 * seen[:, 0] * seen[:, 1]
    closures = [see(*one) for one in seen]
    scale = GapScale.fit(closures, shares.tolist())
    assert scale.weights == pytest.approx((0.01, 0.05, 0.4, 0, -0.1, 0))
    assert [scale.estimate(one) for one in closures] == pytest.approx(shares)
    assert GapScale.from_json(scale.to_json()) == scale


def test_few_sections_fit_a_plane():
    rng = np.random.default_rng(0)
    seen = rng.uniform((0, 0), (2, 0.3), (40, 2))
    shares = 0.01 + 0.05 * seen[:, 0] + 0.4 * seen[:, 1]
    scale = GapScale.fit([see(*one) for one in seen], shares.tolist())
    assert scale.weights == pytest.approx((0.01, 0.05, 0.4, 0, 0, 0))


def test_beyond_what_it_was_fitted_to_a_scale_says_what_it_says_there():
    scale = GapScale((0.0, 0.1, 0.2, 0.0, 0.0, 0.0), (2.0, 0.3))
    assert scale.estimate(see(9.0, 0.9)) == scale.estimate(see(2.0, 0.3)) == pytest.approx(0.26)


def test_a_scale_without_rise_is_named():
    with pytest.raises(InputError) as caught:
        GapScale.fit([see(1.0, 0.1)] * 12, [0.0, 0.1, 0.2] * 4)
    assert str(caught.value) == (
        "GapScale.fit: expected free ends that rise with gaps, found that they do not. "
        "Bring more sections, with several shares of gaps."
    )


def test_too_few_sections_for_a_scale_are_named():
    with pytest.raises(InputError) as caught:
        GapScale.fit([see(1.0, 0.1)], [0.1])
    assert str(caught.value) == (
        "GapScale.fit: expected 12 sections or more with the share of gaps of each, found 1 and 1 "
        "shares. Bring more sections, with several shares of gaps."
    )
