"""Settings of the study ``logic``, its recipes, and the data it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from neuropil import datasets
from neuropil.connectome import ImageSet
from neuropil.contracts import ConfigError, Loaded, Numbers, Settings
from neuropil.logic.fit import LogicNetClassifier
from neuropil.logic.training.augment import AffineElastic, Augmentation
from neuropil.logic.training.crops import ShiftFlip
from neuropil.logic.training.encoders import choose_encoding
from neuropil.logic.training.engines import EngineName
from neuropil.logic.training.schedule import TrainingSchedule, parse_wiring

__all__ = [
    "EMBEDDED",
    "FAST",
    "REAL",
    "LogicConfig",
    "check_config",
    "choose_augmentation",
    "load_images",
]

REAL, EMBEDDED = "mnist", "digits"

_LARGE = 20  # pixels; an elastic field with a blur of 6 pixels needs room


class LogicConfig(Settings):
    """Settings of the study.

    Parameters
    ----------
    dataset : str or None
        Dataset of images, or a folder with four IDX files named as those of MNIST. None takes
        MNIST where it can be had and scikit-learn's digits elsewhere.
    layers : tuple of int
        Gates of each layer.
    wiring : str
        ``dense``, ``topk:K``, ``local:K:PIXELS`` (K candidates of one square of the image) or
        ``fixed``, for all layers or, with commas, one a layer.
    encoding : str
        How brightness becomes bits: ``threshold:0.25``, ``thermometer:7``, ``quantile:3``, or
        ``auto`` for the first of these.
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
    layers: Annotated[Numbers, Field(min_length=1)] = (8000,)
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
        # Shifts of up to 4 pixels cost CIFAR-10 three points against 1 or 2; 1 pixel leaves more to
        # learn by heart (card.md, "What was tried").
        "shift-flip": ShiftFlip(padding=2),
        "none": None,
    }
    return choices[name]


def check_config(config: LogicConfig, images: ImageSet) -> None:
    """Refuse settings that the images rule out.

    Parameters
    ----------
    config : LogicConfig
        Settings.
    images : ImageSet
        What a network will be fitted to.

    Raises
    ------
    ConfigError
        When wiring or encoding cannot be read, or the classes do not divide the last layer.
    """
    parse_wiring(config.wiring, len(config.layers))
    choose_encoding(config.encoding, images=True)
    if config.layers[-1] % len(images.classes):
        raise ConfigError(
            f"expected a last layer that {len(images.classes)} classes divide, found "
            f"{config.layers[-1]} gates",
            where="layers",
            repair=f"Take a multiple of {len(images.classes)}.",
        )


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


def load_images(name: str | None) -> Loaded[ImageSet]:
    """Return the images that a name stands for, or what stands in for MNIST, with a note.

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
        return Loaded(*datasets.load_or_substitute(REAL, kind=ImageSet))
    images = datasets.load_or_read(name, kind=ImageSet)
    lossy = f"{name} went through lossy compression: its numbers compare with no published one."
    return Loaded(images, (lossy,) if images.lossy else ())
