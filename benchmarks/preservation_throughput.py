"""The whole preservation assay on a block of 250^3 voxels, and on one four times as large.

There is no rival: nothing else goes from images to what wiring can be traced. Its detector stands
beside the usual one, a forest on a bank of filters, on one section.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from dataclasses import replace
from typing import Any

# One core, whose processor time is told: a busy machine then changes little.
os.environ.setdefault(
    "XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
)
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402

from neuropil import datasets  # noqa: E402
from neuropil.connectome import Volume  # noqa: E402
from neuropil.contracts import SeedTree  # noqa: E402
from neuropil.preservation import PreservationAssay, load_shipped  # noqa: E402
from neuropil.preservation.detector.rivals import ForestPlan, MembraneForest  # noqa: E402

_MEGA = 1e6
_REPEATS = 3


def load_block() -> Volume:
    """Return the block of fly tissue without its truth, as a laboratory would bring it."""
    volume, _ = datasets.load_or_substitute("fib25", kind=Volume)
    return replace(volume, segmentations={"none": np.zeros(volume.shape, np.uint8)})


def enlarge(volume: Volume) -> Volume:
    """Return the block mirrored along y and x, four times as large."""
    image = volume.read_image()
    image = np.concatenate([image, image[:, ::-1]], axis=1)
    image = np.concatenate([image, image[:, :, ::-1]], axis=2)
    return replace(volume, image=image, segmentations={"none": np.zeros(image.shape, np.uint8)})


def time_assay(assay: PreservationAssay, volume: Volume) -> dict[str, Any]:
    """Return the processor time of judging a volume, and voxels in each second."""
    seconds = []
    for _ in range(_REPEATS):
        before = time.process_time()
        assay.predict(volume)
        seconds.append(time.process_time() - before)
    size = float(np.prod(volume.shape))
    return {
        "voxels": int(size),
        "seconds": sorted(seconds),
        "megavoxels_per_second": size / _MEGA / float(np.median(seconds)),
        "peak_GiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def time_detectors(volume: Volume) -> dict[str, float]:
    """Return milliseconds that both detectors take for one section."""
    named, _ = datasets.load_or_substitute("fib25", kind=Volume)
    forest = MembraneForest(ForestPlan()).fit(named, sections=[0, 40], seed=SeedTree(0))
    section = volume.crop((slice(60, 61), slice(None), slice(None)))
    found = {}
    for name, detector in (("network", load_shipped()), ("forest", forest)):
        detector.predict(section)
        before = time.process_time()
        detector.predict(section)
        found[name] = 1000 * (time.process_time() - before)
    return found


def main() -> None:
    """Measure and print one JSON object."""
    block = load_block()
    assay = PreservationAssay().fit()
    assay.predict(block.crop((slice(0, 8), slice(None), slice(None))))  # compiles
    small, large = time_assay(assay, block), time_assay(assay, enlarge(block))
    ratio = np.median(large["seconds"]) / np.median(small["seconds"])
    detectors = time_detectors(block)
    json.dump(
        {
            "data": block.source.name,
            "small": small,
            "large": large,
            "time_of_four_times_the_volume": float(ratio),
            "detector_ms": detectors,
            "forest_over_network": detectors["forest"] / detectors["network"],
        },
        sys.stdout,
        indent=2,
    )


if __name__ == "__main__":
    main()
