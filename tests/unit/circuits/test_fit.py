"""The estimator refuses what it cannot use, repeats itself, and is read back as it was."""

from __future__ import annotations

import json

import jax
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from neuropil.circuits import (
    Dynamics,
    FitPlan,
    IntegratingPlan,
    RingAttractor,
    TrialPlan,
    VelocityInput,
)
from neuropil.contracts import ConfigError, InputError, OutputError, VersionError

FEW = TrialPlan(hold=2, speeds=(40.0,), starts=1, walks=1, duration=1.0)
FEW_MINUTES = IntegratingPlan(minutes=2, hold=2, speeds=(40.0,), starts=1, duration=1.0)


def _tiny_plan() -> FitPlan:
    """Two steps of every stage, on few and short trials."""
    settings = {}
    for name, value in FitPlan():
        if name.endswith("_steps") or name == "restarts":
            settings[name] = 2
        elif isinstance(value, TrialPlan):
            settings[name] = FEW
        elif isinstance(value, IntegratingPlan):
            settings[name] = FEW_MINUTES
    return FitPlan(**settings)


def _model(seed: int = 0) -> RingAttractor:
    return RingAttractor(
        velocity=VelocityInput(cell_types=("PEN_a",)), plan=_tiny_plan(), random_state=seed
    )


@pytest.fixture(scope="module")
def fitted(ring):
    return _model().fit(ring)


def test_the_same_seed_gives_the_same_bits(ring, fitted):
    again = _model().fit(ring)
    for leaf, other in zip(
        jax.tree.leaves(fitted.parameters_), jax.tree.leaves(again.parameters_), strict=True
    ):
        np.testing.assert_array_equal(leaf, other)
    assert again.validation_loss_ == fitted.validation_loss_
    np.testing.assert_array_equal(again.history_, fitted.history_)


def test_a_fit_has_the_parameters_of_its_types(fitted):
    assert fitted.parameters_.size == 13
    assert np.isfinite(fitted.validation_loss_)
    assert fitted.history_.ndim == 2


def test_predict_is_the_turn_of_simulate(fitted):
    velocity = 50 * np.sin(np.arange(60) / 10)
    rates, turn = fitted.simulate(velocity)
    assert rates.shape == (60, 1, 32)
    assert turn.shape == (60, 1)
    np.testing.assert_array_equal(fitted.predict(velocity), turn[:, 0])
    assert fitted.predict(np.c_[velocity, -velocity]).shape == (60, 2)


@pytest.mark.parametrize(
    ("velocity", "found"),
    [
        (np.array([0.0, np.nan, np.inf]), "(3, 1) with 2 not finite"),
        (np.zeros((2, 2, 2)), "(2, 2, 2) with 0 not finite"),
        (np.zeros((0, 3)), "(0, 3) with 0 not finite"),
    ],
)
def test_velocities_that_cannot_be_used_are_named(fitted, velocity, found):
    with pytest.raises(InputError) as caught:
        fitted.simulate(velocity)
    assert str(caught.value) == (
        "RingAttractor.simulate: expected finite velocities of shape (t,) or (t, b), "
        f"found {found}. Give degrees per second, time first."
    )


@pytest.mark.parametrize(
    "use",
    [
        lambda model, _: model.predict(np.zeros(3)),
        lambda model, _: model.simulate(np.zeros(3)),
        lambda model, _: model.measure(),
        lambda model, _: model.score(),
        lambda model, folder: model.save(folder),
    ],
    ids=["predict", "simulate", "measure", "score", "save"],
)
def test_nothing_works_before_the_fit(use, tmp_path):
    with pytest.raises(NotFittedError) as caught:
        use(RingAttractor(), tmp_path / "model")
    assert str(caught.value) == (
        "This RingAttractor instance is not fitted yet: call fit(connectome) first"
    )
    assert not (tmp_path / "model").exists()


def test_settings_are_those_of_an_estimator():
    model = RingAttractor(dynamics=Dynamics(leak=1.2), random_state=4)
    assert clone(model).get_params() == model.get_params()
    assert not hasattr(model, "parameters_")


def test_settings_may_be_plain_values(ring, fitted):
    plain = RingAttractor(
        velocity={"cell_types": ["PEN_a"]}, plan=_tiny_plan().model_dump(), random_state=0
    ).fit(ring)
    np.testing.assert_array_equal(plain.parameters_.gain, fitted.parameters_.gain)
    with pytest.raises(ConfigError) as caught:
        RingAttractor(plan={"restart": 2}).fit(ring)
    assert str(caught.value).startswith("plan: restart: extra inputs are not permitted. ")
    with pytest.raises(ConfigError, match="dynamics: expected a mapping or Dynamics, found float"):
        RingAttractor(dynamics=0.1).fit(ring)


def test_an_array_is_no_connectome():
    with pytest.raises(InputError) as caught:
        RingAttractor().fit(np.eye(3))
    assert str(caught.value) == (
        "RingAttractor: expected a Connectome, found ndarray. "
        "Make one with Connectome.from_matrix(counts, nodes)."
    )


def test_a_saved_model_gives_the_same_output(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    loaded = RingAttractor.load(tmp_path / "model")
    velocity = 80 * np.sin(np.arange(50) / 7)
    np.testing.assert_array_equal(loaded.simulate(velocity)[0], fitted.simulate(velocity)[0])
    assert loaded.get_params() == fitted.get_params()
    assert loaded.validation_loss_ == fitted.validation_loss_
    assert loaded.circuit_.type_names == fitted.circuit_.type_names
    for leaf, other in zip(
        jax.tree.leaves((loaded.parameters_, loaded.circuit_)),
        jax.tree.leaves((fitted.parameters_, fitted.circuit_)),
        strict=True,
    ):
        assert leaf.shape == other.shape
        assert leaf.dtype == other.dtype


def test_saving_never_overwrites(fitted, tmp_path):
    folder = tmp_path / "model"
    fitted.save(folder)
    before = (folder / "model.json").read_bytes()
    with pytest.raises(
        OutputError, match=r"model: the folder exists\. Name a new folder for the model\.$"
    ):
        fitted.save(folder)
    assert (folder / "model.json").read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["model"]


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(
        InputError,
        match=r"model.json: no such file\. Name a folder",
    ):
        RingAttractor.load(tmp_path)


@pytest.mark.parametrize("record", ["[]", '{"format": "other"}'])
def test_another_record_is_refused(tmp_path, record):
    (tmp_path / "model.json").write_text(record)
    with pytest.raises(InputError) as caught:
        RingAttractor.load(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / 'model.json'}: expected a record with format 'neuropil-ring-attractor'. "
        "Name a folder that neuropil wrote."
    )


def test_a_newer_format_asks_for_an_upgrade(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    path = tmp_path / "model" / "model.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"format_version": 9}))
    with pytest.raises(VersionError) as caught:
        RingAttractor.load(tmp_path / "model")
    assert str(caught.value) == (
        f"{path}: neuropil-ring-attractor format 9, this installation reads up to 3. "
        "Upgrade neuropil to read it."
    )


def test_settings_of_another_version_are_named(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    path = tmp_path / "model" / "model.json"
    record = json.loads(path.read_text())
    record["settings"]["plan"]["wings"] = 2
    path.write_text(json.dumps(record))
    with pytest.raises(VersionError) as caught:
        RingAttractor.load(tmp_path / "model")
    assert str(caught.value) == (
        f"{path}: settings that this version does not know, the first is wings. "
        "Read the model with the version that wrote it, or fit again."
    )
