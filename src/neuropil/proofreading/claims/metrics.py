"""Claims about scores of a segmentation, beside an independent program."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

from neuropil.connectome import Volume
from neuropil.contracts import Claim, Finding, at_most, fact
from neuropil.measures import (
    compute_adapted_rand,
    compute_variation_of_information,
    tabulate_overlaps,
)
from neuropil.proofreading.claims.bench import Bench, needs_real
from neuropil.proofreading.config import ProofreadingConfig, load_volume

__all__ = ["METRIC_CLAIMS", "compare_scores"]

# Split and merge part [bit] and adapted Rand error of the block's segmentations as its provider's
# files give them with scikit-image 0.26, to four decimals; voxels of segments alone.
_KNOWN = {"watershed": (2.3758, 0.3297, 0.2663), "ffn": (0.6126, 0.2632, 0.0557)}
_KNOWN_VALUES = "known values to four decimals"


def compare_scores(config: ProofreadingConfig, seed: int) -> dict[str, Any]:
    """Score both segmentations of the block, here and with scikit-image.

    Returns
    -------
    dict
        Of each segmentation ``ours`` and ``theirs``: split, merge and adapted Rand error.
    """
    from skimage.metrics import adapted_rand_error, variation_of_information

    del seed
    volume: Volume = load_volume(config).data
    truth = volume.segmentation(config.truth)
    found = {}
    for name in _KNOWN:
        labels = volume.segmentation(name)
        # Voxels without a segment say nothing about how it was cut; the known values leave them out
        # too.
        seen = labels > 0
        pair = truth[seen].astype(np.int64), labels[seen].astype(np.int64)
        overlaps = tabulate_overlaps(*pair, ignore_bodies=())
        variation = compute_variation_of_information(overlaps)
        split, merge = variation_of_information(*pair)  # type: ignore[no-untyped-call]
        # The few voxels without a body count as one here and there.
        error, _, _ = adapted_rand_error(*pair, ignore_labels=())  # type: ignore[no-untyped-call]
        rand = compute_adapted_rand(overlaps).error
        found[name] = {
            "ours": [variation.split, variation.merge, rand],
            "theirs": [float(split), float(merge), float(error)],
        }
    return found


@needs_real
def _scores(bench: Bench) -> Finding:
    """Measure the largest difference of a score from that of scikit-image."""
    if find_spec("skimage") is None:
        return Finding.not_run("Needs scikit-image: pip install neuropil[em].")
    found = bench.do("scores", compare_scores, bench.config, bench.seed.root)
    ours, theirs = (np.array([one[who] for one in found.values()]) for who in ("ours", "theirs"))
    same = np.array_equal(np.round(ours, 4), np.array([_KNOWN[name] for name in found]))
    note = "; ".join(
        f"{name} {split:.4f} + {merge:.4f}, {error:.4f}"
        for name, (split, merge, error) in zip(found, ours.tolist(), strict=True)
    )
    note = f"Split + merge [bit], adapted Rand error: {note}."
    further = {_KNOWN_VALUES: float(same)}
    return Finding(float(np.abs(ours - theirs).max()), ours.size, further=further, note=note)


METRIC_CLAIMS = (
    Claim(
        "A4",
        "largest difference of a score of a segmentation from that of scikit-image",
        "1",
        at_most(1e-9) & fact(_KNOWN_VALUES),
        _scores,
    ),
)
