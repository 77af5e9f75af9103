"""Henderson 2019: published facts on the real files, the originals, and other files refused."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from neuropil import datasets
from neuropil.connectome import Connectome, Visits
from neuropil.contracts import IntegrityError, Source
from neuropil.datasets.measured_progression import henderson


@pytest.mark.usefixtures("real_data")
def test_pathology_has_the_published_facts():
    visits = datasets.load("henderson2019-asyn", kind=Visits)
    assert (visits.n_subjects, visits.n_visits, visits.n_regions) == (35, 35, 116)
    assert visits.time_unit == "month"
    assert np.isnan(visits.values).sum() == 14
    assert (visits.values == 0).mean() == pytest.approx(0.302, abs=5e-4)
    assert np.nanmax(visits.values) == pytest.approx(0.859006, abs=1e-9)
    assert np.nansum(visits.values) == pytest.approx(48.652187, abs=1e-6)
    mice = {
        (group, month): visits.select(f"group == '{group}' and time == {month}").n_subjects
        for group in ("NTG", "G20")
        for month in (1, 3, 6)
    }
    assert list(mice.values()) == [4, 6, 6, 6, 6, 7]
    assert visits.notes[-1] == "14 of 4,060 values, at 1 of 35 visits, are missing."


@pytest.mark.usefixtures("real_data")
def test_regions_have_sides_places_genes_and_the_seed():
    regions = datasets.load("henderson2019-asyn", kind=Visits).parcellation.regions
    (seed,) = regions.filter("seed").rows(named=True)
    assert (seed["name"], seed["hemisphere"], seed["injection_side"]) == ("iCPu", "R", "ipsi")
    assert (seed["x_mm"], seed["y_mm"], seed["z_mm"]) == (8.2, 4.15, 5.55)
    assert regions["snca_expression"].sum() == pytest.approx(1496.6464661)
    assert dict(regions["hemisphere"].value_counts().iter_rows()) == {"R": 58, "L": 58}


@pytest.mark.usefixtures("real_data")
def test_cell_counts_are_of_the_same_mice_and_regions():
    counts = datasets.load("henderson2019-cell-counts", kind=Visits)
    visits = datasets.load("henderson2019-asyn", kind=Visits)
    assert counts.table.equals(visits.table)
    assert counts.region_names == visits.region_names
    assert np.nansum(counts.values) == 3088.5
    assert counts.unit == "count"


@pytest.mark.usefixtures("real_data")
def test_the_connectome_has_the_published_facts_and_the_order_of_the_pathology():
    connectome = datasets.load("henderson2019-connectome", kind=Connectome)
    visits = datasets.load("henderson2019-asyn", kind=Visits)
    assert tuple(connectome.nodes["id"]) == visits.region_names
    matrix = connectome.adjacency().toarray()
    assert matrix.sum() == pytest.approx(869.244279, abs=1e-6)
    assert (matrix != 0).mean() == pytest.approx(0.649, abs=5e-4)
    assert connectome.directed
    # Row is the source: both sides are the same block, and the blocks are no mirror images.
    np.testing.assert_array_equal(matrix[:58, :58], matrix[58:, 58:])
    assert not np.array_equal(matrix, matrix.T)


def test_the_original_table_has_the_same_values(real_data):
    path = real_data / "progression" / "raw" / "henderson2019_asyn__data.csv"
    # Its lines end as those of old Macintosh programs.
    text = path.read_bytes().replace(b"\r", b"\n")
    raw = pl.read_csv(text, infer_schema_length=None, null_values=["NA", ""])
    visits = datasets.load("henderson2019-asyn", kind=Visits)
    shared = [name for name in visits.region_names if name in raw.columns]
    assert len(shared) == 116
    given = raw.select(shared).cast(pl.Float64).fill_null(np.nan).to_numpy()
    np.testing.assert_array_equal(given, visits.values)


def test_the_original_matrices_are_the_blocks(real_data):
    raw = real_data / "progression" / "raw"
    matrix = datasets.load("henderson2019-connectome", kind=Connectome).adjacency().toarray()
    for side, block in (("ipsi", matrix[:58, :58]), ("contra", matrix[:58, 58:])):
        text = (raw / f"henderson2019_asyn__connectivity_{side}.csv").read_bytes()
        table = pl.read_csv(text.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
        given = table.drop(table.columns[0]).cast(pl.Float64).to_numpy()
        # The tiled matrix was written with eight digits.
        np.testing.assert_allclose(block, given, rtol=1e-7, atol=0)


def test_another_file_is_refused(tmp_path):
    matrix = np.eye(116)
    path = tmp_path / "connectome.csv"
    np.savetxt(path, matrix, delimiter=",")
    with pytest.raises(IntegrityError) as caught:
        henderson.convert_connectome(
            {"henderson2019_asyn/connectome_116.csv": path}, Source("henderson2019-connectome")
        )
    assert str(caught.value) == (
        "henderson2019_asyn/connectome_116.csv: expected the published data, these facts do not "
        "hold: sum 869.244279, 64.9 % nonzero. Fetch the file again; if it persists, report it."
    )
