"""Every claim of a study as a line, measured or with the reason why not."""

from __future__ import annotations

import json

import pytest

from neuropil.contracts import (
    Claim,
    ConfigError,
    DataUnavailableError,
    Finding,
    InputError,
    OutputError,
    Run,
    Verdict,
)
from neuropil.pipelines import reproduce_study


def test_every_claim_appears_in_order_with_its_verdict(fake_study, tmp_path):
    run = reproduce_study(fake_study, out=tmp_path / "out")
    assert [(metric.id, metric.verdict) for metric in run.metrics] == [
        ("mean", Verdict.MET),
        ("spread", Verdict.MISSED),
        ("skew", Verdict.NOT_RUN),
        ("largest", Verdict.REPORTED),
    ]
    assert run.metric("skew").note == "The skew was not measured."
    assert [metric.bound for metric in run.metrics] == [">= 1.5", "<= 0.5", "-0.1 to 0.1", ""]
    assert run.metric("mean").command == "neuropil reproduce fake --target mean --seed 0"


def test_claims_that_were_not_asked_for_say_so(fake_study, tmp_path):
    run = reproduce_study(fake_study, targets=["spread"], out=tmp_path / "out")
    assert [metric.verdict for metric in run.metrics] == ["not run", "missed", "not run", "not run"]
    assert run.metrics[0].note == "Not asked for."
    assert run.record["command"] == "neuropil reproduce fake --target spread --seed 0"


def test_a_reproduction_is_a_run_with_a_report_and_a_table(fake_study, tmp_path):
    folder = tmp_path / "out"
    run = reproduce_study(fake_study, seed=3, out=folder)
    assert run == Run.open(folder)
    assert run.record["status"] == "complete"
    written = json.loads((folder / "reproduction.json").read_text(encoding="utf-8"))
    assert written.pop("rows") == [metric.to_json() for metric in run.metrics]
    assert written == {
        "format": "neuropil-reproduction",
        "format_version": 2,
        "study": "fake",
        "seed": 3,
        "fast": False,
        "synthetic": True,
    }
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "The claims of fake, measured again" in page
    assert "recovered spread" in page


def test_a_fast_reproduction_gives_no_verdict(fake_study, tmp_path):
    run = reproduce_study(fake_study, out=tmp_path / "out", fast=True)
    assert {metric.verdict for metric in run.metrics} == {None, Verdict.NOT_RUN}
    assert run.metric("mean").n == 20
    assert run.metric("mean").command.endswith("--seed 0 --fast")


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (
            DataUnavailableError("no scans", where="here", repair="Bring them."),
            "here: no scans. Bring them.",
        ),
        (InputError("too few", repair="Add one."), "too few. Add one."),
        (
            Finding(float("nan"), note="A mean of nothing."),
            "The value is not defined. A mean of nothing.",
        ),
        (Finding.not_run("No."), "No."),
    ],
)
def test_what_cannot_be_measured_takes_no_other_claim_with_it(
    fake_study, tmp_path, monkeypatch, trouble, reason
):
    import fake_study as module

    def measure(_):
        if isinstance(trouble, Exception):
            raise trouble
        return trouble

    claims = (Claim("odd", "odd", "1", None, measure), *module.FakeStudy.claims)
    monkeypatch.setattr(module.FakeStudy, "claims", claims)
    run = reproduce_study(fake_study, out=tmp_path / "out")
    assert (run.metrics[0].verdict, run.metrics[0].note) == (Verdict.NOT_RUN, reason)
    assert run.metric("mean").verdict is Verdict.MET


def test_unknown_claims_are_named(fake_study, tmp_path):
    with pytest.raises(ConfigError) as caught:
        reproduce_study(fake_study, targets=["means"], out=tmp_path / "out")
    assert str(caught.value) == (
        "claims of fake: no claim 'means'. "
        "Did you mean mean? The claims are: mean, spread, skew, largest."
    )
    assert not (tmp_path / "out").exists()


def test_an_earlier_reproduction_is_kept(fake_study, tmp_path):
    reproduce_study(fake_study, out=tmp_path)
    before = (tmp_path / "reproduction.json").read_bytes()
    with pytest.raises(OutputError) as caught:
        reproduce_study(fake_study, out=tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: the folder holds a finished run. Choose another --out, or remove the folder."
    )
    assert (tmp_path / "reproduction.json").read_bytes() == before


def test_rows_that_a_crash_left_empty_are_written_again(fake_study, tmp_path):
    reproduce_study(fake_study, out=tmp_path)
    before = (tmp_path / "reproduction.json").read_bytes()
    (tmp_path / "reproduction.json").write_bytes(b"")
    with pytest.raises(OutputError, match="the folder holds a finished run"):
        reproduce_study(fake_study, seed=1, out=tmp_path)
    run = reproduce_study(fake_study, out=tmp_path)
    assert run.record["status"] == "complete"
    assert (tmp_path / "reproduction.json").read_bytes() == before


def test_an_unwritable_place_is_found_before_the_work(fake_study, tmp_path, monkeypatch):
    import fake_study as module

    def never(_):
        pytest.fail("measured although nothing can be written")

    monkeypatch.setattr(module.FakeStudy, "claims", (Claim("a", "a", "1", None, never),))
    (tmp_path / "file").write_text("taken")
    with pytest.raises(OutputError, match="cannot write: not a directory"):
        reproduce_study(fake_study, out=tmp_path / "file" / "sub")


def test_a_group_of_claims_has_a_name(fake_study, tmp_path, monkeypatch):
    import fake_study as module

    asked = []

    def claim(name):
        def measure(_):
            asked.append(name)
            return Finding(1.0)

        return Claim(name, name, "1", None, measure)

    names = ("4-width", "4-maxima", "5")
    monkeypatch.setattr(module.FakeStudy, "claims", tuple(map(claim, names)))
    reproduce_study(fake_study, targets=["4"], out=tmp_path / "out")
    assert asked == ["4-width", "4-maxima"]


def test_an_interrupted_reproduction_goes_on_from_its_cached_pieces(
    fake_study, tmp_path, monkeypatch
):
    import fake_study as module

    drawn = []
    whole = module.draw_sample

    def count(*arguments):
        drawn.append(arguments)
        return whole(*arguments)

    def interrupt_once(_):
        monkeypatch.setattr(module.FakeStudy, "claims", claims)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "draw_sample", count)
    claims = module.FakeStudy.claims
    troubled = (*claims, Claim("late", "late", "1", None, interrupt_once))
    monkeypatch.setattr(module.FakeStudy, "claims", troubled)
    with pytest.raises(KeyboardInterrupt):
        reproduce_study(fake_study, seed=2, out=tmp_path / "out")
    assert Run.open(tmp_path / "out").record["status"] == "interrupted"
    with pytest.raises(
        OutputError, match="an interrupted run with another study, seed or settings"
    ):
        reproduce_study(fake_study, seed=3, out=tmp_path / "out")
    resumed = reproduce_study(fake_study, seed=2, out=tmp_path / "out")
    assert len(drawn) == 1
    assert resumed.metrics == reproduce_study(fake_study, seed=2, out=tmp_path / "other").metrics
