"""The datasets of imaged tissue, as data."""

from __future__ import annotations

from neuropil.contracts import Citation
from neuropil.datasets.catalogue.isbi import ISBI_DATASET
from neuropil.datasets.spec import Dataset, RemoteFile

__all__ = ["VOLUME_DATASETS"]

_MEASURED = "neuropil.datasets.measured_volumes"
# Addresses name a commit: what a branch serves may change, and its checksum would then fail.
_RAW = "https://raw.githubusercontent.com"
_SUBSTITUTE = "synthetic-neurites"

_PARAG = Citation(
    "parag2015",
    "Parag et al. 2015, A Context-Aware Delayed Agglomeration Framework for Electron Microscopy "
    "Segmentation, PLoS ONE 10:e0125825",
    "10.1371/journal.pone.0125825",
)
_JANUSZEWSKI = Citation(
    "januszewski2018",
    "Januszewski et al. 2018, High-precision automated reconstruction of neurons with "
    "flood-filling networks, Nature Methods 15:605",
    "10.1038/s41592-018-0049-4",
)
_NUNEZ = Citation(
    "nuneziglesias2013",
    "Nunez-Iglesias J et al. 2013, Machine learning of hierarchical clustering to segment 2D "
    "and 3D images, PLoS ONE 8:e71715",
    "10.1371/journal.pone.0071715",
)
_PINKY = Citation(
    "dorkenwald2022",
    "Dorkenwald S, Turner NL, Macrina T et al. 2022, Binary and analog variation of synapses "
    "between cortical pyramidal neurons, eLife 11:e76120",
    "10.7554/eLife.76120",
)

# The file names neither version nor country; its wording is that of 3.0 for the United States.
_ATTRIBUTION = "Creative Commons Attribution (wording of 3.0 US; no ShareAlike, no NonCommercial)"
_HHMI = "BSD-3 style (HHMI 2012)"
_GALA_COMMIT = f"{_RAW}/janelia-flyem/gala/db73a1c84d8a99975a2a8fb68660a83d8889ab1e"

_FIB25 = (
    RemoteFile(
        "fib25_training2/fib25_training2_image.npz",
        "12ff79b352bee3e06d88136e15cb51eeb08fc95e19c2179558b9ca9817a2eb99",
        13_424_407,
        (),
        _ATTRIBUTION,
    ),
    RemoteFile(
        "fib25_training2/fib25_training2_labels.npz",
        "f3b4e053adf362e9a262ea6f043f3a463fe4b72595bb787af70f6b4735bf788f",
        3_287_531,
        (),
        f"{_ATTRIBUTION}; ffn: Apache-2.0",
    ),
)
# Every second voxel along x and y of the published segmentation.
_SEGMENTED_CORTEX = RemoteFile(
    "pinky40/pinky40_seg_256x256x512_32x32x40nm_uint16.npz",
    "60f959e88337d8dae95a2def892154c1df208b611f660bd8b7f63dcba9db8c38",
    4_950_055,
    (),
    "BSD-3-Clause (repository); no licence of the data is stated",
)


def _gala_file(name: str, sha256: str, size: int) -> RemoteFile:
    address = f"{_GALA_COMMIT}/tests/example-data/{name}"
    return RemoteFile(f"gala_fibsem/{name}", sha256, size, (address,), _HHMI)


_GALA = (
    _gala_file(
        "train-image.h5",
        "28b281e87bfa11a75048d4cfb8b4096d29db0c7f8d6d692711c3170f10bf636f",
        1_002_144,
    ),
    _gala_file(
        "train-gt.lzf.h5",
        "79ea64d6a3fd5a0a900f1d23d76753d4a36d87d8a2880a3bb4f437269a3e4043",
        401_747,
    ),
    _gala_file(
        "train-ws.lzf.h5",
        "87d17a1c2fda182b1e37f75fd958ee9c95ed597f6442eba19c1bdd7323ffc5a3",
        519_969,
    ),
)
_BOUNDARIES = _gala_file(
    "train-p1.lzf.h5",
    "5547d41b5922e6e1fddcec496ea9be8ca2bef53f722d86e2e497a468f8e00d7e",
    1_570_381,
)

VOLUME_DATASETS = (
    Dataset(
        name="fib25",
        topic="em",
        title="Cube of 2.5 um of the fly's medulla: image, 525 bodies, two automatic segmentations",
        licence=f"{_ATTRIBUTION}; segmentation ffn: Apache-2.0",
        citations=(_PARAG, _JANUSZEWSKI),
        converter=f"{_MEASURED}.fib25:convert_fib25",
        files=_FIB25,
        capabilities=("image", "truth", "watershed", "ffn"),
        substitute=_SUBSTITUTE,
        holds="Volume",
    ),
    Dataset(
        name="pinky40",
        topic="em",
        title="Automatic segmentation of 8.2 x 8.2 x 20.5 um of mouse visual cortex, no image",
        licence=_SEGMENTED_CORTEX.licence,
        citations=(_PINKY,),
        converter=f"{_MEASURED}.pinky40:convert_pinky40",
        files=(_SEGMENTED_CORTEX,),
        capabilities=("automatic",),
        substitute=_SUBSTITUTE,
        holds="Volume",
    ),
    Dataset(
        name="gala-fibsem",
        topic="em",
        title="Block of 0.5 x 1 x 2 um of the fly's medulla: image, 87 bodies, a watershed",
        licence=_HHMI,
        citations=(_NUNEZ,),
        converter=f"{_MEASURED}.gala:convert_gala",
        files=_GALA,
        capabilities=("image", "truth", "watershed"),
        substitute=_SUBSTITUTE,
        holds="Volume",
    ),
    Dataset(
        name="gala-fibsem-boundaries",
        topic="em",
        title="Published probability of a boundary in the block gala-fibsem, as an image",
        licence=_HHMI,
        citations=(_NUNEZ,),
        converter=f"{_MEASURED}.gala:convert_boundaries",
        files=(_BOUNDARIES,),
        capabilities=("boundary probability",),
        holds="Volume",
    ),
    ISBI_DATASET,
    Dataset(
        name=_SUBSTITUTE,
        topic="em",
        title="Generated cube of 1.5 um of branching neurites: image, truth, a watershed",
        licence="generated",
        citations=(),
        converter="neuropil.datasets.planted_volumes.neurites:convert_neurites",
        synthetic=True,
        capabilities=("image", "truth", "watershed"),
        holds="Volume",
    ),
)
"""Every dataset that holds a :class:`~neuropil.connectome.Volume`.

Files without an address were repacked from public originals and exist only in a mirror; the notes
of the volume say how.
"""
