"""A membrane detector: trained on sections with truth, used on any."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import InputError, SeedTree, write_json
from neuropil.preservation.detector.calibration import LogitCalibration
from neuropil.preservation.detector.marks import find_fine_axes, mark_membranes
from neuropil.preservation.detector.network import MULTIPLE
from neuropil.preservation.detector.plan import DetectorPlan
from neuropil.preservation.detector.sections import (
    check_section,
    pad_section,
    resample_section,
    standardise_section,
)

if TYPE_CHECKING:
    from neuropil.preservation.detector.patches import TrainingSections
    from neuropil.preservation.detector.training import Listener

__all__ = ["MembraneDetector", "split_sections"]

Floats = npt.NDArray[np.float32]

# Two numbers are fitted to the held-out pixels; more than this change neither in the third digit.
_CALIBRATED = 200_000
# Pixel sizes that differ by less than this are the same: a header rounds them.
_SAME_PIXEL = 0.02


def split_sections(
    sections: Sequence[int], held_out: float
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Split sections into those a network is trained on and those it never sees.

    Parameters
    ----------
    sections : sequence of int
        Numbers of sections.
    held_out : float
        Share of them that is held out.

    Returns
    -------
    trained, held_out : integer arrays
        The first ones, and the last ones; neighbours look alike, so that held-out sections that
        lay between the others would be no test.

    Raises
    ------
    InputError
        When there are fewer than two sections.
    """
    ordered = np.unique(np.asarray(sections, np.intp))
    if len(ordered) < 2:
        raise InputError(
            f"expected at least two sections, found {len(ordered)}",
            where="sections",
            repair="One is trained on, and probabilities are calibrated on another.",
        )
    n = min(max(round(held_out * len(ordered)), 1), len(ordered) - 1)
    return ordered[:-n], ordered[-n:]


class MembraneDetector:
    """A small network that says of each pixel how probably it lies on a membrane.

    Parameters
    ----------
    plan : DetectorPlan, optional
        Size of the network, and how it is trained.

    Attributes
    ----------
    network_ : MembraneNetwork
        The trained network.
    calibration_ : LogitCalibration
        From what it says to probabilities.
    trained_sections_, held_out_sections_ : integer arrays
        Sections that it was trained on, and those on which it was calibrated.
    """

    def __init__(self, plan: DetectorPlan | None = None) -> None:
        self.plan = plan or DetectorPlan()

    def fit(
        self,
        volume: Volume,
        truth: str = "truth",
        sections: Sequence[int] | None = None,
        *,
        seed: SeedTree,
        listener: Listener | None = None,
        beside: TrainingSections | None = None,
    ) -> Self:
        """Train on sections with truth, and calibrate on the last of them.

        Parameters
        ----------
        volume : Volume
            Tissue with an image. A block of cubes is cut along all three axes.
        truth : str
            Name of its true segmentation; label 0 is membrane.
        sections : sequence of int, optional
            Sections that are used; nothing else is read. All when not given.
        seed : SeedTree
            Source of randomness.
        listener : callable, optional
            Told the number of a step and its loss.
        beside : TrainingSections, optional
            What half of the patches are cut from instead, such as damaged copies of the sections.

        Returns
        -------
        MembraneDetector
            This detector.

        Raises
        ------
        InputError
            When there are fewer than two sections, or one that the volume does not have.
        """
        from neuropil.preservation.detector.training import train_network

        chosen = range(volume.shape[0]) if sections is None else sections
        _check_sections(chosen, volume.shape[0])
        trained, held_out = split_sections(chosen, self.plan.held_out)
        sources = [self._prepare(volume, truth, trained), *([beside] if beside else [])]
        self.network_ = train_network(sources, self.plan, seed, listener)
        self.trained_sections_, self.held_out_sections_ = trained, held_out
        self.calibration_ = self._calibrate(volume, truth, seed)
        return self

    def predict(self, volume: Volume) -> Floats:
        """Predict the probability of a membrane, section by section.

        Parameters
        ----------
        volume : Volume
            Tissue with an image, of any pixel size.

        Returns
        -------
        (nz, ny, nx) float32 array
            Probabilities, in the pixels of the volume.

        Raises
        ------
        InputError
            When the detector was not fitted, the volume has no image, or its pixels are not square.
        """
        return self._apply(self.predict_logits(volume))

    def predict_logits(self, volume: Volume) -> Floats:
        """Predict what the network says before it is calibrated, section by section.

        Parameters
        ----------
        volume : Volume
            Tissue with an image, of any pixel size.

        Returns
        -------
        (nz, ny, nx) float32 array
            Logits, in the pixels of the volume.
        """
        self._require_fitted()
        pixel = _find_pixel(volume)
        plane = (slice(None), slice(None))
        # One section at a time, so that a stack on disk may be larger than memory.
        return np.stack(
            [
                self._read(volume.read_image((slice(z, z + 1), *plane))[0], pixel)
                for z in range(volume.shape[0])
            ]
        )

    def _apply(self, logits: Floats) -> Floats:
        return self.calibration_.apply(logits)

    def _read(self, section: npt.NDArray[Any], pixel: float) -> Floats:
        from neuropil.preservation.detector.training import compute_logits

        ny, nx = section.shape
        # Before it is resampled, which would spread a value that is not finite.
        section = check_section(section)
        seen = standardise_section(resample_section(section, self._shape_of(section, pixel)))
        low, high = seen.shape
        logits = compute_logits(self.network_, pad_section(seen, MULTIPLE))[:low, :high]
        return resample_section(logits, (ny, nx))

    def _shape_of(self, section: npt.NDArray[Any], pixel: float) -> tuple[int, int]:
        """Return the number of the network's pixels that a section has along y and x."""
        ratio = pixel / self.plan.pixel_size
        if abs(ratio - 1) < _SAME_PIXEL:
            ratio = 1.0
        ny, nx = (max(round(n * ratio), 1) for n in section.shape)
        return ny, nx

    def _prepare(self, volume: Volume, truth: str, chosen: npt.NDArray[np.intp]) -> Any:  # noqa: ANN401
        from neuropil.preservation.detector.patches import TrainingSections

        pixel = _find_pixel(volume)
        # All between the first and the last are read: borders across sections need neighbours.
        whole = volume.crop((slice(int(chosen[0]), int(chosen[-1]) + 1), slice(None), slice(None)))
        marks = mark_membranes(whole.segmentation(truth), volume.voxel_size)
        rows = chosen - chosen[0]
        image = whole.read_image()[rows]
        size = self._shape_of(image[0], pixel)
        small, small_marks = (
            np.stack([resample_section(section, size) for section in stack])
            for stack in (image, marks[rows])
        )
        solid = len(find_fine_axes(volume.voxel_size)) == 3 and len(rows) == len(whole.read_image())
        return TrainingSections(small, small_marks, solid)

    def _calibrate(self, volume: Volume, truth: str, seed: SeedTree) -> LogitCalibration:
        first, last = int(self.held_out_sections_[0]), int(self.held_out_sections_[-1])
        whole = volume.crop((slice(first, last + 1), slice(None), slice(None)))
        marks = mark_membranes(whole.segmentation(truth), volume.voxel_size)
        rows = self.held_out_sections_ - first
        logits = self.predict_logits(whole)[rows].ravel()
        marks = marks[rows].ravel()
        if len(marks) > _CALIBRATED:
            rng = seed.child("calibration").generator()
            kept = rng.choice(len(marks), _CALIBRATED, replace=False)
            logits, marks = logits[kept], marks[kept]
        return LogitCalibration.fit(logits, marks)

    def _require_fitted(self) -> None:
        if not hasattr(self, "network_"):
            raise InputError(
                "expected a trained detector, found one that was never fitted",
                where="detector",
                repair="Call fit, or load one: load_shipped() brings one that is trained.",
            )

    def save(self, path: Path | str, facts: Mapping[str, Any] | None = None) -> None:
        """Write the network to a safetensors file, and what else there is to a JSON file beside it.

        Parameters
        ----------
        path : Path or str
            File to write, ending in ``.safetensors``; the other ends in ``.json``.
        facts : mapping, optional
            What else a reader should know, as JSON values: data, licence, seed.
        """
        import jax
        import jax.numpy as jnp

        from neuropil.learning import save_tree

        self._require_fitted()
        half = jax.tree.map(lambda leaf: leaf.astype(jnp.float16), self.network_)
        save_tree(path, half)
        record = {
            "plan": self.plan.to_json(),
            "calibration": asdict(self.calibration_),
            "trained_sections": self.trained_sections_.tolist(),
            "held_out_sections": self.held_out_sections_.tolist(),
            "facts": dict(facts or {}),
        }
        write_json(Path(path).with_suffix(".json"), record)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a detector that :meth:`save` wrote.

        Parameters
        ----------
        path : Path or str
            The safetensors file; the JSON file lies beside it.

        Returns
        -------
        MembraneDetector
            Ready to predict, with the very output of the one that was saved.

        Raises
        ------
        InputError
            When one of the two files is missing or damaged; fit again.
        """
        import jax
        import jax.numpy as jnp

        from neuropil.learning import load_tree
        from neuropil.preservation.detector.training import outline_network

        record = _read_record(Path(path).with_suffix(".json"))
        detector = cls(DetectorPlan.from_json(record["plan"]))
        half = load_tree(path, outline_network(detector.plan.widths))
        detector.network_ = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), half)
        detector.calibration_ = LogitCalibration(**record["calibration"])
        detector.trained_sections_, detector.held_out_sections_ = (
            np.asarray(record[name], np.intp) for name in ("trained_sections", "held_out_sections")
        )
        return detector


def _read_record(path: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for name in ("plan", "calibration", "trained_sections", "held_out_sections"):
            record[name]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"expected the description of a detector ({error})",
            where=str(path),
            repair="Fit again, and save it.",
        ) from error
    return record


def _check_sections(sections: Sequence[int], n: int) -> None:
    wrong = [section for section in sections if not 0 <= section < n]
    if wrong:
        raise InputError(
            f"expected sections from 0 to {n - 1}, found {wrong[0]}",
            where="sections",
            repair="Name sections that the volume has.",
        )


def _find_pixel(volume: Volume) -> float:
    _, y, x = volume.voxel_size
    if abs(y - x) > _SAME_PIXEL * x:
        raise InputError(
            f"expected square pixels, found {y:g} x {x:g} nm",
            where=volume.source.name,
            repair="Resample the image to one pixel size.",
        )
    return x
