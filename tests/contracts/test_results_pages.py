"""The pages of results are what their rows give, and the rows are of the format."""

from __future__ import annotations

import importlib.util
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from neuropil.contracts import InputError, Metric
from neuropil.pipelines import load_study

REPOSITORY = Path(__file__).parents[2]
ROWS = sorted((REPOSITORY / "docs" / "results").glob("*.json"))


@pytest.fixture(scope="module")
def results():
    """The tool, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("results", REPOSITORY / "tools" / "results.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_row(**more):
    """A row of a reproduction as JSON values."""
    metric = Metric("1-a", "R | all", 98.444, "%", 3, 98.1, 98.66, bound=">= 98.45", verdict="met")
    return {**metric.to_json(), "published": "98.45", "data": "mnist", **more}


def make_record(rows, **more):
    """A reproduction as JSON values."""
    start = {"format": "neuropil-reproduction", "format_version": 2, "study": "logic", "seed": 3}
    return {**start, "fast": False, "synthetic": False, "rows": rows, **more}


def test_the_pages_are_what_their_rows_give(results, capsys):
    assert results.main(["--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("path", ROWS, ids=lambda path: path.stem)
def test_the_rows_are_of_the_format(path):
    record = json.loads(path.read_text(encoding="utf-8"))
    assert (record["format"], record["format_version"]) == ("neuropil-reproduction", 2)
    assert path.stem == f"{record['study']}-seed-{record['seed']}"
    keys = list(make_row())
    for row in record["rows"]:
        assert list(row) == keys
        assert (row["verdict"] == "not run") == (row["value"] is None)
        assert row["verdict"] == "not run" or bool(row["bound"]) == (row["verdict"] != "reported")


@pytest.mark.parametrize("path", ROWS, ids=lambda path: path.stem)
def test_a_page_has_one_line_a_claim(path):
    record = json.loads(path.read_text(encoding="utf-8"))
    page = (path.parent / f"{record['study']}.md").read_text(encoding="utf-8")
    claims = re.findall(r"^\| `([^`]+)` \|", page, re.M)
    assert claims == [row["id"] for row in record["rows"]]


def test_a_page_says_what_was_run_and_what_became_of_it(results):
    rows = [
        make_row(),
        make_row(id="2", verdict="missed", data="mnist, cifar10", note="A *note*\nof <b>it</b>."),
        make_row(id="3", bound="", verdict="reported", unit="1", low=None, high=None, data="none"),
        make_row(id="4", value=None, n=0, low=None, high=None, verdict="not run", note="No data."),
    ]
    rows[0]["interval"] = "bootstrap over seeds"
    assert results.render_page([make_record(rows)]).splitlines() == [
        "# The claims of `logic`, measured again",
        "",
        "- Command: `neuropil reproduce logic --seed 3`",
        "- Data: mnist, cifar10",
        "- Seed: 3",
        "- Verdicts: 1 met, 1 missed, 1 reported, 1 not run, of 4 claims",
        "",
        "| claim | quantity | published | bound | measured | n | unit | verdict |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        r"| `1-a` | R \| all | 98.45 | >= 98.45 | 98.44 [98.10, 98.66] | 3 | % | met |",
        r"| `2` | R \| all | 98.45 | >= 98.45 | 98.44 [98.10, 98.66] | 3 | % | **missed** |",
        r"| `3` | R \| all | 98.45 |  | 98.44 | 3 |  | reported |",
        r"| `4` | R \| all | 98.45 | >= 98.45 | — |  | % | not run |",
        "",
        "Notes:",
        "",
        "- `1-a`: Interval: bootstrap over seeds.",
        r"- `2`: A \*note\* of \<b>it\</b>.",
        "- `4`: No data.",
    ]


def test_pages_are_written_checked_and_found_stale(results, tmp_path, capsys):
    rows, page = tmp_path / "logic-seed-3.json", tmp_path / "logic.md"
    rows.write_text(json.dumps(make_record([make_row()])), encoding="utf-8")
    stale = f"{page}: not what its rows give; run `make results`\n"
    assert results.main([str(tmp_path), "--check"]) == 1
    assert capsys.readouterr().out == stale
    assert not page.exists()
    assert results.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"written: {page}\n"
    assert results.main([str(tmp_path), "--check"]) == 0
    page.write_text(page.read_text(encoding="utf-8").replace("98.44", "99.44"), encoding="utf-8")
    assert results.main([str(tmp_path), "--check"]) == 1
    assert capsys.readouterr().out == stale
    rows.unlink()
    assert results.main([str(tmp_path), "--check"]) == 1
    assert capsys.readouterr().out == f"{page}: has no rows beside it; remove it\n"


def test_seeds_of_a_study_share_its_page(results, tmp_path):
    for seed in (10, 9):
        record = make_record([make_row()], seed=seed, synthetic=True)
        (tmp_path / f"logic-seed-{seed}.json").write_text(json.dumps(record), encoding="utf-8")
    [(path, text)] = results.render_pages(tmp_path).items()
    assert path == tmp_path / "logic.md"
    assert re.findall(r"^- Seed: (\d+)$", text, re.M) == ["9", "10"]
    assert text.count("- Data: mnist; some rows are of generated data\n") == 2


def test_a_fast_check_is_no_result(results, tmp_path):
    record = make_record([make_row(verdict=None)], fast=True)
    path = tmp_path / "logic-seed-3.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        results.main([str(tmp_path)])
    assert str(caught.value) == (
        f"{path}: expected a result, found a fast check. Reproduce the study without --fast."
    )


@pytest.mark.parametrize("path", ROWS, ids=lambda path: path.stem)
def test_the_rows_are_those_of_the_claims(path):
    """A row keeps the words and the bound of its claim, so that a changed bound is seen."""
    record = json.loads(path.read_text(encoding="utf-8"))
    claims = load_study(record["study"]).claims
    assert [
        (row["id"], row["what"], row["published"], row["unit"], row["bound"])
        for row in record["rows"]
    ] == [
        (claim.id, claim.what, claim.published, claim.unit, str(claim.bound or ""))
        for claim in claims
    ]


@pytest.mark.parametrize("path", ROWS, ids=lambda path: path.stem)
def test_the_readme_counts_the_verdicts(path):
    record = json.loads(path.read_text(encoding="utf-8"))
    counts = Counter(row["verdict"] for row in record["rows"])
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    [line] = [
        line for line in readme.splitlines() if f"(docs/results/{record['study']}.md)" in line
    ]
    assert f"| {counts['met']} met, {counts['missed']} missed |" in line
