import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from neuropil.preservation.damage.texture import (
    blend,
    blur_sections,
    borrow_grain,
    draw_field,
    spread_level,
)

SIZE = (50.0, 4.0, 4.0)


def test_fields_have_unit_variance_at_large_and_one_value_in_the_small():
    rng = np.random.default_rng(0)
    small = [draw_field((1, 8, 8), SIZE, 50_000, rng) for _ in range(300)]
    assert max(np.ptp(one) for one in small) < 0.02
    values = np.array([one.mean() for one in small])
    assert abs(values.mean()) < 0.2
    assert abs(values.std() - 1) < 0.12


def test_fields_are_correlated_over_their_length():
    rng = np.random.default_rng(1)
    field = np.mean(
        [
            [(one[0, :, :-25] * one[0, :, 25:]).mean(), (one**2).mean()]
            for one in (draw_field((1, 256, 256), SIZE, 100, rng) for _ in range(12))
        ],
        axis=0,
    )
    # 25 pixels of 4 nm are one length.
    assert field[0] / field[1] == pytest.approx(np.exp(-0.5), abs=0.08)


@pytest.mark.parametrize("blur", [4.0, 8.0, 20.0, 60.0])
def test_boxes_blur_as_a_gaussian_does(blur):
    values = np.zeros((2, 161, 161))
    values[0, 80, 80] = 1
    ours = blur_sections(values, blur, SIZE)
    theirs = gaussian_filter(values, [0, blur / 4, blur / 4])
    assert ours[0].sum() == pytest.approx(1)
    assert not ours[1].any()
    along = np.arange(161) - 80
    assert np.sqrt((ours[0].sum(0) * along**2).sum()) * 4 == pytest.approx(blur, rel=0.2)
    assert np.abs(ours - theirs).max() < 0.35 * theirs.max()


def test_levels_spread_from_what_counts():
    image = np.full((1, 40, 40), 10.0)
    image[..., 20:] = 50
    source = np.zeros(image.shape, bool)
    source[..., 30:] = True
    level = spread_level(image, source, 12, SIZE)
    assert np.allclose(level, 50)


def test_grain_is_copied_and_never_made_up():
    rng = np.random.default_rng(2)
    grain = rng.normal(0, 3, (1, 100, 100))
    source = np.zeros(grain.shape, bool)
    source[..., :60] = True
    target = np.zeros((1, 140, 140), bool)
    target[0, 30:90, 80:130] = True
    lent = borrow_grain(grain, source, target, SIZE, rng)
    assert np.isin(lent, grain[source]).all()
    assert lent.std() == pytest.approx(3, rel=0.1)


def test_blending_leaves_the_outside_and_ends_inside():
    old, new = np.zeros((1, 60, 60)), np.ones((1, 60, 60))
    mask = np.zeros(old.shape, bool)
    mask[0, 10:50, 10:50] = True
    mixed = blend(old, new, mask, 24, SIZE)
    assert not mixed[~mask].any()
    assert mixed[0, 30, 30] == 1
    row = mixed[0, 30, 10:30]
    assert np.all(np.diff(row) >= 0)
    # Half of the edge of 24 nm is 3 pixels.
    assert 0.3 < row[2] < 0.8
