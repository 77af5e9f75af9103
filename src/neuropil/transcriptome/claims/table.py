"""The claims of the transcriptome study, in the order and with the bounds of its protocol.

Data, where no other is named: Schaefer-400 cortex, signed functional connectivity, ten seeds of
four folds. The published numbers are of another cohort and parcellation, whose data are not
public: they are compared with, not reproduced.
"""

from __future__ import annotations

from neuropil.contracts import Claim, at_least, at_most, below, between, exactly, fact
from neuropil.transcriptome.claims import facts, measured, networks

__all__ = ["CLAIMS", "FURTHER_TARGETS"]

FURTHER_TARGETS = ("SC", "MEG", "FDG", "receptor", "laminar", "temporal")
"""Further matrices that are predicted by the same call."""

CLAIMS = (
    Claim(
        "1",
        "parameter counts at 7,380 genes that are exact: SMT, SMT with CLS, MLP, low rank, "
        "bilinear, PCA-27, PLS-10",
        "of 7",
        exactly(7),
        facts.count_parameters,
        "2,162,315; 4,686,987; 7,723,777; 73,800; 54,464,401; 730; 101",
    ),
    Claim(
        "2",
        "facts of the splits that hold: 57,970 train and 6,441 test pairs of 455 regions; blocks "
        "disjoint; n // 4 spatial",
        "of 4",
        exactly(4),
        facts.check_splits,
        "57,970; 6,441",
    ),
    Claim(
        "3-decay",
        "r of exponential decay, random",
        "r",
        between(0.345, 0.365),
        measured.random_folds("decay"),
        ".346",
    ),
    Claim(
        "3-coexpression",
        "r of co-expression, random",
        "r",
        between(0.28, 0.3),
        measured.random_folds("coexpression"),
        ".226",
    ),
    Claim(
        "3-null",
        "change of exponential decay under null maps",
        "r",
        exactly(0),
        facts.change_under_null,
        "0",
    ),
    Claim(
        "4-components",
        "r of ridge on 40 components, random",
        "r",
        at_least(0.63),
        measured.random_folds("components-40"),
        ".506",
    ),
    Claim(
        "4-genes",
        "r of the gene kernel, random",
        "r",
        at_least(0.75),
        measured.random_folds("genes"),
        ".772",
    ),
    Claim(
        "5-mlp",
        "r of the MLP on Gram scores, random",
        "r",
        at_least(0.71),
        networks.perceptron,
        ".713 (SMT, HCP)",
    ),
    Claim(
        "5-smt",
        "r of the SMT, 282 genes, 365 regions, FC-ENIGMA, random",
        "r",
        at_least(0.61),
        networks.transformer,
        ".713",
    ),
    Claim(
        "6-random",
        "r of genes + coordinates, random",
        "r",
        at_least(0.82),
        measured.beside_coordinates("random"),
        ".844",
    ),
    Claim(
        "6-spatial",
        "r of genes + coordinates, spatial",
        "r",
        at_least(0.65),
        measured.beside_coordinates("spatial"),
        ".699",
    ),
    Claim(
        "7-genes",
        "R^2 of genes, random",
        "R^2",
        at_least(0.56),
        measured.random_folds("genes", "r_squared"),
        ".610",
    ),
    Claim(
        "7-coordinates",
        "R^2 of genes + coordinates, random",
        "R^2",
        at_least(0.68),
        measured.beside_coordinates("random", "r_squared"),
        ".707",
    ),
    Claim(
        "8-smoothness",
        "decay length of the ten best of 10,000 spins, mean",
        "mm",
        fact("closer to the map's own than the median spin"),
        measured.smoothness,
    ),
    Claim(
        "8-random",
        "gain of genes over the ten best spins, random",
        "r",
        between(0.2, 0.45),
        measured.gain_over_spins("random", "genes"),
        ".451",
    ),
    Claim(
        "8-spatial",
        "gain of genes over the ten best spins, spatial",
        "r",
        between(0.2, 0.45),
        measured.gain_over_spins("spatial", "genes"),
        ".418",
    ),
    Claim(
        "8-coordinates",
        "the same with coordinates added, random",
        "r",
        below(0.1),
        measured.gain_over_spins("random", "genes+coordinates"),
        ".112 (SMT CLS)",
    ),
    Claim(
        "9",
        "r of genes at middle distances, random",
        "r",
        at_least(0.7),
        measured.random_folds("genes", "r_mid"),
        ".763",
    ),
    Claim(
        "10-cls",
        "SMT: gain of the CLS token, 282 genes, random",
        "r",
        None,
        networks.ablation("cls", "smt"),
        "+.03",
    ),
    Claim(
        "10-alibi",
        "SMT: gain of ALiBi, 282 genes, random",
        "r",
        None,
        networks.ablation("smt", "no-alibi"),
        "+.005",
    ),
    Claim(
        "10-token",
        "SMT: 20 genes a token against 60, random",
        "r",
        None,
        networks.ablation("token-20", "smt"),
        "-.006",
    ),
    Claim(
        "11",
        "parcellations, and a minimal file, that the same code runs",
        "of 4",
        exactly(4),
        measured.parcellations,
    ),
    Claim(
        "12-closed",
        "longest closed-form fit at n = 400, processor time",
        "s",
        at_most(1),
        measured.time_of_fits,
    ),
    Claim(
        "12-smt", "SMT fold on an A100-class GPU", "s", at_most(800), networks.time_of_folds, "800"
    ),
    Claim(
        "a",
        "gain of genes over coordinates, spatial, widths chosen inside by a spatial split",
        "r",
        None,
        measured.gain_over_coordinates,
    ),
    Claim(
        "b-random",
        "best r with genes + coordinates, random",
        "r",
        at_least(0.86),
        measured.beside_coordinates("random"),
        ".844",
    ),
    Claim(
        "b-spatial",
        "best r with genes + coordinates, spatial",
        "r",
        at_least(0.7),
        measured.beside_coordinates("spatial"),
        ".735",
    ),
    Claim(
        "c",
        "training epoch against two encodings a pair, same SMT",
        "times faster",
        at_least(50),
        networks.timed_elsewhere,
    ),
    Claim(
        "d",
        "largest asymmetry of any model's predictions",
        "1",
        at_most(1e-6),
        facts.largest_asymmetry,
    ),
    Claim(
        "e-spins",
        "10,000 Vasa spins at n = 400, processor time",
        "s",
        below(60),
        measured.time_of_spins,
    ),
    Claim(
        "e-random",
        "p of genes against 1,000 retrained nulls, random",
        "p",
        None,
        measured.p_value("random", "genes"),
    ),
    Claim(
        "e-spatial",
        "p of genes against 1,000 retrained nulls, spatial",
        "p",
        None,
        measured.p_value("spatial", "genes"),
    ),
    Claim(
        "e-gain",
        "p of the gain over coordinates, 1,000 retrained nulls, spatial",
        "p",
        None,
        measured.p_value("spatial", "genes+coordinates", gain=True),
    ),
    *(
        Claim(
            f"f-{name}",
            f"r of genes + coordinates, {name}, spatial",
            "r",
            None,
            measured.other_target(name),
        )
        for name in FURTHER_TARGETS
    ),
    Claim(
        "g",
        "width of the 95 % interval of r over regions, genes, random",
        "r",
        None,
        measured.width_of_interval,
    ),
    Claim(
        "w-genes",
        "planted gene worlds in which genes gain over coordinates",
        "of 20",
        exactly(20),
        measured.worlds("genes"),
    ),
    Claim(
        "w-coordinates",
        "worlds of coordinates alone with a gain of genes",
        "of 20",
        at_most(1),
        measured.worlds("coordinates"),
    ),
)
"""Every claim of the study."""
