"""One self-contained page from a run folder."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from string import Template

from neuropil.contracts import Run, atomic_write
from neuropil.reports.markup import concatenate, element
from neuropil.reports.sections import build_header, build_sections

__all__ = ["render_report", "write_report"]


def write_report(run_path: Path | str, out: Path | str | None = None) -> Path:
    """Write a run folder as one HTML file that needs no other file and no connection.

    Parameters
    ----------
    run_path : Path or str
        A run folder.
    out : Path or str, optional
        File to write; ``report.html`` in the run folder when not given. A file of that name
        is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        When the folder is not a run, is damaged, or holds a picture that is not a plain
        drawing; the message names the file.
    OutputError
        When the file cannot be written; choose another place.
    VersionError
        When the run's format is newer than this installation reads; upgrade.
    """
    run = Run.open(run_path)
    target = Path(out) if out is not None else run.path / "report.html"
    page = render_report(run)
    with atomic_write(target) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return target


def render_report(run: Run) -> str:
    """Render a run as the text of an HTML page.

    Parameters
    ----------
    run : Run
        An opened run folder.

    Returns
    -------
    str
        A whole HTML document.
    """
    sections = build_sections(run)
    links = concatenate(element("a", title, href=f"#{name}") for name, title, _ in sections)
    body = concatenate(
        element("section", element("h2", title), content, id=name)
        for name, title, content in sections
    )
    folder = resources.files("neuropil.reports")
    template = Template(folder.joinpath("template.html").read_text(encoding="utf-8"))
    version = run.record.get("versions", {}).get("neuropil", "")
    return template.substitute(
        title=element("title", f"{run.record.get('title', '')} · neuropil"),
        style=folder.joinpath("report.css").read_text(encoding="utf-8"),
        header=build_header(run),
        links=links,
        sections=body,
        footer=concatenate([f"Written by neuropil {version} from the run folder {run.path.name}."]),
    )
