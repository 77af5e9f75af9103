import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.contracts import InputError, SeedTree
from neuropil.preservation.damage.gaps import Gaps
from neuropil.preservation.damage.membranes import measure_depth, trace_centre_lines


def erased_share(volume, damaged):
    lines = trace_centre_lines(volume.segmentation("truth"), volume.voxel_size)
    return (lines & damaged.mask).sum() / lines.sum()


@pytest.mark.parametrize("length", [20, 100, 200])
@pytest.mark.parametrize("fraction", [0.02, 0.1, 0.4, 1.0])
def test_the_share_is_reached_within_half_a_point(section, stack, fraction, length):
    for volume in (section, stack):
        damaged = Gaps(fraction, length).apply(volume, SeedTree(2))
        assert erased_share(volume, damaged) == pytest.approx(fraction, abs=0.005)


def test_more_gaps_hold_the_fewer(section):
    few, more = (Gaps(share).apply(section, SeedTree(5)).mask for share in (0.08, 0.25))
    assert not (few & ~more).any()


@pytest.mark.parametrize("length", [40, 100, 200])
def test_one_gap_has_its_length(length):
    labels = np.ones((1, 60, 400), np.uint8)
    labels[:, 30:] = 2
    labels[:, 27:33] = 0
    image = np.where(labels > 0, 150, 70).astype(np.uint8)
    volume = Volume((50, 4, 4), image, {"truth": labels})
    # As many voxels of the line as one gap takes, so that there is one.
    one = Gaps(length / 4 / 400, length).apply(volume, SeedTree(3))
    columns = np.flatnonzero(one.mask.any(axis=(0, 1)))
    assert len(columns) == columns[-1] - columns[0] + 1
    assert len(columns) * 4 == pytest.approx(length, abs=8)


def test_a_gap_takes_the_whole_membrane_and_no_other():
    labels = np.ones((1, 60, 200), np.uint8)
    labels[:, 20:] = 2
    labels[:, 34:] = 3
    labels[:, 17:20] = 0
    labels[:, 34:37] = 0
    image = np.where(labels > 0, 150, 70).astype(np.uint8)
    volume = Volume((50, 4, 4), image, {"truth": labels})
    mask = Gaps(0.08, 120).apply(volume, SeedTree(0)).mask[0]
    upper, lower = mask[17:20].all(axis=0), mask[34:37].all(axis=0)
    # The neighbour at 56 nm would lie within the ball of a gap of 120 nm.
    assert upper.any() != lower.any()


def test_gaps_look_like_the_cytoplasm_beside_them(section):
    damaged = Gaps(0.2).apply(section, SeedTree(1))
    image, labels = damaged.volume.read_image().astype(float), section.segmentation()
    # Beyond the edges of gaps, where the membrane begins.
    gone = (measure_depth(damaged.mask, section.voxel_size) > 12) & (labels == 0)
    before = section.read_image().astype(float)
    plain = before[(labels > 0) & (before > 110)]
    assert before[gone].mean() < 110
    assert image[gone].mean() == pytest.approx(plain.mean(), abs=6)
    # No flat disc: the grain is there, of the same spread.
    assert image[gone].std() == pytest.approx(plain.std(), rel=0.35)


def test_labels_stay(section):
    damaged = Gaps(0.3).apply(section, SeedTree(1))
    assert np.array_equal(damaged.volume.segmentation(), section.segmentation())


def test_tissue_without_membranes_is_refused():
    volume = Volume((50, 4, 4), np.ones((1, 9, 9), np.uint8), {"truth": np.ones((1, 9, 9), int)})
    with pytest.raises(InputError) as caught:
        Gaps(0.1).apply(volume, SeedTree(0))
    assert str(caught.value) == (
        "gaps: expected a truth with membranes, found one label and no borders. "
        "Bring tissue with two profiles or more."
    )
