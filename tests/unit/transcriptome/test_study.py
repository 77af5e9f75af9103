"""A run writes what it says, a wrong setting leaves nothing, and every target has a protocol."""

from __future__ import annotations

import polars as pl
import pytest
from neuropil.transcriptome.claims.reproduction import reproduce_targets

from neuropil.contracts import ConfigError, InputError, SeedTree
from neuropil.learning import TaskBook
from neuropil.pipelines import run_study
from neuropil.transcriptome import Transcriptome, TranscriptomeConfig
from neuropil.transcriptome.analysis import contexts_of, evaluate_entry
from neuropil.transcriptome.catalogue import CATALOGUE
from neuropil.transcriptome.claims.measured import ROWS
from neuropil.transcriptome.claims.pieces import join_seeds, load_problem, score_network
from neuropil.transcriptome.claims.table import TARGETS
from neuropil.transcriptome.config import FAST
from neuropil.transcriptome.evaluation import interval_of

BY_ID = {target.id: target for target in TARGETS}
QUICK = {
    "data": "synthetic-gene-atlas",
    "split": "spatial",
    "seeds": 1,
    "models": "decay",
    "nulls": 3,
    "spin": {"spins": 20},
    "importance": 0,
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return run_study("transcriptome", QUICK, seed=3, out=tmp_path_factory.mktemp("run") / "t")


def test_the_headline_is_the_gain_and_not_r(finished):
    first = finished.metrics[0]
    assert first.id == "gain_over_coordinates_spatial"
    assert first.headline
    assert 0.2 < first.low < first.value < first.high
    assert first.null.n == 3
    assert first.null.p == pytest.approx(0.25)
    assert finished.metric("gain_over_nulls_spatial").value > 0.3
    assert finished.record["synthetic"]


def test_coordinates_and_both_are_always_there(finished):
    runs = finished.table("runs")
    assert set(runs["model"]) == {"decay", "genes", "coordinates", "genes+coordinates"}
    assert runs.filter(model="decay").height == 4
    assert finished.tables() == [
        "nulls_spatial_genes",
        "nulls_spatial_genes_and_coordinates",
        "runs",
        "spins",
    ]


def test_every_figure_is_beside_its_numbers(finished):
    names = [figure.name for figure in finished.figures]
    assert names == ["gain", "models", "matrices", "distance", "regions"]
    for figure in finished.figures:
        assert finished.figure_svg(figure).lstrip().startswith("<?xml")
        assert finished.figure_data(figure).height > 0
    assert (finished.path / "report.html").is_file()


def test_a_transformer_shows_where_its_tokens_look(tmp_path):
    settings = {**QUICK, "models": "smt", "nulls": 0, "network": {"steps": 2, "chunk": 2}}
    settings["network"] |= {"regions": 16, "refit": False}
    run = run_study("transcriptome", settings, out=tmp_path / "run")
    [shown] = [figure for figure in run.figures if figure.name == "attention-smt"]
    table = run.figure_data(shown)
    assert table.columns == ["looks", "looked_at", "share"]
    shares = table.group_by("looks", maintain_order=True).agg(pl.col("share").sum())
    assert shares.height**2 == table.height
    assert shares["share"].to_list() == pytest.approx([1] * shares.height)


@pytest.mark.parametrize(
    ("settings", "error", "start"),
    [
        ({"models": "gene"}, ConfigError, "models: no model 'gene'. Did you mean genes?"),
        ({"target": "SC"}, InputError, "synthetic-gene-atlas: no matrix 'SC'."),
        ({"split": "lobe"}, ConfigError, "settings: split.0: input should be 'random'"),
        ({"nulls": -1}, ConfigError, "settings: nulls: input should be greater than or equal"),
    ],
)
def test_wrong_settings_leave_no_folder(tmp_path, settings, error, start):
    with pytest.raises(error) as caught:
        run_study("transcriptome", {**QUICK, **settings}, out=tmp_path / "run")
    assert str(caught.value).startswith(start)
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("real_data")
def test_a_transformer_without_a_table_of_genes_is_refused_before_a_run_begins(tmp_path):
    settings = {"models": "smt", "genes": "coexpression", "split": "random", "seeds": 1}
    with pytest.raises(InputError) as caught:
        run_study("transcriptome", settings, out=tmp_path / "run")
    assert str(caught.value) == (
        "SpatiomolecularTransformer: expected a table of genes for every region, found the "
        "co-expression matrix alone. Use --genes expression, which drops regions without "
        "expression."
    )
    assert not (tmp_path / "run").exists()


def test_every_target_has_a_protocol():
    assert list(ROWS) == list(BY_ID)


@pytest.fixture
def reproduce(tmp_path):
    def rows(*ids):
        config = TranscriptomeConfig.model_validate(FAST)
        chosen = [BY_ID[name] for name in ids]
        return reproduce_targets(config, chosen, SeedTree(0), TaskBook(tmp_path), fast=True)

    return rows


def test_rows_that_need_no_fit(reproduce):
    counts, splits, null, epoch = reproduce("1", "2", "3-null", "c")
    assert (counts.value, counts.n, counts.passed) == (7, 7, True)
    assert "2,162,315, 4,686,987, 7,723,777, 73,800, 54,464,401, 730, 101" in counts.note
    assert (splits.value, splits.passed) == (4, True)
    assert (null.value, null.passed) == (0, True)
    assert epoch.passed is None
    assert epoch.note == "Not run: timed in benchmarks/transformer_epoch.py."


def test_rows_of_fits_name_their_data_and_command(reproduce):
    both, gain, worlds = reproduce("b-random", "a", "w-genes")
    assert both.data == "synthetic-gene-atlas"
    assert both.command == "neuropil reproduce transcriptome --target b-random --seed 0"
    assert "Coordinates alone: r 0." in both.note
    assert gain.low < gain.value < gain.high
    assert (worlds.value, worlds.n, worlds.passed) == (2, 2, True)


def test_the_model_page_is_shipped_and_works_are_cited():
    assert "## Limits" in Transcriptome().card()
    assert Transcriptome.citations[0].key == "ratzan2025"


def test_seeds_of_a_network_that_were_trained_apart_join_to_the_whole():
    config = TranscriptomeConfig.model_validate({**FAST, "genes": "expression", "seeds": (1, 2)})
    joined = join_seeds([score_network(config, "mlp", seed) for seed in config.seeds])
    problem = load_problem(config)
    whole = evaluate_entry(
        CATALOGUE["mlp"], problem, contexts_of("random", problem, config, config.seeds)
    )
    assert joined["r"] == pytest.approx(whole.values().tolist(), abs=1e-6)
    assert (joined["low"], joined["high"]) == pytest.approx(interval_of(whole, 0), abs=1e-6)
