"""The tissue that a proofreader learnt from, and what follows for another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from neuropil.connectome import Volume
from neuropil.contracts import InputError

__all__ = ["Tissue"]

Size = tuple[float, float, float]

# Factor between the forms of two voxels above which they are other forms. Voxels of sections are
# often four or ten times thicker than wide; one and a half lies well below and was not tuned.
_OTHER_FORM = 1.5


@dataclass(frozen=True)
class Tissue:
    """Where a proofreader was trained.

    Parameters
    ----------
    name : str
        Dataset or file.
    segmentation : str
        Name of the segmentation whose contacts were learnt from.
    voxel_size : tuple of float
        Edges of its voxels along z, y and x [nm].
    species : str
        Such as ``fly``; empty where it is not known.
    synthetic : bool
        Whether it was generated.
    """

    name: str
    segmentation: str
    voxel_size: Size
    species: str = ""
    synthetic: bool = False

    @classmethod
    def of(cls, volume: Volume, segmentation: str) -> Self:
        """Describe a volume.

        Parameters
        ----------
        volume : Volume
            Tissue that is learnt from.
        segmentation : str
            Name of the segmentation with errors.
        """
        source = volume.source
        return cls(source.name, segmentation, volume.voxel_size, volume.species, source.synthetic)

    def compare(self, volume: Volume) -> list[str]:
        """Say what a reader of edits in a volume should know about their precision.

        Parameters
        ----------
        volume : Volume
            Tissue that is mended.

        Returns
        -------
        list of str
            Whole sentences.
        """
        notes = [
            f"The proofreader was trained on {self.name} ({self.segmentation}, voxels of "
            f"{_spell(self.voxel_size)} nm). The precision is that of its trials there and holds "
            "for tissue and segmentations alike; nothing was measured in this volume."
        ]
        if volume.source.name == self.name:
            notes.append(
                "It was trained on this tissue itself and is surer here than it would be elsewhere."
            )
        if self.synthetic:
            notes.append("That tissue is generated: what was learnt there may fail in real tissue.")
        if volume.voxel_size != self.voxel_size:
            notes.append(
                f"Voxels here are {_spell(volume.voxel_size)} nm, others than those of training: "
                "what is counted in voxels, such as membranes, has another size."
            )
        return notes

    def require_form(self, volume: Volume) -> None:
        """Refuse voxels of another form than those that were learnt from.

        Parameters
        ----------
        volume : Volume
            Tissue that is mended.

        Raises
        ------
        InputError
            When the proportions of the voxels differ; resample the volume, or train on such voxels.
        """
        ratio = np.divide(volume.voxel_size, self.voxel_size)
        if ratio.max() / ratio.min() > _OTHER_FORM:
            raise InputError(
                f"expected voxels of the form of those of {self.name}, "
                f"{_spell(self.voxel_size)} nm along z, y and x, found "
                f"{_spell(volume.voxel_size)} nm",
                where="voxel size",
                repair="Resample the volume, take a proofreader that was trained on such voxels, "
                "or add --any-voxels to mend it all the same.",
            )


def _spell(size: Size) -> str:
    return " x ".join(f"{edge:g}" for edge in size)
