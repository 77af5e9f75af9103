"""Every target of a study as a row, measured or not."""

from __future__ import annotations

import json

import pytest

from neuropil.contracts import ConfigError, NeuropilError, OutputError, Reproduction, Target
from neuropil.pipelines import reproduce_study


def test_every_target_appears_in_order(fake_study, tmp_path):
    rows = reproduce_study(fake_study, out=tmp_path / "out")
    assert [row.target.id for row in rows] == ["mean", "spread", "skew"]
    assert [row.passed for row in rows] == [True, False, None]
    assert rows[2].value is None


def test_targets_that_were_not_chosen_appear_as_not_run(fake_study, tmp_path):
    rows = reproduce_study(fake_study, targets=["spread"], out=tmp_path / "out")
    assert [(row.target.id, row.passed) for row in rows] == [
        ("mean", None),
        ("spread", False),
        ("skew", None),
    ]


def test_the_table_is_written_whole(fake_study, tmp_path):
    rows = reproduce_study(fake_study, seed=3, out=tmp_path / "out", fast=True)
    written = json.loads((tmp_path / "out" / "reproduction.json").read_text(encoding="utf-8"))
    assert written.pop("rows") == [row.to_json() for row in rows]
    assert written == {
        "format": "neuropil-reproduction",
        "format_version": 1,
        "study": "fake",
        "seed": 3,
        "fast": True,
        "synthetic": True,
    }
    assert [item.name for item in (tmp_path / "out").iterdir()] == ["reproduction.json"]


def test_unknown_targets_are_named(fake_study, tmp_path):
    with pytest.raises(ConfigError) as caught:
        reproduce_study(fake_study, targets=["means"], out=tmp_path / "out")
    assert str(caught.value) == (
        "targets of fake: no target 'means'. "
        "Did you mean mean? The targets are: mean, spread, skew."
    )
    assert not (tmp_path / "out").exists()


def test_an_earlier_reproduction_is_kept(fake_study, tmp_path):
    reproduce_study(fake_study, out=tmp_path)
    before = (tmp_path / "reproduction.json").read_bytes()
    with pytest.raises(OutputError) as caught:
        reproduce_study(fake_study, out=tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/reproduction.json: the folder holds a reproduction. Choose another --out."
    )
    assert (tmp_path / "reproduction.json").read_bytes() == before


def test_an_unwritable_place_is_found_before_the_work(fake_study, tmp_path, monkeypatch):
    import fake_study as module

    def never(*_, **__):
        pytest.fail("measured although nothing can be written")

    monkeypatch.setattr(module.FakeStudy, "reproduce", never)
    (tmp_path / "file").write_text("taken")
    with pytest.raises(OutputError, match="cannot write: not a directory"):
        reproduce_study(fake_study, out=tmp_path / "file" / "sub")


def test_a_failure_leaves_nothing(fake_study, tmp_path, monkeypatch):
    import fake_study as module

    def stray(*_, **__):
        return [Reproduction(Target("other", "what", "none", "1"), 1.0, passed=True)]

    monkeypatch.setattr(module.FakeStudy, "reproduce", stray)
    with pytest.raises(NeuropilError) as caught:
        reproduce_study(fake_study, out=tmp_path / "out")
    assert str(caught.value) == (
        "fake: the study returned rows without a target: other. "
        "Report this as a defect of the study."
    )
    assert not (tmp_path / "out").exists()


def test_a_group_of_targets_has_a_name(fake_study, tmp_path, monkeypatch):
    import fake_study as module

    targets = [Target(name, name, "none", "1") for name in ("4-width", "4-maxima", "5")]
    monkeypatch.setattr(module.FakeStudy, "targets", tuple(targets))
    asked = []

    def remember(_, targets, *__, **___):
        asked.extend(target.id for target in targets)
        return []

    monkeypatch.setattr(module.FakeStudy, "reproduce", remember)
    reproduce_study(fake_study, targets=["4"], out=tmp_path / "out")
    assert asked == ["4-width", "4-maxima"]


def test_an_interrupted_reproduction_goes_on_in_its_folder(fake_study, tmp_path, monkeypatch):
    import fake_study as module

    whole = module.FakeStudy.reproduce

    def interrupt_once(self, targets, seed, progress, *, fast, work):
        piece = work / "piece.json"
        if not piece.exists():
            piece.write_text("1")
            raise KeyboardInterrupt
        return whole(self, targets, seed, progress, fast=fast, work=work)

    monkeypatch.setattr(module.FakeStudy, "reproduce", interrupt_once)
    with pytest.raises(KeyboardInterrupt):
        reproduce_study(fake_study, seed=2, out=tmp_path / "out")
    with pytest.raises(OutputError) as caught:
        reproduce_study(fake_study, seed=3, out=tmp_path / "out")
    assert str(caught.value) == (
        f"{tmp_path}/out/work/plan.json: expected the work of study fake, seed 3, fast False, "
        "version 0.1.0, found that of study fake, seed 2, fast False, version 0.1.0. "
        "Choose another --out, or repeat the command that began it."
    )
    rows = reproduce_study(fake_study, seed=2, out=tmp_path / "out")
    assert rows[0].passed
