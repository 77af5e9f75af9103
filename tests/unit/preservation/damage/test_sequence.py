import numpy as np
import pytest

from neuropil.contracts import ConfigError, SeedTree
from neuropil.preservation.damage.cracks import Cracks
from neuropil.preservation.damage.gaps import Gaps
from neuropil.preservation.damage.ice import Ice
from neuropil.preservation.damage.imaging import Blur, Noise
from neuropil.preservation.damage.sequence import Sequence
from neuropil.preservation.damage.zones import AmbiguousZones


def test_masks_are_united(section):
    both = Sequence((Gaps(0.1), AmbiguousZones(0.1, 200))).apply(section, SeedTree(0))
    assert 0.1 < both.mask.mean() < 0.2
    outside = ~both.mask
    assert np.array_equal(both.volume.read_image()[outside], section.read_image()[outside])
    assert set(both.volume.segmentations) == {"truth"}


def test_masks_move_with_the_tissue(section):
    zones = AmbiguousZones(0.2, 200)
    both = Sequence((zones, Cracks(40, 800))).apply(section, SeedTree(0))
    # Of the same seed, without the crack.
    alone = Sequence((zones,)).apply(section, SeedTree(0))
    opened = np.prod(both.volume.shape) - np.prod(section.shape)
    assert both.mask.sum() == alone.mask.sum() + opened


def test_displacing_ice_carries_the_area_of_earlier_damage(section):
    zones, ice = AmbiguousZones(0.2, 300), Ice(0.1, 150)
    both = Sequence((zones, ice)).apply(section, SeedTree(0))
    opened = np.prod(both.volume.shape) - np.prod(section.shape)
    carried = both.mask.sum() - opened
    assert carried == pytest.approx(0.2 * np.prod(section.shape), rel=0.05)


def test_the_same_damage_twice_is_drawn_twice(section):
    once = Sequence((Gaps(0.1),)).apply(section, SeedTree(0)).mask
    twice = Sequence((Gaps(0.1), Gaps(0.1))).apply(section, SeedTree(0)).mask
    assert not (once & ~twice).any()
    assert twice.sum() > 1.6 * once.sum()


def test_sequences_open_and_skip_what_does_nothing(section):
    inner = Sequence((Blur(0), Noise(4)))
    assert Sequence((Gaps(0), inner)).damages == (Gaps(0), Blur(0), Noise(4))
    nothing = Sequence((Gaps(0), Blur(0))).apply(section, SeedTree(0))
    assert nothing.volume is section


def test_a_sequence_of_nothing_is_refused():
    with pytest.raises(ConfigError) as caught:
        Sequence(())
    assert str(caught.value) == (
        "sequence: expected one damage or more, found none. Name one, such as Gaps(0.1)."
    )
