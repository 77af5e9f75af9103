"""Claims about networks that are trained on pairs of regions."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np

from neuropil.contracts import Claim, Finding, Piece, at_least, at_most
from neuropil.measures import bootstrap_interval
from neuropil.transcriptome.claims.bench import Bench, Measure, settings_of
from neuropil.transcriptome.claims.measured import mean_over_runs
from neuropil.transcriptome.claims.pieces import (
    join_seeds,
    load_problem,
    score_model,
    score_network,
)
from neuropil.transcriptome.config import TranscriptomeConfig

__all__ = ["NETWORK_CLAIMS"]

# The one public table of genes, and the matrix measured on its regions.
_GENE_TABLE = MappingProxyType({"target": "FC-ENIGMA", "genes": "expression"})
_VARIANTS = ("smt", "cls", "no-alibi", "token-20")
_ABLATED_SEEDS = 2  # a seed of the transformer takes 6 to 7 minutes of a core


def _train(
    bench: Bench, name: str, config: TranscriptomeConfig, n_seeds: int | None = None
) -> dict[str, Any]:
    """Return the record of a network over seeds, each trained as a piece of its own."""
    return join_seeds(bench.do_all(f"training {name}", _pieces(name, config, n_seeds)))


def _pieces(name: str, config: TranscriptomeConfig, n_seeds: int | None) -> list[Piece]:
    return [
        Piece(f"{name}-{seed}", score_network, (config, name, seed))
        for seed in config.seeds[:n_seeds]
    ]


def _train_on_table(bench: Bench, name: str, n_seeds: int | None = None) -> dict[str, Any]:
    config = settings_of(bench, **_GENE_TABLE)
    if bench.fast:
        # One seed leaves nothing to do side by side but the variants themselves.
        ahead = [_pieces(variant, config, 1) for variant in _VARIANTS]
        bench.do_all("training", [piece for pieces in ahead for piece in pieces])
    return _train(bench, name, config, n_seeds)


def _perceptron(bench: Bench) -> Finding:
    """Train the perceptron on pairs of regions."""
    return mean_over_runs(_train(bench, "mlp", settings_of(bench)))


def _transformer(bench: Bench) -> Finding:
    """Train the transformer, and score the gene kernel on the same runs."""
    config = settings_of(bench, **_GENE_TABLE)
    kernel = bench.do("gene-table-genes", score_model, config, "random", "genes")
    beside = f"Gene kernel on the same runs: r {np.mean(kernel['r']):.3f}."
    return mean_over_runs(_train_on_table(bench, "smt"), beside=beside)


def _time_of_folds(bench: Bench) -> Finding:
    """Measure the processor time of a fold of the transformer."""
    record = _train_on_table(bench, "smt")
    genes = load_problem(settings_of(bench, **_GENE_TABLE)).regions.expression
    n = len(record["r"])
    shape = "" if genes is None else f"; {genes.shape[0]} regions of {genes.shape[1]} genes"
    note = f"Mean of {n} runs on one processor core, without a GPU{shape}."
    return Finding(record["seconds"], n=n, note=note)


def _ablation(first: str, second: str) -> Measure:
    """Compare two variants of the transformer run by run."""

    def measure(bench: Bench) -> Finding:
        with_, without = (
            np.array(_train_on_table(bench, name, _ABLATED_SEEDS)["r"], dtype=float)
            for name in (first, second)
        )
        gain = with_ - without
        low, high = bootstrap_interval(gain, 0, np.mean)
        note = (
            f"{first} {with_.mean():.3f}, {second} {without.mean():.3f}; paired by run, interval "
            f"over {gain.size} runs."
        )
        return Finding(float(gain.mean()), gain.size, low, high, "bootstrap over runs", note=note)

    return measure


def _timed_elsewhere(bench: Bench) -> Finding:
    """Say where the speed is measured: beside its rival, in one process."""
    del bench
    return Finding.not_run("Timed in benchmarks/transformer_epoch.py.")


# fmt: off
NETWORK_CLAIMS = (
    Claim("5-mlp", "r of the MLP on Gram scores, random", "r", at_least(0.71), _perceptron,
          ".713 (SMT, HCP)"),
    Claim("5-smt", "r of the SMT, 282 genes, 365 regions, FC-ENIGMA, random", "r", at_least(0.61),
          _transformer, ".713"),
    Claim("10-cls", "SMT: gain of the CLS token, 282 genes, random", "r", None,
          _ablation("cls", "smt"), "+.03"),
    Claim("10-alibi", "SMT: gain of ALiBi, 282 genes, random", "r", None,
          _ablation("smt", "no-alibi"), "+.005"),
    Claim("10-token", "SMT: 20 genes a token against 60, random", "r", None,
          _ablation("token-20", "smt"), "-.006"),
    Claim("12-smt", "SMT fold on an A100-class GPU", "s", at_most(800), _time_of_folds, "800"),
    Claim("c", "training epoch against two encodings a pair, same SMT", "times faster",
          at_least(50), _timed_elsewhere),
)
# fmt: on
