"""A boundary network learns dark lines, wherever a block begins."""

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.adjacency.marks import CHANNELS, mark_boundaries
from neuropil.proofreading.models.boundary import BoundaryModel, BoundaryPlan, _cut_mirrored

ALL = (slice(None),) * 3


def _volume(seed=0):
    rng = np.random.default_rng(seed)
    z, y, x = np.meshgrid(*[np.arange(32)] * 3, indexing="ij")
    labels = 1 + (z // 11) + 3 * ((y + seed) // 9) + 12 * (x // 13)
    image = 150 - 60 * (mark_boundaries(labels)[0] == 1) + rng.normal(0, 10, labels.shape)
    return Volume((10, 10, 10), image=image, segmentations={"truth": labels})


@pytest.mark.slow
def test_it_finds_boundaries_of_other_tissue(tmp_path):
    model = BoundaryModel(BoundaryPlan(steps=60, edge=16)).fit(_volume(), "truth", ALL, SeedTree(0))
    other = _volume(3)
    maps = model.predict(other)
    assert maps.shape == (len(CHANNELS), 32, 32, 32)
    true = mark_boundaries(other.segmentation("truth"))[0] == 1
    assert maps[0][true].mean() > maps[0][~true].mean() + 100
    # A part is predicted as it is within the whole.
    part = model.predict(other, (slice(4, 20), slice(0, 32), slice(8, 24)))
    np.testing.assert_array_equal(part, maps[:, 4:20, :, 8:24])
    model.save(tmp_path / "network.safetensors")
    again = BoundaryModel.load(tmp_path / "network.safetensors")
    np.testing.assert_array_equal(again.predict(other), maps)


def test_a_part_smaller_than_a_cube_is_refused():
    with pytest.raises(InputError, match=r"at least 40 voxels along each axis, found \(32, 32, 32"):
        BoundaryModel().fit(_volume(), "truth", ALL, SeedTree(0))


def test_images_are_mirrored_beyond_their_border():
    image = np.arange(5.0)[:, None, None] + np.zeros((5, 1, 1))
    cube = _cut_mirrored(image, [-3, 0, 0], 14)
    assert cube[:, 0, 0].tolist() == [3, 2, 1, 0, 1, 2, 3, 4, 3, 2, 1, 0, 1, 2]
    assert cube.shape == (14, 14, 14)
