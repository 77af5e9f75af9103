import numpy as np
import pytest

from neuropil.preservation.damage.grain import Grain
from neuropil.preservation.damage.tissue import Tissue


def test_smooth_and_grain_make_the_image(section):
    tissue = Tissue.of(section)
    grain = Grain.of(tissue)
    assert np.allclose(grain.smooth + grain.rest, tissue.image, atol=1e-3)
    assert np.abs(grain.rest[grain.calm].mean()) < 2


def test_grain_is_lent_from_calm_cytoplasm_of_the_section_that_is_named(stack):
    tissue = Tissue.of(stack)
    grain = Grain.of(tissue)
    assert not (grain.calm & (stack.segmentation() == 0)).any()
    target = np.zeros((1, 64, 64), bool)
    target[0, 10:50, 10:50] = True
    lent = grain.lend(target, np.random.default_rng(0), np.array([7]))
    assert np.isin(lent, grain.rest[7][grain.calm[7]]).mean() > 0.95
    assert lent.std() == pytest.approx(grain.rest[7][grain.calm[7]].std(), rel=0.15)
