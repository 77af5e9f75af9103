"""The page holds all of the run, loads nothing, and runs nothing."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import polars as pl
import pytest

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
    Source,
    Verdict,
    VersionError,
)
from neuropil.reports import judge, state_result, write_report

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><path id="p"/></svg>'
VOID = {"meta", "br", "hr", "img", "link", "input"}
MET, MISSED, REPORTED, NOT_RUN = Verdict
HOSTILE = '</title><script>alert("x")</script><img src=x onerror=alert(1)>&amp;'


class Page(HTMLParser):
    """Elements in order, with their text; checks that they are closed in order."""

    def __init__(self, html):
        super().__init__()
        self.elements = []
        self.texts = []
        self._open = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if "style" not in self._open[-1:]:
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    def find(self, tag, **wanted):
        wanted = {key.rstrip("_"): value for key, value in wanted.items()}
        return [a for t, a in self.elements if t == tag and wanted.items() <= a.items()]


def report(run):
    return Page(write_report(run.path).read_text(encoding="utf-8"))


@pytest.fixture
def full(writer, metric):
    """A run with every part of the format."""
    writer.card = "# Model\n\n## Limits\n\nOne fly."
    writer.citations = (Citation("doe2024", "Doe 2024, A title", "10.1000/1"),)
    files = (FileRecord("a.csv", "ab" * 32, 2048, "https://example.org/a.csv"),)
    writer.begin([Source("flies", "CC BY 4.0", files=files)], [Operation("select", {"n": 3})])
    writer.add_metrics(
        [
            metric,
            Metric("drift", "Drift", -7.5, "deg/s", 9, bound="<= 5", verdict=MISSED, headline=True),
            Metric("extra", "Extra", None, "ms", 0, verdict=NOT_RUN, note="No trial converged."),
        ]
    )
    for name in ("one", "two"):
        frame = pl.DataFrame({"t": [0.5], "states": [[1, 2]]})
        writer.add_figure(Figure(name, f"Title {name}", "Caption.", f"Alt {name}"), SVG, frame)
    writer.note("A note to read first.")
    return writer.finish()


def test_the_page_shows_every_part_of_the_run(full):
    page = report(full)
    for text in (
        "A title",
        "1 of 2 bounds met on flies",
        "A note to read first.",
        "Integration R²",
        "0.988",
        "[0.900, 0.995]",
        "bootstrap over seeds",
        "0.100 [−0.0500, 0.300], n = 999, p = 0.001",
        "shuffled counts",
        "≥ 0.95",
        "✓ met",
        "−7.50 deg/s",
        "✕ missed",
        "— — — 0 — not run",
        "No trial converged.",
        "1 Title one",
        "Caption.",
        "steps 5",
        "neuropil run study --seed 3 --config settings.yaml",
        "Licence: CC BY 4.0",
        "2.05 kB",
        "ab" * 32,
        'select {"n": 3}',
        "Doe 2024, A title. doi:10.1000/1",
        "One fly.",
        "python",
    ):
        assert text in page.text


def test_the_page_loads_nothing(full):
    page = report(full)
    for tag, attributes in page.elements:
        assert tag not in {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
        assert "src" not in attributes
        address = attributes.get("href", "#")
        inside = address.startswith(("#", "data:"))
        assert inside or (tag == "a" and address.startswith("https://"))
    policy = page.find("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    html = (full.path / "report.html").read_text(encoding="utf-8")
    assert "@import" not in html
    assert "url(" not in html


def test_the_outside_is_reached_by_plain_links_only(full):
    outside = [a["href"] for a in report(full).find("a") if a["href"].startswith("https:")]
    assert outside == ["https://example.org/a.csv", "https://doi.org/10.1000/1"]


def test_every_id_is_there_once_and_every_link_inside_leads_somewhere(full):
    page = report(full)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {"f1-p", "f2-p", "headline", "figures", "metrics", "settings"} <= set(ids)
    inside = {a["href"][1:] for a in page.find("a") if a["href"].startswith("#")}
    assert inside <= set(ids)


def test_figures_have_words_and_data(full):
    page = report(full)
    assert [a["aria-label"] for a in page.find("svg", role="img")] == ["Alt one", "Alt two"]
    link = page.find("a", download="one.csv")[0]["href"]
    head, content = link.split(",")
    assert head == "data:text/csv;base64"
    assert base64.b64decode(content).decode() == 't,states\n0.5,"[1, 2]"\n'


def test_text_that_a_spreadsheet_would_run_is_plain_in_the_data(writer, source):
    writer.begin([source])
    data = pl.DataFrame({"=type": ["=1+1", "@a", "-b", "-2.5", "A=B", None], "v": [-1] * 6})
    writer.add_figure(Figure("one", "One", "Caption.", "Alt"), SVG, data)
    link = report(writer.finish()).find("a", download="one.csv")[0]["href"]
    assert base64.b64decode(link.split(",")[1]).decode() == (
        "'=type,v\n'=1+1,-1\n'@a,-1\n'-b,-1\n-2.5,-1\nA=B,-1\n,-1\n"
    )


def test_settings_in_groups_are_named_as_on_the_command_line(writer, source):
    writer.config = {"plan": {"steps": 3, "walk": {"turns": [1, 2]}}, "free": {}}
    writer.begin([source])
    assert "plan.steps 3 plan.walk.turns [1, 2] free {}" in report(writer.finish()).text


def test_settings_can_be_downloaded_and_used_again(full):
    link = report(full).find("a", download="settings.yaml")[0]["href"]
    assert base64.b64decode(link.split(",")[1]) == b"steps: 5\n"


def test_tables_keep_their_roles_as_cards(full):
    page = report(full)
    rows = page.find("tr", role="row")
    cells = page.find("td", role="cell")
    assert len(rows) == 5  # two heads and three metrics
    assert [cell["data-label"] for cell in cells[:6]] == [
        "Value",
        "95 % interval",
        "Null",
        "n",
        "Bound",
        "Verdict",
    ]


def test_hostile_text_stays_text(writer):
    writer.study, writer.title, writer.card = "study", HOSTILE, HOSTILE
    writer.config = {HOSTILE: HOSTILE}
    writer.citations = (Citation(HOSTILE, HOSTILE, HOSTILE),)
    files = (FileRecord(HOSTILE, HOSTILE, 1, "javascript:alert(1)"),)
    writer.begin([Source(HOSTILE, HOSTILE, files=files)], [Operation(HOSTILE, {HOSTILE: HOSTILE})])
    writer.add_metrics(
        [
            Metric(
                "m",
                HOSTILE,
                1.5,
                HOSTILE,
                1,
                1,
                2,
                HOSTILE,
                NullSummary(HOSTILE, 0, 0, 1, 9),
                HOSTILE,
                HOSTILE,
                MET,
                True,
                HOSTILE,
                HOSTILE,
                HOSTILE,
            )
        ]
    )
    writer.add_figure(Figure("f", HOSTILE, HOSTILE, HOSTILE), SVG, pl.DataFrame({"x": [1]}))
    writer.note(HOSTILE)
    page = report(writer.finish())
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img"}
    assert not any(name.startswith("on") for _, a in page.elements for name in a)
    assert not any(a.get("href", "").startswith("javascript") for _, a in page.elements)
    assert page.texts.count(HOSTILE) > 5


@pytest.mark.parametrize(("synthetic", "count"), [(True, 2), (False, 0)])
def test_synthetic_data_are_marked(writer, synthetic, count):
    writer.begin([Source("made-up", "CC0", synthetic=synthetic)])
    page = report(writer.finish())
    assert len(page.find("span", class_="badge synthetic")) == count
    assert page.text.count("synthetic data") == count


@pytest.mark.parametrize(
    ("verdicts", "line"),
    [
        ([], "0 metrics, none with a bound on made-up"),
        ([REPORTED], "1 metrics, none with a bound on made-up"),
        ([MET], "1 of 1 bound met on made-up"),
        ([MET, MISSED, REPORTED], "1 of 2 bounds met on made-up"),
        ([MET, NOT_RUN, REPORTED], "1 of 2 bounds met (1 not run) on made-up"),
    ],
)
def test_the_verdict_counts_what_has_a_bound(writer, source, verdicts, line):
    writer.begin([source])
    writer.add_metrics([make_line(f"m{i}", verdict) for i, verdict in enumerate(verdicts)])
    assert judge(writer.finish()) == line


def make_line(name, verdict, **more):
    """A line of results with that verdict."""
    return Metric(
        name,
        f"Quantity {name}",
        None if verdict is NOT_RUN else 1.5,
        "mV",
        0 if verdict is NOT_RUN else 10,
        bound="" if verdict is REPORTED else "<= 2",
        verdict=verdict,
        note="No data here." if verdict is NOT_RUN else "",
        **more,
    )


@pytest.fixture
def claims():
    """The lines of a reproduction, with every verdict."""
    more = {"published": "not published", "data": "flies", "command": "neuropil reproduce study"}
    verdicts = [MET, MISSED, NOT_RUN, REPORTED, MET]
    return [make_line(f"{number}", verdict, **more) for number, verdict in enumerate(verdicts)]


def test_a_reproduction_counts_claims_and_names_what_is_open(writer, source, claims):
    writer.begin([source])
    writer.add_metrics(claims)
    run = writer.finish()
    assert judge(run) == "2 of 4 claims met, 1 missed, 1 not run; 1 other reported"
    page = report(run)
    cells = page.find("td", role="cell")
    assert [cell["data-label"] for cell in cells[:6]] == [
        "Published",
        "Value",
        "95 % interval",
        "n",
        "Bound",
        "Verdict",
    ]
    assert "No data here. flies: neuropil reproduce study" in page.text
    assert page.text.count("✓ met") == 2
    assert page.text.count("✕ missed") == 1
    assert "— — 0 ≤ 2 not run" in page.text
    assert "1.50 mV — 10 — reported" in page.text
    assert [len(page.find("i", class_=word)) for word in ("met", "missed")] == [2, 1]


@pytest.mark.parametrize(
    ("kept", "line"),
    [
        ([REPORTED, REPORTED], "2 claims, none with a bound"),
        ([MET, NOT_RUN], "1 of 2 claims met, 1 not run"),
        ([MET], "1 of 1 claim met"),
    ],
)
def test_a_reproduction_of_few_claims(writer, source, kept, line):
    writer.begin([source])
    writer.add_metrics([make_line(str(n), v, published=".5") for n, v in enumerate(kept)])
    assert judge(writer.finish()) == line


def test_claims_without_a_bound_that_were_not_run_are_told_apart(writer, source):
    writer.begin([source])
    unbounded = Metric("9", "N", None, "1", 0, published=".5", verdict=NOT_RUN, note="No data.")
    lines = [make_line(str(n), v, published=".5") for n, v in enumerate([MET, REPORTED])]
    writer.add_metrics([*lines, unbounded])
    assert judge(writer.finish()) == "1 of 1 claim met; 1 of 2 others reported"


def test_a_fast_run_has_no_verdicts(writer, source, claims):
    writer.fast = True
    writer.begin([source])
    writer.add_metrics(claims)
    run = writer.finish()
    assert judge(run) == "fast: not judged, 4 of 5 claims measured"
    page = report(run)
    assert len(page.find("span", class_="badge open")) == 1
    for word in ("✓", "✕", "reported"):
        assert word not in page.text
    assert page.text.count("not run") == 1


def test_a_fast_run_of_a_study_says_so(writer, source):
    writer.fast = True
    writer.begin([source])
    writer.add_metrics([make_line("a", MET)])
    assert judge(writer.finish()) == "fast: not judged, 1 of 1 metric measured on made-up"


def test_only_what_was_checked_is_taken_for_html():
    folder = resources.files("neuropil.reports") / "templates"
    texts = [path.read_text(encoding="utf-8") for path in Path(str(folder)).rglob("*.html")]
    taken = re.findall(r"{{([^{}]*)\|\s*safe\s*}}", "".join(texts))
    assert {name.strip() for name in taken} == {
        "style",
        "figure.checked_picture",
        "parts.checked_prose",
    }
    assert len(re.findall(r"\|\s*safe\b", "".join(texts))) == 3
    assert "autoescape" not in "".join(texts)


def test_an_unfinished_run_says_so(writer, source):
    writer.begin([source])
    writer.interrupt()
    page = report(Run.open(writer.path))
    assert "This run did not finish: what it had measured until then is shown." in page.text
    assert page.find("span", class_="badge open")


def test_a_run_with_the_fewest_fields_is_shown(tmp_path):
    record = {"format": "neuropil-run", "format_version": 1}
    (tmp_path / "run.json").write_text(json.dumps(record))
    page = report(Run.open(tmp_path))
    assert "0 metrics, none with a bound" in page.text


def test_a_newer_run_asks_for_an_upgrade(full):
    record = {**full.record, "format_version": 99}
    (full.path / "run.json").write_text(json.dumps(record))
    with pytest.raises(
        VersionError, match="neuropil-run format 99, this installation reads up to 2"
    ):
        write_report(full.path)
    assert not (full.path / "report.html").exists()


def test_a_dangerous_figure_is_named_and_leaves_no_page(writer, source):
    writer.begin([source])
    hostile = b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'
    writer.add_figure(Figure("drift", "T", "C", "A"), hostile, pl.DataFrame({"x": [1]}))
    run = writer.finish()
    with pytest.raises(InputError) as caught:
        write_report(run.path)
    assert str(caught.value) == (
        "figure 'drift': expected a drawing that loads and runs nothing, "
        "found the element <script>. Draw the figure without it."
    )
    assert not (run.path / "report.html").exists()


def test_a_missing_picture_is_named(full):
    (full.path / "figures" / "two.svg").unlink()
    with pytest.raises(InputError) as caught:
        write_report(full.path)
    assert str(caught.value) == (
        f"{full.path}/figures/two.svg: expected an SVG picture in UTF-8, found none. "
        "The run folder is damaged; run the study again."
    )


def test_a_figure_cannot_name_a_file_elsewhere(full):
    index = [{"name": "../../secret", "title": "", "caption": "", "alt": ""}]
    (full.path / "figures" / "figures.json").write_text(json.dumps(index))
    with pytest.raises(InputError) as caught:
        write_report(full.path)
    assert str(caught.value) == (
        f"{full.path}/figures/figures.json: expected the name of a file in figures/, "
        "found '../../secret'. The file is damaged; run the study again."
    )


def test_the_page_can_be_written_elsewhere(full, tmp_path):
    target = write_report(full.path, tmp_path / "deep" / "page.html")
    assert target == tmp_path / "deep" / "page.html"
    assert not (full.path / "report.html").exists()
    (tmp_path / "file").write_text("taken")
    with pytest.raises(OutputError, match="cannot write: not a directory"):
        write_report(full.path, tmp_path / "file" / "sub" / "page.html")


@pytest.mark.parametrize(
    ("fast", "line"),
    [
        (False, "98.2 % of test images right on made-up"),
        (True, "fast, not a result: 98.2 % of test images right on made-up"),
    ],
)
def test_the_headline_says_the_result_and_the_verdict_stands_below(writer, source, fast, line):
    writer.fast = fast
    writer.begin([source])
    writer.add_metrics([make_line("a", MET)])
    writer.state_headline("98.2 % of test images right")
    run = writer.finish()
    assert state_result(run) == line
    text = report(run).text
    assert text.index(line) < text.index(judge(run))


def test_a_setting_stands_beside_its_meaning(writer, source):
    writer.config = {"steps": 3, "group": {"rate": 0.1}}
    writer.meanings = {"steps": "Steps of one walk.", "group.rate": "Rate <per step>."}
    writer.begin([source])
    text = report(writer.finish()).text
    assert "steps 3 Steps of one walk." in text
    assert "group.rate 0.1 Rate <per step>." in text
