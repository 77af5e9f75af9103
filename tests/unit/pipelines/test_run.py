"""From settings to a finished run folder with its report."""

from __future__ import annotations

import json
import math
import re

import pytest

from neuropil.contracts import ConfigError, OutputError, Run
from neuropil.pipelines import (
    STUDIES,
    build_config,
    default_folder,
    load_study,
    run_study,
    study_names,
    summarise_study,
)


def test_a_run_recovers_the_planted_mean_and_leaves_a_finished_folder(fake_study, tmp_path):
    run = run_study(fake_study, {"planted_mean": 3.0}, seed=4, out=tmp_path / "run")
    metric = run.metric("mean")
    assert metric.low < 3.0 < metric.high
    assert metric.null.high < metric.low
    assert run.record["status"] == "complete"
    assert run.record["seed"] == 4
    assert run.record["config"] == {
        "sample_size": 200,
        "planted_mean": 3.0,
        "weights": {"linear": 1.0, "quadratic": 0.0},
        "trouble": "",
    }
    assert "planted-mean" in (run.path / "report.html").read_text(encoding="utf-8")


def test_the_same_seed_gives_the_same_numbers(fake_study, tmp_path):
    first, second = (
        run_study(fake_study, seed=7, out=tmp_path / name).metrics for name in ("a", "b")
    )
    assert first == second
    assert run_study(fake_study, seed=8, out=tmp_path / "c").metrics != first


def test_fast_settings_yield_to_given_ones_and_mark_the_run(fake_study, tmp_path):
    run = run_study(fake_study, out=tmp_path / "fast", fast=True)
    assert run.record["config"]["sample_size"] == 20
    assert run.record["notes"] == ["Fast settings: a check that the study runs, not a result."]
    run = run_study(fake_study, {"sample_size": 30}, out=tmp_path / "given", fast=True)
    assert run.record["config"]["sample_size"] == 30


def test_the_default_folder_names_study_and_time_and_is_new(fake_study, tmp_path):
    folder = default_folder(fake_study)
    assert re.fullmatch(r"runs/fake-\d{8}-\d{6}", folder.as_posix())
    run = run_study(fake_study)
    assert run.path.parent.resolve() == (tmp_path / "runs").resolve()
    assert not default_folder(fake_study).exists()


def test_an_interrupted_run_is_marked_and_goes_on(fake_study, tmp_path):
    settings, out = {"trouble": "interrupt once"}, tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run_study(fake_study, settings, out=out)
    assert Run.open(out).record["status"] == "interrupted"
    assert not (out / "report.html").exists()
    run = run_study(fake_study, settings, out=out)
    assert run.record["status"] == "complete"
    assert run.record["notes"] == ["resumed"]
    assert not (out / "checkpoint").exists()


def test_a_failed_run_is_marked_and_leaves_no_report(fake_study, tmp_path):
    with pytest.raises(ZeroDivisionError):
        run_study(fake_study, {"trouble": "bug"}, out=tmp_path / "run")
    assert Run.open(tmp_path / "run").record["status"] == "interrupted"
    assert not (tmp_path / "run" / "report.html").exists()


def test_a_finished_folder_is_not_overwritten(fake_study, tmp_path):
    run_study(fake_study, out=tmp_path / "run")
    before = (tmp_path / "run" / "run.json").read_bytes()
    with pytest.raises(OutputError) as caught:
        run_study(fake_study, out=tmp_path / "run")
    assert str(caught.value) == (
        f"{tmp_path}/run: the folder holds a finished run. "
        "Choose another --out, or remove the folder."
    )
    assert (tmp_path / "run" / "run.json").read_bytes() == before


def test_unknown_settings_are_named_with_the_closest_known_one(fake_study, tmp_path):
    with pytest.raises(ConfigError) as caught:
        run_study(fake_study, {"sample_sizes": 3, "xyz": 1}, out=tmp_path / "run")
    assert str(caught.value) == (
        "settings of fake: unknown setting 'sample_sizes', the closest is 'sample_size'; "
        "unknown setting 'xyz'. "
        "The settings are: sample_size, planted_mean, weights, trouble."
    )
    assert not (tmp_path / "run").exists()


def test_unknown_settings_inside_a_group_are_named_with_their_group(fake_study):
    with pytest.raises(ConfigError) as caught:
        build_config(load_study(fake_study), {"weights": {"liner": 2.0}})
    assert str(caught.value) == (
        "settings of fake: unknown setting 'weights.liner', the closest is 'weights.linear'. "
        "The settings are: sample_size, planted_mean, weights, trouble."
    )


def test_a_setting_of_a_group_may_be_named_without_it(fake_study):
    study = load_study(fake_study)
    config = build_config(study, {"linear": 2.0, "weights": {"quadratic": 3.0}, "sample_size": 9})
    assert config.model_dump()["weights"] == {"linear": 2.0, "quadratic": 3.0}
    assert config.sample_size == 9
    with pytest.raises(ConfigError, match=r"unknown setting 'linaer', the closest is 'weights\.li"):
        build_config(study, {"linaer": 2.0})
    with pytest.raises(ConfigError) as caught:
        build_config(study, {"linear": 2.0, "weights": {"linear": 3.0}})
    assert str(caught.value) == (
        "settings: expected the setting 'linear' once, found it with its group and without. Leave "
        "one of them out."
    )


def test_a_name_in_several_groups_is_refused(fake_study, monkeypatch):
    study = load_study(fake_study)
    group = type(study.config().weights)

    class Twice(study.config):
        """Two groups with the same settings."""

        others: group = group()

    monkeypatch.setattr(type(study), "config", Twice)
    with pytest.raises(ConfigError) as caught:
        build_config(study, {"linear": 2.0})
    assert str(caught.value) == (
        "settings: expected one setting 'linear', found weights.linear and others.linear. Write "
        "the name with its group."
    )


def test_fast_settings_are_merged_inside_groups(fake_study, monkeypatch):
    study = load_study(fake_study)
    monkeypatch.setattr(type(study), "fast", {"weights": {"linear": 5.0}, "sample_size": 20})
    config = build_config(study, {"weights": {"quadratic": 2.0}}, fast=True)
    assert config.model_dump()["weights"] == {"linear": 5.0, "quadratic": 2.0}


def test_settings_out_of_range_are_named(fake_study):
    with pytest.raises(ConfigError) as caught:
        build_config(load_study(fake_study), {"sample_size": 1})
    assert str(caught.value) == (
        "settings: sample_size: input should be greater than or equal to 2. "
        "The settings are: sample_size, planted_mean, weights, trouble."
    )


@pytest.mark.parametrize(
    ("settings", "found"),
    [({"planted_mean": math.nan}, "nan"), ({"weights": {"linear": math.inf}}, "inf")],
)
def test_numbers_that_are_not_finite_are_refused(fake_study, settings, found):
    with pytest.raises(ConfigError) as caught:
        build_config(load_study(fake_study), settings)
    (name,) = settings
    assert str(caught.value) == (
        f"setting {name!r}: expected a finite number, found {found}. Give a finite number."
    )


@pytest.mark.usefixtures("fake_study")
def test_unknown_studies_are_named_with_the_closest_one():
    with pytest.raises(ConfigError) as caught:
        load_study("fakes")
    known = ", ".join(study_names())
    assert str(caught.value) == f"no study 'fakes'. Did you mean fake? The studies are: {known}."
    with pytest.raises(ConfigError) as caught:
        load_study("zzz")
    assert str(caught.value) == f"no study 'zzz'. The studies are: {known}."


def test_a_run_that_never_began_leaves_nothing(fake_study, tmp_path):
    (tmp_path / "file").write_text("taken")
    with pytest.raises(OutputError) as caught:
        run_study(fake_study, out=tmp_path / "file" / "sub")
    assert str(caught.value) == (
        f"{tmp_path}/file/sub/run.json: cannot write: not a directory. "
        "Choose another place with --out, or free space and permissions there."
    )
    assert json.dumps([item.name for item in tmp_path.iterdir()]) == '["file"]'


@pytest.mark.parametrize("name", STUDIES)
def test_the_line_about_a_study_is_what_the_study_says(name):
    assert summarise_study(name) == load_study(name).summary
