"""The axes: what is fitted to planted damage once, and measured in any section."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import InputError, SeedTree, write_json
from neuropil.preservation.axes.closure import Closure, GapScale, measure_closure
from neuropil.preservation.axes.examples import Example, draw_examples
from neuropil.preservation.axes.features import pool
from neuropil.preservation.axes.grids import read_sections
from neuropil.preservation.axes.reading import trace_section
from neuropil.preservation.axes.zones import TISSUE, VOID, ZONE, ZoneNetwork
from neuropil.preservation.detector.interface import Detector
from neuropil.preservation.detector.sections import resample_section

__all__ = ["AxisModel", "find_axes", "fit_axes", "load_shipped_axes", "train_shipped_axes"]

Floats = npt.NDArray[np.float32]

# Cells of which less or more than this share is damaged are of one kind; those between teach
# nothing.
_OUTSIDE, _INSIDE = 0.05, 0.5
# Cells of tissue that are taken of one section: all that is damaged is taken, and with 600 the
# three kinds are of one order.
_TISSUE_CELLS = 600
# Sections that are drawn, each damaged in six ways.
_DRAWN = 90
_SHIPPED = Path(__file__).parent / "weights" / "axes.safetensors"
# The last sections of the block are kept for tests, with a margin that no cut crosses.
_SHIPPED_SECTIONS = range(120)


@dataclass(frozen=True, eq=False)
class AxisModel:
    """What was fitted to planted damage.

    Parameters
    ----------
    network : ZoneNetwork
        Tells zones and voids from tissue.
    scale : GapScale
        From free ends and open borders to the share of membrane length that is missing.
    """

    network: ZoneNetwork
    scale: GapScale

    def save(self, path: Path | str, facts: Mapping[str, Any] | None = None) -> None:
        """Write weights to a safetensors file, and the rest to a JSON file beside it.

        Parameters
        ----------
        path : Path or str
            File to write, ending in ``.safetensors``; the other ends in ``.json``.
        facts : mapping, optional
            What else a reader should know, as JSON values: data, licence, seed.
        """
        from neuropil.learning import save_tree

        save_tree(path, self.network.weights())
        record = {"scale": self.scale.to_json(), "facts": dict(facts or {})}
        write_json(Path(path).with_suffix(".json"), record)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read what :meth:`save` wrote.

        Parameters
        ----------
        path : Path or str
            The safetensors file; the JSON file lies beside it.

        Returns
        -------
        AxisModel
            With the very results of the one that was saved.

        Raises
        ------
        InputError
            When one of the two files is missing or damaged; fit again.
        """
        from neuropil.learning import load_tree

        weights = load_tree(path, ZoneNetwork.outline())
        record = Path(path).with_suffix(".json")
        try:
            scale = GapScale.from_json(json.loads(record.read_text(encoding="utf-8"))["scale"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"expected the description of axes ({error})",
                where=str(record),
                repair="Fit again, and save it.",
            ) from error
        return cls(ZoneNetwork(**weights), scale)


def fit_axes(
    volume: Volume,
    detector: Detector,
    sections: Sequence[int] | None = None,
    *,
    count: int = _DRAWN,
    seed: SeedTree,
) -> AxisModel:
    """Fit the axes to damage that is planted in sound tissue.

    Zones and voids are told by texture, and texture is of a microscope: who has sound sections
    with truth of the same microscope fits to these.

    Parameters
    ----------
    volume : Volume
        Sound tissue with an image and the segmentation ``truth``.
    detector : MembraneDetector
        What predicts the probability of membranes wherever the axes are used.
    sections : sequence of int, optional
        Sections that may be used; all when not given.
    count : int
        Number of sections that are drawn and damaged.
    seed : SeedTree
        Source of randomness.

    Returns
    -------
    AxisModel
        The axes.

    Raises
    ------
    InputError
        When there is no truth, or too few examples.
    """
    chosen = range(volume.shape[0]) if sections is None else sections
    examples = draw_examples(volume, chosen, count, seed.child("examples"))
    return _fit(_trace_all(examples, detector, seed), seed)


@dataclass(frozen=True, eq=False)
class _Lesson:
    """What one example teaches."""

    features: Floats
    kinds: npt.NDArray[np.uint8]
    closure: Closure
    gaps: float | None


def _trace_all(
    examples: Iterable[Example], detector: Detector, seed: SeedTree
) -> Iterable[_Lesson]:
    rng = seed.child("cells").generator()
    for example in examples:
        [section] = read_sections(example.volume, detector.predict(example.volume))
        traced = trace_section(section)
        shape = (section.image.shape[0], section.image.shape[1])
        inside = pool(resample_section(example.mask[0].astype(np.float32), shape)).ravel()
        hurt = np.flatnonzero(inside > _INSIDE)
        sound = np.flatnonzero(inside < _OUTSIDE)
        sound = rng.choice(sound, min(len(sound), _TISSUE_CELLS), replace=False)
        kind = {"zones": ZONE, "voids": VOID}.get(example.kind, TISSUE)
        cells = traced.features.reshape(-1, traced.features.shape[-1])
        yield _Lesson(
            cells[np.concatenate([hurt, sound])],
            np.repeat([kind, TISSUE], [len(hurt), len(sound)]).astype(np.uint8),
            measure_closure(section.probability, traced.lines, traced.links),
            example.dose if example.kind == "gaps" else None,
        )


def _fit(lessons: Iterable[_Lesson], seed: SeedTree) -> AxisModel:
    taught = list(lessons)
    network = ZoneNetwork.fit(
        np.concatenate([one.features for one in taught]),
        np.concatenate([one.kinds for one in taught]),
        seed.child("network"),
    )
    known = [(one.closure, one.gaps) for one in taught if one.gaps is not None]
    scale = GapScale.fit([one for one, _ in known], [share for _, share in known])
    return AxisModel(network, scale)


def find_axes() -> Path:
    """Return the file of the weights that come with the package."""
    return _SHIPPED


@cache
def load_shipped_axes() -> AxisModel:
    """Load the axes that come with the package.

    Returns
    -------
    AxisModel
        Fitted to damage planted in FIB-SEM sections of a fly, with the detector that comes with
        the package.
    """
    return AxisModel.load(_SHIPPED)


def train_shipped_axes(out: Path | str, seed: SeedTree) -> AxisModel:
    """Fit the axes that come with the package anew.

    Parameters
    ----------
    out : Path or str
        The safetensors file to write.
    seed : SeedTree
        Source of randomness.

    Returns
    -------
    AxisModel
        What was written.
    """
    from neuropil import datasets
    from neuropil.preservation.detector.shipped import load_shipped

    volume = datasets.load("fib25", kind=Volume)
    model = fit_axes(volume, load_shipped(), _SHIPPED_SECTIONS, seed=seed)
    facts = {
        "data": "fib25: FIB-SEM of the medulla of Drosophila, sections 0 to 119",
        "attribution": "Parag et al. 2015, PLoS ONE 10(5):e0125825",
        "licence": "CC BY",
        "changes": "the weights were learnt from damage planted in these images",
        "seed": seed.root,
        "function": "neuropil.preservation.axes.model.train_shipped_axes",
    }
    model.save(out, facts)
    return model
