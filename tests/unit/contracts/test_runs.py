"""The run folder: what is written is what is read, and no folder is taken twice."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from xml.etree import ElementTree

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from neuropil.contracts import (
    Citation,
    Figure,
    FileRecord,
    InputError,
    Metric,
    NullSummary,
    Operation,
    OutputError,
    Run,
    RunWriter,
    Source,
    Verdict,
    VersionError,
)

SOURCE = Source(
    "made-up",
    "CC0",
    synthetic=True,
    files=(FileRecord("a.csv", "ab" * 32, 12, "https://example.org/a.csv"),),
    citations=(Citation("doe2024", "Doe 2024, A title", "10.1000/1"),),
)
METRICS = (
    Metric(
        "r2", "R²", 0.9, "1", 10, 0.8, 0.95, "bootstrap", NullSummary("shuffle", 0.1, 0, 0.2, 99)
    ),
    Metric(
        "undefined", "Undefined", None, "ms", 0, verdict=Verdict.NOT_RUN, note="No trial converged."
    ),
)
FIGURE = Figure("trace", "A trace", "Time [s].", "A line.")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


LINE = {"id": "r", "what": "R", "value": 0.5, "unit": "1", "n": 1}
VERDICTS = "'met', 'missed', 'reported' or 'not run'"


def make_writer(path, seed=1, config=None):
    return RunWriter(
        path,
        "study",
        "Title",
        seed,
        {"steps": 3, "sizes": (1, 2)} if config is None else config,
        "# Card",
        (Citation("roe2023", "Roe 2023, Another"),),
    )


def write_run(path):
    writer = make_writer(path)
    writer.begin([SOURCE], [Operation("select", {"expression": "a == 1"})])
    writer.add_metrics(METRICS[:1])
    writer.add_metrics(METRICS[1:])
    writer.add_table("rows", pl.DataFrame({"x": [1, 2]}))
    writer.add_figure(FIGURE, SVG, pl.DataFrame({"t": [0.0, 0.5]}))
    writer.note("Read me.")
    return writer.finish()


def test_a_run_folder_is_read_as_it_was_written(tmp_path):
    run = write_run(tmp_path / "run")
    assert run == Run.open(tmp_path / "run")
    assert run.metrics == METRICS
    assert run.metric("r2") == METRICS[0]
    assert run.figures == (FIGURE,)
    assert run.figure_svg(FIGURE) == SVG.decode()
    assert_frame_equal(run.figure_data(FIGURE), pl.DataFrame({"t": [0.0, 0.5]}))
    assert run.tables() == ["rows"]
    assert_frame_equal(run.table("rows"), pl.DataFrame({"x": [1, 2]}))
    assert run.card() == "# Card"


def test_the_record_says_what_was_run_on_what(tmp_path):
    record = write_run(tmp_path / "run").record
    assert record["format"] == "neuropil-run"
    assert record["format_version"] == 2
    assert record["fast"] is False
    assert (record["study"], record["title"], record["seed"]) == ("study", "Title", 1)
    assert record["config"] == {"steps": 3, "sizes": [1, 2]}
    assert record["status"] == "complete"
    assert record["synthetic"] is True
    assert Source.from_json(record["data"][0]) == SOURCE
    assert record["provenance"] == [{"name": "select", "parameters": {"expression": "a == 1"}}]
    assert [item["key"] for item in record["citations"]] == ["roe2023", "doe2024"]
    assert record["notes"] == ["Read me."]
    assert {"python", "neuropil", "numpy"} <= record["versions"].keys()
    assert record["seconds"] >= 0


def test_the_folder_holds_the_files_of_the_format_and_no_other(tmp_path):
    run = write_run(tmp_path / "run")
    found = {item.relative_to(run.path).as_posix() for item in run.path.rglob("*")}
    assert found == {
        "run.json",
        "metrics.json",
        "card.md",
        "tables",
        "tables/rows.parquet",
        "figures",
        "figures/figures.json",
        "figures/trace.svg",
        "figures/trace.parquet",
    }


def test_nothing_exists_before_begin(tmp_path):
    writer = make_writer(tmp_path / "run")
    writer.interrupt()
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("field", ["value", "low", "high"])
@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_metrics_refuse_numbers_that_are_not_finite(field, number):
    values = {"value": 1.0, field: number}
    with pytest.raises(InputError) as caught:
        Metric(id="r", what="R", unit="1", n=1, **values)
    assert str(caught.value) == (
        f"metric 'r': expected a finite {field} or None, found {number}. "
        "Write None and give the reason in `note`."
    )


def test_a_finished_run_is_not_claimed_again(tmp_path):
    write_run(tmp_path / "run")
    with pytest.raises(OutputError) as caught:
        make_writer(tmp_path / "run").begin([SOURCE])
    assert str(caught.value) == (
        f"{tmp_path}/run: the folder holds a finished run. "
        "Choose another --out, or remove the folder."
    )


def test_a_folder_with_other_files_is_not_claimed(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(OutputError) as caught:
        make_writer(tmp_path).begin([SOURCE])
    assert str(caught.value) == (
        f"{tmp_path}: expected a new or empty folder, found other files. Choose another --out."
    )
    assert [item.name for item in tmp_path.iterdir()] == ["thesis.tex"]


def test_an_interrupted_run_is_claimed_by_the_same_settings_only(tmp_path):
    writer = make_writer(tmp_path / "run")
    writer.begin([SOURCE])
    writer.checkpoint.mkdir()
    writer.interrupt()
    assert Run.open(tmp_path / "run").record["status"] == "interrupted"
    for other in (
        make_writer(tmp_path / "run", seed=2),
        make_writer(tmp_path / "run", config={"steps": 4}),
    ):
        with pytest.raises(OutputError) as caught:
            other.begin([SOURCE])
        assert str(caught.value) == (
            f"{tmp_path}/run: the folder holds an interrupted run with another study, seed or "
            "settings. Repeat its settings to resume it, or choose another --out."
        )
    again = make_writer(tmp_path / "run")
    again.begin([SOURCE])
    assert again.resumed
    assert again.checkpoint.is_dir()
    assert not again.finish().path.joinpath("checkpoint").exists()


def test_an_empty_folder_is_claimed(tmp_path):
    writer = make_writer(tmp_path)
    writer.begin([SOURCE])
    assert not writer.resumed


def test_a_newer_format_asks_for_an_upgrade(tmp_path):
    run = write_run(tmp_path / "run")
    record = {**run.record, "format_version": 3}
    (run.path / "run.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(VersionError) as caught:
        Run.open(run.path)
    assert str(caught.value) == (
        f"{run.path}/run.json: neuropil-run format 3, this installation reads up to 2. "
        "Upgrade neuropil to read it."
    )


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(InputError) as caught:
        Run.open(tmp_path / "none")
    assert str(caught.value) == (
        f"{tmp_path}/none/run.json: no such file. "
        "Name a folder that neuropil wrote, or write it again."
    )


@pytest.mark.parametrize("text", ["[]", '{"format": "other"}'])
def test_other_json_is_not_a_run(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(InputError) as caught:
        Run.open(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/run.json: expected a record with format 'neuropil-run'. "
        "Name a folder that neuropil wrote."
    )


def test_a_truncated_file_is_named_with_its_line(tmp_path):
    run = write_run(tmp_path / "run")
    (run.path / "metrics.json").write_text('[\n  {"id": "r2",\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Run.open(run.path)
    assert str(caught.value) == (
        f"{run.path}/metrics.json, line 3, column 1: not valid JSON "
        "(Expecting property name enclosed in double quotes). "
        "The file is damaged; run the study again."
    )


def test_an_unknown_metric_lists_those_that_exist(tmp_path):
    run = write_run(tmp_path / "run")
    with pytest.raises(InputError) as caught:
        run.metric("r3")
    assert str(caught.value) == f"{run.path}: no metric 'r3'. It has: r2, undefined."


def test_a_missing_table_is_named(tmp_path):
    run = write_run(tmp_path / "run")
    with pytest.raises(InputError) as caught:
        run.table("columns")
    assert str(caught.value) == (
        f"{run.path}/tables/columns.parquet: no such file. List them with Run.tables()."
    )


BOUNDED = Metric("a", "A", 1.0, "1", 5, bound="<= 2", verdict=Verdict.MET)
LINES = (
    BOUNDED,
    replace(BOUNDED, id="b", value=3.0, verdict=Verdict.MISSED),
    replace(BOUNDED, id="c", bound="", verdict=Verdict.REPORTED),
    replace(BOUNDED, id="d", value=None, n=0, verdict=Verdict.NOT_RUN, note="No data."),
)


def test_the_lines_of_a_run_have_the_fields_of_the_format(tmp_path):
    writer = make_writer(tmp_path / "run")
    writer.begin([SOURCE])
    writer.add_metrics(LINES)
    items = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8"))
    assert items[0] == {
        "id": "a",
        "what": "A",
        "value": 1.0,
        "unit": "1",
        "n": 5,
        "low": None,
        "high": None,
        "interval": "",
        "null": None,
        "published": "",
        "bound": "<= 2",
        "verdict": "met",
        "headline": False,
        "data": "",
        "command": "",
        "note": "",
    }
    assert [item["verdict"] for item in items] == ["met", "missed", "reported", "not run"]
    assert writer.finish().metrics == LINES


def test_a_fast_run_keeps_no_verdict_but_says_what_was_not_run(tmp_path):
    writer = make_writer(tmp_path / "run")
    writer.fast = True
    writer.begin([SOURCE])
    writer.add_metrics(LINES)
    run = writer.finish()
    assert run.record["fast"] is True
    assert [metric.verdict for metric in run.metrics] == [None, None, None, Verdict.NOT_RUN]
    assert [metric.bound for metric in run.metrics] == ["<= 2", "<= 2", "", "<= 2"]


@pytest.mark.parametrize(
    ("passed", "target", "verdict"),
    [
        (True, "<= 2 mV", Verdict.MET),
        (False, "<= 2 mV", Verdict.MISSED),
        (None, "<= 2 mV", Verdict.REPORTED),
        (None, "", Verdict.REPORTED),
    ],
)
def test_a_run_of_version_1_is_read(tmp_path, passed, target, verdict):
    null = {"name": "shuffle", "median": 0.1, "low": 0.0, "high": 0.2, "n": 99, "p": 0.01}
    item = {
        "id": "r",
        "label": "R",
        "value": 1.5,
        "unit": "mV",
        "n": 10,
        "low": 1.0,
        "high": 2.0,
        "interval": "bootstrap",
        "null": null,
        "target": target,
        "passed": passed,
        "headline": True,
        "note": "A note.",
    }
    record = {"format": "neuropil-run", "format_version": 1, "status": "complete"}
    (tmp_path / "run.json").write_text(json.dumps(record), encoding="utf-8")
    (tmp_path / "metrics.json").write_text(json.dumps([item]), encoding="utf-8")
    assert Run.open(tmp_path).metrics == (
        Metric(
            "r",
            "R",
            1.5,
            "mV",
            10,
            1.0,
            2.0,
            "bootstrap",
            NullSummary(**null),
            bound=target,
            verdict=verdict,
            headline=True,
            note="A note.",
        ),
    )


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ({"id": "r"}, "what: field required"),
        (LINE | {"verdict": "maybe"}, f"verdict: input should be {VERDICTS}"),
        (LINE | {"value": "0.5"}, "value: input should be a valid number"),
        (
            LINE | {"value": math.nan},
            "value error, metric 'r': expected a finite value or None, found nan. Write None and "
            "give the reason in `note`.",
        ),
        (LINE | {"null": []}, "null: input should be an object"),
        ({"passed": True}, "id: field required"),
    ],
)
def test_a_line_without_the_fields_of_the_format_is_named(tmp_path, item, problem):
    run = write_run(tmp_path / "run")
    (run.path / "metrics.json").write_text(json.dumps([item]), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Run.open(run.path)
    assert str(caught.value) == (
        f"{run.path}/metrics.json: an item does not have the fields of the format ({problem}). "
        "The file is damaged; run the study again."
    )


@pytest.mark.parametrize("content", ["{}", "[1]", '"text"'])
def test_metrics_that_are_no_list_are_named(tmp_path, content):
    run = write_run(tmp_path / "run")
    (run.path / "metrics.json").write_text(content)
    with pytest.raises(InputError) as caught:
        Run.open(run.path)
    assert str(caught.value) == (
        f"{run.path}/metrics.json: expected a list of objects. "
        "The file is damaged; run the study again."
    )


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("config", [], "config: input should be an object"),
        ("status", "done", "status: input should be 'running', 'interrupted' or 'complete'"),
        ("data", [{"name": "a"}], "data.0.files: field required"),
        ("notes", "one", "notes: input should be a valid array"),
    ],
)
def test_a_record_with_another_type_is_named(tmp_path, key, value, problem):
    run = write_run(tmp_path / "run")
    record = {**run.record, key: value}
    (run.path / "run.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Run.open(run.path)
    assert str(caught.value) == (
        f"{run.path}/run.json: an item does not have the fields of the format ({problem}). "
        "The file is damaged; run the study again."
    )


def interrupt(path):
    writer = make_writer(path)
    writer.begin([SOURCE])
    writer.checkpoint.mkdir()
    writer.interrupt()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (replace(SOURCE, name="hemibrain"), "'hemibrain' (a.csv abababab)"),
        (
            replace(SOURCE, files=(replace(SOURCE.files[0], sha256="cd" * 32),)),
            "'made-up' (a.csv cdcdcdcd)",
        ),
        (replace(SOURCE, files=()), "'made-up'"),
    ],
)
def test_a_run_does_not_go_on_with_other_data(tmp_path, source, found):
    interrupt(tmp_path)
    before = (tmp_path / "run.json").read_bytes()
    other = make_writer(tmp_path)
    with pytest.raises(OutputError) as caught:
        other.begin([source])
    assert str(caught.value) == (
        f"{tmp_path}: the folder holds an interrupted run on other data: it was begun with "
        f"'made-up' (a.csv abababab), and now there is {found}. "
        "Bring back the same files to resume it, or choose another --out."
    )
    # As `recording` does with a run that was refused.
    other.interrupt()
    assert (tmp_path / "run.json").read_bytes() == before


def test_a_run_does_not_go_on_with_another_version(tmp_path):
    interrupt(tmp_path)
    record = json.loads((tmp_path / "run.json").read_text())
    now = record["versions"]["neuropil"]
    record["versions"]["neuropil"] = "0.0.1"
    (tmp_path / "run.json").write_text(json.dumps(record))
    with pytest.raises(OutputError) as caught:
        make_writer(tmp_path).begin([SOURCE])
    assert str(caught.value) == (
        f"{tmp_path}: the folder holds an interrupted run of neuropil 0.0.1, this is {now}. "
        "Install that version to resume it, or choose another --out."
    )


@pytest.mark.parametrize("left", [".run.json.0123abcd.part", "reproduction.json", "run.json"])
def test_a_folder_that_holds_only_what_a_crash_left_is_claimed(tmp_path, left):
    (tmp_path / left).write_text("{" if left.endswith("part") else "")
    writer = make_writer(tmp_path)
    writer.begin([SOURCE])
    assert not writer.resumed
    assert not (tmp_path / ".run.json.0123abcd.part").exists()


def test_a_resumed_run_removes_what_was_half_written(tmp_path):
    interrupt(tmp_path)
    half = tmp_path / "tables" / ".rows.parquet.0123abcd.part"
    half.parent.mkdir()
    half.write_bytes(b"PAR1")
    folder = tmp_path / ".model.0123abcd.part"
    folder.mkdir()
    (tmp_path / ".mine.part").write_text("not ours")
    writer = make_writer(tmp_path)
    writer.begin([SOURCE])
    assert writer.resumed
    assert not half.exists()
    assert not folder.exists()
    assert (tmp_path / ".mine.part").exists()


def test_a_picture_is_never_without_its_numbers(tmp_path):
    writer = make_writer(tmp_path / "run")
    writer.begin([SOURCE])
    (tmp_path / "run" / "figures" / "trace.parquet").mkdir(parents=True)
    with pytest.raises(OutputError):
        writer.add_figure(FIGURE, SVG, pl.DataFrame({"t": [0.0]}))
    assert [item.name for item in (tmp_path / "run" / "figures").iterdir()] == ["trace.parquet"]


def test_a_drawn_figure_stands_beside_its_numbers(tmp_path):
    writer = make_writer(tmp_path / "run")
    writer.begin([SOURCE])
    numbers = pl.DataFrame({"t": [0.0, 1.0], "v": [2.0, 3.0]})

    def draw(figure):
        figure.subplots().plot(numbers["t"], numbers["v"])
        return numbers

    writer.draw(FIGURE, (4, 3), draw)
    run = writer.finish()
    assert run.figures == (FIGURE,)
    assert_frame_equal(run.figure_data(FIGURE), numbers)
    root = ElementTree.fromstring(run.figure_svg(FIGURE))
    assert (root.get("width"), root.get("height")) == ("288pt", "216pt")
    assert {item.suffix for item in (run.path / "figures").iterdir()} == {
        ".svg",
        ".parquet",
        ".json",
    }


def test_a_picture_is_the_same_bytes_each_time(tmp_path):
    pictures = []
    for name in ("one", "two"):
        writer = make_writer(tmp_path / name)
        writer.begin([SOURCE])
        writer.draw(FIGURE, (4, 3), lambda figure: pl.DataFrame({"x": [figure.subplots() and 1]}))
        pictures.append((tmp_path / name / "figures" / "trace.svg").read_bytes())
    assert pictures[0] == pictures[1]
