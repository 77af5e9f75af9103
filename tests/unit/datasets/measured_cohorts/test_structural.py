"""Structural cohorts: published facts on the real files, and original tables."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil import datasets
from neuropil.connectome import Cohort
from neuropil.contracts import InputError, IntegrityError, Source
from neuropil.datasets import read_streamline_tables
from neuropil.datasets.measured_cohorts.structural import convert_binary212, convert_counts


@pytest.mark.usefixtures("real_data")
@pytest.mark.parametrize(
    ("name", "subjects", "regions", "total", "unit", "first"),
    [
        ("hcp200-sc", 200, 231, None, "streamlines", "100206"),
        ("hcp136-binary-sc", 136, 68, 201_806, "binary", "102614"),
        ("hcp212-binary-sc", 212, 68, 173_057, "binary", "001"),
    ],
)
def test_the_published_facts_hold(name, subjects, regions, total, unit, first):
    cohort = datasets.load(name, kind=Cohort)
    assert (cohort.n_subjects, cohort.n_regions, cohort.ids[0]) == (subjects, regions, first)
    assert dict(cohort.units) == {"SC": unit}
    edges = cohort.edges("SC")
    assert edges.dtype == np.float32
    assert cohort.n_missing("SC") == 0
    if total is None:
        assert edges.max() == 112_328
        assert (edges == 0).mean() == pytest.approx(0.269, abs=5e-4)
    else:
        assert int(edges.sum()) == total
        assert set(np.unique(edges)) == {0.0, 1.0}
    assert any("regions is not stated at the origin" in note for note in cohort.notes)


@pytest.mark.usefixtures("real_data")
def test_traits_are_those_of_the_136():
    people = datasets.load("hcp136-binary-sc", kind=Cohort).subjects
    assert dict(people["sex"].value_counts().iter_rows()) == {"M": 71, "F": 65}
    assert people.columns[:3] == ["id", "sex", "age_range"]
    assert people["PMAT24_A_CR"].null_count() == people["Endurance_Unadj"].null_count() == 1


def test_original_tables_give_the_same_counts(real_data):
    folder = real_data / "cohorts" / "raw" / "HaritaEtAl2024" / "SC_Weights"
    raw = read_streamline_tables(sorted(folder.glob("*.csv")))
    assert raw.n_subjects == 20
    cohort = datasets.load("hcp200-sc", kind=Cohort)
    rows = [cohort.ids.index(each) for each in raw.ids]
    np.testing.assert_array_equal(raw.edges("SC"), cohort.edges("SC")[rows])
    assert raw.notes == (
        "The diagonal of 'SC' was left out.",
        "'SC' has values in one half of the matrix alone in 20 of 20 subjects; they were mirrored.",
    )


def test_tables_that_do_not_fit_are_refused(tmp_path):
    one, other = tmp_path / "1_new.csv", tmp_path / "2_new.csv"
    one.write_text("0 1\n0 0\n")
    other.write_text("0 1 2\n0 0 3\n0 0 0\n")
    with pytest.raises(InputError, match=r"matrices of one size, found \(2, 2\), \(3, 3\)"):
        read_streamline_tables([one, other])
    other.write_text("0 x\n0 0\n")
    with pytest.raises(InputError, match="expected lines of numbers"):
        read_streamline_tables([one, other])
    with pytest.raises(InputError, match="expected each subject once, found '1' again"):
        read_streamline_tables([one, one])


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "counts.npz"
    np.savez(path, sc=np.full((200, 26565), 0.5), subject=np.arange(200)[::-1])
    with pytest.raises(IntegrityError) as caught:
        convert_counts({"hcp200_sc_schaefer200_float32.npz": path}, Source("hcp200-sc"))
    assert str(caught.value) == (
        "hcp200_sc_schaefer200_float32.npz: expected the published data, these facts do not hold: "
        "whole numbers of 0 or more, at most 112,328 streamlines, 26.9 % zeros, unique ascending "
        "ids. Fetch the file again; if it persists, report it."
    )
    np.savez(path, cise212=np.zeros((212, 285), dtype=np.uint8))
    with pytest.raises(IntegrityError, match="these facts do not hold: 173,057 connections"):
        convert_binary212({"hcp_binary_sc_dk68.npz": path}, Source("hcp212-binary-sc"))
