"""What a run writes about groups of animals with a known seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.contracts import Metric, NullSummary, Task
from neuropil.measures import summarise_null
from neuropil.progression.config import ProgressionConfig
from neuropil.progression.data import VisitsOnGraphs, measure_distances
from neuropil.progression.group_maps.animals import (
    AnimalGroup,
    list_candidates,
    split_groups,
)
from neuropil.progression.group_maps.figures import (
    draw_brains,
    draw_graphs,
    draw_scatter,
    draw_seeds,
)
from neuropil.progression.group_maps.graph_nulls import GraphNull
from neuropil.progression.group_maps.judging import (
    JudgedGroup,
    choose_by_earlier,
    compare_with_previous,
    judge_graphs,
    judge_nulls,
)
from neuropil.progression.group_maps.spread import score_seeds

__all__ = ["write_maps"]

Array = npt.NDArray[np.float64]

_OVER_ANIMALS = "bootstrap over animals within times"
_NULLS: dict[GraphNull, str] = {
    "weights": "weights put between other regions",
    "labels": "regions exchanged, the seed kept",
    "degrees": "rewired, the number of partners kept",
    "lengths": "rewired, partners and lengths kept",
}


def write_maps(task: Task[ProgressionConfig, VisitsOnGraphs], start: Array) -> None:
    """Judge graphs by how they foretell the maps of each group, and write what was found.

    Parameters
    ----------
    task : Task
        The run.
    start : (n,) array
        State at time 0.
    """
    groups = [_judge(task, group) for group in split_groups(task.data.visits, start)]
    writer, regions = task.writer, task.data.visits.parcellation
    for found in groups:
        writer.add_metrics(_list_metrics(found, headline=found is groups[0]))
    writer.add_table("graphs", pl.concat([_list_graphs(found) for found in groups]))
    names = task.data.visits.region_names
    writer.add_table("maps", pl.concat([_list_maps(found, names) for found in groups]))
    first = groups[0]
    draw_scatter(writer, first.group, first.predict(), first.chosen)
    draw_graphs(writer, groups)
    draw_brains(writer, regions, first.group, first.predict())
    seeds = score_seeds(first.chosen.graph.laplacian(), first.group.average())
    draw_seeds(writer, names, seeds, start)


def _judge(task: Task[ProgressionConfig, VisitsOnGraphs], group: AnimalGroup) -> JudgedGroup:
    plan, seed, visits = task.config.maps, task.seed, task.data.visits
    judged = judge_graphs(list_candidates(visits, task.data.graphs), group, plan.resamples, seed)
    wired = tuple(one for one in judged if one.graph.wired)
    chosen = choose_by_earlier(wired)
    previous, drawn = compare_with_previous(group, plan.resamples, seed)
    lengths = measure_distances(visits)
    kinds = [kind for kind in _NULLS if kind != "lengths" or lengths is not None]
    nulls = {}
    with task.progress.track(f"graphs of the nulls, {group.name}", len(kinds)) as report:
        for kind in kinds:
            nulls[kind] = judge_nulls(chosen.graph, group, kind, plan.nulls, seed, lengths)
            report(1, kind)
    return JudgedGroup(group, judged, chosen, previous, drawn, nulls)


def _list_metrics(found: JudgedGroup, *, headline: bool) -> list[Metric]:
    chosen, group = found.chosen, found.group
    last = f"{group.unit} {group.average().times[-1]:g}"
    beaten = [int((values < chosen.held_out.last).sum()) for values in found.nulls.values()]
    of = len(next(iter(found.nulls.values())))
    said = "; ".join(
        f"{words}: {count} of {of} are worse"
        for (words, count) in zip((_NULLS[kind] for kind in found.nulls), beaten, strict=True)
    )
    r, low, high = chosen.held_out.last, chosen.low[-1], chosen.high[-1]
    before = found.previous_drawn
    return [
        Metric(
            f"held_out_{group.name}",
            f"{group.name}: r of the map of {last} with spread along {chosen.graph.name}, whose "
            "rate earlier maps chose",
            r,
            "Pearson r",
            len(group),
            float(low),
            float(high),
            _OVER_ANIMALS,
            _summarise(found.nulls["weights"], r),
            headline=headline,
            note=f"The graph was chosen by the earlier maps. {said}.",
        ),
        Metric(
            f"previous_{group.name}",
            f"{group.name}: r of the map of {last} with the map before",
            found.previous,
            "Pearson r",
            len(group),
            float(np.percentile(before, 2.5)),
            float(np.percentile(before, 97.5)),
            _OVER_ANIMALS,
            note="What a prediction has to beat: it has seen pathology, spread from the seed not.",
        ),
    ]


def _summarise(null: Array, observed: float) -> NullSummary:
    return summarise_null(_NULLS["weights"], null, observed, smaller_is_better=False)


def _list_graphs(found: JudgedGroup) -> pl.DataFrame:
    rows = []
    times = [f"{moment:g}" for moment in found.group.average().times]
    for one in found.judged:
        values = [*one.fit.chosen, one.fit.score, one.held_out.last]
        what = [*times, "mean", f"{times[-1]} held out"]
        rows += [
            (found.group.name, one.graph.name, each, *numbers)
            for each, *numbers in zip(what, values, one.low, one.high, strict=True)
        ]
    return pl.DataFrame(rows, ["group", "graph", "time", "r", "low", "high"], orient="row")


def _list_maps(found: JudgedGroup, names: Sequence[str]) -> pl.DataFrame:
    maps, predicted = found.group.average(), found.predict()
    return pl.concat(
        pl.DataFrame(
            {
                "group": [found.group.name] * len(names),
                "time": np.full(len(names), moment),
                "region": names,
                "measured": maps.values[place],
                "predicted": predicted[place],
            }
        )
        for place, moment in enumerate(maps.times)
    )
