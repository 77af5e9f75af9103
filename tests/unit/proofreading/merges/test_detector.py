import numpy as np
import pytest

from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.merges.detector import MergeDetector, propose_cuts
from neuropil.proofreading.merges.lessons import Lessons
from neuropil.proofreading.merges.samples import MergeSample, sample_object, sample_piece
from neuropil.proofreading.tasks.items import Item, Piece

SIZE = (40.0, 40.0, 40.0)
EDGE = 50
MIDDLE = EDGE / 2


def tube(direction: np.ndarray, through: np.ndarray, radius: float, both: bool) -> np.ndarray:
    """Draw a tube through a place, to both sides or to one."""
    axis = direction / np.linalg.norm(direction)
    off = np.stack(np.indices((EDGE, EDGE, EDGE)), -1) + 0.5 - through
    along = off @ axis
    near = np.linalg.norm(off - along[..., None] * axis, axis=-1) <= radius
    return near & (both | (along >= 0))


def draw(rng: np.random.Generator, joined: bool) -> tuple[np.ndarray, np.ndarray]:
    """Draw two tubes that cross and touch, or a tube with a branch; and the place of either."""
    place = MIDDLE + rng.uniform(-6, 6, 3)
    axis, other, normal = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    radius = rng.uniform(3.5, 5)
    first = tube(axis, place - radius * normal * joined, radius, True)
    # They overlap a little, so that the sheet has an area.
    second = tube(other, place + 0.6 * radius * normal * joined, radius, joined)
    labels = np.where(first, 1, 0)
    labels[second & ~first] = 2 if joined else 1
    return labels, place * 40


def sample(seed: int, joined: bool) -> tuple[MergeSample, np.ndarray]:
    rng = SeedTree(seed).child(str(joined)).generator()
    labels, place = draw(rng, joined)
    center = np.full(3, MIDDLE * 40)
    return sample_object(labels, (1, 2), SIZE, center, SeedTree(seed)), place


@pytest.fixture(scope="module")
def lessons() -> Lessons:
    samples = [sample(seed, joined)[0] for seed in range(20) for joined in (True, False)]
    return Lessons(samples, np.arange(len(samples)) % 7, [(k,) for k in range(len(samples))])


@pytest.fixture(scope="module")
def detector(lessons: Lessons) -> MergeDetector:
    return MergeDetector(iterations=30).fit(lessons)


def test_tubes_that_cross_are_found_and_located_and_branches_are_not(
    detector: MergeDetector,
) -> None:
    crossing = [sample(seed, True) for seed in range(100, 110)]
    branching = [sample(seed, False) for seed in range(100, 110)]
    high = detector.predict_proba([one for one, _ in crossing])
    low = detector.predict_proba([one for one, _ in branching])
    assert np.mean(high > 0.5) >= 0.9
    assert np.mean(low < 0.5) >= 0.9
    off = [np.linalg.norm(detector.propose(one)[0] - place) for one, place in crossing]
    # The tubes' radius is 140 to 200 nm.
    assert np.mean(np.array(off) < 300) >= 0.9


def test_the_same_seed_gives_the_same_detector(lessons: Lessons, detector: MergeDetector) -> None:
    again = MergeDetector(iterations=30).fit(lessons)
    np.testing.assert_array_equal(
        detector.predict_proba(lessons.samples[:4]), again.predict_proba(lessons.samples[:4])
    )


def test_more_objects_teach_points_where_items_are_few(lessons: Lessons) -> None:
    few, more = (
        Lessons(lessons.samples[part], lessons.places[part], lessons.labels[part])
        for part in (slice(0, 12), slice(12, None))
    )
    crossing = [sample(seed, True) for seed in range(100, 106)]
    off = [
        np.median([np.linalg.norm(one.propose(seen)[0] - place) for seen, place in crossing])
        for one in (
            MergeDetector(iterations=30).fit(few, more),
            MergeDetector(iterations=30).fit(lessons),
        )
    ]
    # The points are the same, in another order.
    assert abs(off[0] - off[1]) < 100


def test_proposals_lie_apart_and_begin_with_the_best() -> None:
    one, _ = sample(0, True)
    scores = np.exp(-np.linalg.norm(one.points - one.points[7], axis=1) / 100)
    places = propose_cuts(one, scores, 3)
    assert np.linalg.norm(places[0] - one.points[7]) < 180
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    assert apart[np.triu_indices(len(places), 1)].min() > 500


def test_distances_are_to_the_sheet_between_the_labels() -> None:
    labels = np.ones((EDGE, EDGE, EDGE), int)
    labels[:, 20:] = 2
    one = sample_object(labels, (1, 2), SIZE, np.full(3, 1000.0), SeedTree(0))
    np.testing.assert_allclose(one.distances, np.abs(one.points[:, 1] - 800), atol=30)
    assert one.cut is not None
    assert one.cut[1] == 800
    single = sample_object(np.ones_like(labels), (1,), SIZE, np.full(3, 1000.0), SeedTree(0))
    assert single.cut is None
    assert np.isinf(single.distances).all()


def test_an_item_is_seen_as_its_box_shows_it() -> None:
    labels = np.zeros((80, 80, 80), np.uint16)
    labels[20:60, 30:40, 30:40], labels[20:60, 40:50, 30:40] = 4, 5
    item = Item(
        "merge-error-binary", (Piece((4, 5)),), (1600.0, 1600.0, 1400.0), 800.0, "1", "here"
    )
    one = sample_piece(item, 0, labels, SIZE, SeedTree(0))
    again = sample_piece(item, 0, labels, SIZE, SeedTree(0))
    np.testing.assert_array_equal(one.points, again.points)
    assert (np.abs(one.points - item.center) <= 800).all()
    assert one.cut is not None
    assert one.cut[1] == 1600
    voxels = (one.points / 40).astype(int)
    assert np.isin(labels[tuple(voxels.T)], (4, 5)).all()


def test_an_object_out_of_reach_and_objects_of_one_kind_are_named() -> None:
    labels = np.zeros((90, 90, 90), int)
    labels[80:] = 1
    with pytest.raises(InputError, match="found no voxel of \\(1,\\)"):
        sample_object(labels, (1,), SIZE, np.full(3, 400.0), SeedTree(0))
    one, _ = sample(0, True)
    with pytest.raises(InputError, match="found 1 joined of 1"):
        MergeDetector().fit(Lessons([one], np.zeros(1), [(1, 2)]))
