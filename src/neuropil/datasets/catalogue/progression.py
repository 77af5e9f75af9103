"""The datasets of pathology over time, and of the graphs along which it may spread, as data."""

from __future__ import annotations

from neuropil.contracts import Citation
from neuropil.datasets.spec import Dataset, RemoteFile

__all__ = ["PROGRESSION_DATASETS"]

_MEASURED = "neuropil.datasets.measured_progression"
_PLANTED = "neuropil.datasets.planted_progression"
# Addresses name a commit: what a branch serves may change, and its checksum would then fail.
_RAW = "https://raw.githubusercontent.com"
_UCL_RAW = (
    f"{_RAW}/ucl-pond/network_spreading_models/e532892ba8a3c7a58208502fb70dacdff5d6a098/"
    "notebooks/tutorial_data"
)
_ENIGMA_RAW = (
    f"{_RAW}/MICA-MNI/ENIGMA/d66a7ef320a913f9441bf1089b44f1dad11e5724/"
    "enigmatoolbox/datasets/matrices/hcp_connectivity"
)
# Said in full wherever it holds, since `neuropil data info` is where a user reads it.
_NO_LICENCE = "no licence file in the source repository: local use only, do not redistribute"

_HENDERSON = Citation(
    "henderson2019",
    "Henderson et al. 2019, Spread of alpha-synuclein pathology through the brain connectome is "
    "modulated by selective vulnerability and predicted by network analysis, Nature Neuroscience "
    "22:1248",
    "10.1038/s41593-019-0457-5",
)
_NEXIS = Citation(
    "anand2022",
    "Anand et al. 2022, The effects of microglia on tauopathy progression can be quantified using "
    "Nexopathy in silico (Nexis) models, Scientific Reports 12:21170",
    "10.1038/s41598-022-25131-3",
)
_HE = Citation(
    "he2023",
    "He et al. 2023, Coupled-mechanisms modelling framework for neurodegeneration, MICCAI, arXiv "
    "2308.05536",
    "10.48550/arXiv.2308.05536",
)
_LARIVIERE = Citation(
    "lariviere2021",
    "Lariviere et al. 2021, The ENIGMA Toolbox: multiscale neural contextualization of multisite "
    "neuroimaging datasets, Nature Methods 18:698",
    "10.1038/s41592-021-01186-4",
)
_HANSEN = Citation(
    "hansen2023",
    "Hansen et al. 2023, Integrating multimodal and multiscale connectivity blueprints of the "
    "human cerebral cortex in health and disease, PLOS Biology 21:e3002314",
    "10.1371/journal.pbio.3002314",
)
_HANSEN_DISORDERS = Citation(
    "hansen2022",
    "Hansen et al. 2022, Local molecular and global connectomic contributions to cross-disorder "
    "cortical abnormalities, Nature Communications 13:4682",
    "10.1038/s41467-022-32420-y",
)
_CHAGGAR = Citation(
    "chaggar2025",
    "Chaggar et al. 2025, Personalised regional modelling predicts tau progression in the human "
    "brain, PLOS Biology 23:e3003241",
    "10.1371/journal.pbio.3003241",
)

_PATHOLOGY = RemoteFile(
    "henderson2019_asyn/pathology.csv",
    "babee0c5d82709bef69ae2b14e819d7802e3a1d9948e9b3a0559016992c1f7bf",
    36_118,
    (),
    "MIT",
)
_COUNTS = RemoteFile(
    "henderson2019_asyn/cell_body_counts.csv",
    "7991a35883651c60ccf06563fee5d9b7bb0c144923dffac80886f23f47911b40",
    10_799,
    (),
    "MIT",
)
_MOUSE_MATRIX = RemoteFile(
    "henderson2019_asyn/connectome_116.csv",
    "e242f7fd94b82af0e4d41b91b03bd648fc7e4835591f27f59644177380aa10a2",
    111_582,
    (),
    "MIT",
)
_MOUSE_REGIONS = RemoteFile(
    "henderson2019_asyn/regions.csv",
    "b82e722288d4d6be6908fe9f248198f1a4607f240b53dd983fd1cd40b1263a0c",
    6_375,
    (),
    "MIT",
)
_NEXIS_ARRAYS = RemoteFile(
    "nexis_mouse/nexis_mouse.npz",
    "136ff48bd6ff8dfb1beaa4d05647dce1084075e1ce16029be8c9a89fabaf1ee3",
    1_702_441,
    (),
    "MIT",
)
_UCL_TAU = RemoteFile(
    "ucl_network_spreading/pathology.csv",
    "2177ca61bd13d1fc56583af2ac0216bd143702897d3458e1b2a725ad05bd04f0",
    3_772,
    (f"{_UCL_RAW}/pathology.csv",),
    "MIT",
)
_UCL_AMYLOID = RemoteFile(
    "ucl_network_spreading/regional_amyloid.csv",
    "e01a5f062c9ece872c61e95ffccca9dfbfc20942aba70a3da2e7c0df37bc90fd",
    3_540,
    (f"{_UCL_RAW}/regional_amyloid.csv",),
    "MIT",
)
_UCL_REGIONS = RemoteFile(
    "ucl_network_spreading/RegionList.csv",
    "6e2a6ad7782c2968a4266a01f3dc4e59f95800fe0b3f5dbf1b23dfd62dbf8444",
    1_481,
    (f"{_UCL_RAW}/RegionList.csv",),
    "MIT",
)
_UCL_MATRIX = RemoteFile(
    "ucl_network_spreading/tractography.csv",
    "8716a4dd3d788a4b209e2ef5fafc8d81c2d885e879141a1ecf6f79f49de007de",
    176_400,
    (f"{_UCL_RAW}/tractography.csv",),
    "MIT",
)
_MOMENTS = RemoteFile(
    "chaggar_adni_params/component_moments.csv",
    "3e207dcf9168b25d53fe2ae7301e3673ce0214b62ee41e3cf97aee415d5ba82c",
    9_881,
    (
        f"{_RAW}/PavanChaggar/local-fkpp/47452535f6285875a44c35226ea9ce68d09d52c7/"
        "adni/data/component_moments.csv",
    ),
    "CC-BY-4.0",
)
_HCP83_MATRIX = RemoteFile(
    "chaggar_adni_params/hcp_scale1_adjacency.csv",
    "d1c9393cd774076e04fc663e9aba885237d6313155cd747e5650765e9b2a7a83",
    85_588,
    (
        f"{_RAW}/PavanChaggar/Connectomes.jl/e59e6265b1529697715582ba0f3722a267d0f802/"
        "assets/connectomes/hcp-scale1-adjacency-matrix.csv",
    ),
    "MIT",
)
_HCP83_REGIONS = RemoteFile(
    "chaggar_adni_params/parc.csv",
    "0012e1c27545654e65954d842fd73b1bf7c6bfa07b5372ae588b7aadccc99707",
    8_227,
    (
        f"{_RAW}/PavanChaggar/Connectomes.jl/e59e6265b1529697715582ba0f3722a267d0f802/"
        "assets/connectomes/parc.csv",
    ),
    "MIT",
)
_HANSEN_ARRAYS = RemoteFile(
    "hansen_multimodal_dk68/hansen_dk68.npz",
    "7bdda2746ca508c8ab62de4fd9abdc1c162febab73d339d3bd3bc553cd4dbb1e",
    142_148,
    (),
    _NO_LICENCE,
)


def _of_enigma(*files: tuple[str, str, int]) -> tuple[RemoteFile, ...]:
    return tuple(
        RemoteFile(f"enigma_dk68/{name}", digest, size, (f"{_ENIGMA_RAW}/{name}",), "BSD-3-Clause")
        for name, digest, size in files
    )


_ENIGMA_68 = _of_enigma(
    (
        "strucMatrix_ctx.csv",
        "e57b94ec8de0b30f128899413b02a09538a2911633db41fff00ff4715d5841b5",
        30_014,
    ),
    (
        "strucLabels_ctx.csv",
        "47a5301cb4f956782fa99c6c0b110fc4717c4bb626a65a4d04890ed72a745a35",
        1_164,
    ),
    (
        "funcMatrix_ctx.csv",
        "8c4fbbe79dc851ac51bff40bf1bdfd07ce839f819d74519ad7518a731e07b934",
        81_846,
    ),
    (
        "funcLabels_ctx.csv",
        "47a5301cb4f956782fa99c6c0b110fc4717c4bb626a65a4d04890ed72a745a35",
        1_164,
    ),
)
_ENIGMA_82 = _of_enigma(
    (
        "strucMatrix_with_sctx.csv",
        "ee3825eed9d83786fbfa4804c13c78ef4b94267ad48b517e2a732f2c05300634",
        25_098,
    ),
    (
        "strucLabels_with_sctx.csv",
        "331333840228ccb9489d7b63f6d12c08bef9ee12ec0fbe95e27b7d86759ce97a",
        1_249,
    ),
    (
        "funcMatrix_with_sctx.csv",
        "623b719ee4de65e2eed119e31ed400b4d21187978c5655a2d02ce21a72c75058",
        54_118,
    ),
    (
        "funcLabels_with_sctx.csv",
        "331333840228ccb9489d7b63f6d12c08bef9ee12ec0fbe95e27b7d86759ce97a",
        1_249,
    ),
)

PROGRESSION_DATASETS = (
    Dataset(
        name="henderson2019-asyn",
        topic="progression",
        title="Alpha-synuclein pathology of 35 mice in 116 regions at 1, 3 or 6 months",
        licence="MIT",
        citations=(_HENDERSON,),
        converter=f"{_MEASURED}.henderson:convert_pathology",
        files=(_PATHOLOGY, _MOUSE_REGIONS),
        capabilities=("group", "gene expression", "seed"),
        substitute="synthetic-progression",
        holds="Visits",
    ),
    Dataset(
        name="henderson2019-cell-counts",
        topic="progression",
        title="Cell bodies with pathology of the same 35 mice",
        licence="MIT",
        citations=(_HENDERSON,),
        converter=f"{_MEASURED}.henderson:convert_cell_counts",
        files=(_COUNTS, _PATHOLOGY, _MOUSE_REGIONS),
        capabilities=("group", "gene expression", "seed"),
        substitute="synthetic-progression",
        holds="Visits",
    ),
    Dataset(
        name="henderson2019-connectome",
        topic="progression",
        title="Mesoscale connectome of the 116 regions of henderson2019-asyn",
        licence="MIT",
        citations=(_HENDERSON,),
        converter=f"{_MEASURED}.henderson:convert_connectome",
        files=(_MOUSE_MATRIX, _MOUSE_REGIONS),
        capabilities=("direction",),
        substitute="synthetic-progression-connectome",
    ),
    Dataset(
        name="nexis-mouse",
        topic="progression",
        title="Nine longitudinal mouse studies of tau and alpha-synuclein in 426 regions",
        licence="MIT",
        citations=(_NEXIS,),
        converter=f"{_MEASURED}.nexis:convert_studies",
        files=(_NEXIS_ARRAYS,),
        capabilities=("protein", "laboratory", "cell types", "seed"),
        substitute="synthetic-progression",
        holds="Visits",
    ),
    Dataset(
        name="nexis-mouse-connectome",
        topic="progression",
        title="Retrograde, anterograde, undirected and proximity graphs of nexis-mouse",
        licence="MIT",
        citations=(_NEXIS,),
        converter=f"{_MEASURED}.nexis:convert_connectome",
        files=(_NEXIS_ARRAYS,),
        capabilities=("direction", "proximity"),
        substitute="synthetic-progression-connectome",
    ),
    Dataset(
        name="ucl-tau",
        topic="progression",
        title="Group mean of tau PET in 84 regions, with amyloid PET",
        licence="MIT",
        citations=(_HE,),
        converter=f"{_MEASURED}.human:convert_ucl_tau",
        files=(_UCL_TAU, _UCL_AMYLOID, _UCL_REGIONS),
        capabilities=("amyloid",),
        substitute="synthetic-progression",
        holds="Visits",
    ),
    Dataset(
        name="ucl-tractography",
        topic="progression",
        title="Tractography between the 84 regions of ucl-tau",
        licence="MIT",
        citations=(_HE,),
        converter=f"{_MEASURED}.human:convert_ucl_tractography",
        files=(_UCL_MATRIX, _UCL_REGIONS),
        capabilities=(),
        substitute="synthetic-progression-connectome",
    ),
    Dataset(
        name="enigma-dk68",
        topic="progression",
        title="Group means of SC and FC, Desikan-Killiany cortex",
        licence="BSD-3-Clause",
        citations=(_LARIVIERE,),
        converter=f"{_MEASURED}.human:convert_enigma",
        files=_ENIGMA_68,
        capabilities=("SC", "FC"),
        substitute="synthetic-progression-views",
        holds="Cohort",
    ),
    Dataset(
        name="enigma-dk82",
        topic="progression",
        title="Group means of SC and FC, Desikan-Killiany cortex with subcortex",
        licence="BSD-3-Clause",
        citations=(_LARIVIERE,),
        converter=f"{_MEASURED}.human:convert_enigma",
        files=_ENIGMA_82,
        capabilities=("SC", "FC"),
        substitute="synthetic-progression-views",
        holds="Cohort",
    ),
    Dataset(
        name="hansen-dk68",
        topic="progression",
        title="Ten group matrices of connectivity and similarity, Desikan-Killiany cortex",
        licence=_NO_LICENCE,
        citations=(_HANSEN, _HANSEN_DISORDERS),
        converter=f"{_MEASURED}.human:convert_hansen",
        files=(_HANSEN_ARRAYS,),
        capabilities=("SC", "gene_coexpression", "laminar_similarity", "receptors", "thickness"),
        substitute="synthetic-progression-views",
        holds="Cohort",
    ),
    Dataset(
        name="chaggar-tau-moments",
        topic="progression",
        title="Healthy and pathological tau PET by region: moments of a mixture in ADNI",
        licence="CC-BY-4.0",
        citations=(_CHAGGAR,),
        converter=f"{_MEASURED}.human:convert_moments",
        files=(_MOMENTS,),
        capabilities=("capacity",),
        holds="Parcellation",
    ),
    Dataset(
        name="chaggar-hcp83",
        topic="progression",
        title="Human connectome of 83 regions of the local-capacity models",
        licence="MIT",
        citations=(_CHAGGAR,),
        converter=f"{_MEASURED}.human:convert_hcp83",
        files=(_HCP83_MATRIX, _HCP83_REGIONS),
        capabilities=("lobe",),
        substitute="synthetic-progression-connectome",
    ),
    Dataset(
        name="synthetic-progression",
        topic="progression",
        title="Generated tau of 216 people seen one to four times, on a generated graph",
        licence="generated",
        citations=(),
        converter=f"{_PLANTED}.embedded:convert_visits",
        synthetic=True,
        capabilities=("onset",),
        holds="Visits",
    ),
    Dataset(
        name="synthetic-progression-views",
        topic="progression",
        title="Four generated views of one graph of 68 regions: SC, FC, gene and laminar",
        licence="generated",
        citations=(),
        converter=f"{_PLANTED}.embedded:convert_views",
        synthetic=True,
        capabilities=("SC", "FC", "gene_coexpression", "laminar_similarity"),
        holds="Cohort",
    ),
    Dataset(
        name="synthetic-progression-connectome",
        topic="progression",
        title="The generated graph along which synthetic-progression spreads",
        licence="generated",
        citations=(),
        converter=f"{_PLANTED}.embedded:convert_graph",
        synthetic=True,
        capabilities=(),
    ),
)
"""Every dataset of the study of progression.

Files without an address were derived from public originals and exist only in a mirror; the notes of
the data say where the originals are. Values of single people of ADNI are under an agreement on
their use, and are in no dataset.
"""
