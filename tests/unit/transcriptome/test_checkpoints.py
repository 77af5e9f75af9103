"""An interrupted run keeps its finished pieces, goes on from them, and ends as a whole one."""

from __future__ import annotations

import json

import numpy as np
import pytest

from neuropil.contracts import Run, SeedTree, SilentProgress
from neuropil.pipelines import run_study
from neuropil.transcriptome.checkpoints import Checkpoints
from neuropil.transcriptome.evaluation import evaluate_model
from neuropil.transcriptome.importance import Shuffling, measure_importance, rank_blocks
from neuropil.transcriptome.models.distance_decay import DistanceDecay
from neuropil.transcriptome.splits import make_splits

QUICK = {
    "data": "synthetic-gene-atlas",
    "split": "spatial",
    "seeds": 1,
    "models": "decay",
    "nulls": 9,
    "spin": {"spins": 40},
    "importance": 0,
}


class CtrlC:
    """A listener that presses Ctrl-C when a stage with some word in its label has reported."""

    def __init__(self, word):
        self.word = word
        self.label = ""

    def track(self, label, total):  # noqa: ARG002
        self.label = label
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def __call__(self, steps, note=""):  # noqa: ARG002
        if steps and self.word in self.label:
            raise KeyboardInterrupt


class Counting(CtrlC):
    """A listener that writes down the steps of each stage."""

    def __init__(self):
        super().__init__("")
        self.steps: dict[str, list[int]] = {}

    def __call__(self, steps, note=""):  # noqa: ARG002
        self.steps.setdefault(self.label, []).append(steps)


@pytest.fixture
def whole(tmp_path):
    return run_study("transcriptome", QUICK, seed=3, out=tmp_path / "whole")


def results(run):
    tables = {name: run.table(name) for name in run.tables()}
    return [(metric.id, metric.value, metric.low) for metric in run.metrics], tables


def assert_equal(one, other):
    assert results(one)[0] == results(other)[0]
    for name, table in results(other)[1].items():
        assert results(one)[1][name].equals(table), name


def interrupt(folder, word):
    with pytest.raises(KeyboardInterrupt):
        run_study("transcriptome", QUICK, seed=3, out=folder, progress=CtrlC(word))
    assert Run.open(folder).record["status"] == "interrupted"
    return sorted(
        path.relative_to(folder / "checkpoint").as_posix()
        for path in (folder / "checkpoint").rglob("*.npz")
    )


@pytest.mark.slow
def test_a_run_that_is_repeated_goes_on_and_ends_as_a_whole_one(whole, tmp_path):
    kept = interrupt(tmp_path / "run", "null maps, genes+coordinates")
    # Four folds of each of four models, and two batches of nine maps of the first of two.
    assert sum(name.startswith("runs-spatial-") for name in kept) == 16
    assert sum(name.startswith("nulls-spatial-genes/") for name in kept) == 2
    counting = Counting()
    resumed = run_study("transcriptome", QUICK, seed=3, out=tmp_path / "run", progress=counting)
    # All at once, before anything is computed.
    assert counting.steps["fitting genes"] == [4]
    assert counting.steps["null maps, genes"] == [8, 1]
    assert_equal(resumed, whole)
    assert not (tmp_path / "run" / "checkpoint").exists()


def test_finished_pieces_are_read_and_not_computed_again(problem, tmp_path):
    """A piece that is changed by hand changes the result, so that it was the one that is used."""
    splits = make_splits("spatial", problem.regions, 0)
    place = Checkpoints(tmp_path)

    def evaluate():
        return evaluate_model(
            "decay", lambda _: DistanceDecay(), problem, splits, checkpoints=place
        )

    whole = evaluate()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.npz", "1.npz", "2.npz", "3.npz"]
    again = evaluate()
    np.testing.assert_array_equal(again.values(), whole.values())
    np.testing.assert_array_equal(again.average_prediction(), whole.average_prediction())
    assert again.table().equals(whole.table())
    with np.load(tmp_path / "2.npz", allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    scores, parameters = json.loads(str(arrays["record"]))
    arrays["record"] = np.array(json.dumps([{**scores, "r": 0.125}, parameters]))
    np.savez(tmp_path / "2.npz", **arrays)
    (tmp_path / "3.npz").unlink()
    changed = evaluate()
    assert changed.values()[2] == 0.125
    assert changed.values()[3] == whole.values()[3]


def test_a_damaged_piece_is_made_again(tmp_path):
    (tmp_path / "1.npz").write_bytes(b"PK\x03\x04 cut")
    kept, made = Checkpoints(tmp_path), []

    def build(numbers):
        made.extend(numbers)
        return [(np.full, (2, float(number))) for number in numbers]

    kept.write("0", {"values": np.zeros(2)})
    with SilentProgress().track("maps", 4) as advance:
        found = kept.find_arrays(2, build, 1, advance)
    assert made == [1]
    np.testing.assert_array_equal(found, [[0, 0], [1, 1]])
    np.testing.assert_array_equal(kept.read("1", "values")["values"], [1, 1])


def test_without_a_folder_nothing_is_kept():
    Checkpoints().within("a+b").write("1", {"values": np.zeros(2)})
    assert Checkpoints().within("a+b").read("1", "values") is None


def test_attention_survives(tmp_path):
    place = Checkpoints(tmp_path).within("smt+x")
    place.write("3", {"values": np.eye(2), "tokens": np.array(["a", "b"])})
    found = place.read("3", "values", "tokens")
    np.testing.assert_array_equal(found["values"], np.eye(2))
    assert found["tokens"].tolist() == ["a", "b"]
    assert (tmp_path / "smt_and_x" / "3.npz").is_file()


def test_the_losses_of_each_map_are_kept(problem, tmp_path):
    splits = tuple(make_splits("spatial", problem.regions, 0)[:1])
    maps = np.random.default_rng(0).permuted(np.tile(np.arange(problem.n), (2, 1)), axis=1)
    shuffling = Shuffling(problem, splits, maps, SeedTree(0), 1)
    place = Checkpoints(tmp_path)
    first = rank_blocks(shuffling, checkpoints=place)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.npz", "1.npz", "2.npz"]
    assert rank_blocks(shuffling, checkpoints=place).equals(first)
    assert first.equals(measure_importance(problem, splits, maps, SeedTree(0), repeats=1))
