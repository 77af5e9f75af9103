"""The piece of work that fits a rival and counts its cells."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.connectome import ImageSet
from neuropil.contracts import SeedTree, SilentProgress
from neuropil.logic.config import LogicConfig, choose_augmentation, load_images
from neuropil.logic.netlist.hardware import synthesise_chip
from neuropil.logic.rivals import Rival, fit_linear, fit_perceptron, fit_trees
from neuropil.logic.training.data import TrainingBits, prepare_bits
from neuropil.logic.training.encoders import (
    BitEncoder,
    choose_encoding,
    fit_encoder,
    to_floats,
)

__all__ = ["RIVALS", "fit_rival"]

# Largest whole weight; hidden bits; trees of each class.
RIVALS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"linear": (1, 3, 7), "perceptron": (8, 16, 32), "trees": (5, 20, 60)}
)
"""Sizes of each kind of rival that are compared, the smallest first."""

_EPOCHS = 20  # of a perceptron; held-out accuracy no longer rises then
_LEAVES = 15


def fit_rival(kind: str, size: int, config: LogicConfig, seed: int) -> dict[str, Any]:
    """Fit a rival to the bits that gate networks see, test it once, and count its cells.

    Parameters
    ----------
    kind : {"linear", "perceptron", "trees"}
        What is fitted.
    size : int
        One of :data:`RIVALS`.
    config : LogicConfig
        Images, encoding and augmentation, of which the rival gets one copy beside the clean one.
    seed : int
        Root seed.

    Returns
    -------
    dict
        ``held_out`` and ``accuracy`` on test images [%], ``cells``, ``lut6`` and ``depth``.
    """
    images = load_images(config.dataset).data
    tree = SeedTree(seed).child("rival")
    model = config.model(images, seed)
    flat = images.train_images.reshape(len(images.train_images), -1)
    encoder = fit_encoder(choose_encoding(model.encoding, images=True), to_floats(flat))
    data = _prepare(images, encoder, config, tree)
    rival = _fit(kind, size, data, tree)
    with tempfile.TemporaryDirectory() as folder:
        chip = synthesise_chip(rival.design().to_verilog(), Path(folder))
    right = _share(rival, encoder.encode(_flat(images)), images.test_labels)
    return {
        "held_out": _share(rival, data.validation_bits, data.validation_labels),
        "accuracy": right,
        "cells": chip.cells,
        "lut6": chip.lut6,
        "depth": chip.depth,
    }


def _prepare(
    images: ImageSet, encoder: BitEncoder, config: LogicConfig, seed: SeedTree
) -> TrainingBits:
    augmentation = choose_augmentation(config.augmentation, images)
    copies = 1 if augmentation is not None else 0
    labels = images.train_labels.astype(np.int64)
    sizes = (copies, config.schedule.validation)
    with SilentProgress().track("preparing images", copies) as advance:
        return prepare_bits(
            images.train_images, labels, encoder, augmentation, sizes, seed, advance
        )


def _flat(images: ImageSet) -> npt.NDArray[Any]:
    return images.test_images.reshape(len(images.test_images), -1)


def _share(rival: Rival, bits: npt.NDArray[np.bool_], labels: npt.NDArray[np.integer]) -> float:
    return 100 * float((rival.predict(bits) == labels).mean())


def _fit(kind: str, size: int, data: TrainingBits, seed: SeedTree) -> Rival:
    bits = np.unpackbits(data.packed, axis=1, bitorder="little", count=data.n_inputs).astype(bool)
    train = (bits, data.labels)
    held_out = (data.validation_bits, data.validation_labels)
    if kind == "linear":
        return fit_linear(train, held_out, size)
    if kind == "perceptron":
        return fit_perceptron(train, held_out, size, _EPOCHS, seed)
    return fit_trees(train, size, _LEAVES, seed.integer())
