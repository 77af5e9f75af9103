"""Neurons as skeletons: five of the hemibrain, and those that stand in for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuropil import datasets
from neuropil.connectome import Skeleton
from neuropil.contracts import IntegrityError, SeedTree, Source
from neuropil.datasets.skeletons import convert_hemibrain, grow_skeleton

SWC = "1 0 1 2 3 0.5 -1\n2 0 1 2 5 0.5 1\n"


def test_the_published_facts_hold(real_data: Path) -> None:
    assert real_data.is_dir()
    neurons = datasets.load("hemibrain-skeletons", kind=Skeleton)
    assert (neurons.n_points, len(neurons.tips()), neurons.unit) == (23221, 3403, "nm")
    assert neurons.points["parent"].null_count() == 6
    # By a millionth of a metre: 2.13, 2.43, 2.20, 2.29 and 2.33 mm.
    assert neurons.length() * 1e-6 == pytest.approx(11.386, abs=1e-3)
    assert "multiplied by the voxel size of 8 nm" in neurons.source.notes[-1]


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "neuron.swc"
    path.write_text(SWC)
    with pytest.raises(IntegrityError) as caught:
        convert_hemibrain({"a": path, "b": path}, Source("hemibrain-skeletons"))
    assert str(caught.value) == (
        "hemibrain-skeletons: expected the published data, these facts do not hold: 23,221 points, "
        "6 trees. Fetch the file again; if it persists, report it."
    )


def test_generated_neurons_stand_in() -> None:
    neurons, notes = datasets.load_or_substitute("synthetic-skeletons", kind=Skeleton)
    assert notes == ()
    assert neurons.source.synthetic
    assert neurons.points["parent"].null_count() == 5
    assert neurons.length() * 1e-6 == pytest.approx(10, abs=2)


def test_a_grown_neuron_has_its_steps_and_its_seed() -> None:
    first, again, other = (grow_skeleton(SeedTree(seed), branches=20) for seed in (0, 0, 1))
    assert first.points.equals(again.points)
    assert not first.points.equals(other.points)
    assert first.length() == pytest.approx(500.0 * (first.n_points - 1))
    assert first.points["parent"].null_count() == 1
