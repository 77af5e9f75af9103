"""Settings of the study ``logic``, its recipes, and the data it takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PositiveInt

from neuropil import datasets
from neuropil.contracts import ConfigError, DataUnavailableError, StudyConfig
from neuropil.datasets import ImageSet
from neuropil.logic.fit import LogicNetClassifier
from neuropil.logic.training.augment import AffineElastic, Augmentation, ShiftFlip
from neuropil.logic.training.engine import EngineName
from neuropil.logic.training.schedule import TrainingSchedule

__all__ = ["EMBEDDED", "FAST", "REAL", "LogicConfig", "choose_augmentation", "load_images"]

REAL, EMBEDDED = "mnist", "digits"

_LARGE = 20  # pixels; an elastic field with a blur of 6 pixels needs room


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(","))
    return (value,) if isinstance(value, int) else value


Numbers = Annotated[tuple[PositiveInt, ...], BeforeValidator(_split), Field(min_length=1)]
"""Whole numbers, or one text with commas between them."""


class LogicConfig(StudyConfig):
    """Settings of the study.

    Parameters
    ----------
    dataset : str or None
        Dataset of images, or a folder with four IDX files named as those of MNIST. None takes
        MNIST where it can be had and scikit-learn's digits elsewhere.
    layers : tuple of int
        Gates of each layer.
    wiring : str
        ``dense``, ``topk:K`` or ``fixed``, for all layers or, with commas, one a layer.
    encoding : str
        How brightness becomes bits: ``threshold:0.25``, ``thermometer:7`` or ``quantile:3``.
    thresholds : int or None
        Evenly spaced thresholds; short for ``thermometer`` and wins over ``encoding``.
    augmentation : {"auto", "affine-elastic", "affine", "shift-flip", "none"}
        Copies of the training images. ``auto`` takes affine maps for grey images, with an elastic
        field from 20 pixels on, shifted and mirrored crops for colour, and none for generated
        bits.
    schedule : TrainingSchedule
        How long and how sharply a network is trained.
    engine : {"auto", "kernel", "jax"}
        What runs the steps.
    controls : int
        Networks with fixed random wiring that are trained alike, as the null of the wiring.
    drawn : int
        Gates a class of the small circuit that is drawn; 0 draws none.
    verify : bool
        Whether Verilog is simulated and synthesised where the tools are installed.
    verify_images : int
        Test images of that simulation; Icarus takes at most a hundred.
    """

    dataset: str | None = None
    layers: Numbers = (8000,)
    wiring: str = "topk:48"
    encoding: str = "threshold:0.25"
    thresholds: int | None = Field(default=None, ge=1, le=255)
    augmentation: Literal["auto", "affine-elastic", "affine", "shift-flip", "none"] = "auto"
    schedule: TrainingSchedule = TrainingSchedule()
    engine: EngineName = "auto"
    controls: int = Field(default=1, ge=0)
    drawn: int = Field(default=2, ge=0, le=10)
    verify: bool = True
    verify_images: int = Field(default=1000, ge=1)

    def model(self, images: ImageSet, seed: int) -> LogicNetClassifier:
        """Return the unfitted estimator of these settings.

        Parameters
        ----------
        images : ImageSet
            What it will be fitted to.
        seed : int
            Root seed.
        """
        encoding = f"thermometer:{self.thresholds}" if self.thresholds else self.encoding
        return LogicNetClassifier(
            self.layers,
            self.wiring,
            encoding,
            self.schedule,
            choose_augmentation(self.augmentation, images),
            self.engine,
            seed,
        )


def choose_augmentation(name: str, images: ImageSet) -> Augmentation | None:
    """Return the augmentation of a name, for images of a kind.

    Parameters
    ----------
    name : str
        As in :class:`LogicConfig`.
    images : ImageSet
        What is augmented.
    """
    if name == "auto":
        grey = len(images.shape) == 2
        plain = "affine-elastic" if min(images.shape[:2]) >= _LARGE else "affine"
        name = "none" if images.source.synthetic else plain if grey else "shift-flip"
    choices: Mapping[str, Augmentation | None] = {
        "affine-elastic": AffineElastic(),
        "affine": AffineElastic(elastic=0.0),
        "shift-flip": ShiftFlip(),
        "none": None,
    }
    return choices[name]


FAST: Mapping[str, Any] = {
    "dataset": EMBEDDED,
    "layers": (500,),
    "wiring": "topk:16",
    "encoding": "thermometer:3",
    "schedule": {"epochs": 20, "batch": 64, "copies": 2},
    "drawn": 1,
    "verify_images": 100,
    "verify": False,
}


def load_images(name: str | None) -> tuple[ImageSet, str]:
    """Return images and, where others than MNIST had to be taken, the reason.

    Parameters
    ----------
    name : str or None
        Dataset or folder; None for MNIST with the embedded digits in reserve.

    Raises
    ------
    ConfigError
        When the name is neither a dataset of images nor a folder.
    DataUnavailableError
        When the named dataset cannot be had.
    """
    if name is None:
        try:
            return datasets.load(REAL, kind=ImageSet), ""
        except DataUnavailableError:
            note = f"{REAL} could not be had; the embedded {EMBEDDED} were used instead."
            return datasets.load(EMBEDDED, kind=ImageSet), note
    if name in datasets.names():
        images = datasets.load(name, kind=ImageSet)
        lossy = f"{name} went through lossy compression: its numbers compare with no published one."
        return images, lossy if images.lossy else ""
    if Path(name).is_dir():
        return datasets.read_mnist_folder(name), ""
    known = [each for each in datasets.names() if datasets.info(each).holds == ImageSet.__name__]
    raise ConfigError(
        f"expected a dataset of images or a folder, found {name!r}",
        where="dataset",
        repair=f"The datasets are: {', '.join(known)}.",
    )
