import numpy as np

from neuropil.proofreading.merges.arms import describe_arms, name_arms
from neuropil.proofreading.merges.surroundings import (
    RADII,
    describe_surroundings,
    name_descriptors,
)

SIZE = (32.0, 32.0, 32.0)


def cross() -> np.ndarray:
    """Two tubes that cross at a right angle in the middle."""
    z, y, x = np.indices((80, 80, 80)) - 40
    return ((z**2 + y**2 < 40) | (z**2 + x**2 < 40)).astype(bool)


def by_name(described: np.ndarray) -> dict[str, float]:
    return dict(zip(name_descriptors(), described.tolist(), strict=True))


def test_every_descriptor_has_a_name() -> None:
    described = describe_surroundings(cross(), np.full((2, 3), 40.5 * 32), SIZE)
    assert described.shape == (2, len(name_descriptors()))
    assert len(set(name_descriptors())) == len(name_descriptors())


def test_an_object_that_is_turned_is_described_nearly_the_same() -> None:
    point = np.full((1, 3), 40.0 * 32)
    [one] = describe_surroundings(cross(), point, SIZE)
    [turned] = describe_surroundings(np.rot90(cross(), 1, (0, 1)).copy(), point, SIZE)
    [other] = describe_surroundings(cross() & (np.indices((80, 80, 80))[2] < 40), point, SIZE)
    powers = np.array([name.startswith("degree") for name in name_descriptors()])
    same = np.linalg.norm((one - turned)[powers])
    assert same < 0.1 * np.linalg.norm((one - other)[powers])


def test_a_cross_has_four_arms_and_a_full_block_covers_every_sphere() -> None:
    point = np.full((1, 3), 40.5 * 32)
    found = by_name(describe_surroundings(cross(), point, SIZE)[0])
    assert found["arms at 500 nm"] == 4
    cosines = [found[f"cosine of arms {a} and {b} at 500 nm"] for a, b in ((1, 2), (3, 4))]
    assert all(-1.01 <= cosine <= 0.2 for cosine in cosines)
    full = by_name(describe_surroundings(np.ones((80, 80, 80), bool), point, SIZE)[0])
    np.testing.assert_allclose([full[f"share at {r:g} nm"] for r in RADII], 1, atol=1e-6)
    assert full["arms at 500 nm"] == 1
    # All power of a full sphere is of degree 0, up to the sampling of directions.
    assert full["degree 2, 500 and 500 nm"] < 1e-3 * full["degree 0, 500 and 500 nm"]


def test_patches_of_a_sphere_have_their_sizes_and_angles() -> None:
    k = np.arange(400) + 0.5
    polar, azimuth = np.arccos(1 - 2 * k / 400), np.pi * (1 + np.sqrt(5)) * k
    directions = np.stack(
        [np.cos(polar), np.sin(polar) * np.sin(azimuth), np.sin(polar) * np.cos(azimuth)], 1
    )
    axes = np.array([[1.0, 0, 0], [0, 1.0, 0], [-1.0, 0, 0]])
    nearness = directions @ axes.T
    seen = (nearness > np.cos([0.5, 0.4, 0.3])).any(1).astype(float)
    [described] = describe_arms(seen[None, None], directions)
    found = dict(zip(name_arms((100.0,)), described.tolist(), strict=True))
    assert found["arms at 100 nm"] == 3
    caps = (1 - np.cos([0.5, 0.4, 0.3])) / 2
    sizes = [found[f"size of arm {k} at 100 nm"] for k in (1, 2, 3, 4)]
    np.testing.assert_allclose(sizes, [*caps, 0], atol=0.01)
    np.testing.assert_allclose(found["cosine of arms 1 and 2 at 100 nm"], 0, atol=0.1)
    np.testing.assert_allclose(found["cosine of arms 1 and 3 at 100 nm"], -1, atol=0.02)
    assert found["cosine of arms 1 and 4 at 100 nm"] == 2
