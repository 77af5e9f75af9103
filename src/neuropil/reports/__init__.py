"""Reports: a run folder as one self-contained HTML page."""

from neuropil.reports.metrics import judge, state_result
from neuropil.reports.numbers import (
    digits_of,
    format_duration,
    format_interval,
    format_null,
    format_number,
    format_size,
    format_value,
)
from neuropil.reports.page import render_report, write_report

__all__ = [
    "digits_of",
    "format_duration",
    "format_interval",
    "format_null",
    "format_number",
    "format_size",
    "format_value",
    "judge",
    "render_report",
    "state_result",
    "write_report",
]
