"""ABIDE: published facts on the real files, and the original series of one subject a site."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil import datasets
from neuropil.connectome import Cohort
from neuropil.contracts import InputError, IntegrityError, Source
from neuropil.datasets import correlate_abide_series
from neuropil.datasets.measured_cohorts.abide import convert

SERIES = "#10\t#20\t#30\n1 2 5\n2 1 5\n3 3 5\n4 2 5\n"


@pytest.fixture
def cohort(real_data):
    assert real_data.is_dir()
    return datasets.load("abide1-fc", kind=Cohort)


def test_the_published_facts_hold(cohort):
    assert (cohort.n_subjects, cohort.n_regions) == (1102, 111)
    assert cohort.ids[:2] == ("50642", "50646")
    assert cohort.edges("FC").dtype == np.float32
    people = cohort.subjects
    assert dict(people["sex"].value_counts().iter_rows()) == {"M": 939, "F": 163}
    assert dict(people["diagnosis"].value_counts().iter_rows()) == {"ASD": 531, "control": 571}
    assert people["age"].mean() == pytest.approx(17.09, abs=5e-3)
    sites = dict(people["site"].value_counts().iter_rows())
    assert (len(sites), sites["UCLA_2"], sites["NYU"]) == (20, 26, 184)
    assert cohort.n_missing("FC") / cohort.edges("FC").size == pytest.approx(0.00749, abs=5e-6)
    assert cohort.present("FC").all()
    assert cohort.parcellation.regions["name"].to_list()[:3] == ["10", "11", "12"]
    assert cohort.notes[1].startswith("278 subjects have regions without variance")


def test_original_series_give_the_same_correlations(cohort, real_data):
    folder = real_data / "cohorts" / "raw" / "CS455Final" / "rois_ho"
    raw = correlate_abide_series(sorted(folder.glob("*.1D")))
    assert raw.n_subjects == 20
    rows = [cohort.ids.index(each) for each in raw.ids]
    stored = cohort.edges("FC")[rows]
    np.testing.assert_array_equal(np.isnan(stored), np.isnan(raw.edges("FC")))
    assert np.nanmax(np.abs(stored - raw.edges("FC"))) <= 2.5e-4
    lengths = cohort.subjects["n_timepoints"].gather(rows)
    assert raw.subjects["n_timepoints"].to_list() == lengths.to_list()
    assert raw.parcellation.regions.equals(cohort.parcellation.regions)


def test_a_region_without_variance_has_no_edges(tmp_path):
    path = tmp_path / "CMU_a_0050642_rois_ho.1D"
    path.write_text(SERIES)
    cohort = correlate_abide_series([path])
    assert cohort.ids == ("50642",)
    assert cohort.edges("FC")[0] == pytest.approx([1 / np.sqrt(10), np.nan, np.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("NYU.1D", SERIES, "expected a name such as CMU_a_0050642_rois_ho.1D"),
        ("b_0050643_rois_ho.1D", SERIES.replace("20", "21"), "found others"),
        ("b_0050643_rois_ho.1D", SERIES + "1 x 2\n", "expected lines of numbers below the labels"),
        ("b_0050643_rois_ho.1D", SERIES + "1 nan 2\n", "expected 3 finite numbers in each line"),
    ],
)
def test_other_files_are_refused(tmp_path, name, text, message):
    first, second = tmp_path / "a_0050642_rois_ho.1D", tmp_path / name
    first.write_text(SERIES)
    second.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        correlate_abide_series([first, second])
    assert str(second) in str(caught.value)
    with pytest.raises(InputError, match="expected files, found none"):
        correlate_abide_series([])
    with pytest.raises(InputError, match="expected each subject once, found '50642' again"):
        correlate_abide_series([first, first])


def test_phenotypes_of_others_are_refused(cohort, real_data, tmp_path):
    folder = real_data / "cohorts"
    lines = (folder / "abide1_phenotype.csv").read_text().splitlines()
    swapped = tmp_path / "abide1_phenotype.csv"
    swapped.write_text("\n".join([lines[0], lines[2], lines[1], *lines[3:]]) + "\n")
    name = "abide1_fc_ho_float16.npz"
    files = {name: folder / name, "abide1_phenotype.csv": swapped}
    with pytest.raises(IntegrityError) as caught:
        convert(files, Source("abide1-fc"))
    assert "these facts do not hold: ids of the phenotypes." in str(caught.value)
    assert len(cohort) == 1102
