"""Memory and time of mending a segmentation that stays on disk, at two sizes.

``python benchmarks/split_fixes.py [--tiles 2 4] [--whole]``: the generated block of 96 voxels is
repeated along each axis, and each step runs in a process of its own, whose peak is printed.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from neuropil import datasets, formats
from neuropil.connectome import Volume
from neuropil.contracts import SeedTree, SilentProgress
from neuropil.proofreading import EditedLabels, SplitRepairer, Step, write_down
from neuropil.proofreading.adjacency.blocks import measure_contacts_in_blocks
from neuropil.proofreading.adjacency.measuring import Evidence, measure_contacts
from neuropil.proofreading.config import ProofreadingConfig
from neuropil.proofreading.halves import fit_whole

_BLOCK = "synthetic-neurites"
_PLAN = {
    "rules": {"fewest_voxels": 300},
    "mending": {"trees": 50, "rounds": 0, "margin": 2},
}


class Tiled:
    """A block repeated along each axis; every copy has labels of its own."""

    def __init__(self, block: np.ndarray, tiles: int, step: int) -> None:
        self._block, self._step = block, step
        self.shape = tuple(n * tiles for n in block.shape)
        self.dtype = np.dtype("uint32") if step else block.dtype

    def __getitem__(self, region: tuple[slice, ...]) -> np.ndarray:
        """Return a part."""
        places = [np.arange(*axis.indices(n)) for axis, n in zip(region, self.shape, strict=True)]
        edges = self._block.shape
        inside = np.ix_(*(place % n for place, n in zip(places, edges, strict=True)))
        copies = [place // n for place, n in zip(places, edges, strict=True)]
        z, y, x = np.ix_(*copies)
        return self._block[inside].astype(self.dtype) + ((z * 64 + y) * 64 + x) * self._step


def _write(folder: Path, tiles: int) -> Path:
    block = datasets.load(_BLOCK, kind=Volume)
    labels = block.segmentation("watershed")
    step = int(labels.max()) + 1
    image = Tiled(block.read_image(), tiles, 0)
    pieces = Tiled(labels, tiles, step)
    path = folder / f"{tiles}.zarr"
    formats.write(Volume(block.voxel_size, image, {"pieces": pieces}), path)
    return path


def _train(folder: Path) -> Path:
    config = ProofreadingConfig.build(_PLAN)
    block = datasets.load(_BLOCK, kind=Volume)
    names = ("watershed", "truth")
    fit_whole(block, names, config, SeedTree(0), SilentProgress()).save(folder / "model")
    return folder / "model"


def _measure(what: str, path: Path, model: Path) -> dict[str, Any]:
    """Do one step, and say what it took; run in a process of its own."""
    volume = formats.read(path, kind=Volume)
    begin = time.perf_counter()
    if what == "whole":
        labels = volume.segmentation("pieces")
        found = len(measure_contacts(labels, Evidence.of(volume.read_image())).edges)
    elif what == "blocks":
        found = len(measure_contacts_in_blocks(volume, "pieces").edges)
    else:
        joins = SplitRepairer.load(model).propose(volume, "pieces", 0.5).joins
        changes = write_down(volume, "pieces", joins)
        labels = EditedLabels(volume.segmentations["pieces"], [Step(one) for one in changes])
        mended = Volume(volume.voxel_size, segmentations={"pieces": labels})
        formats.write(mended, path.with_suffix(".fixed.zarr"))
        found = len(changes)
    passed = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": passed, "peak_mb": peak, "found": found}


def main() -> None:
    """Print one line for each step and size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tiles", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--whole", action="store_true", help="measure at once as well")
    parser.add_argument("--step", nargs=3)
    given = parser.parse_args()
    if given.step:
        what, path, model = given.step
        sys.stdout.write(json.dumps(_measure(what, Path(path), Path(model))))
        return
    with TemporaryDirectory() as place:
        model = _train(Path(place))
        for tiles in given.tiles:
            path = _write(Path(place), tiles)
            for what in (*(["whole"] if given.whole else []), "blocks", "fix"):
                command = [sys.executable, __file__, "--step", what, str(path), str(model)]
                output = subprocess.run(command, check=True, capture_output=True).stdout
                one = json.loads(output)
                found = "joins" if what == "fix" else "contacts"
                sys.stdout.write(
                    f"{96 * tiles}^3 voxels, {what}: {one['seconds']:.1f} s, peak "
                    f"{one['peak_mb']:.0f} MB, {one['found']:,} {found}\n"
                )
                sys.stdout.flush()


if __name__ == "__main__":
    main()
