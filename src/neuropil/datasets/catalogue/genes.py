"""The datasets of regional gene expression, as data."""

from __future__ import annotations

from neuropil.contracts import Citation
from neuropil.datasets.spec import Dataset, RemoteFile

__all__ = ["GENE_DATASETS"]

_RAW = "https://raw.githubusercontent.com"
# Every address names a commit: what a branch serves may change, and its checksum would then fail.
_ENIGMA_HOST = (
    f"{_RAW}/MICA-MNI/ENIGMA/d66a7ef320a913f9441bf1089b44f1dad11e5724/enigmatoolbox/datasets"
)
_EXPRESSION_HOST = f"{_RAW}/saratheriver/enigma-extra/8c9df6e0c37c66830360ad553807326035e180ed/ahba"
_NETWORKS_HOST = (
    f"{_RAW}/netneurolab/hansen_many_networks/72b4b3dc2983bf9baf0000926a610ead73b91b1d/data"
)

_HAWRYLYCZ = Citation(
    "hawrylycz2012",
    "Hawrylycz et al. 2012, An anatomically comprehensive atlas of the adult human brain "
    "transcriptome, Nature 489:391",
    "10.1038/nature11405",
)
_MARKELLO = Citation(
    "markello2021",
    "Markello et al. 2021, Standardizing workflows in imaging transcriptomics with the abagen "
    "toolbox, eLife 10:e72129",
    "10.7554/eLife.72129",
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
_SCHAEFER = Citation(
    "schaefer2018",
    "Schaefer et al. 2018, Local-Global Parcellation of the Human Cerebral Cortex from Intrinsic "
    "Functional Connectivity MRI, Cerebral Cortex 28:3095",
    "10.1093/cercor/bhx179",
)
_CITATIONS = (_HAWRYLYCZ, _MARKELLO, _LARIVIERE, _HANSEN)

_ALLEN = "underlying data Allen Institute terms of use, free for research"
_NO_LICENCE_FILE = "no licence file in its repository; cite the paper"
_EXPRESSION_LICENCE = f"no licence file in its repository; {_ALLEN}"
_ENIGMA_LICENCE = "BSD-3-Clause (ENIGMA Toolbox)"
# A file made of several sources has the terms of all of them.
_MIXED = f"{_ALLEN}; ENIGMA matrices BSD-3-Clause; other matrices without a licence file"

_GENES = RemoteFile(
    "ahba_gene_tss.tsv.gz",
    "d29379a3141f49357cf3f007a06c857593b445effa4923775b4b96ea441e04cf",
    377_366,
    (),
    "NCBI gene annotation, US public domain",
)
_SPHERE_L = RemoteFile(
    "raw/enigma/conte69_32k_lh_sphere.gii",
    "1846b053f870405466776d004d714cc1da0cec7361761c65a864782dd09f30a8",
    562_891,
    (f"{_ENIGMA_HOST}/surfaces/conte69_32k_lh_sphere.gii",),
    _ENIGMA_LICENCE,
)
_SPHERE_R = RemoteFile(
    "raw/enigma/conte69_32k_rh_sphere.gii",
    "1a898433a9f1070e4e0435d4db966776ecc3291bfcd444efc7910aeffb91561c",
    553_052,
    (f"{_ENIGMA_HOST}/surfaces/conte69_32k_rh_sphere.gii",),
    _ENIGMA_LICENCE,
)
_SPHERES = (_SPHERE_L, _SPHERE_R)
_LABELS_DK82 = RemoteFile(
    "raw/enigma/aparc_conte69.csv",
    "7c2aa12fcbe956d12963549980c1381a14341f663951aa9948e6458050cbe2a7",
    183_533,
    (f"{_ENIGMA_HOST}/parcellations/aparc_conte69.csv",),
    _ENIGMA_LICENCE,
)
_LABELS_S100 = RemoteFile(
    "raw/enigma/schaefer_100_conte69.csv",
    "181da9662d57bdf814bf67b8e32c06885ba398419985b03681c20f762a21b258",
    185_460,
    (f"{_ENIGMA_HOST}/parcellations/schaefer_100_conte69.csv",),
    _ENIGMA_LICENCE,
)
_LABELS_S400 = RemoteFile(
    "raw/enigma/schaefer_400_conte69.csv",
    "9a86d25b6a4d037e50c3f4acaa5791bfab58d840dc36e84abca41f1635895227",
    232_424,
    (f"{_ENIGMA_HOST}/parcellations/schaefer_400_conte69.csv",),
    _ENIGMA_LICENCE,
)
_ARRAYS_DK82 = RemoteFile(
    "dk82_matched.npz",
    "acc32aa46567e5966539acc83e55c130ee7ae42df1ed4524166ff3edfaa2e3a8",
    4_722_575,
    (),
    _MIXED,
)
_ARRAYS_S100 = RemoteFile(
    "schaefer100_matched.npz",
    "b02a7cd7dc7b305dd3b118afeae73753a97f659957b6be701720cc246f36eafe",
    605_628,
    (),
    _MIXED,
)
_ARRAYS_S400 = RemoteFile(
    "schaefer400_matched.npz",
    "57c472be783654e30b273ef5e9e9faa8a93875394b62d69a695fb995014ea431",
    5_155_657,
    (),
    _MIXED,
)


def _network_file(parcellation: str, stem: str, sha256: str, size: int) -> RemoteFile:
    path = f"{parcellation}/{stem}"
    return RemoteFile(
        f"raw/hansen_many_networks/{path}",
        sha256,
        size,
        (f"{_NETWORKS_HOST}/{path}",),
        _NO_LICENCE_FILE,
    )


_CORTEX_S100 = (
    RemoteFile(
        "raw/enigma_extra/allgenes_stable_r0.6_schaefer_100.csv",
        "1ae348737fccf620d143c214f51aa6e8a88939333385931dcff6b4d527e2be9a",
        1_772_287,
        (f"{_EXPRESSION_HOST}/allgenes_stable_r0.6_schaefer_100.csv",),
        _EXPRESSION_LICENCE,
    ),
    _network_file(
        "Schaefer100",
        "haemodynamic_connectivity.npy",
        "1f047009d878161e6facd584c054a4440ff9ec9f0fd1682a46ba145b6050a045",
        80_128,
    ),
    _network_file(
        "Schaefer100",
        "consensusSC_wei.npy",
        "adf596c0c6bdbc32876856f5c2882a1e623a5acad35f19a58b6bdc55c36e1b16",
        80_128,
    ),
    _network_file(
        "Schaefer100",
        "electrophysiological_connectivity.npy",
        "e1fe02f99233a70736b615104d569c61ce25b34616da40284c207f85b0207c88",
        80_128,
    ),
    _network_file(
        "Schaefer100",
        "gene_coexpression.npy",
        "cdbcc608a97ca4e155ca1406cc2260deea49caca6770d102d5aa35e670ae8250",
        80_128,
    ),
    _network_file(
        "Schaefer100",
        "metabolic_connectivity.npy",
        "94c4bbd27a5a5e658f747756bb46a566aae5b9ef3622523e55558173f0570b03",
        80_128,
    ),
    _network_file(
        "Schaefer100",
        "receptor_similarity.npy",
        "3dfd38d591673cfe9434051de5a82ae016719eeaf5174b124ccf64eca8429552",
        80_128,
    ),
    _network_file(
        "Schaefer100",
        "laminar_similarity.npy",
        "31c543bae7f153ae9fc53add281a94735cba238517daaeb59d70de562b5f8605",
        80_128,
    ),
    _network_file(
        "Schaefer100",
        "temporal_similarity.npy",
        "7a2766f291029d9eb7811f781029246a838407152125871ebec1d38564d45da8",
        80_128,
    ),
    _network_file(
        "parcellation_files",
        "Schaefer100_coords.txt",
        "1ee9cd926c3c2574c1bc2b7c9e1681d0696275490c33517f9388a2eee1b7db5e",
        5_400,
    ),
    _LABELS_S100,
    *_SPHERES,
)
_CORTEX_S400 = (
    RemoteFile(
        "raw/enigma_extra/allgenes_stable_r0.6_schaefer_400.csv",
        "44b0aefc00ea50ad3db1c46073e5fdf248527152abb1fd26d0f7a9d490def7a0",
        2_033_314,
        (f"{_EXPRESSION_HOST}/allgenes_stable_r0.6_schaefer_400.csv",),
        _EXPRESSION_LICENCE,
    ),
    _network_file(
        "Schaefer400",
        "haemodynamic_connectivity.npy",
        "b2e01093cbf6b2a8658088fb22173cca4100d3676b111dbfa88ab131022e7014",
        1_280_128,
    ),
    _network_file(
        "Schaefer400",
        "gene_coexpression.npy",
        "bd834e1bf7b3c2c3acc717fc8af70f2cb3e5f83777b7af8e86c1b2c555979781",
        1_280_128,
    ),
    _network_file(
        "parcellation_files",
        "Schaefer400_coords.txt",
        "0a0a13d33c67804c345a7d9758316be6f89de3aee6c34eff29d778be1738f680",
        21_600,
    ),
    _LABELS_S400,
    *_SPHERES,
)

_SUBSTITUTE = "synthetic-gene-atlas"

GENE_DATASETS = (
    Dataset(
        name="ahba-schaefer400",
        topic="transcriptome",
        title="Expression of 282 stable genes and ten matrices, Schaefer-400 with subcortex",
        licence=_MIXED,
        citations=(*_CITATIONS, _SCHAEFER),
        converter="neuropil.datasets.ahba:convert_schaefer",
        files=(_ARRAYS_S400, _GENES, _LABELS_S400, *_SPHERES),
        capabilities=("expression", "gene positions", "networks", "sphere", "subcortex"),
        # Fewer matrices and no subcortex, but every file of it is public.
        substitute="ahba-schaefer400-cortex",
        holds="GeneAtlas",
    ),
    Dataset(
        name="ahba-schaefer400-cortex",
        topic="transcriptome",
        title="Expression of 282 stable genes, signed FC and co-expression, Schaefer-400 cortex",
        licence=_MIXED,
        citations=(*_CITATIONS, _SCHAEFER),
        converter="neuropil.datasets.ahba:convert_cortex",
        files=_CORTEX_S400,
        capabilities=("expression", "networks", "sphere"),
        substitute=_SUBSTITUTE,
        holds="GeneAtlas",
    ),
    Dataset(
        name="ahba-schaefer100",
        topic="transcriptome",
        title="Expression of 810 stable genes and ten matrices, Schaefer-100 with subcortex",
        licence=_MIXED,
        citations=(*_CITATIONS, _SCHAEFER),
        converter="neuropil.datasets.ahba:convert_schaefer",
        files=(_ARRAYS_S100, _GENES, _LABELS_S100, *_SPHERES),
        capabilities=("expression", "gene positions", "networks", "sphere", "subcortex"),
        substitute="ahba-schaefer100-cortex",
        holds="GeneAtlas",
    ),
    Dataset(
        name="ahba-schaefer100-cortex",
        topic="transcriptome",
        title="Expression of 810 stable genes and eight matrices, Schaefer-100 cortex",
        licence=_MIXED,
        citations=(*_CITATIONS, _SCHAEFER),
        converter="neuropil.datasets.ahba:convert_cortex",
        files=_CORTEX_S100,
        capabilities=("expression", "networks", "sphere"),
        substitute=_SUBSTITUTE,
        holds="GeneAtlas",
    ),
    Dataset(
        name="ahba-dk82",
        topic="transcriptome",
        title="Expression of 15,633 genes and eight matrices, Desikan-Killiany with subcortex",
        licence=f"expression distributed in a GPL-3.0 package; {_MIXED}",
        citations=_CITATIONS,
        converter="neuropil.datasets.ahba:convert_desikan",
        files=(_ARRAYS_DK82, _GENES, _LABELS_DK82, *_SPHERES),
        capabilities=("expression", "gene positions", "sphere", "subcortex"),
        substitute=_SUBSTITUTE,
        holds="GeneAtlas",
    ),
    Dataset(
        name="synthetic-gene-atlas",
        topic="transcriptome",
        title="Generated atlas of 160 regions whose wiring follows a planted rule of genes",
        licence="generated",
        citations=(_HAWRYLYCZ,),
        converter="neuropil.datasets.synthetic_atlas:convert",
        synthetic=True,
        capabilities=("expression", "gene positions", "networks", "sphere"),
        holds="GeneAtlas",
    ),
)
"""Every dataset that holds a :class:`~neuropil.connectome.GeneAtlas`.

Files without an address were derived from public originals and exist only in a mirror; the
datasets that end in ``-cortex`` are built from public files alone.
"""
