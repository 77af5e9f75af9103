"""``neuropil measure``: what it prints, and how it refuses."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from neuropil.cli.main import app
from neuropil.contracts import Run

DATA = "synthetic-head-direction"


def invoke(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args], env={"COLUMNS": "200"})


def test_it_prints_the_graph_then_the_types():
    result = invoke("measure", DATA, "--nulls", 19, "--seed", 1)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].strip() == DATA
    rows = {line.split("  ")[0]: line.split() for line in lines if line.strip()}
    assert rows["neurons"][1:] == ["152", "neurons", "kept"]
    assert rows["reciprocity"][-1] == "19"
    assert rows["reciprocity"][-2] == "0.0500"
    start = next(index for index, line in enumerate(lines) if line.startswith("pre "))
    assert lines[start].split() == [
        "pre", "post", "pairs", "density", "synapses", "null", "mean", "sd", "ratio", "z", "p", "q"
    ]  # fmt: skip
    body = [line.split() for line in lines[start + 2 : start + 38]]
    sizes = [abs(float(row[8].replace("−", "-"))) for row in body]
    assert sizes == sorted(sizes, reverse=True)
    assert "synthetic data: generated, not measured" in lines
    assert lines[-1].startswith("note: With 19 nulls no p of a pair of types is below 0.1, ")
    assert "nulls: 1 of 19" in result.stderr


def test_a_run_folder_is_named_and_matches_the_json(tmp_path):
    result = invoke("measure", DATA, "--nulls", 19, "--out", tmp_path / "run", "--json", "-q")
    assert result.exit_code == 0
    assert result.stderr == ""
    record = json.loads(result.stdout)
    run = Run.open(tmp_path / "run")
    assert record["run"] == str(run.path)
    assert record["report"] == f"{tmp_path}/run/report.html"
    assert record["synthetic"] is True
    assert (record["by"], record["nulls"], record["seed"]) == ("cell_type", 19, 0)
    assert [metric["value"] for metric in record["metrics"]] == [
        metric.value for metric in run.metrics
    ]
    assert record["types"] == run.table("types").to_dicts()


def test_many_types_are_cut_and_counted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    edges = [f"{pre},{(pre + step) % 9},3" for pre in range(9) for step in (1, 2, 5)]
    lines = ["pre,post,synapse_count", *edges, ""]
    (tmp_path / "e.csv").write_text("\n".join(lines), encoding="utf-8")
    nodes = "\n".join(["id", *map(str, range(9)), ""])
    (tmp_path / "e.nodes.csv").write_text(nodes, encoding="utf-8")
    result = invoke("measure", "e.csv", "--by", "id", "--nulls", 19, "--out", "run")
    assert result.stdout.splitlines()[-1] == "report: run/report.html"
    assert "32 more pairs of types: --json prints them, --out writes them" in result.stdout
    assert len(json.loads(invoke("measure", "e.csv", "--by", "id", "--json").stdout)["types"]) == 72


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (
            [DATA, "--by", "kind"],
            2,
            "error: nodes: there is no column 'kind'. The columns are: id, cell_type, instance, ",
        ),
        ([DATA, "--nulls", "3"], 2, "error: nulls: expected at least 19 nulls, found 3. "),
        (["hemibrain"], 2, "error: there is no file, folder or dataset 'hemibrain'. "),
        (["none.csv"], 1, "error: none.csv: there is no such file or folder. "),
    ],
)
def test_wrong_questions_are_one_line(args, code, message):
    result = invoke("measure", *args)
    assert result.exit_code == code
    assert result.stdout == ""
    assert result.stderr.startswith(message)
    assert result.stderr.count("\n") == 1
