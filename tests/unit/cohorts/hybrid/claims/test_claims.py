"""What the claims of the study rest on: worlds are told apart, and ids are those of the targets."""

from neuropil.cohorts.hybrid.claims import CLAIMS
from neuropil.cohorts.hybrid.claims.pieces import World
from neuropil.cohorts.hybrid.config import HybridLatentsConfig
from neuropil.measures import find_mean


def test_every_target_has_a_claim():
    groups = {claim.id.partition("-")[0] for claim in CLAIMS}
    assert groups == {"7", "8", "9", "10", "11", "12", "b6", "b7", "b8", "b9", "b10", "b11"}


def test_worlds_that_differ_have_pieces_of_their_own():
    worlds = [
        World(),
        World(25),
        World(0),
        World(seed=1),
        World(strength=0.0),
        World(confounded=False),
    ]
    assert len({world.name for world in worlds}) == len(worlds)


def test_a_small_world_has_ten_protocols():
    cohort, modality, column = World(small=True).load(HybridLatentsConfig())
    assert (modality, column) == ("SC", "protocol")
    assert cohort.subjects[column].n_unique() == 10
    assert (len(cohort), cohort.n_regions) == (576, 41)


def test_a_mean_over_seeds_has_the_range_and_every_value():
    found = find_mean([0.5, 0.7], "Beside it.")
    assert (found.value, found.low, found.high, found.n) == (0.6, 0.5, 0.7, 2)
    assert found.note == "Each: 0.5, 0.7. Beside it."
