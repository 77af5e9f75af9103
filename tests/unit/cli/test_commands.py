"""The other commands: what they print, write, and refuse."""

from __future__ import annotations

import gzip
import json

import pytest
from typer.testing import CliRunner

from neuropil import __version__, datasets, formats
from neuropil.cli.main import app
from neuropil.contracts import Claim
from neuropil.pipelines import run_study


def invoke(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args], env={"COLUMNS": "200"})


def test_reproduce_prints_one_row_a_claim(fake_study, tmp_path):
    result = invoke("reproduce", fake_study, "--out", tmp_path / "out")
    assert result.exit_code == 0
    rows = {line.split()[0]: line for line in result.stdout.splitlines() if line.strip()}
    assert rows["mean"].rstrip().endswith("met")
    assert rows["spread"].rstrip().endswith("missed")
    assert rows["skew"].rstrip().endswith("not run")
    assert rows["largest"].rstrip().endswith("reported")
    assert "not published" in rows["spread"]
    assert result.stdout.splitlines()[-2:] == [
        f"written: {tmp_path}/out/reproduction.json",
        f"report: {tmp_path}/out/report.html",
    ]
    assert "synthetic data: generated, not measured" in result.stdout


def test_reproduce_prints_what_it_writes(fake_study, tmp_path):
    result = invoke(
        "reproduce", fake_study, "--target", "mean", "--out", tmp_path, "--json", "--fast"
    )
    assert json.loads(result.stdout) == json.loads((tmp_path / "reproduction.json").read_text())
    verdicts = [row["verdict"] for row in json.loads(result.stdout)["rows"]]
    assert verdicts == [None, "not run", "not run", "not run"]


def test_reproduce_names_unknown_claims(fake_study):
    result = invoke("reproduce", fake_study, "--target", "sprad")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: claims of fake: no claim 'sprad'. "
        "Did you mean spread? The claims are: mean, spread, skew, largest.\n"
    )


def test_an_interrupted_reproduction_says_how_to_go_on(fake_study, tmp_path, monkeypatch):
    import fake_study as module

    def stop(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module.FakeStudy, "claims", (Claim("a", "a", "1", None, stop),))
    place = tmp_path / "my out"
    result = invoke("reproduce", fake_study, "--out", place)
    assert result.exit_code == 130
    assert result.stderr == (
        f"interrupted: to go on, repeat the same command with --out '{place}'\n"
    )


def test_a_reproduction_interrupted_while_data_are_loaded_leaves_nothing(
    fake_study, tmp_path, monkeypatch
):
    import fake_study as module

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module.FakeStudy, "load", stop)
    result = invoke("reproduce", fake_study, "--out", tmp_path / "out")
    assert result.exit_code == 130
    assert result.stderr == (
        "interrupted: nothing was written; repeat the same command to start again\n"
    )
    assert not (tmp_path / "out").exists()


def test_report_writes_a_page(fake_study, tmp_path):
    run = run_study(fake_study, out=tmp_path / "run")
    result = invoke("report", run.path, "--out", tmp_path / "page.html")
    assert result.exit_code == 0
    assert result.stdout == f"{tmp_path}/page.html\n"
    assert (tmp_path / "page.html").read_bytes() == (run.path / "report.html").read_bytes()


def test_report_names_a_missing_run(tmp_path):
    result = invoke("report", tmp_path / "none")
    assert result.exit_code == 1
    assert result.stderr == (
        f"error: {tmp_path}/none/run.json: no such file. "
        "Name a folder that neuropil wrote, or write it again.\n"
    )


def test_report_refuses_a_newer_run(fake_study, tmp_path):
    run = run_study(fake_study, out=tmp_path / "run")
    record = {**run.record, "format_version": 3}
    (run.path / "run.json").write_text(json.dumps(record), encoding="utf-8")
    result = invoke("report", run.path)
    assert result.exit_code == 1
    assert result.stderr == (
        f"error: {tmp_path}/run/run.json: neuropil-run format 3, this installation reads up to 2. "
        "Upgrade neuropil to read it.\n"
    )


def test_convert_joins_two_formats(tmp_path):
    before = datasets.load("synthetic-head-direction")
    formats.write(before, tmp_path / "native")
    result = invoke("convert", tmp_path / "native", tmp_path / "edges.csv")
    assert result.exit_code == 0
    assert result.stdout == f"{tmp_path}/edges.csv\n"
    after = formats.read(tmp_path / "edges.csv")
    assert after.n_edges == before.n_edges


def test_convert_takes_the_files_of_a_dump(tmp_path):
    lines, neurons = tmp_path / "connections.csv.gz", tmp_path / "classification.csv"
    lines.write_bytes(
        gzip.compress(b"pre_root_id,post_root_id,neuropil,syn_count,nt_type\n1,2,EB,5,ACH\n")
    )
    neurons.write_text("root_id,super_class,side\n2,central,left\n")
    result = invoke("convert", lines, neurons, tmp_path / "fly")
    assert result.exit_code == 0
    assert result.stdout == f"{tmp_path}/fly\n"
    assert formats.read(tmp_path / "fly").nodes.rows() == [(1, None, None), (2, "central", "L")]


def test_convert_hands_options_to_the_reader(tmp_path):
    lines = tmp_path / "connections.csv"
    lines.write_text(
        "pre_root_id,post_root_id,neuropil,syn_count,nt_type\n1,2,EB,5,ACH\n1,2,PB,7,ACH\n"
    )
    target = tmp_path / "fly"
    result = invoke("convert", "--from", "codex", "--option", "regions=EB", lines, target)
    assert result.exit_code == 0
    assert formats.read(target).edges["synapse_count_EB"].to_list() == [5]
    result = invoke("convert", "--option", "region=EB", lines, tmp_path / "other")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: format codex: expected an option as name=value, found 'region=EB'. Its options "
        "are: regions, neuropils whose synapses become weights too; voxel_nm, size of the unit of "
        "the coordinates [nm]; drop_missing_ids, leave out lines whose id is missing; whole, take "
        "tables as whole that do not end with a line break; encoding, encoding of the tables, such "
        "as latin-1.\n"
    )
    assert not (tmp_path / "other").exists()


def test_convert_names_a_missing_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = invoke("convert", tmp_path / "none.csv", tmp_path / "out")
    assert result.exit_code == 1
    assert result.stderr == (
        f"error: {tmp_path}/none.csv: there is no such file or folder. "
        f"Check the name; the current folder is {tmp_path}.\n"
    )
    assert not (tmp_path / "out").exists()


def test_cite_a_study(fake_study):
    result = invoke("cite", fake_study)
    assert result.stdout == "Doe 2024, A mean. doi:10.1000/mean\n"
    result = invoke("cite", fake_study, "--bibtex")
    assert result.stdout == (
        "@misc{doe2024,\n  author = {Doe},\n  title = {{A mean}},\n  year = {2024},\n"
        "  doi = {10.1000/mean}\n}\n"
    )


def test_cite_a_dataset():
    result = invoke("cite", "hemibrain-head-direction", "--bibtex")
    assert "@article{scheffer2020," in result.stdout
    assert "doi = {10.7554/eLife.57443}" in result.stdout


def test_cite_names_what_can_be_cited(fake_study):
    result = invoke("cite", "fak")
    assert result.exit_code == 2
    assert result.stderr.startswith(
        f"error: no study or dataset 'fak'. Did you mean {fake_study}? There are: "
    )


def test_data_are_listed():
    result = invoke("data", "list", "--json")
    found = {item["name"]: item for item in json.loads(result.stdout)}
    assert list(found) == datasets.names()
    assert found["synthetic-head-direction"]["place"] == "embedded"
    assert found["hemibrain-head-direction"]["place"] in {"mirror", "not here"}
    assert "synthetic-head-direction" in invoke("data", "list").stdout


def test_data_are_found_in_the_mirror(real_data):
    assert real_data.is_dir()
    result = invoke("data", "info", "hemibrain-head-direction")
    assert "place: mirror" in result.stdout
    assert "data: measured" in result.stdout
    paths = json.loads(invoke("data", "get", "hemibrain-head-direction", "--json").stdout)
    assert all(path.startswith(str(real_data)) for path in paths.values())
    rows = json.loads(invoke("data", "check", "hemibrain-head-direction", "--json").stdout)
    assert {row["state"] for row in rows} == {"good"}


def test_data_that_are_nowhere_are_named_in_one_line(monkeypatch):
    monkeypatch.delenv("NEUROPIL_DATA", raising=False)
    result = invoke("data", "get", "hemibrain-head-direction")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: hemibrain-head-direction, ")
    assert "Set NEUROPIL_DATA to a folder that has it" in result.stderr
    assert result.stderr.count("\n") == 1


def test_corrupt_data_fail_the_check(tmp_path, monkeypatch):
    dataset = datasets.info("hemibrain-head-direction")
    file = tmp_path / dataset.topic / dataset.files[0].name
    file.parent.mkdir(parents=True)
    file.write_bytes(b"other bytes")
    monkeypatch.setenv("NEUROPIL_DATA", str(tmp_path))
    result = invoke("data", "check")
    assert result.exit_code == 1
    assert "corrupt" in result.stdout
    assert file.read_bytes() == b"other bytes"


def test_unknown_data_are_named():
    result = invoke("data", "info", "hemibrain")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: no dataset 'hemibrain'. ")


def test_generated_data_need_no_file():
    result = invoke("data", "get", "synthetic-head-direction")
    assert result.stdout == "synthetic-head-direction is generated and needs no file\n"


def test_doctor_finds_a_working_installation(monkeypatch):
    monkeypatch.delenv("NEUROPIL_DATA", raising=False)
    result = invoke("doctor", "--json")
    assert result.exit_code == 0
    found = {item["what"]: item for item in json.loads(result.stdout)}
    assert found["Python"]["state"] == "ok"
    assert found["JAX"]["found"].startswith(("cpu: ", "gpu: ", "tpu: "))
    assert found["cache"]["state"] == "ok"
    assert found["hemibrain-head-direction"] == {
        "what": "hemibrain-head-direction",
        "state": "warn",
        "found": "not here",
        "repair": "Run `neuropil data get hemibrain-head-direction`, or set NEUROPIL_DATA, "
        "or use synthetic-head-direction.",
    }
    assert found["synthetic-head-direction"]["state"] == "ok"
    assert all(item["repair"] for item in found.values() if item["state"] != "ok")


def test_doctor_says_what_to_do_about_a_cache_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("taken")
    monkeypatch.setenv("NEUROPIL_CACHE", str(tmp_path / "file" / "sub"))
    result = invoke("doctor", "--json")
    assert result.exit_code == 0
    found = {item["what"]: item for item in json.loads(result.stdout)}
    assert found["cache"] == {
        "what": "cache",
        "state": "warn",
        "found": "cannot write: not a directory",
        "repair": f"{tmp_path}/file/sub: Set NEUROPIL_CACHE to a folder that can be written.",
    }


def test_doctor_fails_where_a_package_is_missing(monkeypatch):
    from importlib import metadata

    monkeypatch.setattr(metadata, "requires", lambda _: ["numpy>=2", "no-such-package>=1"])
    result = invoke("doctor")
    assert result.exit_code == 1
    assert "Run `pip install no-such-package`." in result.stdout


@pytest.mark.parametrize("args", [["--version"], ["--quiet", "--version"]])
def test_version(args):
    assert invoke(*args).stdout == f"neuropil {__version__}\n"
