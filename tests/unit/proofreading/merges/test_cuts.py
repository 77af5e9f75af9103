import numpy as np

from neuropil.proofreading.merges.cuts import cast_rays, describe_cuts, name_cuts
from neuropil.proofreading.merges.surroundings import RADII, describe_surroundings, name_descriptors

SIZE = (20.0, 20.0, 20.0)
AXES = np.concatenate([np.eye(3), -np.eye(3)])


def spread(count: int = 240) -> np.ndarray:
    k = np.arange(count) + 0.5
    polar, azimuth = np.arccos(1 - 2 * k / count), np.pi * (1 + np.sqrt(5)) * k
    return np.stack(
        [np.cos(polar), np.sin(polar) * np.sin(azimuth), np.sin(polar) * np.cos(azimuth)], 1
    )


def dumbbell() -> np.ndarray:
    """Two boxes of 600 nm, joined along z by a round neck of 100 nm radius and 200 nm length."""
    z, y, x = np.indices((80, 60, 60))
    boxes = ((np.abs(z - 19.5) < 15) | (np.abs(z - 59.5) < 15)) & (
        (np.abs(y - 29.5) < 15) & (np.abs(x - 29.5) < 15)
    )
    neck = (np.abs(z - 39.5) < 6) & (np.hypot(y - 29.5, x - 29.5) < 5)
    return boxes | neck


def test_rays_end_at_the_surface() -> None:
    box = np.zeros((60, 60, 60), bool)
    box[10:40, 20:50, 5:55] = True
    middle = np.array([[500.0, 700.0, 600.0]])
    [reach] = cast_rays(box, middle, AXES, SIZE)
    # From the middle up to z = 800, y = 1000, x = 1100, and down to 200, 400, 100.
    np.testing.assert_allclose(reach, [300, 300, 500, 300, 300, 500], atol=40)


def test_rays_see_no_farther_than_a_micrometre() -> None:
    [reach] = cast_rays(np.ones((200, 9, 9), bool), np.full((1, 3), 90.0), AXES[:1], SIZE)
    assert 980 <= reach[0] <= 1020


def test_the_narrowest_cut_of_a_dumbbell_goes_across_its_neck() -> None:
    directions = spread()
    middle = np.array([[800.0, 600.0, 600.0]])
    reach = cast_rays(dumbbell(), middle, directions, SIZE)
    seen = np.zeros((1, 1, len(directions)))
    seen[0, 0, np.abs(directions[:, 0]) > 0.9] = 1
    found = dict(zip(name_cuts((300.0,)), describe_cuts(reach, seen, directions)[0], strict=True))
    np.testing.assert_allclose(found["radius of the cut"], 110, atol=30)
    assert found["spread of its radius"] < 40
    assert found["shorter reach off the cut"] > 600
    # Both boxes are seen through the neck alone, and equally.
    np.testing.assert_allclose(
        found["lesser volume off the cut"], found["larger volume off it"], rtol=0.15
    )
    assert found["lean off the cut at 300 nm"] > 0.85
    assert (found["fewer arms at 300 nm"], found["more arms at 300 nm"]) == (1, 1)
    np.testing.assert_allclose(found["lesser side at 300 nm"], 0.05, atol=0.01)


def test_cuts_are_among_the_descriptors_of_surroundings() -> None:
    names = name_descriptors()
    described = describe_surroundings(dumbbell(), np.array([[800.0, 600.0, 600.0]]), SIZE)
    assert described.shape == (1, len(names))
    assert set(name_cuts(RADII[3:8:2])) <= set(names)
