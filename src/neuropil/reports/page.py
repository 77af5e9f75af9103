"""One self-contained page from a run folder."""

from __future__ import annotations

from pathlib import Path

from neuropil.contracts import Run, atomic_write
from neuropil.reports.rendering import fill, read_style
from neuropil.reports.sections import build_sections, describe_header

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
    # Rendered before the file is begun: a dangerous figure leaves no page behind.
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
    return fill(
        "report.html",
        style=read_style(),
        title=str(run.record.get("title", "")),
        header=describe_header(run),
        sections=build_sections(run),
        version=str(run.record.get("versions", {}).get("neuropil", "")),
        folder=run.path.name,
    )
