"""A linker learns from evidence, is saved without loss, and refuses what it cannot use."""

import json

import numpy as np
import pytest

from neuropil.contracts import InputError, SeedTree
from neuropil.preservation.detector.shipped import load_shipped
from neuropil.preservation.repair.candidates import Candidates
from neuropil.preservation.repair.evidence import EVIDENCE
from neuropil.preservation.repair.lessons import fit_linker, is_missing, load_shipped_linker
from neuropil.preservation.repair.linker import GapLinker


def _evidence(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = SeedTree(1).generator()
    evidence = rng.standard_normal((n, len(EVIDENCE))).astype(np.float32)
    return evidence, evidence[:, 3] + evidence[:, 7] > 0


def test_what_tells_is_learnt_and_is_the_same_again():
    evidence, missing = _evidence(2000)
    linker = GapLinker.fit(evidence, missing, SeedTree(0))
    assert ((linker.predict(evidence) > 0.5) == missing).mean() > 0.95
    again = GapLinker.fit(evidence, missing, SeedTree(0))
    np.testing.assert_array_equal(again.predict(evidence), linker.predict(evidence))


def test_a_saved_linker_says_the_same(tmp_path):
    linker = load_shipped_linker()
    linker.save(tmp_path / "links.safetensors", {"seed": 0})
    evidence, _ = _evidence(50)
    again = GapLinker.load(tmp_path / "links.safetensors")
    np.testing.assert_array_equal(again.predict(evidence), linker.predict(evidence))


def test_damaged_files_are_named(tmp_path):
    load_shipped_linker().save(tmp_path / "links.safetensors")
    record = tmp_path / "links.json"
    record.write_text(json.dumps({"evidence": ["length"]}))
    with pytest.raises(InputError, match="reads the evidence of this package"):
        GapLinker.load(tmp_path / "links.safetensors")
    record.unlink()
    with pytest.raises(InputError, match="expected the description of a linker"):
        GapLinker.load(tmp_path / "links.safetensors")


def test_too_little_teaches_nothing():
    evidence, missing = _evidence(100)
    with pytest.raises(InputError, match="expected 500 ways or more of both kinds, found 100"):
        GapLinker.fit(evidence, missing, SeedTree(0))


def test_a_membrane_runs_where_bodies_differ_on_both_sides():
    truth = np.ones((40, 40), np.int32)
    truth[20:] = 2
    starts, stops = np.array([[20, 5], [10, 5]]), np.array([[20, 30], [10, 30]])
    ways = Candidates(starts, stops, np.array([0, 1]), np.array([-1, -1]))
    assert is_missing(ways, truth).tolist() == [True, False]


def test_the_lessons_of_sections_with_planted_gaps_fit_a_linker():
    from neuropil import datasets
    from neuropil.connectome import Volume

    volume = datasets.load("synthetic-neurites", kind=Volume)
    linker = fit_linker(volume, load_shipped(), [20, 60], SeedTree(0))
    assert linker.hidden.shape[0] == len(EVIDENCE) + 1
    assert np.isfinite(linker.hidden).all()
