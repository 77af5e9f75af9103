"""A saved assay says what it said before, and a damaged folder is refused by name."""

import json

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import InputError, OutputError, SeedTree
from neuropil.preservation.damage.parsing import parse_damage
from neuropil.preservation.fit import PreservationAssay


@pytest.fixture(scope="module")
def tissue() -> Volume:
    return datasets.load("synthetic-neurites", kind=Volume)


@pytest.fixture(scope="module", params=["own reference", "shipped reference"])
def assay(request, tissue) -> PreservationAssay:
    own = request.param == "own reference"
    return PreservationAssay(spacing=160, threshold=0.4).fit(tissue if own else None)


def test_a_saved_assay_says_the_same_to_the_last_bit(assay, tissue, tmp_path):
    assay.save(tmp_path / "assay")
    again = PreservationAssay.load(tmp_path / "assay")
    hurt = parse_damage("gaps:0.2+noise:3").apply(tissue, SeedTree(0)).volume
    for volume in (tissue, hurt):
        before, after = assay.predict(volume), again.predict(volume)
        assert before.tiles.equals(after.tiles)
        assert before.steps.equals(after.steps)
    assert (again.limit_, again.break_rate_) == (assay.limit_, assay.break_rate_)
    assert again.axes_ == assay.axes_
    assert np.array_equal(again.loss_.clean, assay.loss_.clean)
    assert again.get_params() == assay.get_params()
    assert sorted(path.suffix for path in (tmp_path / "assay").iterdir()) == [
        *(".json", ".json", ".safetensors", ".safetensors")
    ]


def test_what_cannot_be_saved_or_read_is_named(assay, tmp_path):
    with pytest.raises(NotFittedError, match="call fit"):
        PreservationAssay().save(tmp_path / "assay")
    assay.save(tmp_path / "assay")
    with pytest.raises(OutputError, match="the folder exists"):
        assay.save(tmp_path / "assay")
    with pytest.raises(InputError, match=r"model\.json"):
        PreservationAssay.load(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"limit": "high"}, "limit"),
        ({"axes_sha256": "0" * 64}, "fitted with the axes of this package"),
        ({"loss": {}}, "expected examples of losses"),
        ({"format": "another"}, "neuropil-preservation"),
    ],
)
def test_a_damaged_record_is_refused(assay, tmp_path, change, message):
    assay.save(tmp_path / "assay")
    record = tmp_path / "assay" / "model.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), **change}))
    with pytest.raises(InputError, match=message):
        PreservationAssay.load(tmp_path / "assay")


def test_damaged_arrays_and_foreign_detectors_are_refused(assay, tmp_path):
    assay.save(tmp_path / "assay")
    (tmp_path / "assay" / "examples.safetensors").write_bytes(b"no arrays")
    with pytest.raises(InputError, match="safetensors"):
        PreservationAssay.load(tmp_path / "assay")

    class Halves:
        def predict(self, volume):
            return np.full(volume.shape, 0.5, np.float32)

    foreign = PreservationAssay(Halves(), spacing=300)
    foreign.fit()
    with pytest.raises(InputError, match="found Halves"):
        foreign.save(tmp_path / "foreign")
