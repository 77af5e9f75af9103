"""One look for all figures: colours, lines, letters, and SVG that is the same bit for bit."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl

if TYPE_CHECKING:
    import matplotlib.axis
    import matplotlib.figure

__all__ = ["ACCENT", "INK", "WARM", "Draw", "render_svg"]

INK = "#1f2933"
"""Lines and letters."""
ACCENT = "#0b6e99"
"""What is measured."""
WARM = "#c2410c"
"""What it is held against."""

_STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.titlelocation": "left",
    # Letters as outlines: pages need no font, and look alike everywhere.
    "svg.fonttype": "path",
    # Without a salt ids are random, and the same picture would never be the same bytes.
    "svg.hashsalt": "neuropil",
    "figure.constrained_layout.use": True,
    # Names of cell types, genes and regions are shown as they are: a dollar begins no formula.
    "text.parse_math": False,
}
# What matplotlib writes at a logarithmic axis, and the letters for it where nothing is a formula.
_FORMULA = re.compile(r"^\$\\mathdefault\{(.*)\}\$$")
_POWER = re.compile(r"\^\{([^{}]*)\}")
_RAISED = str.maketrans("0123456789-\N{MINUS SIGN}.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻·")

Drawn = TypeVar("Drawn")
Draw = Callable[["matplotlib.figure.Figure"], pl.DataFrame]
"""Draws on an empty figure and returns the numbers it shows."""


def render_svg(
    size: tuple[float, float],
    draw: Callable[[matplotlib.figure.Figure], Drawn],
    font_size: float = 10,
) -> tuple[bytes, Drawn]:
    """Draw on an empty figure and return it as SVG.

    Parameters
    ----------
    size : (float, float)
        Width and height [inch].
    draw : callable
        Draws on the figure.
    font_size : float
        Size of most letters [pt].

    Returns
    -------
    svg : bytes
        Self-contained, letters as outlines.
    drawn : object
        What ``draw`` returned.
    """
    # Half a second of import, which most commands never need.
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context({**_STYLE, "font.size": font_size, "axes.titlesize": font_size + 1}):
        figure = Figure(figsize=size)
        drawn = draw(figure)
        for axes in figure.axes:
            for axis in (axes.xaxis, axes.yaxis):
                _write_powers(axis)
        buffer = io.BytesIO()
        # Without pyplot, which keeps figures alive and picks a window system; without a date, so
        # that the same numbers give the same bytes.
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})  # type: ignore[no-untyped-call]
    return buffer.getvalue(), drawn


def _write_powers(axis: matplotlib.axis.Axis) -> None:
    """Write the numbers of a logarithmic axis with raised digits, which are no formula."""
    from matplotlib.ticker import Formatter, LogFormatter

    class Powers(Formatter):
        def __init__(self, within: LogFormatter) -> None:
            self.within = within

        def __call__(self, x: float, pos: int | None = None) -> str:
            return _as_letters(self.within(x, pos))

        def set_locs(self, locs: list[float]) -> None:
            self.within.set_locs(locs)

    for which in ("major", "minor"):
        given = getattr(axis, f"get_{which}_formatter")()
        if isinstance(given, LogFormatter):
            getattr(axis, f"set_{which}_formatter")(Powers(given))


def _as_letters(formula: str) -> str:
    r"""Write a power of ten without markup.

    Examples
    --------
    >>> print(_as_letters(r"$\mathdefault{2\times10^{-3}}$"))
    2×10⁻³
    """
    found = _FORMULA.match(formula)
    if not found:
        return formula
    plain = found[1].replace(r"\times", "×")
    return _POWER.sub(lambda power: power[1].translate(_RAISED), plain)
