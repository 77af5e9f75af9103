"""From files to a measured wiring, and to a run folder with its report."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager

import numpy as np
import polars as pl
import pytest

from neuropil import formats
from neuropil.connectome import Connectome
from neuropil.contracts import ConfigError, InputError, OutputError, Run
from neuropil.datasets import names
from neuropil.pipelines import load_connectome, measure_connectome


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A connectome folder of 40 neurons in which a projects to b; two have no type."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    matrix = rng.integers(1, 9, (40, 40)) * (rng.random((40, 40)) < 0.15)
    matrix[:15, 15:30] += 20 * (rng.random((15, 15)) < 0.5)
    types = ["a"] * 15 + ["b"] * 15 + ["c"] * 8 + [None] * 2
    nodes = pl.DataFrame({"id": np.arange(40) + 100, "cell_type": types, "side": ["L", "R"] * 20})
    formats.write(Connectome.from_matrix(matrix, nodes), tmp_path / "circuit")
    return "circuit"


def test_a_planted_projection_is_measured_and_nothing_is_written(folder, tmp_path):
    measured = measure_connectome([folder], n_nulls=19, seed=3)
    first = measured.wiring.types.row(0, named=True)
    assert (first["pre"], first["post"]) == ("a", "b")
    assert first["weight_z"] > 5
    assert measured.by == "cell_type"
    assert measured.run is None
    assert measured.notes[0] == (
        "2 neurons have no cell_type; they are shown as the type 'no cell_type'."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["circuit"]


def test_a_run_folder_holds_all_that_was_measured(folder, tmp_path):
    measured = measure_connectome([folder], by="side", n_nulls=19, seed=3, out=tmp_path / "run")
    run = measured.run
    assert run.record["status"] == "complete"
    assert run.record["study"] == "measure"
    assert run.record["seed"] == 3
    assert run.record["config"] == {"data": ["circuit"], "by": "side", "nulls": 19}
    assert run.record["notes"] == list(measured.notes)
    assert [item["key"] for item in run.record["citations"]][:2] == ["maslov2002", "carstens2018"]
    assert run.metrics == measured.wiring.metrics
    assert run.metric("reciprocity").null.n == 19
    assert run.tables() == ["degrees", "nulls", "types"]
    assert run.table("types").equals(measured.wiring.types)
    assert run.table("nulls").height == 19
    degrees = run.table("degrees")
    assert degrees.columns[:4] == ["id", "side", "incoming", "outgoing"]
    assert degrees["outgoing"].sum() == measured.connectome.n_edges
    assert [figure.name for figure in run.figures] == ["types", "degrees"]
    assert run.figure_data(run.figures[0]).height == 4
    assert run.record["command"].startswith("neuropil measure ")
    assert run.record["command"].endswith("circuit --by side --nulls 19 --seed 3")
    assert run.record["command"] in (run.path / "report.html").read_text(encoding="utf-8")
    page = (run.path / "report.html").read_text(encoding="utf-8")
    assert "Wiring between types, and its ratio to chance" in page
    assert not re.search(r"<(script|link)", page)


def test_without_types_the_graph_alone_is_measured(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = "\n".join(f"{pre},{(3 * pre + 1) % 20},2" for pre in range(20))
    (tmp_path / "edges.csv").write_text(f"pre,post,synapse_count\n{rows}\n", encoding="utf-8")
    measured = measure_connectome(["edges.csv"], n_nulls=19, out=tmp_path / "run")
    assert measured.by is None
    assert measured.wiring.types is None
    assert measured.notes[0] == (
        "There is no column cell_type, so that types are not compared; --by names another. "
        "The columns are: id."
    )
    assert measured.run.tables() == ["degrees", "nulls"]
    assert [figure.name for figure in measured.run.figures] == ["degrees"]


class Interrupting:
    """A listener that presses Ctrl-C after the second null."""

    @contextmanager
    def track(self, label, total):
        assert (label, total) == ("nulls", 19)
        steps = []

        def advance(step, note=""):
            steps.append((step, note))
            if len(steps) == 2:
                raise KeyboardInterrupt

        yield advance


def test_an_interrupted_measurement_is_marked_and_begun_again_to_the_same_end(folder, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        measure_connectome([folder], n_nulls=19, out=tmp_path / "run", progress=Interrupting())
    assert Run.open(tmp_path / "run").record["status"] == "interrupted"
    again = measure_connectome([folder], n_nulls=19, out=tmp_path / "run")
    assert again.run.record["status"] == "complete"
    assert len(again.run.figures) == 2
    other = measure_connectome([folder], n_nulls=19, out=tmp_path / "other").run
    assert other.metrics == again.run.metrics
    assert other.figure_svg(other.figures[0]) == again.run.figure_svg(again.run.figures[0])
    with pytest.raises(OutputError) as caught:
        measure_connectome([folder], n_nulls=19, out=tmp_path / "run")
    assert str(caught.value) == (
        f"{tmp_path}/run: the folder holds a finished run. "
        "Choose another --out, or remove the folder."
    )


@pytest.mark.parametrize(
    ("asked", "kind", "message"),
    [
        (
            {"by": "celltype"},
            ConfigError,
            "nodes: there is no column 'celltype'. The columns are: id, cell_type, side.",
        ),
        (
            {"n_nulls": 5},
            ConfigError,
            "nulls: expected at least 19 nulls, found 5. With fewer no p-value can be 0.05.",
        ),
    ],
)
def test_wrong_questions_leave_no_folder(folder, tmp_path, asked, kind, message):
    with pytest.raises(kind) as caught:
        measure_connectome([folder], **asked, out=tmp_path / "run")
    assert str(caught.value) == message
    assert not (tmp_path / "run").exists()


def test_a_graph_without_connections_leaves_no_folder(tmp_path):
    nodes = pl.DataFrame({"id": [1, 2]})
    formats.write(Connectome.from_matrix(np.eye(2), nodes), tmp_path / "loops")
    with pytest.raises(InputError) as caught:
        measure_connectome([tmp_path / "loops"], out=tmp_path / "run")
    assert str(caught.value) == (
        "matrix: expected a connection between two different neurons, found none. "
        "Reciprocity is not defined without one."
    )
    assert not (tmp_path / "run").exists()


def test_datasets_are_loaded_by_name_and_unknown_names_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_connectome(["synthetic-head-direction"]).n_nodes == 152
    with pytest.raises(ConfigError) as caught:
        load_connectome(["synthetic-head-directon"])
    assert str(caught.value) == (
        "there is no file, folder or dataset 'synthetic-head-directon'. "
        f"Did you mean synthetic-head-direction? The datasets are: {', '.join(names(Connectome))}; "
        f"the current folder is {tmp_path}."
    )
    with pytest.raises(InputError) as caught:
        load_connectome(["none.csv"])
    assert str(caught.value) == (
        "none.csv: there is no such file or folder. "
        f"Check the name; the current folder is {tmp_path}."
    )


def test_the_compass_of_the_fly_is_more_than_its_degrees(real_data):
    """Counts of the mirrored matrix; EPG to PEN and PEN to EPG are the known loop."""
    assert real_data.is_dir()
    measured = measure_connectome(["hemibrain-head-direction"], n_nulls=39)
    metrics = {metric.id: metric for metric in measured.wiring.metrics}
    assert metrics["neurons"].value == 152
    assert metrics["weight"].value == 129_473
    assert metrics["reciprocity"].null.p == 1 / 40
    first = measured.wiring.types.row(0, named=True)
    assert (first["pre"], first["post"]) == ("PEN_a", "EPG")
    names, sums = measured.connectome.type_matrix()
    assert first["weight"] == sums[names.index("PEN_a"), names.index("EPG")]
    assert json.dumps(measured.wiring.types.to_dicts(), allow_nan=False)


@pytest.fixture
def undirected(tmp_path, monkeypatch):
    """An undirected graph of 30 regions whose types have names that look like formulas."""
    monkeypatch.chdir(tmp_path)
    matrix = np.triu(np.random.default_rng(1).integers(1, 9, (30, 30)), 1)
    matrix[:, ::3] = 0
    matrix = np.triu(matrix, 1)
    types = ["$a_{$", "$x^2$", "=1+1"] * 10
    nodes = pl.DataFrame({"id": np.arange(30), "cell_type": types})
    made = Connectome.from_matrix(matrix + matrix.T, nodes, weight="tracts", directed=False)
    formats.write(made, tmp_path / "regions")
    return "regions"


def test_an_undirected_graph_has_degrees_and_no_reciprocity(undirected, tmp_path):
    measured = measure_connectome([undirected], n_nulls=19, out=tmp_path / "run")
    run = measured.run
    assert not measured.connectome.directed
    assert [metric.id for metric in run.metrics] == [
        *("neurons", "pairs", "weight", "density", "degree", "within_types")
    ]
    assert run.metric("pairs").value == measured.connectome.n_edges
    degrees = run.table("degrees")
    assert degrees.columns == ["id", "cell_type", "degree", "strength"]
    assert degrees["degree"].sum() == 2 * measured.connectome.n_edges
    assert run.table("types").height == 6
    assert run.table("nulls").columns == ["within_types"]
    page = (run.path / "report.html").read_text(encoding="utf-8")
    assert "Edges have no direction." in page
    assert "connected the other way too" not in page
    assert "$a_{$" in (run.path / "figures" / "types.svg").read_text(encoding="utf-8")


def test_a_symmetric_graph_is_measured_as_undirected_unless_stated(undirected, tmp_path):
    made = formats.read(undirected)
    formats.write(
        Connectome.from_frames(made.nodes, made.edges, units=made.units), tmp_path / "both"
    )
    found = measure_connectome(["both"], n_nulls=19)
    assert not found.wiring.directed
    assert found.notes[0].startswith("Every weight equals that of the other direction")
    stated = measure_connectome(["both"], n_nulls=19, directed=True, out=tmp_path / "run")
    assert stated.wiring.directed
    assert stated.run.record["command"].endswith(
        "both --by cell_type --directed --nulls 19 --seed 0"
    )
    assert stated.run.record["config"]["directed"] is True


def test_an_undirected_graph_without_types_is_written_too(undirected, tmp_path):
    made = formats.read(undirected)
    bare = made.with_nodes(made.nodes.select("id"), "forget_types")
    formats.write(bare, tmp_path / "bare")
    run = measure_connectome(["bare"], n_nulls=19, out=tmp_path / "run").run
    assert run.tables() == ["degrees"]
    assert [figure.name for figure in run.figures] == ["degrees"]


@pytest.mark.parametrize("directed", [True, False])
def test_edges_without_a_value_in_the_measured_weight_are_no_edges(tmp_path, monkeypatch, directed):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    matrix = np.triu(rng.integers(1, 9, (12, 12)) * (rng.random((12, 12)) < 0.5), 1)
    alone = Connectome.from_matrix(matrix, unit="synapses")
    one = Connectome.from_frames(
        alone.nodes, alone.edges, units={"synapse_count": "synapses"}, directed=directed
    )
    pairs = [(pre, post) for pre, post in zip(*np.nonzero(matrix == 0), strict=True) if pre < post]
    more = pl.DataFrame(
        {
            "pre": [int(pre) for pre, _ in pairs[:5]],
            "post": [int(post) for _, post in pairs[:5]],
            "area": [0.5] * 5,
        }
    )
    edges = pl.concat([alone.edges, more], how="diagonal")
    units = {"synapse_count": "synapses", "area": "um2"}
    two = Connectome.from_frames(alone.nodes, edges, units=units, directed=directed)
    formats.write(one, tmp_path / "one")
    formats.write(two, tmp_path / "two")
    expected, found = (measure_connectome([name], n_nulls=19) for name in ("one", "two"))
    assert found.wiring.metrics == expected.wiring.metrics
    assert found.notes[0] == (
        f"5 of {one.n_edges + 5} edges have no value in 'synapse_count', the weight that is "
        "measured; they are no edges here."
    )
    assert found.notes[1:] == expected.notes
