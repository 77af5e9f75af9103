"""The estimator: scikit-learn's contract, labels of any kind, files, resuming, and bad input."""

from __future__ import annotations

import json
from contextlib import contextmanager

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.multiclass import OneVsRestClassifier

from neuropil.contracts import (
    ConfigError,
    InputError,
    OutputError,
    SeedTree,
    SilentProgress,
)
from neuropil.learning import Listener
from neuropil.logic import (
    AffineElastic,
    LogicNetClassifier,
    ShiftFlip,
    TopK,
    TrainingSchedule,
)
from neuropil.logic.training.augment import parse_augmentation
from neuropil.logic.training.data import split_validation
from neuropil.logic.training.loop import Epoch, select_epoch

SCHEDULE = TrainingSchedule(epochs=40, batch=32, rate=0.1)


@pytest.fixture(scope="module")
def parity():
    """Two of six bits decide: odd or even."""
    X = np.random.default_rng(0).integers(0, 2, (400, 6))
    return X, np.where(X[:, 1] ^ X[:, 4], "odd", "even")


def model(**changes) -> LogicNetClassifier:
    settings = {
        "layers": [16],
        "wiring": "dense",
        "encoding": "threshold:0.5",
        "schedule": SCHEDULE,
    }
    return LogicNetClassifier(**(settings | changes))


@pytest.fixture(scope="module")
def fitted(parity):
    return model().fit(*parity)


def test_labels_may_be_text_and_the_rule_is_found(parity, fitted):
    X, y = parity
    assert fitted.score(X, y) == 1.0
    assert fitted.predict(X[:3]).tolist() == y[:3].tolist()
    assert fitted.classes_.tolist() == ["even", "odd"]
    assert (fitted.predict_soft(X) == y).mean() > 0.99
    small = fitted.circuit_.simplify()
    gates = set(zip(small.kinds.tolist(), small.left.tolist(), small.right.tolist(), strict=True))
    assert gates & {(6, 1, 4), (9, 1, 4)}


def test_scores_are_counts_of_gates(parity, fitted):
    votes = fitted.votes(parity[0])
    assert votes.shape == (400, 2)
    assert votes.min() >= 0
    assert votes.max() <= 8
    assert np.array_equal(votes, fitted.circuit_(fitted.encode(parity[0])))
    assert np.array_equal(fitted.decision_function(parity[0]), votes[:, 1] - votes[:, 0])


def test_the_same_seed_gives_the_same_circuit(parity, fitted):
    same, other = model().fit(*parity), model(random_state=1).fit(*parity)
    assert np.array_equal(same.circuit_.left, fitted.circuit_.left)
    assert not np.array_equal(other.circuit_.left, fitted.circuit_.left)


def test_settings_are_stored_as_given_and_cloned():
    wiring = TopK(4)
    given = model(wiring=wiring, layers=[8, 16])
    assert given.get_params()["wiring"] is wiring
    assert given.get_params()["layers"] == [8, 16]
    again = clone(given)
    assert again.get_params()["wiring"] == wiring
    assert not hasattr(again, "circuit_")
    assert clone(given).set_params(random_state=5).random_state == 5


def test_local_wiring_reads_squares_of_images(parity):
    X, y = parity
    images = np.repeat(np.repeat(255 * X.reshape(-1, 2, 3), 3, axis=1), 3, axis=2)
    near = model(layers=[40, 20], wiring="local:4:4", encoding="thermometer:2").fit(images, y)
    sources = near.network_.layers[0].sources
    pixel = sources.reshape(40, -1) // 2
    assert (np.ptp(pixel // 9, axis=1) < 4).all()
    assert (np.ptp(pixel % 9, axis=1) < 4).all()
    with pytest.raises(ConfigError, match="expected sources with places, found rows of features"):
        model(wiring="local:4:4").fit(X, y)
    with pytest.raises(ConfigError, match=r"schedule.regrowth: expected no regrowth"):
        model(wiring="local:4:4", schedule=TrainingSchedule(regrowth=0.1)).fit(images, y)


def test_two_layers_and_images_are_trained(parity):
    X, y = parity
    two = model(layers=[16, 16], wiring=["dense", TopK(4)]).fit(X, y)
    assert two.circuit_.depth == 2
    assert two.circuit_.n_gates == 32
    assert two.score(X, y) > 0.9
    images = np.repeat(np.repeat(255 * X.reshape(-1, 2, 3), 3, axis=1), 3, axis=2)
    still = AffineElastic(rotation=0, shear=0, scale=0, elastic=0)
    moved = model(augmentation=still, layers=[32]).fit(images, y)
    assert moved.score(images, y) == 1.0


def test_a_model_is_read_as_it_was_saved(parity, fitted, tmp_path):
    folder = tmp_path / "model"
    fitted.save(folder)
    again = LogicNetClassifier.load(folder)
    X = parity[0]
    assert np.array_equal(again.predict(X), fitted.predict(X))
    assert np.array_equal(again.predict_soft(X), fitted.predict_soft(X))
    assert again.history_ == fitted.history_
    assert again.schedule == SCHEDULE
    with pytest.raises(OutputError, match="the folder exists"):
        fitted.save(folder)


def test_a_damaged_model_is_named(fitted, tmp_path):
    folder = tmp_path / "model"
    fitted.save(folder)
    (folder / "parameters.safetensors").write_bytes(b"no")
    with pytest.raises(InputError) as caught:
        LogicNetClassifier.load(folder)
    assert str(caught.value).startswith(f"{folder}: not the parts of a model (")
    assert str(caught.value).endswith("). Save it again.")
    with pytest.raises(InputError, match="no such file"):
        LogicNetClassifier.load(tmp_path)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"tau": 0}, "tau: input should be greater than 0"),
        ({"layers": []}, "layers: list should have at least 1 item after validation, not 0"),
        ({"layers": [-16]}, "layers.0: input should be greater than 0"),
        ({"history": [[1, 2]]}, "history.0.2: field required"),
        ({"classes": "odd"}, "classes: input should be a valid array"),
    ],
)
def test_a_model_record_of_other_types_is_named(fitted, tmp_path, changes, problem):
    folder = tmp_path / "model"
    fitted.save(folder)
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(InputError) as caught:
        LogicNetClassifier.load(folder)
    assert str(caught.value) == (
        f"{path}: an item does not have the fields of the format ({problem}). Save it again."
    )


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"layers": [10**12]}, "layer-0-sources"),
        ({"features": 10**12}, "thresholds"),
        ({"classes": ["a", "b"]}, "classes"),
    ],
)
def test_a_model_whose_parts_do_not_fit_is_named(fitted, tmp_path, changes, name):
    folder = tmp_path / "model"
    fitted.save(folder)
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(InputError) as caught:
        LogicNetClassifier.load(folder)
    assert str(caught.value) == (
        f"{folder}: not the parts of a model (expected finite arrays of the shapes and reach that "
        f"model.json and the netlist name, found others in {name!r}). Save it again."
    )


@pytest.mark.parametrize(
    ("name", "value"), [("layer-0-wires", np.nan), ("layer-0-sources", 6), ("thresholds", np.inf)]
)
def test_numbers_of_a_model_that_cannot_be_are_named(fitted, tmp_path, name, value):
    folder = tmp_path / "model"
    fitted.save(folder)
    path = folder / "parameters.safetensors"
    arrays = {key: array.copy() for key, array in load_file(path).items()}
    arrays[name].flat[0] = value
    save_file(arrays, path)
    with pytest.raises(InputError, match=f"found others in '{name}'"):
        LogicNetClassifier.load(folder)


def test_the_epoch_of_highest_validation_accuracy_is_kept(parity):
    X, y = parity
    noisy = np.where(np.random.default_rng(3).random(400) < 0.2, y[::-1], y)
    chosen = model(schedule=SCHEDULE.model_copy(update={"rate": 0.5})).fit(X, noisy)
    values = [epoch.validation for epoch in chosen.history_]
    assert values[chosen.best_epoch_] == max(values)
    assert max(values) not in values[chosen.best_epoch_ + 1 :]
    seed = SeedTree(0).child("logic").child("validation")
    held = split_validation(np.unique(noisy, return_inverse=True)[1], 1 / 12, seed.generator())
    assert chosen.score(X[held], noisy[held]) == max(values)
    assert min(values) < max(values)


class _InterruptedError(Exception):
    """Ends a training in its middle."""


class _Stopping:
    """Interrupts after some epochs."""

    def __init__(self, after):
        self.left = after

    @contextmanager
    def track(self, label, total):
        del total

        def advance(steps, note=""):
            del note
            self.left -= steps if label == "training" else 0
            if self.left < 0:
                raise _InterruptedError

        yield advance


def test_an_interrupted_training_goes_on_to_the_same_circuit(parity, fitted, tmp_path):
    checkpoint = tmp_path / "net.st"
    with pytest.raises(_InterruptedError):
        model().fit(*parity, Listener(_Stopping(17), checkpoint))
    assert checkpoint.is_file()
    resumed = model().fit(*parity, Listener(SilentProgress(), checkpoint))
    assert np.array_equal(resumed.network_.layers[0].wires, fitted.network_.layers[0].wires)
    assert resumed.history_ == fitted.history_


def test_candidates_dwindle_and_are_renewed_also_after_an_interruption(parity, tmp_path):
    schedule = SCHEDULE.model_copy(
        update={"kept": 0.5, "regrowth": 0.25, "noise": 0.1, "straight_from": 0.8}
    )
    settings = {"layers": [64], "wiring": TopK(4), "schedule": schedule}
    fitted = model(**settings).fit(*parity)
    assert fitted.network_.layers[0].sources.shape == (128, 2)
    assert fitted.score(*parity) == 1.0
    assert (np.diff(np.sort(fitted.network_.layers[0].sources, axis=1), axis=1) > 0).all()
    checkpoint = tmp_path / "net.st"
    with pytest.raises(_InterruptedError):
        model(**settings).fit(*parity, Listener(_Stopping(17), checkpoint))
    resumed = model(**settings).fit(*parity, Listener(SilentProgress(), checkpoint))
    for one, other in zip(resumed.network_.layers[0], fitted.network_.layers[0], strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("changes", "labels", "kind", "message"),
    [
        (
            {},
            ["a"] * 4,
            InputError,
            "y: expected at least two classes, found one class, ['a']. Bring samples of another "
            "class.",
        ),
        (
            {},
            ["a", "b"],
            InputError,
            "X and y: Found input variables with inconsistent numbers of samples: [4, 2]. Pass one "
            "row of numbers, or one image, and one label for each sample.",
        ),
        (
            {"layers": [15]},
            list("abab"),
            ConfigError,
            "layers: expected a last layer that 2 classes divide, found 15 gates. "
            "Take a multiple of 2.",
        ),
        (
            {"layers": [8.5]},
            list("abab"),
            ConfigError,
            "layers: expected whole numbers of gates, found [8.5]. "
            "Write for example layers=[8000].",
        ),
        (
            {"wiring": "topk:1"},
            list("abab"),
            ConfigError,
            "wiring: expected a wiring, found 'topk:1'. "
            "Write dense, fixed, topk:K with K of 2 or more, or local:K:PIXELS.",
        ),
        (
            {"wiring": ["dense", "fixed"]},
            list("abab"),
            ConfigError,
            "wiring: expected one wiring, or one for each of 1 layers, found 2. "
            "Write for example topk:32, or dense,topk:32.",
        ),
        (
            {"augmentation": AffineElastic()},
            list("abab"),
            InputError,
            "X: expected images to augment, found an array of shape (4, 2). "
            "Pass (n, height, width) images, or no augmentation.",
        ),
    ],
)
def test_what_cannot_be_fitted_is_refused(changes, labels, kind, message):
    with pytest.raises(kind) as caught:
        model(**changes).fit([[0, 1], [1, 0], [1, 1], [0, 0]], labels)
    assert str(caught.value) == message


def test_nothing_is_predicted_before_the_fit():
    with pytest.raises(NotFittedError) as caught:
        model().predict([[0, 1]])
    assert str(caught.value) == (
        "This LogicNetClassifier instance is not fitted yet. Call 'fit' with appropriate arguments "
        "before using this estimator."
    )


def test_samples_of_another_shape_are_refused(fitted):
    with pytest.raises(InputError) as caught:
        fitted.predict([[0, 1]])
    assert str(caught.value) == (
        "X: X has 2 features, but LogicNetClassifier is expecting 6 features as input. Pass one "
        "row of numbers, or one image, and one label for each sample."
    )


def test_settings_may_be_plain(parity, fitted):
    plain = model(schedule=SCHEDULE.model_dump()).fit(*parity)
    assert np.array_equal(plain.circuit_.left, fitted.circuit_.left)
    assert parse_augmentation({"padding": 2}) == ShiftFlip(padding=2)
    assert parse_augmentation({"elastic": 0}) == AffineElastic(elastic=0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schedule": {"epoch": 3}}, "schedule: epoch: extra inputs are not permitted. "),
        ({"schedule": 3}, "schedule: expected a mapping or TrainingSchedule, found int. "),
        ({"augmentation": {"padding": -1}}, "augmentation: padding: input should be greater "),
        ({"engine": "gpu"}, "engine: expected one of auto, kernel, jax, found 'gpu'. "),
    ],
)
def test_settings_that_cannot_be_are_refused(parity, changes, message):
    with pytest.raises(ConfigError) as caught:
        model(**changes).fit(*parity)
    assert str(caught.value).startswith(message)


def test_tau_rules():
    assert TrainingSchedule(tau=4.0).first_tau(800) == 4.0
    assert TrainingSchedule(tau="autotau", temperature=0.5).first_tau(800) == 20.0
    rule = TrainingSchedule(tau="adavar", temperature=1.5).tau_rule(800)
    assert (rule.adaptive, rule.limit, rule.divisor) == (True, 800 / 6, 6.0)
    assert TrainingSchedule(tau="adavar").first_tau(900) == 30.0


@pytest.fixture(scope="module")
def table():
    """Two classes that the sum of two of six features tells apart."""
    X = np.random.default_rng(0).normal(size=(300, 6))
    return X, (X[:, 0] + X[:, 1] > 0).astype(int)


def scored(**changes) -> LogicNetClassifier:
    short = TrainingSchedule(epochs=10, batch=32)
    return LogicNetClassifier((60,), "topk:8", "quantile:7", short, **changes)


def test_scores_of_two_classes_work_where_scikit_learn_asks_for_them(table):
    X, y = table
    fitted = scored().fit(X, y)
    scores = fitted.decision_function(X)
    assert (scores.shape, scores.dtype) == ((300,), np.float64)
    assert np.array_equal(fitted.predict(X), (scores > 0).astype(int))
    areas = cross_val_score(scored(), X, y, cv=3, scoring="roc_auc", error_score="raise")
    assert areas.min() > 0.9
    shares = CalibratedClassifierCV(scored(), cv=3).fit(X, y).predict_proba(X)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert ((shares[:, 1] > 0.5) == y).mean() > 0.9
    three = np.digitize(X[:, 0], [-0.5, 0.5])
    assert OneVsRestClassifier(scored()).fit(X, three).score(X, three) > 0.7


@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_are_the_softmax_of_the_votes(table, classes):
    X, y = table
    labels = y if classes == 2 else np.digitize(X[:, 0], [-0.5, 0.5])
    fitted = scored().fit(X, labels)
    shares = fitted.predict_proba(X)
    assert shares.shape == (300, classes)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert np.array_equal(fitted.classes_[shares.argmax(axis=1)], fitted.predict(X))
    votes = fitted.votes(X) / fitted.network_.tau
    raised = np.exp(votes - votes.max(axis=1, keepdims=True))
    np.testing.assert_allclose(shares, raised / raised.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("name", ["predict", "predict_proba", "decision_function", "votes"])
def test_nothing_is_scored_before_the_fit(table, name):
    with pytest.raises(NotFittedError, match="This LogicNetClassifier instance is not fitted yet"):
        getattr(scored(), name)(table[0])


def test_the_encoding_is_chosen_from_the_data(table, tmp_path):
    X, y = table
    short = TrainingSchedule(epochs=1, batch=32)
    of_table = LogicNetClassifier([60], "topk:8", schedule=short).fit(X, y)
    assert (str(of_table.encoding_), of_table.encoder_.n_bits) == ("quantile:7", 42)
    of_images = LogicNetClassifier([60], "topk:8", schedule=short).fit(X.reshape(300, 2, 3), y)
    assert (str(of_images.encoding_), of_images.encoder_.n_bits) == ("threshold:0.25", 6)
    of_table.save(tmp_path / "model")
    again = LogicNetClassifier.load(tmp_path / "model")
    assert again.encoding_ == of_table.encoding_
    assert np.array_equal(again.predict(X), of_table.predict(X))


@pytest.mark.parametrize(("classes", "gates"), [(2, 1000), (3, 1002), (7, 1001)])
def test_the_default_layer_is_divided_by_the_classes(classes, gates):
    X = np.random.default_rng(0).normal(size=(70, 2))
    fitted = LogicNetClassifier(schedule={"epochs": 1}).fit(X, np.arange(70) % classes)
    assert fitted.circuit_.n_gates == gates


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("random_state", -1, "random_state: expected a whole number, found -1. "),
        ("random_state", 0.5, "random_state: expected a whole number, found 0.5. "),
        ("random_state", "0", "random_state: expected a whole number, found '0'. "),
        ("random_state", True, "random_state: expected a whole number, found True. "),
        ("wiring", 8, "wiring: expected a wiring, found 8. "),
        ("wiring", None, "wiring: expected a wiring, found None. "),
        ("wiring", "topk:1", "wiring: expected a wiring, found 'topk:1'. "),
        ("wiring", "topk:-8", "wiring: expected a wiring, found 'topk:-8'. "),
        ("wiring", [8], "wiring: expected a wiring, found 8. "),
        ("wiring", "local:8", "wiring: expected a wiring, found 'local:8'. "),
        ("wiring", "local:1:8", "wiring: expected a wiring, found 'local:1:8'. "),
        ("wiring", [], "wiring: expected one wiring, or one for each of 1 layers, found 0. "),
        ("layers", 60, "layers: expected whole numbers of gates, found 60. "),
        ("layers", "60", "layers: expected whole numbers of gates, found '60'. "),
        ("layers", [True, 60], "layers: expected whole numbers of gates, found [True, 60]. "),
        ("encoding", 7, "encoding: expected an encoding, found 7. "),
        ("encoding", "automatic", "encoding: expected an encoding, found 'automatic'. "),
    ],
)
def test_settings_of_other_kinds_are_refused(table, setting, value, message):
    with pytest.raises(ConfigError) as caught:
        scored().set_params(**{setting: value}).fit(*table)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("average", "epochs", "chosen"),
    [(0.0, 12, 4), (0.8, 12, 10), (0.8, 3, 1)],
    ids=["no average", "of the last quarter", "too short for an average"],
)
def test_an_average_is_chosen_among_the_epochs_that_have_one(average, epochs, chosen):
    values = [0.5, 0.8, 0.6, 0.7, 0.9, 0.5, 0.5, 0.5, 0.5, 0.6, 0.7, 0.6][:epochs]
    history = [Epoch(n + 1.0, 1.0, 1.0, value) for n, value in enumerate(values)]
    assert select_epoch(history, TrainingSchedule(epochs=epochs, average=average)) == chosen


def test_an_averaged_model_reads_back_with_the_same_soft_network(parity, tmp_path):
    X, y = parity
    averaged = SCHEDULE.model_copy(update={"average": 0.8, "epochs": 12})
    given = model(schedule=averaged).fit(X, y)
    given.save(tmp_path / "model")
    read = LogicNetClassifier.load(tmp_path / "model")
    assert read.best_epoch_ == given.best_epoch_ >= 9
    assert np.array_equal(read.predict_soft(X), given.predict_soft(X))
