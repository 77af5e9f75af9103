"""Nine mouse studies: published facts on the real file, the originals, and another refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.io import loadmat

from neuropil import datasets
from neuropil.connectome import Connectome, Visits
from neuropil.contracts import IntegrityError, Source
from neuropil.datasets.measured_progression import nexis


@pytest.fixture
def studies(real_data):
    del real_data
    return datasets.load("nexis-mouse", kind=Visits)


@pytest.fixture
def graphs(real_data):
    del real_data
    return datasets.load("nexis-mouse-connectome", kind=Connectome)


def test_nine_studies_have_their_months_scores_and_covariates(studies):
    assert (studies.n_subjects, studies.n_visits, studies.n_regions) == (9, 29, 426)
    assert studies.of_subject("kaufman__DS9").times.tolist() == [4, 8, 12]
    assert studies.of_subject("endm__Clavaguera").times.tolist() == [6, 12, 15]
    assert studies.of_subject("asyn__human").times.tolist() == [1, 3, 6, 12]
    scored = {
        name: int((~np.isnan(studies.of_subject(name).values)).all(axis=0).sum())
        for name in studies.ids
    }
    assert list(scored.values()) == [132, 132, 280, 196, 346, 344, 194, 194, 194]
    assert np.nansum(studies.of_subject("endm__IbaStrInj").values) == pytest.approx(418.7681818)
    assert studies.select("protein == 'alpha-synuclein'").ids == ("asyn__human", "asyn__mouse")
    assert studies.subjects["laboratory"].n_unique() == 4


def test_seeds_and_cell_types_are_columns_of_the_regions(studies):
    regions = studies.parcellation.regions
    seeds = {name: int(regions[f"seed_{name}"].sum()) for name in studies.ids}
    assert list(seeds.values()) == [2, 2, 7, 9, 1, 7, 9, 9, 9]
    assert regions.filter("seed_endm__IbaHippInj")["name"].to_list() == ["Field CA3 (ipsi)"]
    kinds = [name for name in regions.columns if name.startswith("density_")]
    assert len(kinds) == 25
    assert regions.select(kinds).to_numpy().sum() == pytest.approx(0.21212067, abs=1e-6)
    assert regions["voxel_count"][0] == 624


def test_four_graphs_are_weights_of_one_connectome(graphs, studies):
    assert graphs.weight_names == ("retrograde", "anterograde", "undirected", "proximity")
    assert tuple(graphs.nodes["id"]) == studies.region_names
    matrices = {name: graphs.adjacency(name).toarray() for name in graphs.weight_names}
    assert round(matrices["retrograde"].sum()) == 5_827_754
    np.testing.assert_array_equal(matrices["retrograde"], matrices["anterograde"].T)
    for name in ("undirected", "proximity"):
        np.testing.assert_array_equal(matrices[name], matrices[name].T)


def test_the_original_struct_has_the_same_values(real_data, studies, graphs):
    path = real_data / "progression" / "raw" / "nexis_mouse__mouse_aSynData_426.mat"
    struct = loadmat(path, squeeze_me=True, struct_as_record=False)
    for kind in ("human", "mouse"):
        name = f"asyn__{kind}"
        given = getattr(struct["data426"], kind).astype(np.float64).T
        np.testing.assert_array_equal(studies.of_subject(name).values, given)
        months = getattr(struct["tpts"], kind).tolist()
        assert studies.of_subject(name).times.tolist() == months
        seed = studies.parcellation.regions[f"seed_{name}"].to_numpy()
        np.testing.assert_array_equal(seed, getattr(struct["seed426"], kind).astype(bool))
    given = struct["Networks"].ret.astype(np.float32).astype(np.float64)
    np.testing.assert_array_equal(graphs.adjacency("retrograde").toarray(), given)


def test_original_cell_types_and_voxels_are_the_same(real_data, studies):
    raw = real_data / "progression" / "raw"
    regions = studies.parcellation.regions
    densities = loadmat(raw / "nexis_mouse__Tasic_CTMaps.mat")["Tasic_ng606"]
    kinds = [name for name in regions.columns if name.startswith("density_")]
    np.testing.assert_array_equal(regions.select(kinds).to_numpy(), densities.astype(np.float32))
    voxels = loadmat(raw / "nexis_mouse__regionvoxels.mat", squeeze_me=True)["voxels"]
    assert regions["voxel_count"].to_list() == [*voxels.tolist(), *voxels.tolist()]


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "nexis.npz"
    empty = {key: np.zeros((426, 426)) for key in ("net__ret", "net__ant", "net__nd", "net__spat")}
    np.savez(path, **empty)
    with pytest.raises(IntegrityError) as caught:
        nexis.convert_connectome({"nexis_mouse/nexis_mouse.npz": path}, Source("nexis"))
    assert str(caught.value) == (
        "nexis_mouse/nexis_mouse.npz: expected the published data, these facts do not hold: "
        "retrograde sum 5827754. Fetch the file again; if it persists, report it."
    )
    np.savez(path, celltype__tasic=np.zeros((426, 25)))
    with pytest.raises(IntegrityError, match="do not hold: 44 arrays, nine studies"):
        nexis.convert_studies({"nexis_mouse/nexis_mouse.npz": path}, Source("nexis"))
