"""The datasets of the fly's heading circuit, as data."""

from __future__ import annotations

from neuropil.contracts import Citation
from neuropil.datasets.spec import Dataset, RemoteFile

__all__ = ["FLY_DATASETS"]

_RAW = "https://raw.githubusercontent.com"
# Every address names a commit: what a branch serves may change, and its checksum would then fail.
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
    "synaptic sites in Drosophila melanogaster, Cell S0092-8674(24)00307-6",
)

_NO_LICENCE_FILE = "no licence file in its repository"
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

FLY_DATASETS = (
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
)
"""Every dataset that holds a :class:`~neuropil.connectome.Connectome`."""
