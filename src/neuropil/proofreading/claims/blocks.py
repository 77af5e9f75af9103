"""Claims about a block whose truth is known: pairs that touch, and the closed loop."""

from __future__ import annotations

from typing import Any

from neuropil.contracts import Claim, Finding, at_least, at_most
from neuropil.proofreading.claims.bench import Bench, Measure, needs_real
from neuropil.proofreading.claims.pieces import FFN_REACH, mend_block

__all__ = ["BLOCK_CLAIMS"]

_OVER_OBJECTS, _OVER_BLOCKS = "bootstrap over objects", "bootstrap over blocks"


def _mended(bench: Bench, segmentation: str) -> dict[str, Any]:
    config = bench.config
    if not bench.data.source.synthetic:
        reach = FFN_REACH if segmentation == "ffn" else 0.0
        rules = config.rules.model_copy(update={"reach": reach})
        config = config.model_copy(update={"segmentation": segmentation, "rules": rules})
    name = f"mended-{segmentation}"
    found: dict[str, Any] = bench.do(name, mend_block, config, bench.seed.root)
    return found


def _pairs(segmentation: str, quantity: str) -> Measure:
    def find(bench: Bench) -> Finding:
        found = _mended(bench, segmentation)
        one = found["pairs"][quantity]
        rivals = "; ".join(
            f"{name} {each[quantity][0]:.3f}" for name, each in found["rivals"].items()
        )
        alone = found["alone"]
        note = f"{found['yes']} of them one. Rivals: {rivals}."
        if alone is not None:
            note += f" Objects within one half ({alone['n']}): {alone[quantity]:.3f}."
        return Finding(one[0], found["n"], one[1], one[2], _OVER_OBJECTS, note=note)

    return find


def _total(segmentation: str) -> Measure:
    def find(bench: Bench) -> Finding:
        found = _mended(bench, segmentation)
        before, after = found["before"], found["after"]
        note = (
            f"From {before['split']:.3f} + {before['merge']:.3f} to {after['split']:.3f} + "
            f"{after['merge']:.3f} (split + merge) by {found['joins']} joins; adapted Rand error "
            f"{before['rand']:.3f} to {after['rand']:.3f}; cuts and joins left "
            f"{before['edits']} to {after['edits']}; expected run {before['run'][0]:.3g} to "
            f"{after['run'][0]:.3g} of {after['run'][1]:.3g} um3."
        )
        rise = {"rise of the merge part [bit]": after["merge"] - before["merge"]}
        total, (low, high) = after["split"] + after["merge"], after["interval"]
        how = "" if low is None else _OVER_BLOCKS
        return Finding(total, found["objects"], low, high, how, further=rise, note=note)

    return find


def _calibration(bench: Bench) -> Finding:
    found = _mended(bench, "watershed")
    value, low, high = found["pairs"]["calibration"]
    return Finding(value, found["n"], low, high, _OVER_OBJECTS)


def _coverage(bench: Bench) -> Finding:
    found = _mended(bench, "watershed")
    share, low, high = found["pairs"]["precision"]
    note = (
        f"Chosen inside the training halves; {share:.4f} [{low:.4f}, {high:.4f}] of the answers "
        "are right."
    )
    value, low, high = found["pairs"]["coverage"]
    further = {"precision": share}
    return Finding(value, found["n"], low, high, _OVER_OBJECTS, further=further, note=note)


def _speed(bench: Bench) -> Finding:
    found = _mended(bench, "watershed")
    return Finding(found["milliseconds"], found["n"], note="Features of the contact included.")


# Half of the variation of information of the watershed, and 85 % of that of the flood-filling, at
# this rise. Perfect joins of objects that are 80 % pure would bring the watershed to .931.
_RISE = at_most(0.05, of="rise of the merge part [bit]")
_PAIRS = "touching pairs of one body or of two"

# fmt: off
BLOCK_CLAIMS = (
    Claim("B3-watershed", f"{_PAIRS}, watershed: area under the curve", "AUC", at_least(0.93),
          _pairs("watershed", "area")),
    Claim("B3-balanced", f"{_PAIRS}, watershed: balanced accuracy", "1", at_least(0.85),
          _pairs("watershed", "accuracy")),
    Claim("B3-ffn", f"{_PAIRS}, flood-filling: area under the curve", "AUC", at_least(0.93),
          needs_real(_pairs("ffn", "area"))),
    Claim("B4-watershed", "variation of information after joining, watershed", "bit",
          at_most(1.353) & _RISE, _total("watershed")),
    Claim("B4-ffn", "variation of information after joining, flood-filling", "bit",
          at_most(0.745) & _RISE, needs_real(_total("ffn"))),
    Claim("B5-calibration", "expected calibration error of pairs, 15 bins", "1", at_most(0.05),
          _calibration),
    Claim("B5-coverage", "share of pairs that are answered where the proofreader may abstain", "1",
          at_least(0.4) & at_least(0.99, of="precision"), _coverage),
    Claim("B6-time", "time to judge a contact", "ms", at_most(50), _speed),
)
# fmt: on
"""Claims about blocks of tissue."""
