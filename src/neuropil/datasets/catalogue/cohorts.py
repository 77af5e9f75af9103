"""The datasets of many connectomes, as data."""

from __future__ import annotations

from neuropil.contracts import Citation
from neuropil.datasets.spec import Dataset, RemoteFile

__all__ = ["COHORT_DATASETS"]

_PLANTED = "neuropil.datasets.planted_cohorts"
_MEASURED = "neuropil.datasets.measured_cohorts"
# Addresses name a commit: what a branch serves may change, and its checksum would then fail.
_RAW = "https://raw.githubusercontent.com"

_SARWAR = Citation(
    "sarwar2021",
    "Sarwar et al. 2021, Structure-function coupling in the human connectome: A machine learning "
    "approach, NeuroImage 226:117609",
    "10.1016/j.neuroimage.2020.117609",
)

_DI_MARTINO = Citation(
    "dimartino2014",
    "Di Martino et al. 2014, The autism brain imaging data exchange: towards a large-scale "
    "evaluation of the intrinsic brain architecture in autism, Molecular Psychiatry 19:659",
    "10.1038/mp.2013.78",
)
_CRADDOCK = Citation(
    "craddock2013",
    "Craddock et al. 2013, The Neuro Bureau Preprocessing Initiative: open sharing of preprocessed "
    "neuroimaging data and derivatives, Frontiers in Neuroinformatics",
    "10.3389/conf.fninf.2013.09.00041",
)
_VAN_ESSEN = Citation(
    "vanessen2013",
    "Van Essen et al. 2013, The WU-Minn Human Connectome Project: An overview, NeuroImage 80:62",
    "10.1016/j.neuroimage.2013.05.041",
)
_HARITA = Citation(
    "harita2024",
    "Harita et al. 2024, State-dependent relationship between lower and higher order networks in "
    "fMRI brain dynamics, repository on GitHub",
)
_TENSORREGRESS = Citation(
    "hu2021",
    "Hu J, Xu Z, Lee C, Wang M 2021, Supervised Tensor Decomposition with Side Information, "
    "R package tensorregress on CRAN",
)
_CISE = Citation(
    "wang2017",
    "Wang L, Zhang Z, Dunson D 2017, Common and Individual Structure of Brain Networks, arXiv "
    "1707.06360, with the R package CISE",
    "10.48550/arXiv.1707.06360",
)

_PAIRED_LICENCE = "no licence file in its repository, whose README calls it dummy data"
_PAIRED = RemoteFile(
    "raw/mapping_SC_FC/example_data.mat",
    "d38cf8b3230745bba7232d04c2a0b3fda155f634feca0d1ecd4cd69c4bd4d59f",
    2_281_508,
    (f"{_RAW}/sarwart/mapping_SC_FC/75e9d2882f51d3e49185a796e1f52b7d4818fa97/example_data.mat",),
    _PAIRED_LICENCE,
)

# Terms of those who gave the scans; the repository that hosts the files adds none of its own.
_ABIDE_LICENCE = (
    "ABIDE I preprocessed terms (non-commercial research, CC BY-NC-SA); no licence file in the "
    "hosting repository"
)
_ABIDE_ARRAYS = RemoteFile(
    "abide1_fc_ho_float16.npz",
    "9e05d79e31324cd5b773cbf7e94c6e0e075ed572c85f026be45776b252062548",
    11_729_360,
    (),
    _ABIDE_LICENCE,
)
_ABIDE_PHENOTYPE = RemoteFile(
    "abide1_phenotype.csv",
    "151f71a55754155a4b6ceed87399a9535364a581993640c1f2635a73a63e8dd9",
    184_678,
    (),
    _ABIDE_LICENCE,
)
# Packages license the copies that they carry; the subjects keep the terms of their project.
_HCP_TERMS = "HCP Open Access Data Use Terms"
_COUNTS = RemoteFile(
    "hcp200_sc_schaefer200_float32.npz",
    "c180f1193df96f560df4e703e1b36e12a1bba994ae08abc0b59caa354bb4b669",
    5_765_653,
    (),
    f"MIT (repository); {_HCP_TERMS}",
)
_BINARY = RemoteFile(
    "hcp_binary_sc_dk68.npz",
    "cf3fa309692086f9a76a67922982668075db883302b5a939f79db4e93782c21a",
    54_231,
    (),
    f"GPL >= 2 and GPL-2 (packages); {_HCP_TERMS}",
)
_TRAITS = RemoteFile(
    "hcp136_traits_openaccess.csv",
    "d55e5e404bc9e22e133f67fe32c89e0f80b94d749cdebb7cce5e65278a5d0f5b",
    11_439,
    (),
    f"GPL >= 2 (package); {_HCP_TERMS}",
)
# What stands in where a file without an address is not at hand: planted factors, marked as such.
_SUBSTITUTE = "planted-joint-individual"

COHORT_DATASETS = (
    Dataset(
        name="abide1-fc",
        topic="cohorts",
        title="FC of 1,102 subjects from 20 sites, Harvard-Oxford atlas, with phenotypes",
        licence=_ABIDE_LICENCE,
        citations=(_DI_MARTINO, _CRADDOCK),
        converter=f"{_MEASURED}.abide:convert",
        files=(_ABIDE_ARRAYS, _ABIDE_PHENOTYPE),
        capabilities=("FC", "site", "age", "sex", "diagnosis"),
        substitute="planted-protocols",
        holds="Cohort",
    ),
    Dataset(
        name="hcp200-sc",
        topic="cohorts",
        title="Streamline counts of 200 subjects, Schaefer-200 with subcortex",
        licence=_COUNTS.licence,
        citations=(_HARITA, _VAN_ESSEN),
        converter=f"{_MEASURED}.structural:convert_counts",
        files=(_COUNTS,),
        capabilities=("SC",),
        substitute=_SUBSTITUTE,
        holds="Cohort",
    ),
    Dataset(
        name="hcp136-binary-sc",
        topic="cohorts",
        title="Binary SC of 136 subjects, Desikan-Killiany cortex, with open-access traits",
        licence=_TRAITS.licence,
        citations=(_TENSORREGRESS, _VAN_ESSEN),
        converter=f"{_MEASURED}.structural:convert_binary136",
        files=(_BINARY, _TRAITS),
        capabilities=("SC", "sex", "traits"),
        substitute=_SUBSTITUTE,
        holds="Cohort",
    ),
    Dataset(
        name="hcp212-binary-sc",
        topic="cohorts",
        title="Binary SC of 212 subjects, Desikan-Killiany cortex",
        licence=f"GPL-2 (package); {_HCP_TERMS}",
        citations=(_CISE, _VAN_ESSEN),
        converter=f"{_MEASURED}.structural:convert_binary212",
        files=(_BINARY,),
        capabilities=("SC",),
        substitute=_SUBSTITUTE,
        holds="Cohort",
    ),
    Dataset(
        name="hcp100-paired",
        topic="cohorts",
        title="SC and FC of 100 subjects, Desikan-Killiany cortex; pairing not demonstrable",
        licence=_PAIRED_LICENCE,
        citations=(_SARWAR,),
        converter=f"{_MEASURED}.paired:convert",
        files=(_PAIRED,),
        capabilities=("SC", "FC"),
        substitute=_SUBSTITUTE,
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
    Dataset(
        name="planted-protocols-small",
        topic="cohorts",
        title="Generated SC of 575 subjects from ten acquisition protocols",
        licence="generated",
        citations=(),
        converter=f"{_PLANTED}.protocols:convert_few_protocols",
        synthetic=True,
        capabilities=("SC", "protocol", "age", "sex", "diagnosis"),
        holds="Cohort",
    ),
)
"""Every dataset that holds a :class:`~neuropil.connectome.Cohort`.

Files without an address were derived from public originals and exist only in a mirror; the notes of
the cohort say where the originals are.
"""
