"""What a run of ``progression`` does and writes."""

from __future__ import annotations

from collections.abc import Mapping

from neuropil.contracts import Metric, Task
from neuropil.progression.config import ProgressionConfig
from neuropil.progression.data import VisitsOnGraphs
from neuropil.progression.fitting.results import write_cohort
from neuropil.progression.forecasts.results import write_forecasts
from neuropil.progression.forecasts.study_maps import are_studies
from neuropil.progression.group_maps.results import write_maps

__all__ = ["say_result", "write_run"]


def write_run(task: Task[ProgressionConfig, VisitsOnGraphs]) -> None:
    """Judge graphs by maps of animals, foretell maps of studies, or learn the course of people."""
    for note in task.data.notes:
        task.writer.note(note)
    if task.data.start is not None:
        write_maps(task, task.data.start)
    elif are_studies(task.data.visits):
        write_forecasts(task)
    else:
        write_cohort(task)


def say_result(metrics: Mapping[str, Metric]) -> str:
    """Say how well unseen visits are foretold.

    Parameters
    ----------
    metrics : mapping of str to Metric
        What the run measured, by id.
    """
    for one in metrics.values():
        if one.headline and one.value is not None:
            return f"{one.what}: {one.value:.2f} [{one.low:.2f}, {one.high:.2f}]"
    return ""
