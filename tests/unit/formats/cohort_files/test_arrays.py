"""One archive and its participants: what is read, and exact refusals."""

import numpy as np
import polars as pl
import pytest

from neuropil import formats
from neuropil.connectome import Cohort, GeneAtlas
from neuropil.contracts import ConfigError, InputError

SC = np.array([[1.0, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1]], dtype=np.float32)
PEOPLE = "participant_id\tage\nsub-02\t31\nsub-01\tn/a\n"


@pytest.fixture
def save(tmp_path):
    def saved(table=PEOPLE, **arrays):
        path = tmp_path / "cohort.npz"
        np.savez(path, **({"participant_id": ["sub-01", "02"], "SC": SC} | arrays))
        if table is not None:
            (tmp_path / "participants.tsv").write_text(table)
        return path

    return saved


def read(path, *more, **options):
    return formats.read(path, *more, kind=Cohort, **options)


def refused(path, *more, **options):
    with pytest.raises(InputError) as caught:
        read(path, *more, **options)
    return str(caught.value).replace(str(path.parent), "HERE")


def test_an_archive_is_read_in_the_order_of_the_table_beside_it(save):
    cohort = read(save(labels=list("abcd"), **{"SC.unit": "streamlines"}))
    assert cohort.ids == ("02", "01")
    assert cohort.subjects["age"].to_list() == [31, None]
    assert cohort.edges("SC").dtype == np.float32
    assert cohort.edges("SC").tolist() == SC[::-1].tolist()
    assert dict(cohort.units) == {"SC": "streamlines"}
    assert cohort.parcellation.regions["name"].to_list() == list("abcd")
    assert [each.name for each in cohort.source.files] == ["cohort.npz", "participants.tsv"]
    assert cohort.notes == ()


def test_a_table_may_be_named_and_may_be_missing(save, tmp_path):
    other = tmp_path / "people.tsv"
    other.write_text("participant_id\n01\n02\n")
    assert read(save(), other).ids == ("01", "02")
    (tmp_path / "participants.tsv").unlink()
    cohort = read(save(table=None), units={"SC": "streamlines"})
    assert cohort.ids == ("01", "02")
    assert cohort.units["SC"] == "streamlines"
    assert cohort.notes == (
        "There is no participants.tsv: nothing but ids is known of the subjects.",
    )


def test_square_matrices_and_triangles_by_columns_are_read(save):
    matrices = np.zeros((2, 4, 4))
    matrices[:, *np.triu_indices(4, 1)] = SC
    cohort = read(save(SC=matrices, FC=SC[:, [0, 1, 3, 2, 4, 5]]), order="column")
    assert cohort.edges("SC").tolist() == SC[::-1].tolist()
    assert cohort.edges("FC").tolist() == SC[::-1].tolist()
    assert cohort.notes == (
        "'SC' has values in one half of the matrix alone in 2 of 2 subjects; they were mirrored.",
    )


def test_an_asymmetric_matrix_names_the_subject(save):
    matrices = np.ones((2, 3, 3))
    matrices[0, 2, 1] = 4
    assert refused(save(SC=matrices)).startswith(
        "'SC', subject '01': expected symmetric matrices, found 1 in row 1, column 2 and 4 in row "
        "2, column 1."
    )
    assert read(save(SC=matrices), symmetrise="mean").edges("SC")[1].tolist() == [1, 1, 2.5]


def test_whole_numbers_are_ids_too(save):
    assert read(save(participant_id=np.array([2, 1]), table="participant_id\n2\n1\n")).ids == (
        "2",
        "1",
    )


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            {"participant_id": ["01", "sub-01"]},
            ", array participant_id, element 1: expected each subject once, found '01' again. Give "
            "each row the id of its own subject.",
        ),
        (
            {"participant_id": ["01", "NA"]},
            ", array participant_id, element 1: expected an id, found 'NA'. Give each row the id "
            "of its own subject.",
        ),
        (
            {"participant_id": [1.5, 2.5]},
            ", array participant_id: expected one id for each row, found float64 of shape (2,). "
            "Save the ids as a list of texts.",
        ),
        (
            {"SC": SC[:1]},
            ", array SC: expected numbers of shape (2, edges) or (2, regions, regions), found "
            "float32 of shape (1, 6). Give one triangle or one square matrix for each subject, and "
            "leave other arrays out.",
        ),
        (
            {"labels": [[1.0]]},
            ", array labels: expected one label for each region, found float64 of shape (1, 1). "
            "Save the labels as a list of texts.",
        ),
    ],
)
def test_faults_of_arrays_are_named(save, arrays, message):
    assert refused(save(**arrays)) == f"HERE/cohort.npz{message}"


def test_unmatched_ids_are_listed(save):
    path = save(table="participant_id\n01\n03\n")
    assert refused(path) == (
        "HERE/participants.tsv, column participant_id: expected the subjects of the matrices, "
        "found 1 without connectivity: '03'; 1 not in the table: '02'. Correct the ids, or read "
        "with drop_unmatched=True to leave these out."
    )
    cohort = read(path, drop_unmatched=True)
    assert cohort.edges("SC").tolist() == SC[:1].tolist()


def test_an_archive_without_ids_is_refused_and_one_of_another_noun_is_named(save, tmp_path):
    bare = tmp_path / "bare.npz"
    np.savez(bare, SC=SC)
    assert refused(bare) == (
        "HERE/bare.npz: expected the array participant_id, found SC. Add it: the id of the subject "
        "of each row."
    )
    with pytest.raises(InputError, match="found cohort-arrays, which holds Cohort"):
        formats.read(save(), kind=GeneAtlas)
    dense = tmp_path / "dense.npz"
    np.savez(dense, matrix=np.ones((2, 2)), ids=[1, 2])
    assert "found dense-matrix, which holds Connectome" in refused(dense)


def test_pickled_objects_are_refused(save):
    path = save(SC=np.array([{}, {}], dtype=object))
    assert "expected numbers and text, found pickled objects" in refused(path)


def test_a_table_of_others_is_not_written_over_and_the_same_is_no_fault(tmp_path):
    path = tmp_path / "a.npz"
    cohort = Cohort.from_arrays({"SC": SC}, pl.DataFrame({"id": ["x", "y"]}))
    formats.write(cohort, path)
    formats.write(cohort, path)
    other = Cohort.from_arrays({"SC": SC}, pl.DataFrame({"id": ["x", "z"]}))
    with pytest.raises(InputError) as caught:
        formats.write(other, tmp_path / "b.npz")
    assert str(caught.value) == (
        f"{tmp_path}/participants.tsv: there is a table of other participants already. Write into "
        "a folder of its own, or remove it first."
    )
    assert read(path).equals(cohort)


def test_a_name_that_the_archive_needs_is_refused(tmp_path):
    cohort = Cohort.from_arrays({"labels": SC})
    with pytest.raises(InputError, match="an archive cannot hold a modality named 'labels'"):
        formats.write(cohort, tmp_path / "a.npz")
    with pytest.raises(ConfigError, match="expected order to be one of 'row', 'column'"):
        read(formats.write(Cohort.from_arrays({"SC": SC}), tmp_path / "a.npz"), order="columns")
