"""What every study keeps to, whatever it is about: the tests that a new study inherits."""

from __future__ import annotations

import ast
import inspect
import json
import math
import re
from pathlib import Path

import pytest

import neuropil
from neuropil.contracts import Claim, ConfigError, Run, Verdict
from neuropil.pipelines import load_study, reproduce_study, run_study, study_names

NAMES = study_names()
SOURCE = Path(neuropil.__file__).parent


# A fixture of the module, so that the tests of a study run one after the other and share its runs.
@pytest.fixture(scope="module", params=NAMES)
def name(request):
    """Name of a study."""
    return request.param


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory):
    """Return a function that gives a study's claims, measured once with the fast settings."""
    done: dict[str, Run] = {}

    def reproduce(name):
        if name not in done:
            folder = tmp_path_factory.mktemp("claims") / name
            done[name] = reproduce_study(name, out=folder, fast=True)
        return done[name]

    return reproduce


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return a function that gives a study's run, done once with the fast settings."""
    done: dict[str, Run] = {}

    def run(name):
        if name not in done:
            done[name] = run_study(name, out=tmp_path_factory.mktemp("run") / name, fast=True)
        return done[name]

    return run


@pytest.fixture(scope="module", autouse=True)
def _private_cache_of_the_module(tmp_path_factory):
    """A private cache and no connection for what outlives a single test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUROPIL_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("NEUROPIL_OFFLINE", "1")
        yield


# Their pieces of work compile the same programs: one process compiles them once.
_IN_ONE_PROCESS = ("hybrid-latents", "joint-individual")


@pytest.fixture(autouse=True)
def _one_process(request, monkeypatch):
    if getattr(request.node, "callspec", None) and (
        request.node.callspec.params.get("name") in _IN_ONE_PROCESS
    ):
        monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")


@pytest.mark.slow
def test_every_claim_is_measured_or_says_why_not(name, reproduced):
    run = reproduced(name)
    assert [metric.id for metric in run.metrics] == [claim.id for claim in load_study(name).claims]
    for metric in run.metrics:
        if metric.value is None:
            assert metric.verdict is Verdict.NOT_RUN, metric.id
            assert metric.note, metric.id
        else:
            assert math.isfinite(metric.value), metric.id
            assert metric.verdict is None, metric.id
            assert metric.data, metric.id
            assert metric.command.endswith("--fast"), metric.id


@pytest.mark.slow
def test_few_claims_cannot_be_measured_on_embedded_data(name, reproduced):
    reasons = {
        metric.id: metric.note for metric in reproduced(name).metrics if metric.value is None
    }
    expected = (
        "real data",
        "real circuit",
        "one matrix",
        "benchmarks/",
        "not found",
        "Needs a C",
        "do not vary",
    )
    assert [
        (claim, note) for claim, note in reasons.items() if not any(e in note for e in expected)
    ] == []


@pytest.mark.slow
def test_the_table_can_be_read_by_any_program(name, reproduced):
    text = (reproduced(name).path / "reproduction.json").read_text(encoding="utf-8")
    table = json.loads(text, parse_constant=pytest.fail)
    assert table["fast"]
    assert len(table["rows"]) == len(load_study(name).claims)


@pytest.mark.slow
def test_a_fast_run_has_figures_with_their_numbers_and_no_verdict(name, finished):
    run = finished(name)
    assert run.record["status"] == "complete"
    assert {metric.verdict for metric in run.metrics} <= {None, Verdict.NOT_RUN}
    assert run.figures
    for figure in run.figures:
        assert run.figure_data(figure).height > 0, figure.name
        assert figure.caption, figure.name
        assert figure.alt, figure.name
    assert (run.path / "report.html").is_file()


def test_wrong_settings_leave_no_folder(name, tmp_path):
    with pytest.raises(ConfigError, match="unknown setting 'no_such_setting'"):
        run_study(name, {"no_such_setting": 1}, out=tmp_path / "run", fast=True)
    assert not (tmp_path / "run").exists()


class _Interrupting:
    """A listener that presses Ctrl-C at its n-th report."""

    def __init__(self, after):
        self.left = after

    def track(self, label, total):  # noqa: ARG002
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def __call__(self, steps, note=""):  # noqa: ARG002
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


@pytest.mark.slow
def test_an_interrupted_run_ends_as_an_uninterrupted_one(name, finished, tmp_path):
    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run_study(name, out=folder, fast=True, progress=_Interrupting(3))
    assert Run.open(folder).record["status"] == "interrupted"
    resumed = run_study(name, out=folder, fast=True)
    whole = finished(name)
    timed = re.compile("images/s|min|s|ms")  # the speed of this machine is no result
    kept = [
        [(metric.id, metric.value) for metric in run.metrics if not timed.fullmatch(metric.unit)]
        for run in (resumed, whole)
    ]
    assert kept[0] == kept[1]


def test_the_card_names_limits_and_the_works_have_keys(name):
    study = load_study(name)
    assert "## Limits" in study.card()
    assert study.summary.endswith(".")
    keys = [citation.key for citation in study.citations]
    assert keys
    assert len(set(keys)) == len(keys)


def test_claims_are_told_apart_and_say_what_was_published(name):
    claims = load_study(name).claims
    ids = [claim.id for claim in claims]
    assert len(set(ids)) == len(ids)
    for claim in claims:
        assert isinstance(claim, Claim)
        assert claim.published, claim.id
        assert claim.bound is None or str(claim.bound), claim.id


def test_a_study_is_said_in_few_lines(name):
    module = inspect.getsourcefile(type(load_study(name)))
    text = Path(module).read_text(encoding="utf-8")
    assert text.count("\n") < 60
    assert "except" not in text
    assert "def reproduce" not in text


def test_no_code_asks_a_claim_for_its_id():
    """What a claim needs stands in the claim: nothing compares its id with a text."""
    asked = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Compare)
        and any(
            isinstance(side, ast.Attribute)
            and side.attr == "id"
            and isinstance(side.value, ast.Name)
            and side.value.id in {"claim", "target", "metric", "criterion", "row"}
            for side in (node.left, *node.comparators)
        )
        and any(isinstance(side, ast.Constant) for side in (node.left, *node.comparators))
    ]
    assert asked == []


def test_no_claim_is_met_without_a_bound():
    from neuropil.contracts import Finding

    for name in NAMES:
        for claim in load_study(name).claims:
            if claim.bound is None:
                assert claim.metric(Finding(1.0)).verdict is Verdict.REPORTED
