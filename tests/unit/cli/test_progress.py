"""Progress on the error stream: bars on a terminal, seldom lines elsewhere."""

from __future__ import annotations

import io

from rich.console import Console

from neuropil.cli.progress import LineProgress, RichProgress


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_lines_keep_their_distance_across_tasks():
    stream, clock = io.StringIO(), Clock()
    progress = LineProgress(stream, 10.0, clock)
    with progress.track("fit", 100) as advance:
        advance(1, "loss 1")
        clock.now = 9.9
        advance(49, "loss 0.5")
        clock.now = 10.0
        advance(1, "loss 0.4")
    with progress.track("measure", 0) as advance:
        advance(3)
        clock.now = 20.0
        advance(3)
    assert stream.getvalue() == (
        "fit: 1 of 100 (1 %), loss 1\nfit: 51 of 100 (51 %), loss 0.4\nmeasure: 6 of 0\n"
    )


def test_bars_may_be_nested_and_show_notes_as_they_are():
    stream = io.StringIO()
    progress = RichProgress(Console(file=stream, force_terminal=True, width=120))
    with progress.track("outer", 2) as outer:
        outer(1)
        with progress.track("inner", 4) as inner:
            inner(4, "loss [red]0.1[/red]")
        outer(1)
    with progress.track("next", 1) as advance:
        advance(1)
    shown = stream.getvalue()
    for text in ("outer", "inner", "next", "100%", "loss [red]0.1[/red]"):
        assert text in shown
