"""An image and its labels from one file, or from two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from neuropil import datasets, formats
from neuropil.connectome import Volume
from neuropil.contracts import ConfigError, InputError, did_you_mean

__all__ = ["TissueFiles"]

Size = tuple[float, float, float]
Kind = Literal["image", "labels"]


@dataclass(frozen=True)
class TissueFiles:
    """Where an image and a segmentation of it are.

    Parameters
    ----------
    volume : str, optional
        A file or folder that holds both, or a dataset.
    image, labels : Path, optional
        A file or folder for each.
    image_array, labels_array : str, optional
        Names of the arrays in them, where there are several.
    voxel_size : tuple of float, optional
        Edges of a voxel along z, y and x [nm]; what the files state when not given.
    """

    volume: str | None = None
    image: Path | None = None
    labels: Path | None = None
    image_array: str | None = None
    labels_array: str | None = None
    voxel_size: Size | None = None

    def read(self) -> tuple[Volume, str]:
        """Read both, as far as their formats read at once; what is on disk stays there.

        Returns
        -------
        volume : Volume
            With the image and all segmentations that were found.
        segmentation : str
            Name of the one that is meant.

        Raises
        ------
        ConfigError
            When it is not said where they are, or an array has another name.
        InputError
            When a file is missing or damaged, labels are no whole numbers, shapes or voxel sizes
            differ, or no voxel size is known.
        """
        if self.volume is not None and (self.image or self.labels):
            raise ConfigError(
                "expected one volume, or an image and labels, found both",
                where=self.volume,
                repair="Leave the volume out, or --image and --labels.",
            )
        if self.volume is not None:
            volume = self._read_volume(self.volume)
        elif self.image is not None and self.labels is not None:
            volume = self._read_both(self.image, self.labels)
        else:
            missing = "--labels" if self.labels is None else "--image"
            raise ConfigError(
                f"expected an image and labels, found no {missing}",
                where="fix",
                repair="Name both, or one file that holds both.",
            )
        volume.read_image((slice(0, 1),) * 3)
        name = _choose(volume, self.labels_array)
        # Grey values are whole numbers too, and would be mended without a word.
        if self.labels_array is None and name == "image":
            raise InputError(
                "expected labels, found an array named image",
                where=str(self.labels),
                repair="Give the files the other way round, or name the array with --labels-array.",
            )
        return volume, name

    def read_labels(self) -> tuple[Volume, str]:
        """Read labels alone.

        Returns
        -------
        volume : Volume
            Without an image.
        segmentation : str
            Name of the one that is meant.

        Raises
        ------
        ConfigError, InputError
            As for :meth:`read`.
        """
        if self.labels is None:
            raise ConfigError(
                "expected labels, found none", where="--labels", repair="Name their file."
            )
        volume = self._read_part(self.labels, "labels", self.voxel_size)
        return volume, _choose(volume, self.labels_array)

    def _read_volume(self, name: str) -> Volume:
        options: dict[str, Any] = {}
        if self.voxel_size is not None:
            options["voxel_size"] = self.voxel_size
        if self.image_array is not None:
            options["image"] = self.image_array
            if self.labels_array is not None:
                options["segmentations"] = [self.labels_array]
        return _name_options(lambda: datasets.load_or_read(name, kind=Volume, **options))

    def _read_both(self, image: Path, labels: Path) -> Volume:
        size = self.voxel_size
        try:
            shown = self._read_part(labels, "labels", size)
        except InputError:
            if size is not None:
                raise
            # The image alone may state the size of a voxel; other faults come up again.
            seen = self._read_part(image, "image", None)
            return _unite(seen, self._read_part(labels, "labels", seen.voxel_size), labels)
        try:
            seen = self._read_part(image, "image", size)
        except InputError:
            if size is not None:
                raise
            seen = self._read_part(image, "image", shown.voxel_size)
        return _unite(seen, shown, labels)

    def _read_part(self, path: Path, kind: Kind, size: Size | None) -> Volume:
        array = self.image_array if kind == "image" else self.labels_array
        chosen = formats.choose(path, kind=Volume)
        options: dict[str, Any] = {} if size is None else {"voxel_size": size}
        if "holds" not in chosen.options:
            # A stack holds one array, which is an image unless a name for labels is given.
            options |= {"segmentation": array or "labels"} if kind == "labels" else {}
        elif array is None:
            options["holds"] = kind
        else:
            options |= {"image": array} if kind == "image" else {"segmentations": [array]}
        return _name_options(lambda: formats.read(path, kind=Volume, format=chosen.name, **options))


def _name_options(read: Callable[[], Volume]) -> Volume:
    """Read, and say what is missing by the options of the command."""
    try:
        return read()
    except InputError as error:
        if "as voxel_size" in error.repair:
            repair = (
                "Give its edges along z, y and x [nm] as --voxel-size, such as "
                "--voxel-size 40x16x16."
            )
        elif error.repair.startswith("Say wh"):
            repair = "Name the arrays with --image-array and --labels-array."
        else:
            raise
        raise InputError(error.what, where=error.where, repair=repair) from error


def _unite(seen: Volume, shown: Volume, where: Path) -> Volume:
    if seen.shape != shown.shape:
        raise InputError(
            f"expected labels of the shape of the image, {seen.shape}, found {shown.shape}",
            where=str(where),
            repair="Cut both to the same region, with axes z, y, x.",
        )
    if seen.voxel_size != shown.voxel_size:
        one, other = (" x ".join(f"{edge:g}" for edge in each.voxel_size) for each in (seen, shown))
        raise InputError(
            f"expected labels with the voxels of the image, {one} nm, found {other} nm",
            where=str(where),
            repair="Bring both to one grid, or give --voxel-size where one of them is wrong.",
        )
    notes = dict.fromkeys((*seen.source.notes, *seen.notes, *shown.notes))
    return Volume(
        shown.voxel_size,
        seen.image,
        shown.segmentations,
        shown.species or seen.species,
        shown.source,
        shown.provenance,
        tuple(notes),
    )


def _choose(volume: Volume, name: str | None) -> str:
    names = list(volume.segmentations)
    if name is None and len(names) == 1:
        return names[0]
    if name is None or name not in names:
        sought = "the name of a segmentation" if name is None else f"a segmentation {name!r}"
        raise ConfigError(
            f"expected {sought}, of {', '.join(names) or 'none'}",
            where="--labels-array",
            repair=f"{did_you_mean(name or '', names)}Name one of them.",
        )
    return name
