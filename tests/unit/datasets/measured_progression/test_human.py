"""Human group data: published facts on the real files, and another file refused."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil import datasets
from neuropil.connectome import Cohort, Connectome, Parcellation, Visits, label_regions
from neuropil.contracts import IntegrityError, Source
from neuropil.datasets.measured_progression import human


@pytest.mark.usefixtures("real_data")
def test_the_group_map_of_tau_has_the_published_facts():
    visits = datasets.load("ucl-tau", kind=Visits)
    assert (visits.n_subjects, visits.n_visits, visits.n_regions) == (1, 1, 84)
    assert visits.values.sum() == pytest.approx(114.91501, abs=5e-6)
    assert visits.values.min() == pytest.approx(1.0227, abs=5e-5)
    assert visits.values.max() == pytest.approx(1.7583, abs=5e-5)
    assert visits.parcellation.regions["amyloid_suvr"].sum() == pytest.approx(114.1483568)
    cortical = visits.parcellation.regions["cortical"].to_numpy()
    assert cortical.sum() == 68
    names = np.array(visits.region_names)
    assert names[cortical][[0, 33, 34, 67]].tolist() == [
        "L_bankssts",
        "L_insula",
        "R_bankssts",
        "R_insula",
    ]
    assert (names[34], names[42], names[83]) == (
        "L_cerebellum_cortex",
        "R_thalamus_proper",
        "R_cerebellum_cortex",
    )


@pytest.mark.usefixtures("real_data")
def test_the_tractography_is_symmetric_and_has_the_regions_of_the_map():
    tracts = datasets.load("ucl-tractography", kind=Connectome)
    assert not tracts.directed
    matrix = tracts.adjacency().toarray()
    assert matrix.sum() == pytest.approx(31002552.84, abs=0.005)
    assert not np.diag(matrix).any()
    names = datasets.load("ucl-tau", kind=Visits).region_names
    assert tuple(tracts.nodes["id"]) == names


@pytest.mark.usefixtures("real_data")
@pytest.mark.parametrize(
    ("name", "regions", "total"), [("enigma-dk68", 68, 10322.7553369), ("enigma-dk82", 82, 16824.4)]
)
def test_the_group_connectomes_have_the_published_facts(name, regions, total):
    group = datasets.load(name, kind=Cohort)
    assert (group.n_subjects, group.n_regions) == (1, regions)
    assert group.matrices("SC").sum() == pytest.approx(total, rel=1e-7)
    assert group.edges("SC").max() == pytest.approx(12.615, abs=5e-4)
    assert group.edges("FC").max() == pytest.approx(1.427, abs=5e-4)
    labels = label_regions(group.parcellation)
    assert (labels[0], labels[4]) == ("L_bankssts", "L_entorhinal")


@pytest.mark.usefixtures("real_data")
def test_ten_matrices_have_the_names_of_the_others_in_another_order():
    ten = datasets.load("hansen-dk68", kind=Cohort)
    assert len(ten.modalities) == 10
    labels = label_regions(ten.parcellation)
    others = label_regions(datasets.load("enigma-dk68", kind=Cohort).parcellation)
    assert labels != others
    assert sorted(labels) == sorted(others)
    assert ten.matrices("SC").sum() == 1446
    assert ten.edges("laminar_similarity").min() < 0
    regions = ten.parcellation.regions
    assert regions.columns[3:6] == ["x_mm", "y_mm", "z_mm"]
    assert sum(name.startswith("receptor_") for name in regions.columns) == 18
    assert sum(name.startswith("thickness_") for name in regions.columns) == 13
    assert "do not redistribute" in ten.source.licence


@pytest.mark.parametrize(
    "name", ["gene_coexpression", "laminar_similarity", "metabolic_connectivity"]
)
def test_the_original_matrices_have_the_same_values(real_data, name):
    raw = np.load(real_data / "progression" / "raw" / f"hansen_multimodal_dk68__{name}.npy")
    ten = datasets.load("hansen-dk68", kind=Cohort)
    rows, columns = np.triu_indices(68, 1)
    given = raw.astype(np.float32)[rows, columns].astype(np.float64)
    np.testing.assert_array_equal(ten.edges(name)[0], given)


@pytest.mark.usefixtures("real_data")
def test_moments_are_complete_in_the_cortex():
    moments = datasets.load("chaggar-tau-moments", kind=Parcellation)
    assert moments.n_regions == 105
    table = dict(zip(label_regions(moments), moments.regions.rows(named=True), strict=True))
    assert table["L_entorhinal"]["pathological_mean"] > table["L_entorhinal"]["healthy_mean"]
    assert table["CC_Anterior"]["healthy_mean"] is None
    assert sum(row["healthy_mean"] is None for row in table.values()) == 7


@pytest.mark.usefixtures("real_data")
def test_the_connectome_of_83_regions_is_symmetric_and_scaled_to_1():
    tracts = datasets.load("chaggar-hcp83", kind=Connectome)
    matrix = tracts.adjacency().toarray()
    assert matrix.shape == (83, 83)
    assert matrix.max() == 1
    assert matrix.sum() == pytest.approx(42.4187022, abs=1e-6)
    assert tracts.nodes["id"][0] == "R_lateralorbitofrontal"


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "tracts.csv"
    np.savetxt(path, np.triu(np.ones((84, 84))), delimiter=",")
    with pytest.raises(IntegrityError) as caught:
        human.convert_ucl_tractography(
            {"ucl_network_spreading/tractography.csv": path}, Source("ucl-tractography")
        )
    assert str(caught.value) == (
        "ucl_network_spreading/tractography.csv: expected the published data, these facts do not "
        "hold: symmetric, diagonal of zeros, sum 31002552.84. Fetch the file again; if it "
        "persists, report it."
    )
    table = tmp_path / "moments.csv"
    table.write_text("region,C0_mean,C1_mean,C0_cov,C1_cov\nctx_lh_insula,1,2,,\n")
    with pytest.raises(IntegrityError, match="hold: 105 regions, 68 complete regions of cortex"):
        human.convert_moments(
            {"chaggar_adni_params/component_moments.csv": table}, Source("chaggar")
        )
