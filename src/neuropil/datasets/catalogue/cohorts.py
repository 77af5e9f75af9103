"""The datasets of many connectomes, as data."""

from __future__ import annotations

from neuropil.contracts import Citation
from neuropil.datasets.spec import Dataset, RemoteFile

__all__ = ["COHORT_DATASETS"]

_PLANTED = "neuropil.datasets.planted_cohorts"
_MEASURED = "neuropil.datasets.measured_cohorts"
_RAW = "https://raw.githubusercontent.com"

_SARWAR = Citation(
    "sarwar2021",
    "Sarwar et al. 2021, Structure-function coupling in the human connectome: A machine learning "
    "approach, NeuroImage 226:117609",
    "10.1016/j.neuroimage.2020.117609",
)

_PAIRED_LICENCE = "no licence file in its repository, whose README calls it dummy data"
_PAIRED = RemoteFile(
    "raw/mapping_SC_FC/example_data.mat",
    "d38cf8b3230745bba7232d04c2a0b3fda155f634feca0d1ecd4cd69c4bd4d59f",
    2_281_508,
    (f"{_RAW}/sarwart/mapping_SC_FC/75e9d2882f51d3e49185a796e1f52b7d4818fa97/example_data.mat",),
    _PAIRED_LICENCE,
)

COHORT_DATASETS = (
    Dataset(
        name="hcp100-paired",
        topic="cohorts",
        title="SC and FC of 100 subjects, Desikan-Killiany cortex; pairing not demonstrable",
        licence=_PAIRED_LICENCE,
        citations=(_SARWAR,),
        converter=f"{_MEASURED}.paired:convert",
        files=(_PAIRED,),
        capabilities=("SC", "FC"),
        substitute="planted-joint-individual",
        holds="Cohort",
    ),
    Dataset(
        name="planted-joint-individual",
        topic="cohorts",
        title="Generated SC and FC of 500 subjects with five joint and five individual factors",
        licence="generated",
        citations=(),
        converter=f"{_PLANTED}.linear:convert_joint_individual",
        synthetic=True,
        capabilities=("SC", "FC", "trait"),
        holds="Cohort",
    ),
    Dataset(
        name="planted-protocols",
        topic="cohorts",
        title="Generated SC of 5,761 subjects from ten acquisition protocols",
        licence="generated",
        citations=(),
        converter=f"{_PLANTED}.protocols:convert_protocols",
        synthetic=True,
        capabilities=("SC", "protocol", "age", "sex", "diagnosis"),
        holds="Cohort",
    ),
)
"""Every dataset that holds a :class:`~neuropil.connectome.Cohort`."""
