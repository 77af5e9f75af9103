import numpy as np
import pytest

from neuropil.cohorts.data import Views
from neuropil.cohorts.joint.pairing import run_pairing_test
from neuropil.contracts import InputError, SeedTree


def mantel_by_hand(first, second):
    def cosines(edges):
        around = edges - edges.mean(axis=0)
        n = len(edges)
        return np.array(
            [
                around[i] @ around[j] / (np.linalg.norm(around[i]) * np.linalg.norm(around[j]))
                for i in range(n)
                for j in range(i + 1, n)
            ]
        )

    return np.corrcoef(cosines(first), cosines(second))[0, 1]


def draw(seed=0, n=30, coupling=1.0):
    rng = np.random.default_rng(seed)
    first = rng.standard_normal((n, 15))
    return Views({"SC": first, "FC": coupling * first + rng.standard_normal((n, 15))})


def test_r_is_that_of_its_definition():
    views = draw()
    found = run_pairing_test(views, 19, SeedTree(0))
    assert found.value == pytest.approx(mantel_by_hand(views.edges["SC"], views.edges["FC"]))
    assert (found.n, len(found.null)) == (30, 19)


def test_true_pairs_stand_out_and_strangers_do_not(planted, uncoupled, views_of):
    true = run_pairing_test(views_of(planted), 199, SeedTree(0))
    strangers = run_pairing_test(views_of(uncoupled), 199, SeedTree(0))
    assert true.p == 1 / 200
    assert true.value > 0.1
    assert strangers.p > 0.05
    assert abs(strangers.value) < 0.02


def test_p_counts_the_pairing_itself_and_shuffles_that_restore_it():
    # Of four subjects every 24th shuffle is none at all: r is then the same to the last digit.
    rng = np.random.default_rng(0)
    first = rng.standard_normal((4, 6))
    found = run_pairing_test(Views({"SC": first, "FC": first}), 2400, SeedTree(3))
    assert found.value == pytest.approx(1.0)
    assert (found.null == found.value).sum() > 60
    assert found.p == (1 + (found.null >= found.value).sum()) / 2401


def test_a_subject_without_a_modality_is_left_out():
    views = draw()
    fewer = {name: np.array(values) for name, values in views.edges.items()}
    fewer["FC"][[2, 9]] = np.nan
    rest = np.setdiff1d(np.arange(30), [2, 9])
    found = run_pairing_test(Views(fewer), 49, SeedTree(0))
    alone = run_pairing_test(views.take(rest), 49, SeedTree(0))
    assert found.n == 28
    assert found.value == pytest.approx(alone.value)


def test_a_missing_edge_counts_as_that_of_the_mean_and_one_that_nobody_has_as_none():
    views = draw()
    padded = {
        name: np.column_stack([values, np.full(30, np.nan)]) for name, values in views.edges.items()
    }
    padded["FC"][3, 0] = np.nan
    filled = {name: np.array(values) for name, values in views.edges.items()}
    filled["FC"][3, 0] = np.delete(filled["FC"][:, 0], 3).mean()
    found = run_pairing_test(Views(padded), 19, SeedTree(0))
    assert found.value == pytest.approx(run_pairing_test(Views(filled), 19, SeedTree(0)).value)


def test_the_same_seed_gives_the_same_shuffles():
    one, again, other = (run_pairing_test(draw(), 50, SeedTree(s)).null for s in (1, 1, 2))
    assert one.tolist() == again.tolist()
    assert one.tolist() != other.tolist()


def test_three_subjects_are_too_few():
    with pytest.raises(InputError) as caught:
        run_pairing_test(draw(n=3), 19, SeedTree(0))
    assert str(caught.value) == (
        "pairing: expected at least 4 subjects with both modalities, found 3. Add subjects, or "
        "check that the ids of both modalities are spelled alike."
    )


def test_subjects_that_are_all_the_same_are_refused_by_the_modality():
    views = Views({"SC": draw().edges["SC"], "FC": np.ones((30, 15))})
    with pytest.raises(InputError) as caught:
        run_pairing_test(views, 19, SeedTree(0))
    assert str(caught.value) == (
        "pairing: all subjects are equally alike in 'FC'. Check that each subject's own file was "
        "read."
    )
