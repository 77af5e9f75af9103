"""Claims that hold or do not: parameter counts, splits, symmetry."""

from __future__ import annotations

import equinox as eqx
import jax
import numpy as np

from neuropil.contracts import Claim, Finding, at_most, exactly
from neuropil.transcriptome.analysis import contexts_of
from neuropil.transcriptome.catalogue import CATALOGUE
from neuropil.transcriptome.claims.bench import Bench, problem_of, settings_of
from neuropil.transcriptome.models.bilinear import count_bilinear
from neuropil.transcriptome.models.distance_decay import DistanceDecay
from neuropil.transcriptome.models.pair_network import count_numbers
from neuropil.transcriptome.models.region_pair_mlp import RegionPairMLP
from neuropil.transcriptome.models.spatiomolecular_transformer import SpatiomolecularTransformer
from neuropil.transcriptome.splits import random_blocks, spatial_blocks

__all__ = ["FACT_CLAIMS"]

_GENES = 7380  # of the published table


def _count_parameters(bench: Bench) -> Finding:
    """Count the fitted numbers of the published models at their size."""
    del bench
    key = jax.random.key(0)
    built = (
        SpatiomolecularTransformer(),
        SpatiomolecularTransformer(with_cls=True),
        RegionPairMLP(),
    )
    shapes = [eqx.filter_eval_shape(model.build, _GENES, key) for model in built]
    found = [count_numbers(shape) for shape in shapes]
    found += [10 * _GENES, *(count_bilinear(n) for n in (_GENES, 27, 10))]
    expected = [2_162_315, 4_686_987, 7_723_777, 73_800, 54_464_401, 730, 101]
    right = sum(a == b for a, b in zip(found, expected, strict=True))
    note = f"Counted: {', '.join(f'{n:,}' for n in found)}."
    return Finding(float(right), n=7, note=note, data="none")


def _check_splits(bench: Bench) -> Finding:
    """Check the sizes and the disjointness of random and spatial blocks."""
    blocks = random_blocks(455, 1)
    test = len(blocks[0])
    distance = problem_of(bench).regions.distance
    spatial = [len(block) for block in spatial_blocks(distance, 1)]
    n = len(distance)
    facts = [
        (455 - test) * (454 - test) // 2 == 57_970,
        test * (test - 1) // 2 == 6_441,
        sorted(np.concatenate(blocks)) == list(range(455)),
        spatial == [n // 4] * 3 + [n - 3 * (n // 4)],
    ]
    return Finding(float(sum(facts)), n=len(facts))


def _change_under_null(bench: Bench) -> Finding:
    """Score exponential decay, which sees no gene, with the genes of regions exchanged."""
    problem = problem_of(bench)
    regions, connectivity = problem.regions, problem.connectivity
    moved = regions.with_genes_of(np.random.default_rng(0).permutation(regions.n))
    rows = random_blocks(regions.n, 1)
    train = np.sort(np.concatenate(rows[1:]))
    scores = [
        DistanceDecay(folded=True).fit(each, connectivity, train).score(connectivity, rows[0])
        for each in (regions, moved)
    ]
    return Finding(abs(scores[0] - scores[1]))


def _largest_asymmetry(bench: Bench) -> Finding:
    """Compare each closed-form model's predictions of a pair in both orders."""
    problem, config = problem_of(bench), settings_of(bench)
    [context, *_] = contexts_of("random", problem, config, config.seeds[:1])
    worst, names = 0.0, []
    for name, entry in CATALOGUE.items():
        if entry.network or name == "low-rank":
            continue
        model = entry.build(context)
        model.fit(problem.regions, problem.connectivity, context.split.train)
        pairs = np.argwhere(~np.eye(10, dtype=bool))
        test = context.split.test[pairs]
        worst = max(worst, float(np.abs(model.predict(test) - model.predict(test[:, ::-1])).max()))
        names.append(name)
    note = f"{len(names)} closed-form models; networks average both orders, asserted in the tests."
    return Finding(worst, n=len(names), note=note)


# fmt: off
FACT_CLAIMS = (
    Claim("1", "parameter counts at 7,380 genes that are exact: SMT, SMT with CLS, MLP, low rank, "
          "bilinear, PCA-27, PLS-10", "of 7", exactly(7), _count_parameters,
          "2,162,315; 4,686,987; 7,723,777; 73,800; 54,464,401; 730; 101"),
    Claim("2", "facts of the splits that hold: 57,970 train and 6,441 test pairs of 455 regions; "
          "blocks disjoint; n // 4 spatial", "of 4", exactly(4), _check_splits, "57,970; 6,441"),
    Claim("3-null", "change of exponential decay under null maps", "r", exactly(0),
          _change_under_null, "0"),
    Claim("d", "largest asymmetry of any model's predictions", "1", at_most(1e-6),
          _largest_asymmetry),
)
# fmt: on
