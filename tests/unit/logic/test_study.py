"""The study: a run writes what a report needs, bad settings leave no folder, claims hold."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from neuropil.contracts import (
    ConfigError,
    DataUnavailableError,
    PieceCache,
    SeedTree,
    SilentProgress,
    Verdict,
    Workbench,
)
from neuropil.datasets import REGISTRY, info
from neuropil.logic import Circuit, LogicNetClassifier
from neuropil.logic.claims import CLAIMS
from neuropil.logic.claims.networks import first_network
from neuropil.logic.claims.pieces import CURVE, RECIPES
from neuropil.logic.config import LogicConfig, choose_augmentation, load_images
from neuropil.pipelines import run_study

BY_ID = {claim.id: claim for claim in CLAIMS}

SMALL = {"layers": "50", "schedule": {"epochs": 3, "batch": 64, "copies": 1}}


class Labels(SilentProgress):
    """Remembers what work was announced."""

    def __init__(self):
        self.heard = []

    def track(self, label, total):
        self.heard.append(label)
        return super().track(label, total)


@pytest.fixture(scope="module")
def progress():
    return Labels()


@pytest.fixture(scope="module")
def finished(tmp_path_factory, progress):
    folder = tmp_path_factory.mktemp("run") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUROPIL_CACHE", str(folder.parent / "cache"))
        yield run_study("logic", SMALL, seed=1, out=folder, fast=True, progress=progress)


def test_a_run_writes_numbers_figures_and_a_model(finished):
    assert finished.record["status"] == "complete"
    assert not finished.record["synthetic"]
    assert finished.metric("gates").value == 50
    accuracy = finished.metric("accuracy")
    assert accuracy.n == 359
    assert accuracy.low < accuracy.value < accuracy.high
    assert accuracy.null.n == 1
    assert finished.metric("gap").value == pytest.approx(
        finished.metric("soft_accuracy").value - accuracy.value
    )
    gain = finished.metric("learned_wiring").value
    assert gain == pytest.approx(accuracy.value - accuracy.null.median)
    assert {figure.name for figure in finished.figures} == {
        *("learning", "gates", "wired", "control", "circuit")
    }
    assert (finished.path / "report.html").is_file()


@pytest.mark.usefixtures("finished")
def test_progress_says_what_further_networks_are_for(progress):
    trained = [label for label in progress.heard if label.startswith("training")]
    assert trained == [
        "training",
        "training of a control with fixed wires, seed 1",
        "training of the 10 gates that are drawn",
    ]


def test_tables_and_figures_agree_with_the_model(finished):
    model = LogicNetClassifier.load(finished.path / "model")
    images = load_images("digits").data
    predicted = model.predict(images.test_images).astype(int)
    right = (predicted == images.test_labels).mean()
    assert finished.metric("accuracy").value == pytest.approx(100 * right)
    confusion = finished.table("confusion")
    assert confusion["images"].sum() == 359
    same = confusion.filter(confusion["truth"] == confusion["predicted"])
    assert same["images"].sum() == round(right * 359)
    gates = finished.table("gates")
    assert gates["hardened"].sum() == 50
    small = Circuit.load(finished.path / "model").simplify()
    assert gates["simplified"].sum() == small.n_gates
    wired = {figure.name: figure for figure in finished.figures}["wired"]
    wires = finished.figure_data(wired)["wires"].sum()
    direct = (small.outputs < small.n_inputs).sum()
    assert wires == 2 * small.n_gates + direct
    assert finished.table("training").height == 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layers": "55"}, "expected a last layer that 10 classes divide, found 55 gates"),
        ({"encoding": "treshold"}, "expected an encoding, found 'treshold'"),
        ({"wiring": "sparse"}, "expected a wiring, found 'sparse'"),
        ({"dataset": "minst"}, "dataset 'minst'. Did you mean mnist?"),
        ({"layers": "0"}, "greater than 0"),
        ({"schedule": {"batch": 100}}, "multiple of 16"),
    ],
)
def test_bad_settings_leave_no_folder(settings, message, tmp_path):
    with pytest.raises(ConfigError) as caught:
        run_study("logic", settings, out=tmp_path / "out", fast=True)
    assert message in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_without_mnist_the_digits_are_taken_and_the_reason_is_told(monkeypatch):
    monkeypatch.delenv("NEUROPIL_DATA", raising=False)
    images, notes = load_images(None)
    assert images.source.name == "digits"
    assert notes == ("mnist could not be had; the embedded digits was used instead.",)
    with pytest.raises(DataUnavailableError):
        load_images("mnist")


def test_augmentation_follows_the_images():
    digits, planted = (load_images(name).data for name in ("digits", "planted-circuit"))
    assert choose_augmentation("auto", digits).elastic == 0
    assert choose_augmentation("auto", planted) is None
    assert choose_augmentation("affine-elastic", digits).elastic == 64


def test_every_recipe_of_the_curve_has_settings():
    assert {f"curve-{k}" for k in CURVE} < set(RECIPES)
    assert RECIPES["curve-1"].wiring == "fixed"
    assert RECIPES["curve-all"].wiring == "dense"


def _bench(folder, *, fast):
    images = load_images("digits").data
    return Workbench(LogicConfig(), images, SeedTree(0), PieceCache(folder), fast)


def _measure(bench, *ids):
    return [BY_ID[name].metric(BY_ID[name].measure(bench)) for name in ids]


def test_claims_of_accuracy_are_those_of_the_cached_networks(tmp_path):
    bench = _bench(tmp_path, fast=True)
    ids = ("1-mean", "4-98", "5", "6", "9-8000", "11", "12-64000")
    rows = dict(zip(ids, _measure(bench, *ids), strict=True))
    cached = json.loads((tmp_path / "8000-0.json").read_text())
    mean = rows["1-mean"]
    assert mean.value == pytest.approx(100 * cached["right"] / cached["n"])
    assert mean.low < mean.value < mean.high
    assert (mean.n, mean.verdict) == (1, Verdict.MISSED)
    assert rows["4-98"].bound == "<= 3; mean hard accuracy [%] >= 98"
    gap = 100 * (cached["soft_right"] - cached["right"]) / cached["n"]
    assert rows["5"].value >= gap
    assert rows["6"].value > 0
    assert rows["12-64000"].note.endswith("Images of digits.")
    model, images = first_network(bench, "8000")
    labels = [images.classes[label] for label in images.test_labels]
    assert model.score(images.test_images, labels) == cached["right"] / cached["n"]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            "11",
            "fashion-mnist could not be had. Run `neuropil data get fashion-mnist` with a "
            "connection, or put its files into logic/fashion-mnist of the folder that "
            "NEUROPIL_DATA names.",
        ),
        (
            "12",
            "cifar10 or cifar10-jpeg could not be had. Run `neuropil data get cifar10` "
            "with a connection, or put its files into logic/cifar10 of the folder that "
            "NEUROPIL_DATA names.",
        ),
    ],
)
def test_images_that_cannot_be_had_are_not_claimed(target, message, tmp_path, monkeypatch):
    monkeypatch.delenv("NEUROPIL_DATA", raising=False)
    with pytest.raises(DataUnavailableError) as caught:
        _measure(_bench(tmp_path, fast=False), target)
    assert str(caught.value) == message


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """Return a function that puts files of registered bytes for a dataset into a mirror."""
    folder = tmp_path / "mirror"
    monkeypatch.setenv("NEUROPIL_DATA", str(folder))

    def put(name):
        dataset = info(name)
        files = []
        for file in dataset.files:
            path = folder / dataset.topic / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content := file.name.encode())
            digest = hashlib.sha256(content).hexdigest()
            files.append(replace(file, sha256=digest, size=len(content)))
        monkeypatch.setitem(REGISTRY, name, replace(dataset, files=tuple(files)))

    return put


def _cache(folder, recipe, n_seeds, data):
    fit = {"right": 56, "n": 100, "engine": "C kernel", "data": data}
    folder.mkdir(exist_ok=True)
    for seed in range(n_seeds):
        (folder / f"{recipe}-{seed}.json").write_text(json.dumps(fit))


def test_lossless_images_are_preferred_and_the_row_says_which(tmp_path, mirror):
    bench = _bench(tmp_path / "work", fast=False)
    for name, recipe, note in (
        (
            "cifar10-jpeg",
            "cifar",
            " Images of cifar10-jpeg, a lossy copy. They compare with no published number.",
        ),
        ("cifar10", "cifar-lossless", " Images of cifar10."),
    ):
        mirror(name)
        _cache(bench.folder, recipe, 1, name)
        [row] = _measure(_bench(bench.folder, fast=False), "12")
        assert (row.value, row.verdict, row.data) == (pytest.approx(56), Verdict.MET, name)
        assert row.note.endswith(f"over test images.{note}")


def test_fashion_is_measured_where_its_files_are(tmp_path, mirror):
    mirror("fashion-mnist")
    bench = _bench(tmp_path / "work", fast=False)
    _cache(bench.folder, "fashion", 3, "fashion-mnist")
    [row] = _measure(bench, "11")
    assert (row.n, row.verdict, row.data) == (3, Verdict.MISSED, "fashion-mnist")
    assert row.note.endswith("Images of fashion-mnist.")
