"""The study: a run leads with the gain, wrong settings leave no folder, claims are measured."""

from __future__ import annotations

import json
from dataclasses import replace

import polars as pl
import pytest

from neuropil.contracts import ConfigError, InputError, PieceCache, SeedTree, Verdict, Workbench
from neuropil.pipelines import run_study
from neuropil.transcriptome import Transcriptome, TranscriptomeConfig
from neuropil.transcriptome.analysis import contexts_of, evaluate_entry
from neuropil.transcriptome.catalogue import CATALOGUE
from neuropil.transcriptome.claims import CLAIMS
from neuropil.transcriptome.claims.pieces import join_seeds, load_problem, score_network
from neuropil.transcriptome.config import FAST, load_atlas
from neuropil.transcriptome.evaluation import interval_of

BY_ID = {claim.id: claim for claim in CLAIMS}
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


def test_a_transformer_shows_its_attention_map(tmp_path):
    settings = {**QUICK, "models": "smt", "nulls": 0, "network": {"steps": 2, "chunk": 2}}
    settings["network"] |= {"regions": 16, "refit": False}
    run = run_study("transcriptome", settings, out=tmp_path / "run")
    [shown] = [figure for figure in run.figures if figure.name == "attention-smt"]
    table = run.figure_data(shown)
    assert table.columns == ["query", "key", "share"]
    shares = table.group_by("query", maintain_order=True).agg(pl.col("share").sum())
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


@pytest.fixture
def measure(tmp_path):
    def find(*ids):
        config = TranscriptomeConfig.build(FAST)
        bench = Workbench(
            config, load_atlas(config).data, SeedTree(0), PieceCache(tmp_path), fast=True
        )
        return [BY_ID[name].metric(BY_ID[name].measure(bench)) for name in ids]

    return find


def test_claims_that_need_no_fit(measure):
    counts, splits, null, epoch = measure("1", "2", "3-null", "c")
    assert (counts.value, counts.n, counts.verdict) == (7, 7, Verdict.MET)
    assert "2,162,315, 4,686,987, 7,723,777, 73,800, 54,464,401, 730, 101" in counts.note
    assert (splits.value, splits.verdict) == (4, Verdict.MET)
    assert (null.value, null.verdict) == (0, Verdict.MET)
    assert epoch.verdict is Verdict.NOT_RUN
    assert epoch.note == "Timed in benchmarks/transformer_epoch.py."


def test_claims_of_fits_have_intervals_and_rivals(measure):
    both, gain, worlds = measure("b-random", "a", "w-genes")
    assert "Coordinates alone: r 0." in both.note
    assert gain.low < gain.value < gain.high
    assert gain.verdict is Verdict.REPORTED
    assert (worlds.value, worlds.n, worlds.data) == (2, 2, "synthetic-gene-atlas")


def test_parcellations_are_counted_and_not_assumed(measure):
    """The embedded atlas is one set of regions under three names, and a minimal file of it."""
    [found] = measure("11")
    assert found.value == 2
    assert found.verdict is Verdict.MISSED
    assert "schaefer100" not in found.note


def test_a_p_value_of_undefined_scores_is_refused(tmp_path):
    bench = Workbench(
        TranscriptomeConfig.build(FAST), None, SeedTree(0), PieceCache(tmp_path), fast=False
    )
    found = {"true": [0.5, 0.5], "null": [0.1, None], "base": [0.2, 0.2]}
    (tmp_path / "nulls-random-genes.json").write_text(json.dumps(found))
    bench = replace(bench, data=load_atlas(bench.config).data)
    with pytest.raises(InputError, match="expected finite null draws, found 1 of 2 not"):
        BY_ID["e-random"].measure(bench)


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
