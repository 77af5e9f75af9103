"""The claims of the head-direction study, in the order and with the bounds of its protocol."""

from __future__ import annotations

from neuropil.circuits.claims import experiments, fits
from neuropil.circuits.criteria import CRITERIA, GROUPS, NEEDED
from neuropil.contracts import Claim, at_least, at_most, below, exactly, fact

__all__ = ["CLAIMS"]

CLAIMS = (
    Claim(
        "1",
        "fitted numbers for six (seven) types",
        "count",
        exactly(43) & exactly(57, of="seven types") & fact("Z = 0 is the raw wiring"),
        fits.count_parameters,
        "57 for seven types",
    ),
    Claim(
        "2",
        "counts asserted by the loader, bit for bit",
        "of 14",
        exactly(14),
        fits.assert_counts,
    ),
    Claim(
        "3",
        "training from raw wiring on a CPU; no loss sees a heading",
        "min",
        below(10) & below(10, of="slowest"),
        fits.time_training,
    ),
    *(
        Claim(
            f"{group}-{name}",
            CRITERIA[name].what,
            CRITERIA[name].unit,
            CRITERIA[name].bound,
            fits.criterion(name),
        )
        for group, names in GROUPS.items()
        for name in names
    ),
    Claim("9", "seeds that meet 4 to 7", "of 10", at_least(8), fits.count_seeds),
    Claim(
        "10-Delta7",
        "starts with a bump without Delta7, frozen",
        "of 32",
        below(30),
        experiments.without_delta7,
    ),
    Claim(
        "10-PEN",
        "gain without PEN_a and PEN_b, frozen, relative to intact",
        "%",
        below(10) & at_least(30, of="starts with a bump"),
        experiments.without_pen,
    ),
    Claim(
        "11-uniform",
        "uniform-gain wiring: groups 4 to 7 that it meets",
        "of 4",
        exactly(0),
        fits.uniform_gain,
    ),
    Claim(
        "11-shuffle",
        "block-shuffled wiring, retrained: networks that meet 4 to 7",
        "networks",
        exactly(0),
        fits.block_shuffle,
    ),
    Claim(
        "11-bounds",
        "error at 10 s with a gain for every synapse",
        "deg",
        None,
        experiments.upper_bounds,
    ),
    Claim("12-noise", "error at 10 s against count noise", "deg", None, experiments.count_noise),
    Claim(
        "12-l2",
        "error at 10 s against the weight of the L2 term",
        "deg",
        None,
        experiments.regularisation,
    ),
    Claim("B1-10_s", "error at 10 s, median over starts", "deg", at_most(1), fits.error_at_10_s),
    Claim("B1-60_s", "error at 60 s, median over starts", "deg", at_most(5), fits.error_at_60_s),
    Claim(
        "B1-fast",
        "R^2 of bump speed on velocity over +-500 deg/s",
        "1",
        at_least(0.99),
        fits.fast_turns,
    ),
    Claim(
        "B2-time",
        "ensemble of fits in one program, relative to one fit",
        "1",
        below(10) & at_least(100, of="fits in the program"),
        experiments.ensemble_time,
    ),
    Claim(
        "B2-directions",
        "stiff directions of the fitted numbers",
        "directions",
        None,
        experiments.stiff_directions,
    ),
    Claim(
        "B3-groups",
        "seven types with ER, 57 numbers: groups 4 to 7 met",
        "of 4",
        at_least(len(NEEDED)),
        experiments.groups_with_ring_neurons,
    ),
    Claim(
        "B3-anchoring",
        "distance of the bump from an ER cue after 4 s",
        "deg",
        below(45),
        experiments.anchoring,
    ),
    Claim(
        "B4-tau",
        "error at 10 s with time constants by type",
        "deg",
        None,
        experiments.time_constants,
    ),
    Claim(
        "B4-physiology",
        "left and right PEN whose EPG output is shifted against each other",
        "of 4",
        exactly(4),
        experiments.phase_shift,
    ),
    Claim(
        "B5",
        "synthetic default with no file on disk: seeds that meet 4 to 7, and 8",
        "of 10",
        at_least(8) & fits.INTEGRATION,
        fits.count_synthetic_seeds,
    ),
)
"""Every claim of the study."""
