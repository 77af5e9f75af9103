"""The wiring of a connectome beside its nulls: from files to tables, or to a run folder."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any, TypedDict, Unpack

import polars as pl

from neuropil import datasets
from neuropil.connectome import Connectome
from neuropil.contracts import Citation, Loaded, Progress, Run, RunWriter
from neuropil.formats import format_option
from neuropil.measures import (
    Wiring,
    check_wiring,
    compute_degrees,
    compute_undirected_degrees,
    draw_degrees,
    draw_type_matrix,
    measure_wiring,
)
from neuropil.pipelines.recording import recording

__all__ = ["Measurement", "WiringQuestion", "load_connectome", "measure_connectome"]

_DEFAULT_COLUMN = "cell_type"
_CITATIONS = (
    Citation(
        "maslov2002",
        "Maslov, Sneppen 2002, Specificity and stability in topology of protein networks, "
        "Science 296:910",
        "10.1126/science.1065103",
    ),
    Citation(
        "carstens2018",
        "Carstens, Berger, Strona 2018, A unifying framework for fast randomization of "
        "ecological networks with fixed (node) degrees, MethodsX 5:773",
        "10.1016/j.mex.2018.06.018",
    ),
    Citation(
        "besag1989",
        "Besag, Clifford 1989, Generalized Monte Carlo significance tests, Biometrika 76:633",
        "10.1093/biomet/76.4.633",
    ),
    Citation(
        "garlaschelli2004",
        "Garlaschelli, Loffredo 2004, Patterns of link reciprocity in directed networks, "
        "Physical Review Letters 93:268701",
        "10.1103/PhysRevLett.93.268701",
    ),
    Citation(
        "squartini2013",
        "Squartini, Picciolo, Ruzzenenti, Garlaschelli 2013, Reciprocity of weighted networks, "
        "Scientific Reports 3:2729",
        "10.1038/srep02729",
    ),
    Citation(
        "benjamini1995",
        "Benjamini, Hochberg 1995, Controlling the false discovery rate, Journal of the Royal "
        "Statistical Society B 57:289",
        "10.1111/j.2517-6161.1995.tb02031.x",
    ),
)


@dataclass(frozen=True)
class Measurement:
    """A measured connectome.

    Parameters
    ----------
    connectome : Connectome
        What was measured.
    by : str or None
        Node column of the types; None where there are none.
    wiring : Wiring
        Metrics, table of types and null draws.
    n_nulls, seed : int
        Number of null draws, and their root.
    notes : tuple of str
        What a reader should know first.
    run : Run or None
        The finished run folder, where one was written.
    """

    connectome: Connectome
    by: str | None
    wiring: Wiring
    n_nulls: int
    seed: int
    notes: tuple[str, ...]
    run: Run | None = None


def load_connectome(paths: Sequence[str | Path], **reading: Any) -> Connectome:  # noqa: ANN401
    """Load a dataset by its name, or read the files of one connectome.

    Parameters
    ----------
    paths : sequence of str or Path
        The name of a dataset; or a file, a folder, or several files of one connectome.
    **reading
        ``format`` and options of its reader, as ``formats.read`` takes them.

    Returns
    -------
    Connectome
        Its content, validated.

    Raises
    ------
    ConfigError
        When a single name is neither a dataset nor something that exists, or an option is unknown.
    InputError
        When a file is missing, of no known format, or damaged.
    """
    found: Connectome = datasets.load_or_read(*paths, kind=Connectome, **reading)
    return found


class WiringQuestion(TypedDict, total=False):
    """What is asked of the wiring; every part may be left out.

    Parameters
    ----------
    by : str, optional
        Node column of the types; ``cell_type`` where there is one when not given.
    n_nulls : int
        Number of null draws; 100 when not given.
    seed : int
        Root of every draw; 0 when not given.
    directed : bool, optional
        Whether the graph is directed; as :func:`measure_wiring` decides when not given.
    """

    by: str | None
    n_nulls: int
    seed: int
    directed: bool | None


def measure_connectome(
    paths: Sequence[str | Path],
    *,
    reading: Mapping[str, Any] | None = None,
    out: Path | str | None = None,
    progress: Progress | None = None,
    **question: Unpack[WiringQuestion],
) -> Measurement:
    """Measure a connectome beside its nulls, and write a run folder where one is named.

    Parameters
    ----------
    paths : sequence of str or Path
        As :func:`load_connectome` takes them.
    reading : mapping of str to object, optional
        ``format`` and options of the reader, as :func:`load_connectome` takes them.
    out : Path or str, optional
        Run folder; nothing is written when not given.
    progress : Progress, optional
        Told after each null.
    **question : WiringQuestion
        What is asked of the wiring.

    Returns
    -------
    Measurement
        With the run where one was written; its report is ``report.html`` in the folder.

    Raises
    ------
    ConfigError
        When the column does not exist, or there are too few nulls.
    InputError
        When the files cannot be read, or no two neurons are connected.
    OutputError
        When the folder is taken or cannot be written.
    """
    n_nulls, seed = question.get("n_nulls", 100), question.get("seed", 0)
    directed, by = question.get("directed"), question.get("by")
    connectome = load_connectome(paths, **(reading or {}))
    # The default may be missing, which a note says; a column that was named may not.
    column = by or (_DEFAULT_COLUMN if _DEFAULT_COLUMN in connectome.nodes.columns else None)
    # Before the folder, so that a wrong question leaves none.
    check_wiring(connectome, column, n_nulls=n_nulls, directed=directed)
    notes = (*connectome.source.notes, *_notes(connectome, column))
    # The same recording as a study's, or none where no folder was named.
    opened: AbstractContextManager[object] = nullcontext()
    writer = None
    if out is not None:
        asked = {"by": column, "nulls": n_nulls, "directed": directed, "reading": reading or {}}
        writer = _open(connectome, paths, asked, seed, Path(out))
        opened = recording(writer, Loaded(connectome, notes))
    with opened:
        wiring = measure_wiring(
            connectome,
            column,
            n_nulls=n_nulls,
            seed=seed,
            directed=directed,
            progress=progress,
        )
        measurement = Measurement(
            connectome, column, wiring, n_nulls, seed, (*notes, *wiring.notes)
        )
        if writer is not None:
            _write(writer, measurement)
    # Read back from the folder, so that what is returned is what was written.
    return measurement if writer is None else replace(measurement, run=Run.open(writer.path))


def _notes(connectome: Connectome, column: str | None) -> Iterator[str]:
    weight = connectome.weight_names[0]
    if connectome.edges[weight].null_count():
        known = connectome.edges.filter(pl.col(weight).is_not_null())
        # Through the connectome, which counts an undirected edge once.
        empty = connectome.n_edges - replace(connectome, edges=known).n_edges
        yield (
            f"{empty} of {connectome.n_edges} edges have no value in {weight!r}, the weight that "
            "is measured; they are no edges here."
        )
    if column is None:
        yield (
            f"There is no column {_DEFAULT_COLUMN}, so that types are not compared; --by names "
            f"another. The columns are: {', '.join(connectome.nodes.columns)}."
        )
        return
    missing = connectome.nodes[column].null_count()
    if missing:
        yield f"{missing} neurons have no {column}; they are shown as the type 'no {column}'."


def _open(
    connectome: Connectome,
    paths: Sequence[str | Path],
    asked: Mapping[str, Any],
    seed: int,
    out: Path,
) -> RunWriter:
    # Written out, because the settings of a measurement are no settings of a study.
    command = ["neuropil", "measure", *map(str, paths), *_write_reading(asked["reading"])]
    command += ["--by", asked["by"]] if asked["by"] else []
    if asked["directed"] is not None:
        command.append("--directed" if asked["directed"] else "--undirected")
    command += ["--nulls", str(asked["nulls"]), "--seed", str(seed)]
    card = resources.files("neuropil.measures").joinpath("card.md").read_text(encoding="utf-8")
    return RunWriter(
        path=out,
        study="measure",
        title=f"The wiring of {connectome.source.name} beside its nulls",
        seed=seed,
        config={
            "data": [str(path) for path in paths],
            "by": asked["by"],
            "nulls": asked["nulls"],
            # Only where something was asked, so that other runs have no empty setting.
            **({} if asked["directed"] is None else {"directed": asked["directed"]}),
            **({"reading": dict(asked["reading"])} if asked["reading"] else {}),
        },
        card=card,
        citations=_CITATIONS,
        command=shlex.join(command),
    )


def _write_reading(reading: Mapping[str, Any]) -> Iterator[str]:
    """Write the options of a reader as they are typed."""
    for name, value in reading.items():
        if name == "format":
            yield from ("--from", str(value))
        elif name == "weights":
            for each in [value] if isinstance(value, str) else value:
                yield from ("--weight", str(each))
        else:
            yield from ("--option", f"{name}={format_option(value)}")


def _write(writer: RunWriter, measurement: Measurement) -> None:
    connectome, wiring = measurement.connectome, measurement.wiring
    # Those of the data were written when the folder was opened.
    for note in wiring.notes:
        writer.note(note)
    writer.add_metrics(wiring.metrics)
    # As a matrix: the graph may be symmetric without its connectome saying so, or the other way.
    matrix = connectome.adjacency()
    compute = compute_degrees if wiring.directed else compute_undirected_degrees
    degrees = compute(matrix)
    named = [name for name in connectome.nodes.columns if name in ("id", measurement.by)]
    writer.add_table("degrees", connectome.nodes.select(named).hstack(pl.DataFrame(vars(degrees))))
    if wiring.draws.height:
        writer.add_table("nulls", wiring.draws)
    unit = connectome.units[connectome.weight_names[0]]
    if wiring.types is not None:
        writer.add_table("types", wiring.types)
        drawing = draw_type_matrix(
            wiring.types, unit, measurement.n_nulls, directed=wiring.directed
        )
        writer.add_figure(*drawing)
    writer.add_figure(*draw_degrees(degrees, unit))
