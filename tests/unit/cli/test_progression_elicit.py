"""``neuropil progression elicit`` with rules, a scripted model, and a server on loopback."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from neuropil import formats
from neuropil.cli.main import app
from neuropil.connectome import Connectome
from neuropil.contracts import sha256_of
from neuropil.progression.priors import elicitation
from neuropil.progression.priors.answer_files import read_answers
from neuropil.progression.priors.edge_prior import EdgePrior

LABELS = ["L_cuneus", "L_lingual", "L_insula"]
ELICIT = ("progression", "elicit")


def invoke(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args], env={"COLUMNS": "200"})


@pytest.fixture
def three(tmp_path):
    """A connectome of three regions of the atlas."""
    path = tmp_path / "three"
    nodes = pl.DataFrame({"id": LABELS})
    matrix = np.ones((3, 3)) - np.eye(3)
    formats.write(Connectome.from_matrix(matrix, nodes, weight="n", unit="fibres"), path)
    return path


@pytest.fixture
def out(tmp_path):
    return tmp_path / "answers.jsonl"


def reply(*others):
    return json.dumps({"answers": {other: [0.4, "x"] for other in others}})


def test_rules_answer_without_a_model(out):
    result = invoke(*ELICIT, "--mechanisms", "tract, proximity", "--out", out)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines() == [
        "4,556 answers of rules about 68 regions",
        f"answers: {out}",
        "note: Rules answer alike each time: there is one repeat, and no doubt is known.",
    ]
    again = invoke(*ELICIT, "--mechanisms", "tract,proximity", "--out", out, "--force", "--json")
    assert json.loads(again.stdout)["sha256"] == sha256_of(out)
    prior = EdgePrior.from_answers(read_answers(out)).sparsify(0.2)
    assert prior.mechanisms == ("tract", "proximity")
    assert (prior.pairs() > 0).sum() >= 456


def test_a_scripted_model_answers_about_the_labels_of_a_file(three, out):
    given = ("--regions", three, "--mechanisms", "tract", "--model", "mock:oracle")
    result = invoke(*ELICIT, *given, "--repeats", 2, "--out", out, "--json")
    assert result.exit_code == 0, result.stderr
    record = json.loads(result.stdout)
    assert {name: record[name] for name in ("model", "regions", "repeats", "answers", "open")} == {
        "model": "mock:oracle", "regions": 3, "repeats": 2, "answers": 12, "open": 0,
    }  # fmt: skip
    assert record["estimate"]["questions"] == 6
    assert record["replies"] == str(out.with_name("answers.replies.jsonl"))
    assert result.stderr.startswith("6 questions, 0 of them recorded; for the other 6 about ")
    assert read_answers(out).regions == tuple(LABELS)


def test_a_dry_run_estimates_and_writes_nothing(three, out, tmp_path):
    given = ("--regions", three, "--model", "openai:some-model", "--dry-run", "--repeats", 1)
    prices = ("--input-price", 1, "--output-price", 10)
    before = sorted(tmp_path.iterdir())
    result = invoke(*ELICIT, *given, *prices, "--out", out)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("12 questions, 0 of them recorded; for the other 12 about ")
    assert result.stdout.endswith("about 0.01 USD\n")
    assert sorted(tmp_path.iterdir()) == before


def test_a_server_is_asked_once_and_its_replies_are_kept(stub, three, out):
    pytest.importorskip("openai", reason="the extra language is not installed")
    given = ("--regions", three, "--mechanisms", "tract", "--repeats", 1, "--workers", 1)
    model = ("--model", f"{stub.url}#my-model", "--temperature", 0.5, "--max-tokens", 300)
    stub.will(reply(*LABELS[1:]), "I will not say.", reply(*LABELS[:2]), reply(*LABELS[::2]))
    result = invoke(*ELICIT, *given, *model, "--out", out)
    assert result.exit_code == 0, result.stderr
    assert "replies that could not be read, no JSON: 1\n" in result.stderr
    assert result.stdout.splitlines()[0] == f"6 answers of {stub.url}#my-model about 3 regions"
    assert len(stub.requests) == 4
    assert {(one["temperature"], one["max_tokens"]) for one in stub.requests} == {(0.5, 300)}
    first = out.read_bytes()
    again = invoke(*ELICIT, *given, *model, "--out", out, "--force")
    assert again.exit_code == 0, again.stderr
    assert "3 questions, 2 of them recorded" not in again.stderr
    assert (len(stub.requests), out.read_bytes()) == (4, first)
    assert {each.version for each in read_answers(out).answers} == {"served-model"}


def test_an_interruption_says_how_to_go_on(three, out, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(elicitation, "ask_all", stop)
    given = ("--regions", three, "--model", "mock:oracle", "--out", out)
    result = invoke(*ELICIT, *given)
    assert result.exit_code == 130
    kept = out.with_name("answers.replies.jsonl")
    assert result.stderr.splitlines()[-1] == (
        f"interrupted: replies are kept in {kept}; to go on, repeat the same command"
    )
    assert not out.exists()
    monkeypatch.undo()
    assert invoke(*ELICIT, *given).exit_code == 0


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        (
            (),
            2,
            "--out: expected a name for the file of answers, found none. Name a file, such as "
            "answers.jsonl, or add --dry-run.",
        ),
        (
            ("--mechanisms", "tracts", "--out", "a.jsonl"),
            2,
            "mechanisms: expected a mechanism, found 'tracts'. Did you mean tract? Choose among: "
            "tract, coactivation, expression, proximity, morphology, clearance.",
        ),
        (
            ("--regions", "dk86", "--out", "a.jsonl"),
            2,
            "regions: expected dk68 or a file with regions, found 'dk86'. Did you mean dk68? Name "
            "a connectome, a cohort, visits or a parcellation.",
        ),
        (
            ("--model", "openai:gpt", "--out", "a.jsonl"),
            2,
            "input_price, output_price: expected both prices of openai:gpt, found none. Give US "
            "dollars per million tokens, read and written, from the provider's page, such as "
            "--input-price 2 --output-price 8.",
        ),
        (
            ("--model", "openai:gpt", "--input-price", 2, "--output-price", 8, "--out", "a.jsonl"),
            2,
            "budget_usd: expected to spend 21.21 USD, recorded replies included, which is more "
            "than the budget of 1.00 USD; nothing was asked. Raise --budget-usd, or ask about "
            "fewer mechanisms or with fewer repeats.",
        ),
        (
            ("--out", "."),
            1,
            ".: there is a file or folder of that name. Choose another name, or add --force to "
            "replace a file.",
        ),
        (
            ("--model", "rule", "--out", "a.jsonl"),
            2,
            "--model: expected rules or a model, found 'rule'. Did you mean rules? Models are "
            "named as openai:NAME, anthropic:NAME, ollama:NAME or http://HOST:PORT/v1#NAME.",
        ),
    ],
)
def test_what_is_given_wrongly_is_named(given, code, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = invoke(*ELICIT, *given)
    assert (result.exit_code, result.stderr) == (code, f"error: {message}\n")
    assert list(tmp_path.iterdir()) == []


def test_the_help_lists_every_option():
    words = invoke(*ELICIT, "--help").stdout
    for option in ("--regions", "--mechanisms", "--model", "--repeats", "--budget-usd", "--out",
                   "--replies", "--dry-run", "--attempts", "--force", "--json"):  # fmt: skip
        assert option in words
