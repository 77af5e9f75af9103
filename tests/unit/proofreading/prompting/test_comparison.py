"""The whole path of a run, from the command line to a server on loopback and back."""

from __future__ import annotations

import functools
import json
import re

import polars as pl
import pytest
from typer.testing import CliRunner

from neuropil import formats
from neuropil.cli.main import app
from neuropil.contracts import Run, SeedTree, SilentProgress
from neuropil.datasets.planted_volumes.design import NeuriteDesign
from neuropil.datasets.planted_volumes.neurites import plant_neurites
from neuropil.language import Retries
from neuropil.pipelines import build_config, load_study, run_study
from neuropil.proofreading import Answer, Item, Piece, Task, score_answers
from neuropil.proofreading.prompting.asking import Asked
from neuropil.proofreading.prompting.comparison import LOCAL, Entry, list_notes
from neuropil.proofreading.work import mend

ITEMS, VOTES = 8, 2
RULES = {"rules": {"fewest_voxels": 100}}
ASK = ("--items", ITEMS, "--votes", VOTES, "--pixels", 32, "--rules.fewest-voxels", 100)


@pytest.fixture(scope="module")
def volume(tmp_path_factory):
    """A small block of generated neurites."""
    path = tmp_path_factory.mktemp("block") / "block.npz"
    formats.write(plant_neurites(SeedTree(0), NeuriteDesign(shape=(48, 64, 64))), path)
    return path


@pytest.fixture(scope="module")
def mended(volume):
    """What the proofreader says of it, trained once for all runs."""
    study = load_study("proofreading")
    config = build_config(study, {"volume": str(volume), **RULES}, fast=True)
    return mend(config, study.load(config).data, SeedTree(0), SilentProgress())


@pytest.fixture(autouse=True)
def _trained_once(mended, monkeypatch):
    monkeypatch.setattr("neuropil.proofreading.results.mend", lambda *_: mended)
    # Intervals of the pairs take most of a run, and are the matter of other tests.
    monkeypatch.setattr("neuropil.proofreading.results._SHUFFLES", 5)


@pytest.fixture
def plain(monkeypatch):
    """Runs without pictures in their reports, which take most of the rest."""
    for name in ("section", "curve", "calibration", "hardest"):
        monkeypatch.setattr(f"neuropil.proofreading.results.draw_{name}", lambda *_: None)
    place = "neuropil.proofreading.prompting.comparison.draw_leaderboard"
    monkeypatch.setattr(place, lambda *_: None)


@pytest.fixture
def run(volume):
    """Run the study from the command line."""

    def run(out, *options):
        words = ["--quiet", "run", "proofreading", "--fast", "--volume", volume, "--out", out]
        words = [str(word) for word in (*words, *ASK, *options)]
        return CliRunner().invoke(app, words, env={"COLUMNS": "200"})

    return run


@pytest.fixture
def server(stub, plain, monkeypatch):
    """The server on loopback; its clients do not wait between attempts."""
    del plain
    pytest.importorskip("openai", reason="the extra language is not installed")
    hasty = functools.partial(Retries, first_wait=0.0)
    monkeypatch.setattr("neuropil.language.client.Retries", hasty)
    return stub


def table(folder, name):
    return Run.open(folder).table(name)


def value(folder, name):
    return Run.open(folder).metric(name).value


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_run_has_a_leaderboard(run, tmp_path):
    result = run(tmp_path / "run")
    assert result.exit_code == 0, result.output
    board = table(tmp_path / "run", "leaderboard")
    for task, always in (("split-error-binary", "yes"), ("split-error-choice", "first")):
        rows = board.filter(task=task)
        measured = rows.filter(~pl.col("published"))
        assert set(measured["solver"]) == {
            LOCAL, "size alone", "size and shape alone", "brightness alone", "guess",
            f"always {always}",
        }  # fmt: skip
        assert rows["published"].sum() == 14
        assert set(rows.filter("published")["data"]) == {
            "ConnectomeBench, fly",
            "ConnectomeBench, mouse",
        }
        assert measured.filter(solver=f"always {always}")["value"].to_list() == [0.5]
        own = measured.filter(solver=LOCAL).row(0, named=True)
        assert own["n"] <= ITEMS
        assert own["ms_per_item"] > 0
        assert own["tokens"] == 0
    assert not (tmp_path / "run" / "replies.jsonl").exists()
    questions = [
        Item.from_json(json.loads(line))
        for line in (tmp_path / "run" / "questions.jsonl").read_text().splitlines()
    ]
    assert set(table(tmp_path / "run", "answers")["item"]) == {item.id for item in questions}
    report = (tmp_path / "run" / "report.html").read_text()
    assert "Who answers the same questions" in report
    assert "Said to be one neuron" in report or "Said to be two neurons" in report
    assert len(report) < 4_000_000


@pytest.mark.usefixtures("plain")
def test_scripted_models_get_the_scores_that_they_must(run, tmp_path):
    for model, right in (("oracle", 1.0), ("always-first", 0.5)):
        folder = tmp_path / model
        assert run(folder, "--language.model", f"mock:{model}").exit_code == 0
        for task in ("binary", "choice"):
            assert value(folder, f"split_error_{task}_model") == right
    assert value(tmp_path / "always-first", "split_error_choice_first") == 1.0
    assert value(tmp_path / "oracle", "split_error_choice_first") == 0.5
    board = table(tmp_path / "oracle", "leaderboard")
    row = board.filter(task="split-error-choice", solver="mock:oracle (heuristics)")
    assert (row["value"].item(), row["n"].item(), row["failures"].item()) == (1.0, ITEMS, 0)


@pytest.mark.usefixtures("plain")
def test_replies_without_an_answer_are_counted_and_are_no_answers(run, tmp_path):
    result = run(tmp_path / "run", "--model", "mock:unparsable", "--tasks", "split-error-binary")
    assert result.exit_code == 0, result.output
    metric = Run.open(tmp_path / "run").metric("split_error_binary_model")
    assert metric.value is None
    rows = table(tmp_path / "run", "answers").filter(solver="mock:unparsable (heuristics)")
    assert rows["failures"].to_list() == [VOTES] * len(rows)
    assert rows["answer"].null_count() == len(rows)
    said = f"{VOTES * len(rows)} of {VOTES * len(rows)} replies of mock:unparsable"
    assert any(note.startswith(said) for note in Run.open(tmp_path / "run").record["notes"])


def test_a_server_is_asked_with_pictures_and_its_failures_pass(run, server, key, tmp_path):
    good = server.completion("<analysis>.</analysis><answer>1</answer>", (900, 40))
    server.will(
        server.fault('{"error": {"message": "slow down"}}', 429, {"Retry-After": "0"}),
        server.fault("broken", 500),
        server.fault(cut=True),
        server.fault("{not json"),
        good,
    )
    folder = tmp_path / "run"
    result = run(folder, "--model", f"{server.url}#mine")
    assert result.exit_code == 0, result.output
    answers = table(folder, "answers").filter(solver=f"{server.url}#mine (heuristics)")
    assert len(server.requests) == 4 + VOTES * len(answers)
    parts = server.requests[-1]["messages"][1]["content"]
    assert sum(part["type"] == "image_url" for part in parts) in {3, 6}
    assert "experienced proofreader" in server.requests[-1]["messages"][0]["content"]
    assert answers["input_tokens"].to_list() == [VOTES * 900] * len(answers)
    assert answers["output_tokens"].to_list() == [VOTES * 40] * len(answers)
    assert value(folder, "split_error_choice_first") == 1.0
    # The key was sent, and stands nowhere else.
    assert server.headers[-1]["authorization"] == f"Bearer {key}"
    assert [path for path, content in contents(folder).items() if key.encode() in content] == []
    assert key not in result.output


def test_what_is_recorded_is_replayed_bit_for_bit_and_not_asked_again(run, server, tmp_path):
    server.will("<answer>1</answer>")
    first, second = tmp_path / "first", tmp_path / "second"
    assert run(first, "--model", f"{server.url}#mine").exit_code == 0
    asked = len(server.requests)
    recorded = (first / "replies.jsonl").read_bytes()
    options = ("--recording", first / "replies.jsonl", "--budget-usd", 0)
    assert run(second, "--model", f"{server.url}#mine", *options).exit_code == 0
    assert len(server.requests) == asked
    assert (first / "replies.jsonl").read_bytes() == recorded
    assert table(second, "answers").equals(table(first, "answers"))
    boards = [table(folder, "leaderboard").drop("ms_per_item") for folder in (first, second)]
    assert boards[0].equals(boards[1])


class _Interrupting:
    """A listener that presses Ctrl-C at the n-th reply."""

    def __init__(self, after):
        self.left = after

    def track(self, label, total):  # noqa: ARG002
        self.counts = label.startswith("questions")
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def __call__(self, steps, note=""):  # noqa: ARG002
        self.left -= self.counts
        if not self.left:
            raise KeyboardInterrupt


def test_an_interrupted_run_goes_on_without_paying_twice(volume, server, tmp_path):
    server.will("<answer>-1</answer>")
    settings = {"model": f"{server.url}#mine", "items": ITEMS, "votes": VOTES, "pixels": 32}
    settings |= {"volume": str(volume), **RULES}
    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run_study("proofreading", settings, out=folder, fast=True, progress=_Interrupting(5))
    assert Run.open(folder).record["status"] == "interrupted"
    before = len(server.requests)
    assert 5 <= before < 12
    finished = run_study("proofreading", settings, out=folder, fast=True)
    readings = finished.table("answers").filter(solver=f"{server.url}#mine (heuristics)")
    assert len(server.requests) == readings["readings"].sum()
    assert len((folder / "replies.jsonl").read_text().splitlines()) == 1 + len(server.requests)


def test_asking_stops_at_the_budget_and_goes_on_with_a_larger_one(run, server, tmp_path):
    # Ten dollars a reply, of which three fit: a request could cost up to twenty.
    server.will(server.completion("<answer>1</answer>", (10_000, 0)))
    prices = ("--input-price", 1000, "--output-price", 0, "--tasks", "split-error-binary")
    model = ("--model", f"{server.url}#mine", *prices, "--votes", 1)
    first, second = tmp_path / "first", tmp_path / "second"
    result = run(first, *model, "--budget-usd", 45)
    assert result.exit_code == 0, result.output
    spent = len(server.requests)
    assert spent == 3
    notes = Run.open(first).record["notes"]
    assert (
        f"In split-error-binary the budget ended after 3 of {ITEMS} items. To go on without paying "
        "twice, name replies.jsonl of this run as --recording of a new one with a larger "
        "--budget-usd."
    ) in notes
    row = table(first, "leaderboard").filter(solver=f"{server.url}#mine (heuristics)")
    assert (row["n"].item(), row["usd"].item()) == (3, pytest.approx(30.0))
    assert row["note"].item() == f"the budget ended after 3 of {ITEMS} items"
    more = ("--budget-usd", 1000, "--recording", first / "replies.jsonl")
    assert run(second, *model, *more).exit_code == 0
    assert len(server.requests) == ITEMS
    assert len(table(second, "answers").filter(pl.col("usd") > 0)) == ITEMS


def test_without_money_nothing_is_asked_and_the_rest_is_written(run, server, tmp_path):
    prices = ("--input-price", 1000, "--output-price", 0, "--budget-usd", 0)
    result = run(tmp_path / "run", "--model", f"{server.url}#mine", *prices)
    assert result.exit_code == 0, result.output
    assert server.requests == []
    assert value(tmp_path / "run", "split_error_binary_model") is None
    assert value(tmp_path / "run", "split_error_binary_local") is not None
    notes = Run.open(tmp_path / "run").record["notes"]
    assert sum(f"the budget ended after 0 of {ITEMS} items" in note for note in notes) == 2


def test_a_server_that_is_not_there_leaves_a_run_to_go_on_with(run, server, tmp_path):
    server.will("<answer>1</answer>", server.fault("gone", 503))
    result = run(tmp_path / "run", "--model", f"{server.url}#mine", "--workers", 1)
    assert result.exit_code == 1
    assert result.stderr == (
        f"error: {server.url}#mine: asked 6 times and got no answer: HTTP 503 (gone). Check that "
        "the server runs and try again; what is recorded is not paid again.\n"
    )
    assert Run.open(tmp_path / "run").record["status"] == "interrupted"
    assert len((tmp_path / "run" / "replies.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--tasks", "split-eror"), r"Did you mean split-error\?"),
        (("--model", "mock:orakle"), r"Did you mean oracle\?"),
        (("--votes", "0"), r"language\.votes: input should be greater than or equal to 1"),
        (("--model", "mock:oracle", "--language.model", "mock:oracle"), "expected the setting"),
    ],
)
def test_settings_that_cannot_work_leave_no_folder(run, tmp_path, options, message):
    result = run(tmp_path / "run", *options)
    assert result.exit_code == 2
    assert re.search(message, result.stderr)
    assert not (tmp_path / "run").exists()


def _enter(solver, right, n=4, asked=None, samples=()):
    items = tuple(
        Item("split-error-binary", (Piece((k,)), Piece((k + 1,))), (0, 0, 0), 1.0, "1", "planted")
        for k in range(n)
    )
    answers = tuple(
        Answer(item.id, "1" if k < right else "-1", samples=samples) for k, item in enumerate(items)
    )
    score = score_answers(items, answers)
    return Entry(Task("split-error-binary", items, None), solver, answers, score, asked=asked)


def test_a_rival_that_is_better_is_named():
    entries = [_enter(LOCAL, 2), _enter("size alone", 3), _enter("guess", 2)]
    assert list_notes(entries) == [
        "size alone beats the local proofreader in split-error-binary: 0.750 against 0.500."
    ]


def test_unread_replies_are_named():
    asked = Asked("model", (), None, None)
    [note] = list_notes([_enter(LOCAL, 4), _enter("model", 4, asked=asked, samples=("1", None))])
    assert note == (
        "4 of 8 replies of model in split-error-binary could not be read; they are left out and "
        "are no answers."
    )
