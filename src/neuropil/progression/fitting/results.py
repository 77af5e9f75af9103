"""What a run writes about people at unknown stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.contracts import Metric, Piece, PieceCache, Task, usable_processors
from neuropil.measures import bootstrap_groups, share_interval, summarise_null
from neuropil.progression.config import ProgressionConfig
from neuropil.progression.data import DISTANCE, VisitsOnGraphs, measure_distances
from neuropil.progression.fit import ProgressionModel
from neuropil.progression.fitting.choice import GraphChoice
from neuropil.progression.fitting.figures import (
    draw_course,
    draw_course_brains,
    draw_edges,
    draw_later_visits,
    draw_models,
    draw_shares,
    draw_stages,
)
from neuropil.progression.fitting.parts import (
    CohortParts,
    build_model,
    fit_graph,
    fit_half,
    score_lines,
    split_people,
)
from neuropil.progression.fitting.rivals import predict_last_scans
from neuropil.progression.fitting.scores import CourseScore, score_predictions

__all__ = ["write_cohort"]

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
CohortTask = Task[ProgressionConfig, VisitsOnGraphs]

_OVER_PEOPLE = "bootstrap over people"
# Of exchanged stages: a null down to half a percent.
_SHUFFLES = 200


@dataclass(frozen=True, eq=False)
class CohortRun:
    """A fitted cohort on its way into a run folder.

    Parameters
    ----------
    task : Task
        The run.
    parts : CohortParts
        Training, validation and test people.
    graph : {"given", "views", "free", "prior-guided"}
        What was fitted of the graph.
    model : ProgressionModel
        The fitted model.
    pieces : PieceCache
        Other fits.
    """

    task: CohortTask
    parts: CohortParts
    graph: GraphChoice
    model: ProgressionModel
    pieces: PieceCache


def write_cohort(task: CohortTask) -> None:
    """Learn the course and the graph, place people, foretell later visits, and write all of it."""
    run = _begin(task)
    _write_stages(run)
    _write_models(run)
    _write_later_visits(run)
    _write_graph(run)
    draw_course(task.writer, run.model, run.parts.test)
    draw_course_brains(task.writer, run.model, task.data.visits.parcellation)


def _begin(task: CohortTask) -> CohortRun:
    config, writer, seed, data = task.config, task.writer, task.seed, task.data
    parts = split_people(data.visits, config.cohort.held_out, seed)
    graph = choose_kind(config, data)
    if writer.model.exists():
        model = ProgressionModel.load(writer.model)
    else:
        model = build_model(config, graph, seed)
        with task.progress.track("fitting the course", 1) as report:
            given = data.graphs if graph != "given" else dict([next(iter(data.graphs.items()))])
            model.fit(parts.train, given, data.prior, validation=parts.validation)
            report(1)
        model.save(writer.model)
    pieces = PieceCache(writer.checkpoint, task.progress, usable_processors())
    writer.note(
        f"{len(parts.train.ids)} people were fitted, {len(parts.validation.ids)} chose the round "
        f"of the fit, {len(parts.test.ids)} are the test: each of these is only placed on the "
        "course, by one number estimated from the very scans that are scored."
    )
    return CohortRun(task, parts, graph, model, pieces)


def choose_kind(config: ProgressionConfig, data: VisitsOnGraphs) -> GraphChoice:
    """Return what is fitted of the graph: as set, or by whether there is a prior or several graphs.

    Parameters
    ----------
    config : ProgressionConfig
        Settings.
    data : VisitsOnGraphs
        Graphs, and the prior if there is one.
    """
    if config.cohort.graph is not None:
        return config.cohort.graph
    if data.prior is not None:
        return "prior-guided"
    return "views" if len(data.graphs) > 1 else "given"


def _write_stages(run: CohortRun) -> None:
    """Write where everyone stands, and who runs faster than the course."""
    visits, model, writer = run.task.data.visits, run.model, run.task.writer
    stages, rates = model.stage(visits), model.rates(visits)
    part = {
        name: label
        for label, people in (
            ("train", run.parts.train),
            ("validation", run.parts.validation),
            ("test", run.parts.test),
        )
        for name in people.ids
    }
    table = stages.with_columns(
        pl.Series("part", [part[name] for name in stages["subject"]]),
        pl.Series("rate", rates.rate),
        pl.Series("rate_low", rates.low),
        pl.Series("rate_high", rates.high),
        pl.Series("rate_identifiable", rates.identifiable),
    )
    writer.add_table("people", table)
    width = (table["high"] - table["low"]).to_numpy()
    told, several = int(rates.identifiable.sum()), int((table["n_visits"] > 1).sum())
    low, high = share_interval(told, several) if several else (None, None)
    writer.add_metrics(
        [
            Metric(
                "stage_width",
                "median width of the 90 % interval of a person's stage",
                float(np.median(width)),
                visits.time_unit,
                len(width),
                float(np.percentile(width, 2.5)),
                float(np.percentile(width, 97.5)),
                "range of 95 % of people",
                note=f"{int(table['at_edge'].sum())} people may stand before the start or after "
                "the end of the course. The course is taken as known.",
            ),
            Metric(
                "rates_identifiable",
                "share of people with several visits whose own rate the visits tell",
                told / several if several else None,
                "1",
                several,
                low,
                high,
                "Wilson" if several else "",
                note="A rate is identifiable where its likelihood falls far enough on both sides. "
                f"It differs from that of the course in {int(rates.differs.sum())}."
                if several
                else "Nobody has two visits: no rate can be told from a stage.",
            ),
        ]
    )
    draw_stages(writer, table, visits.time_unit)


def _write_models(run: CohortRun) -> None:
    """Write the scores of the model and of its rivals on test people."""
    config, root, writer = run.task.config, run.task.seed.root, run.task.writer
    names = [*run.task.data.graphs]
    if measure_distances(run.task.data.visits) is not None:
        names.append(DISTANCE)
    fits = [
        Piece(f"graph-{place}", fit_graph, (config, name, root)) for place, name in enumerate(names)
    ]
    found = run.pieces.results("single graphs", fits)
    lines = run.pieces.results("simple rivals", [Piece("lines", score_lines, (config, root))])[0]
    own = run.model.measure(run.parts.test)
    scores = {
        f"this model ({run.graph})": own,
        **{f"{name} alone": _unpack(one) for name, one in zip(names, found, strict=True)},
        **{name: _unpack(one) for name, one in lines.items()},
    }
    owner = run.parts.test.subject_rows()
    table = pl.concat([_rate(run, name, score, owner) for name, score in scores.items()])
    writer.add_table("models", table)
    row = table.row(0, named=True)
    best = table[1:].sort("sse").row(0, named=True)
    writer.add_metrics(
        [
            Metric(
                "test_r",
                "Pearson r across regions of unseen people's scans with the course at their stage",
                row["r"],
                "Pearson r",
                len(run.parts.test.ids),
                row["r_low"],
                row["r_high"],
                _OVER_PEOPLE,
                summarise_null(
                    "stages exchanged between people",
                    _exchange_stages(run),
                    row["r"],
                    smaller_is_better=False,
                ),
                headline=True,
                note=f"Best rival: {best['model']}, {best['r']:.3f}. A good fit is no proof of a "
                "graph: with free regional capacities most graphs fit alike.",
            ),
            Metric(
                "test_sse",
                "sum of squares over unseen people's scans and regions, in shares of the range",
                row["sse"],
                "1",
                len(run.parts.test.ids),
                row["sse_low"],
                row["sse_high"],
                _OVER_PEOPLE,
                note=f"Best rival: {best['model']}, {best['sse']:.2f}.",
            ),
        ]
    )
    draw_models(writer, table)


def _unpack(score: Mapping[str, list[float | None]]) -> CourseScore:
    return CourseScore(
        np.array(score["squares"], np.float64), np.array(score["correlations"], np.float64)
    )


def _rate(run: CohortRun, name: str, score: CourseScore, owner: Whole) -> pl.DataFrame:
    seed = run.task.seed.child("people")
    n = run.task.config.cohort.resamples

    def interval(quantity: Callable[[Whole], float]) -> tuple[float, float]:
        # The same resamples for every model, so that they can be held against each other.
        return bootstrap_groups(owner, quantity, seed.generator(), n)

    r = interval(lambda rows: float(np.nanmean(score.correlations[rows])))
    size = len(owner)
    sse = interval(lambda rows: float(score.squares[rows].mean() * size))
    return pl.DataFrame(
        {
            "model": [name],
            "r": [score.correlation],
            "r_low": [r[0]],
            "r_high": [r[1]],
            "sse": [score.sse],
            "sse_low": [sse[0]],
            "sse_high": [sse[1]],
        }
    )


def _exchange_stages(run: CohortRun) -> list[float]:
    """Return r when each test person is expected where another one stands."""
    rng = run.task.seed.child("exchange").generator()
    test = run.parts.test
    scans = run.model.model_.read(test)
    stages = run.model.stage(test)["stage"].to_numpy()
    null = []
    for _ in range(_SHUFFLES):
        times = rng.permutation(stages)[scans.owners] + scans.gaps
        expected = run.model.model_.course.at(np.minimum(times, run.model.course_.duration))
        null.append(score_predictions(expected, scans).correlation)
    return null


def _write_later_visits(run: CohortRun) -> None:
    """Write how well the last visit of a person is foretold from those before."""
    task, model = run.task, run.model.model_
    test, train = (model.read(one) for one in (run.parts.test, run.parts.train))
    if (np.bincount(test.owners) < 2).all():
        task.writer.note("No test person has two visits: nothing was foretold.")
        return
    found = predict_last_scans(model.course, test, train, model.noise, model.grid)
    seen, owner = test.values[found.rows], test.owners[found.rows]
    known = test.known[found.rows]
    squares = {
        name: (known * (seen - said) ** 2).sum(axis=1) / known.sum(axis=1)
        for name, said in found.predictions.items()
    }
    gaps = test.gaps[found.rows] - test.gaps[found.rows - 1]
    rows = []
    for name, errors in squares.items():
        rng = task.seed.child("later").generator()
        low, high = bootstrap_groups(owner, partial(_take_root, errors), rng)
        everyone = np.arange(len(errors))
        rows.append((name, _take_root(errors, everyone), low, high, len(errors)))
    table = pl.DataFrame(rows, ["predictor", "rmse", "low", "high", "n"], orient="row")
    task.writer.add_table("later_visits", table)
    task.writer.add_metrics([_compare_later(squares, owner, task)])
    draw_later_visits(task.writer, table, (squares, gaps), task.data.visits.time_unit)


def _take_root(errors: Array, rows: Whole) -> float:
    return float(np.sqrt(errors[rows].mean()))


def _compare_later(squares: Mapping[str, Array], owner: Whole, task: CohortTask) -> Metric:
    """Hold the course, from the scan before, against that scan itself."""
    own, still = squares["course from the scan"], squares["persistence"]

    def gain(rows: Whole) -> float:
        return float(1 - own[rows].mean() / still[rows].mean())

    rng = task.seed.child("later").generator()
    low, high = bootstrap_groups(owner, gain, rng)
    return Metric(
        "later_visit_gain",
        "share of the squared error of persistence that the course takes away, last visit from "
        "those before",
        gain(np.arange(len(own))),
        "1",
        len(own),
        low,
        high,
        _OVER_PEOPLE,
        note="Below 0: the scan before is the better prediction.",
    )


def _write_graph(run: CohortRun) -> None:
    """Write the graph, and whether two halves of the people find the same."""
    config, root, data, writer = (
        run.task.config,
        run.task.seed.root,
        run.task.data,
        run.task.writer,
    )
    rows, columns = np.triu_indices(run.model.n_regions_, 1)
    names = data.visits.region_names
    fitted = run.model.graph_[rows, columns]
    table = pl.DataFrame(
        {
            "first": [names[row] for row in rows],
            "second": [names[column] for column in columns],
            "weight": fitted,
        }
    )
    prior = None if data.prior is None else data.prior[rows, columns]
    if prior is not None:
        table = table.with_columns(pl.Series("prior", prior), pl.Series("reason", data.reasons))
    writer.add_table("edges", table)
    if run.graph == "given":
        writer.note("The graph was given and not fitted: nothing is said about its edges.")
        return
    pieces = [Piece(f"half-{half}", fit_half, (config, run.graph, half, root)) for half in (0, 1)]
    halves = run.pieces.results("halves of the people", pieces)
    writer.add_metrics(_compare_halves(halves, prior, len(run.parts.train.ids)))
    if run.graph == "views":
        draw_shares(writer, run.model.shares_, [half["shares"] for half in halves])
    else:
        draw_edges(writer, table, [np.array(half["weights"]) for half in halves])


def _compare_halves(
    halves: list[Mapping[str, list[float]]], prior: Array | None, n: int
) -> list[Metric]:
    one, other = (np.array(half["weights"]) for half in halves)
    metrics = [
        Metric(
            "halves_graph",
            "Pearson r of the weights that two halves of the training people find",
            float(np.corrcoef(one, other)[0, 1]),
            "Pearson r",
            n,
            note="Nearly fixed by the prior or the views where there are any.",
        )
    ]
    if prior is not None:
        used = (prior > 0) & (one > 0) & (other > 0)
        first, second = (np.log(each[used] / prior[used]) for each in (one, other))
        metrics.append(
            Metric(
                "halves_change",
                "Pearson r of log(posterior / prior) of both halves",
                float(np.corrcoef(first, second)[0, 1]),
                "Pearson r",
                n,
                note="What data, and not the prior, agree on.",
            )
        )
    return metrics
