"""Scores of a run, gains paired by run, null maps and importance, on an atlas with known truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from neuropil.contracts import ConfigError, InputError, SeedTree
from neuropil.transcriptome import (
    CATALOGUE,
    DistanceDecay,
    SpinPlan,
    TranscriptomeConfig,
    draw_null_maps,
    evaluate_model,
    measure_gain,
    measure_importance,
    retrain_on_nulls,
    score_pairs,
)
from neuropil.transcriptome.analysis import contexts_of
from neuropil.transcriptome.evaluation import interval_of
from neuropil.transcriptome.importance import _prepare, gene_blocks
from neuropil.transcriptome.score import STRATA


@pytest.fixture(scope="module")
def contexts(problem):
    return contexts_of("random", problem, TranscriptomeConfig(), [1])


@pytest.fixture(scope="module")
def genes(problem, contexts):
    entry = CATALOGUE["genes"]
    by_fold = {context.split.fold: context for context in contexts}
    splits = [context.split for context in contexts]
    return evaluate_model("genes", lambda s: entry.build(by_fold[s.fold]), problem, splits)


def test_scores_of_a_perfect_and_of_a_noisy_prediction(problem):
    rows = np.arange(0, 160, 2)
    truth = problem.connectivity[np.ix_(rows, rows)]
    perfect = score_pairs(truth, problem.connectivity, rows, problem.regions)
    assert perfect["r"] == pytest.approx(1)
    assert (perfect["mse"], perfect["mae"], perfect["r_squared"]) == (0, 0, 1)
    noisy = truth + np.random.default_rng(0).normal(size=truth.shape) / 10
    noisy = (noisy + noisy.T) / 2
    found = score_pairs(noisy, problem.connectivity, rows, problem.regions)
    upper = np.triu_indices(80, 1)
    x, y = noisy[upper], truth[upper]
    assert found["r"] == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert found["spearman"] == pytest.approx(spearmanr(x, y).statistic)
    assert found["mse"] == pytest.approx(np.mean((x - y) ** 2))
    distance = problem.regions.distance[np.ix_(rows, rows)][upper]
    mid = (distance > 58.33) & (distance <= 116.67)
    assert found["r_mid"] == pytest.approx(np.corrcoef(x[mid], y[mid])[0, 1])
    assert set(found) == {"r", "spearman", "r_squared", "mse", "mae", *(f"r_{s}" for s in STRATA)}


def test_small_strata_and_constant_predictions_have_no_r(problem):
    rows = np.arange(12)
    found = score_pairs(np.ones((12, 12)), problem.connectivity, rows, problem.regions)
    assert found["r"] is None
    assert found["spearman"] is None
    assert all(found[f"r_{name}"] is None for name in STRATA)


def test_two_processes_find_what_one_finds(problem, contexts):
    splits = [context.split for context in contexts]
    one, two = (
        evaluate_model("decay", lambda _: DistanceDecay(), problem, splits, jobs=jobs)
        for jobs in (1, 2)
    )
    np.testing.assert_array_equal(one.values(), two.values())
    assert [run.split.fold for run in two.runs] == [0, 1, 2, 3]


def test_held_out_predictions_are_averaged_where_there_are_any(genes):
    average = genes.average_prediction()
    run = genes.runs[0]
    block = np.ix_(run.split.test, run.split.test)
    off = ~np.eye(40, dtype=bool)
    np.testing.assert_allclose(average[block][off], run.predicted[off])
    assert np.isnan(average[run.split.test[0], run.split.train]).all()


def test_a_model_gains_nothing_over_itself(genes):
    gain = measure_gain(genes, genes, 0)
    assert (gain.mean, gain.low, gain.high, gain.deviation) == (0, 0, 0, 0)
    assert (gain.n_regions, gain.n_runs) == (160, 4)


def test_the_interval_over_regions_holds_the_mean(genes):
    low, high = interval_of(genes, 0)
    assert low < genes.mean() < high
    assert interval_of(genes, 0) == (low, high)


def test_null_maps_keep_places_and_are_ordered(problem):
    maps = draw_null_maps(problem, SpinPlan(spins=60), SeedTree(0))
    assert maps.null.points == "sphere"
    assert maps.null.name == "spins (sphere, vasa); smoothness in space kept, place not"
    ranks = maps.ranking.table["mean_rank"].to_numpy()[maps.order]
    assert (np.diff(ranks) >= 0).all()
    assert 30 <= len(maps.order) < 60
    used = np.isin(np.arange(60), maps.order)
    assert maps.moved_mm[used].min() >= maps.moved_mm[~used].max()
    with pytest.raises(ConfigError) as caught:
        maps.best(60)
    assert str(caught.value) == (
        f"spin.spins: expected at least 60 spins that move genes far enough, found "
        f"{len(maps.order)} of 60. Draw more spins, or ask for fewer nulls."
    )
    kept = draw_null_maps(problem, SpinPlan(spins=60, nearby="kept"), SeedTree(0))
    assert len(kept.order) == 60
    projected = draw_null_maps(problem, SpinPlan(spins=5, points="pseudo-sphere"), SeedTree(0))
    assert projected.null.points == "pseudo-sphere"


@pytest.mark.parametrize("name", ["genes", "genes+coordinates"])
def test_retraining_on_the_identity_is_the_data_and_on_nulls_it_is_not(name, problem, contexts):
    entry = CATALOGUE[name]
    maps = draw_null_maps(problem, SpinPlan(spins=20), SeedTree(1)).best(2)
    both = np.concatenate([np.arange(160)[None], maps])
    scores = retrain_on_nulls(entry, problem, contexts[:2], both)
    true = [
        entry.build(context)
        .fit(problem.regions, problem.connectivity, context.split.train)
        .score(problem.connectivity, context.split.test)
        for context in contexts[:2]
    ]
    np.testing.assert_allclose(scores[0], true, atol=1e-9)
    assert (scores[1:] < 0.4).all()
    assert min(true) > 0.6


def test_planted_genes_lead_the_ranking(problem, contexts):
    maps = draw_null_maps(problem, SpinPlan(spins=20), SeedTree(2)).best(2)
    splits = [context.split for context in contexts[:2]]
    table = measure_importance(problem, splits, maps, SeedTree(0), repeats=1)
    top = table.head(20)["gene"].to_list()
    assert sum(name.startswith("PLANTED") for name in top) >= 18
    assert table["level"].unique(maintain_order=True).to_list() == ["gene", "token", "chromosome"]
    for _, level in table.group_by("level"):
        assert level["importance"].is_sorted(descending=True)
    assert (table["q"] > table["p"] - 1e-12).all()
    assert table["p"][0] <= 0.01


def test_a_chromosome_is_shuffled_as_one_block(problem):
    genes = problem.regions.genes
    blocks = gene_blocks(problem)
    for level, name, members in zip(blocks.levels, blocks.names, blocks.members, strict=True):
        if level == "chromosome":
            assert set(genes["chromosome"][members.tolist()]) == {name.removeprefix("chromosome ")}
    sizes = dict.fromkeys(blocks.levels, 0)
    for level, members in zip(blocks.levels, blocks.members, strict=True):
        sizes[level] += len(members)
    assert sizes == dict.fromkeys(("gene", "token", "chromosome"), genes.height)


def test_shuffling_a_block_gives_the_r_of_a_kernel_computed_from_the_start(problem, contexts):
    split = contexts[0].split
    model = CATALOGUE["genes"].build(contexts[0])
    model.fit(problem.regions, problem.connectivity, split.train)
    members = gene_blocks(problem).members[-1]
    fitted = _prepare(model, problem.regions.expression, problem.connectivity, split)
    rows = np.random.default_rng(0).permutation(len(split.test))
    changed = problem.regions.expression.copy()
    changed[np.ix_(split.test, members)] = changed[np.ix_(split.test[rows], members)]
    scored = (changed - problem.regions.expression.mean(axis=0)) / problem.regions.expression.std(0)
    distance = np.sqrt(np.maximum(2 - 2 * np.corrcoef(scored), 0))
    kernel = np.exp(-(distance[np.ix_(split.test, split.train)] ** 2) / (2 * fitted.width**2))
    upper = np.triu_indices(len(split.test), 1)
    predicted = (kernel @ model.dual_ @ kernel.T)[upper]
    measured = problem.connectivity[np.ix_(split.test, split.test)][upper]
    expected = np.corrcoef(predicted, measured)[0, 1]
    assert fitted.r_with(rows, members) == pytest.approx(expected, abs=1e-9)


def test_many_genes_are_ranked_by_tokens_of_60(problem):
    from dataclasses import replace

    import polars as pl

    wide = replace(
        problem.regions,
        expression=np.random.default_rng(0).random((160, 1210)),
        genes=pl.DataFrame({"symbol": [f"G{i}" for i in range(1210)]}),
    )
    blocks = gene_blocks(replace(problem, regions=wide))
    assert len(blocks.names) == 21
    assert sorted(np.concatenate(blocks.members)) == list(range(1210))
    bare = replace(problem, regions=replace(problem.regions, expression=None, genes=None))
    with pytest.raises(InputError) as caught:
        gene_blocks(bare)
    assert str(caught.value) == (
        "importance of genes: expected a table of genes for every region, found the co-expression "
        "matrix alone. Build the problem with genes='expression'."
    )


def test_inner_splits_follow_the_outer_ones_unless_told(problem):
    config = TranscriptomeConfig()
    assert contexts_of("random", problem, config, [1])[0].inner == "random"
    assert contexts_of("network", problem, config, [1])[0].inner == "spatial"
    assert len(contexts_of("hemisphere", problem, config, [1, 2])) == 2
    told = TranscriptomeConfig(inner="spatial")
    assert contexts_of("random", problem, told, [1])[0].inner == "spatial"
