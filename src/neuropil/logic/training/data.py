"""From images with labels to packed bits: the split, the augmented copies, and their cache."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.contracts import Advance, InputError, SeedTree, cached_array
from neuropil.logic.training.augment import Augmentation, augment
from neuropil.logic.training.candidates import Sources
from neuropil.logic.training.crops import ShiftFlip, crop_images, crop_to_bits, draw_crops
from neuropil.logic.training.encoders import BitEncoder
from neuropil.logic.training.kernel import load_kernel

__all__ = ["FreshCopies", "TrainingBits", "pack_rows", "prepare_bits", "split_validation"]

# Images that are augmented at a time: what is drawn depends on it, so that it stays as it is.
_BLOCK = 2048

# Share of the images in which an input must differ from the rest to be offered as a source
# (card.md, "Equations"); it was not tuned.
_RAREST = 0.002


@dataclass(frozen=True, eq=False)
class FreshCopies:
    """Augments training images anew whenever it is asked.

    Parameters
    ----------
    images : (n, ...) array
        Training images.
    encoder : BitEncoder
        Fitted thresholds.
    augmentation : Augmentation
        What is drawn.
    """

    images: npt.NDArray[np.generic]
    encoder: BitEncoder
    augmentation: Augmentation

    def draw(self, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
        """Return the packed bits of one new copy of every image."""
        if not isinstance(self.augmentation, ShiftFlip):
            return _augment_all(self.images, self.encoder, self.augmentation, rng)
        crops = draw_crops(self.images.shape, self.augmentation, rng)
        packed = crop_to_bits(self.images, crops, self.encoder.thresholds, load_kernel()[0])
        if packed is not None:
            return packed
        moved = (crop_images(self.images[part], crops.part(part)) for part in _blocks(self.images))
        return np.concatenate([pack_rows(_encode(block, self.encoder)) for block in moved])


@dataclass(frozen=True, eq=False)
class TrainingBits:
    """What a training sees.

    Parameters
    ----------
    packed : ((1 + copies) n, n_inputs / 8 rounded up) uint8 array
        Bits of the clean images and then of each augmented copy, the lowest bit of a byte first.
    labels : ((1 + copies) n,) int32 array
        Position of the class.
    n : int
        Number of images.
    validation_bits : (v, n_inputs) bool array
        Clean bits of held-out training images.
    validation_labels : (v,) int array
        Their classes.
    usable : (m,) int32 array
        Inputs that are not the same in nearly all training images.
    size : (int, int) or None
        Height and width of an image [pixel]; None where samples are no images.
    fresh : FreshCopies or None
        What augments the images in every epoch, in place of copies that were made before.
    """

    packed: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int32]
    n: int
    validation_bits: npt.NDArray[np.bool_]
    validation_labels: npt.NDArray[np.int64]
    usable: npt.NDArray[np.int32]
    size: tuple[int, int] | None = None
    fresh: FreshCopies | None = None

    @property
    def sources(self) -> Sources:
        """What the first layer may read, and where in the image it lies."""
        if self.size is None:
            return Sources(self.usable)
        height, width = self.size
        pixel = self.usable // (self.n_inputs // (height * width))
        places = np.stack([pixel // width, pixel % width], axis=1).astype(np.int64)
        return Sources(self.usable, places, self.size)

    @property
    def n_inputs(self) -> int:
        """Number of input bits."""
        return self.validation_bits.shape[1]

    @property
    def copies(self) -> int:
        """Number of augmented copies."""
        return len(self.labels) // self.n - 1

    def draw_epoch(
        self, wanted: int, clean: float, rng: np.random.Generator
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """Draw the images of an epoch, each in one of its copies.

        Parameters
        ----------
        wanted : int
            Number of images.
        clean : float
            Share that is taken without augmentation.
        rng : np.random.Generator
            Source of the draws.

        Returns
        -------
        packed : (m, n_inputs / 8 rounded up) uint8 array
            Bits; their labels are the first m.
        images : (wanted,) int array
            Rows of ``packed``.
        """
        # Without replacement as far as it goes: no image waits for chance to be drawn.
        rounds = -(-wanted // self.n)
        images = np.concatenate([rng.permutation(self.n) for _ in range(rounds)])[:wanted]
        if self.copies:
            copy = rng.integers(1, self.copies + 1, wanted)
            images = images + self.n * np.where(rng.random(wanted) < clean, 0, copy)
        if self.fresh is None:
            return self.packed, images
        drawn = self.fresh.draw(rng)
        plain = rng.random(self.n) < clean
        drawn[plain] = self.packed[plain]
        return drawn, images


def split_validation(
    labels: npt.NDArray[np.int64], share: float, rng: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Choose held-out samples, the same share of every class.

    Parameters
    ----------
    labels : (n,) int array
        Classes.
    share : float
        Wanted share; at least one sample of each class is held out, and one is not.
    rng : np.random.Generator
        Source of the draw.

    Returns
    -------
    (n,) bool array
        True where held out.

    Raises
    ------
    InputError
        When a class has fewer than two samples.
    """
    # Not scikit-learn's stratified split: it refuses classes that are smaller than their number,
    # and saved networks and published rows of results rest on these draws.
    held = np.zeros(labels.size, bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        if members.size < 2:
            raise InputError(
                f"expected at least two samples of every class, found one sample of class {label}",
                where="y",
                repair="Drop the class or bring more samples.",
            )
        count = min(max(1, round(share * members.size)), members.size - 1)
        held[rng.permutation(members)[:count]] = True
    return held


def pack_rows(bits: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """Pack the bits of each sample into bytes, the lowest bit of a byte first."""
    return np.packbits(bits, axis=1, bitorder="little")


def prepare_bits(
    images: npt.NDArray[np.generic],
    labels: npt.NDArray[np.int64],
    encoder: BitEncoder,
    augmentation: Augmentation | None,
    sizes: tuple[int, float],
    seed: SeedTree,
    advance: Advance,
) -> TrainingBits:
    """Split, augment, encode and pack training images.

    Parameters
    ----------
    images : (n, ...) array
        Training images, or rows of features.
    labels : (n,) int array
        Position of the class of each.
    encoder : BitEncoder
        Fitted thresholds.
    augmentation : Augmentation or None
        None makes no copies.
    sizes : (int, float)
        Number of copies, 0 to draw them anew in every epoch, and share of images that is held out.
    seed : SeedTree
        Root of the split and of the augmentation.
    advance : Advance
        Told after every copy.
    """
    copies, share = sizes
    fresh = None
    held = split_validation(labels, share, seed.child("validation").generator())
    learned = images[~held]
    clean = _encode(learned, encoder)
    parts = [pack_rows(clean)]
    if augmentation is not None and not copies:
        fresh = FreshCopies(learned, encoder, augmentation)
    elif augmentation is not None:
        for copy in range(copies):
            parts.append(_copy(learned, encoder, augmentation, seed.child("copy").child(copy)))
            advance(1)
    return TrainingBits(
        np.concatenate(parts),
        np.tile(labels[~held], len(parts)).astype(np.int32),
        len(learned),
        _encode(images[held], encoder),
        labels[held],
        _find_usable(clean),
        images.shape[1:3] if images.ndim > 2 else None,
        fresh,
    )


def _blocks(images: npt.NDArray[np.generic]) -> list[slice]:
    return [slice(start, start + _BLOCK) for start in range(0, len(images), _BLOCK)]


def _augment_all(
    images: npt.NDArray[np.generic],
    encoder: BitEncoder,
    augmentation: Augmentation,
    rng: np.random.Generator,
) -> npt.NDArray[np.uint8]:
    """Return the packed bits of one augmented copy of every image."""
    blocks = (augment(images[part], augmentation, rng) for part in _blocks(images))
    return np.concatenate([pack_rows(_encode(block, encoder)) for block in blocks])


def _encode(images: npt.NDArray[np.generic], encoder: BitEncoder) -> npt.NDArray[np.bool_]:
    return encoder.encode(images.reshape(len(images), -1))


def _find_usable(bits: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """Return inputs that differ in at least one of 500 images; all where none does."""
    share = bits.mean(axis=0)
    often = (share >= _RAREST) & (share <= 1 - _RAREST)
    usable = np.flatnonzero(often).astype(np.int32)
    return usable if usable.size > 1 else np.arange(bits.shape[1], dtype=np.int32)


def _copy(
    images: npt.NDArray[np.generic],
    encoder: BitEncoder,
    augmentation: Augmentation,
    seed: SeedTree,
) -> npt.NDArray[np.uint8]:
    """Return the packed bits of one augmented copy, from the cache where it was made before."""
    digest = hashlib.sha256(np.ascontiguousarray(images).tobytes())
    digest.update(encoder.thresholds.tobytes())
    digest.update(f"{encoder.thresholds.shape} {encoder.thresholds.dtype}".encode())
    digest.update(f"{augmentation!r} {seed.integer()} {images.shape} {images.dtype}".encode())

    def make() -> npt.NDArray[np.uint8]:
        return _augment_all(images, encoder, augmentation, seed.generator())

    shape = (len(images), -(-encoder.n_bits // 8))
    return cached_array("augmented", digest.hexdigest(), shape, make)
