"""The datasets of traced neurons, as data."""

from __future__ import annotations

from neuropil.contracts import Citation
from neuropil.datasets.spec import Dataset, RemoteFile

__all__ = ["SKELETON_DATASETS"]

_LICENCE = "CC BY 4.0 (hemibrain data)"
_CONVERTERS = "neuropil.datasets.skeletons"
_SUBSTITUTE = "synthetic-skeletons"

_SCHEFFER = Citation(
    "scheffer2020",
    "Scheffer et al. 2020, A connectome and analysis of the adult Drosophila central brain, "
    "eLife 9:e57443",
    "10.7554/eLife.57443",
)


def _neuron(body: int, sha256: str, size: int) -> RemoteFile:
    # Compressed copies of published files, so that no address serves these bytes.
    return RemoteFile(f"hemibrain_navis/{body}.swc.gz", sha256, size, (), _LICENCE)


SKELETON_DATASETS = (
    Dataset(
        name="hemibrain-skeletons",
        topic="em",
        title="Five proofread projection neurons of the hemibrain, 11.4 mm of neurite",
        licence=_LICENCE,
        citations=(_SCHEFFER,),
        converter=f"{_CONVERTERS}:convert_hemibrain",
        files=(
            _neuron(
                1734350788,
                "5eb702f7f940f4737328519f28c6fb0a45963aa91102197c3f46acf0aacb29b9",
                52_061,
            ),
            _neuron(
                1734350908,
                "141b253cb33be6b3bd4f1d2a6dfa3f145bc0b85929a926e6ecc21143eb8129cc",
                57_963,
            ),
            _neuron(
                722817260,
                "4558187703e77926b45360dd07f1dea908bb70cb29793c308d8cba93620969d0",
                54_026,
            ),
            _neuron(
                754534424,
                "ab8a85f3a7dbdda8ffbb6599a7eec6f9022cd5262e9e9bf02615c401034bc040",
                55_347,
            ),
            _neuron(
                754538881,
                "7ae02ab98631dcf254970d30f4b791c9c1c113c089d67324bb60368357ba1329",
                56_389,
            ),
        ),
        capabilities=("length",),
        substitute=_SUBSTITUTE,
        holds="Skeleton",
    ),
    Dataset(
        name=_SUBSTITUTE,
        topic="em",
        title="Five generated branching neurons of about 2 mm of neurite each",
        licence="generated",
        citations=(),
        converter=f"{_CONVERTERS}:convert_grown",
        synthetic=True,
        capabilities=("length",),
        holds="Skeleton",
    ),
)
"""Every dataset that holds a :class:`~neuropil.connectome.Skeleton`."""
