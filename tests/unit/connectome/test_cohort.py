import numpy as np
import polars as pl
import pytest

from neuropil.connectome import Cohort, Parcellation, TableError
from neuropil.contracts import ConfigError, InputError, Source

PEOPLE = pl.DataFrame(
    {"id": ["01", "02", " 03 "], "site": ["NYU", "NYU", None], "age": [21.5, None, 40.0]}
)
SC = np.array([[1, 2, 3, 4, 5, 6], [0, 0, 1, 0, 2, 0], [7, 0, 0, 0, 0, 9]], dtype=np.float32)
FC = np.array([[0.1] * 6, [np.nan] * 6, [0.2, np.nan, 0.3, 0.1, 0.0, -0.1]])


def make(**changes):
    given = {"connectivity": {"SC": SC, "FC": FC}, "subjects": PEOPLE} | changes
    units = {"SC": "streamlines", "FC": "correlation"}
    return Cohort.from_arrays(**({"units": units} | given))


def refused(*, error=InputError, **changes):
    with pytest.raises(error) as caught:
        make(**changes)
    return str(caught.value)


def correlations(n, regions, seed):
    draws = np.random.default_rng(seed).standard_normal((n, regions, 50))
    return np.stack([np.corrcoef(each) for each in draws])


def test_a_cohort_knows_its_sizes_modalities_and_units():
    cohort = make()
    assert (len(cohort), cohort.n_subjects, cohort.n_regions, cohort.n_edges) == (3, 3, 4, 6)
    assert cohort.modalities == ("SC", "FC")
    assert cohort.ids == ("01", "02", "03")
    assert dict(cohort.units) == {"SC": "streamlines", "FC": "correlation"}
    assert cohort.edges("SC").dtype == np.float32
    assert cohort.edges("FC").dtype == np.float64
    assert repr(cohort) == (
        "Cohort(3 subjects, 4 regions, SC [streamlines], FC [correlation], not stated)"
    )


def test_a_row_of_nan_is_a_subject_without_the_modality_and_single_ones_are_counted():
    cohort = make()
    assert cohort.present("SC").tolist() == [True, True, True]
    assert cohort.present("FC").tolist() == [True, False, True]
    assert (cohort.n_missing("SC"), cohort.n_missing("FC")) == (0, 1)
    assert "FC: unit correlation, 2 subjects, 1 single values missing" in cohort.describe()


def test_matrices_are_symmetric_with_the_diagonal_that_is_given():
    matrices = make().matrices("SC", diagonal=-1.0)
    assert matrices.dtype == np.float32
    assert matrices[0].tolist() == [[-1, 1, 2, 3], [1, -1, 4, 5], [2, 4, -1, 6], [3, 5, 6, -1]]


def test_nobody_can_write_to_the_arrays_nor_through_those_that_were_given():
    given = SC.copy()
    cohort = make(connectivity={"SC": given}, units={})
    given[:] = 0
    assert cohort.edges("SC")[0].tolist() == [1, 2, 3, 4, 5, 6]
    assert cohort.units["SC"] == "not stated"
    with pytest.raises(ValueError, match="read-only"):
        cohort.edges("SC")[0, 0] = 5
    with pytest.raises(TypeError):
        cohort.connectivity["SC"] = given


@pytest.mark.parametrize(
    ("kind", "held"),
    [(bool, "float32"), (np.int16, "float32"), (np.float16, "float32"), (np.int64, "float64")],
)
def test_whole_numbers_and_half_precision_become_floats_that_hold_them(kind, held):
    cohort = Cohort.from_arrays({"SC": np.ones((2, 3), dtype=kind)})
    assert cohort.edges("SC").dtype == held


def test_subjects_without_a_table_are_numbered_and_a_note_says_so():
    cohort = Cohort.from_arrays({"SC": SC})
    assert cohort.ids == ("0", "1", "2")
    assert cohort.notes == ("The subjects have no ids of their own; they are numbered from 0.",)


def test_take_keeps_rows_in_the_order_given_and_says_whom():
    cohort = make().take([2, -3])
    assert cohort.ids == ("03", "01")
    assert cohort.subjects["site"].to_list() == [None, "NYU"]
    assert cohort.edges("SC")[0].tolist() == [7, 0, 0, 0, 0, 9]
    assert cohort.provenance[-1].to_json() == {"name": "take", "parameters": {"ids": ["03", "01"]}}
    assert make().take([False, True, False]).ids == ("02",)


@pytest.mark.parametrize("rows", [[True, False], [3], [-4], [[0]], ["01"], [0.0]])
def test_take_refuses_what_names_no_subjects(rows):
    with pytest.raises(InputError, match="take: expected 3 booleans, or positions below 3, found"):
        make().take(rows)


def test_take_refuses_nobody_and_somebody_twice():
    with pytest.raises(InputError, match="take: expected at least one subject, none is left"):
        make().take([])
    with pytest.raises(TableError, match="subjects, row 1, column id: expected each subject once"):
        make().take([0, 0])


def test_select_has_the_language_of_connectomes():
    assert make().select("site == 'NYU' and age < 30").ids == ("01",)
    assert make().select("site == None").ids == ("03",)
    with pytest.raises(InputError) as caught:
        make().select("site == 'UCLA'")
    assert str(caught.value) == (
        "selection \"site == 'UCLA'\": expected at least one subject, select keeps none of 3. "
        "Values are site: NYU, None."
    )


def test_modalities_are_added_and_replaced():
    cohort = make().with_connectivity(
        {"SC": np.log1p(SC), "z": np.arctanh(FC)}, units={"SC": "log1p streamlines"}
    )
    assert dict(cohort.units) == {
        "SC": "log1p streamlines",
        "FC": "correlation",
        "z": "not stated",
    }
    assert cohort.edges("SC")[0, 0] == np.log1p(np.float32(1))
    assert cohort.provenance[-1].name == "with_connectivity"


def test_an_unknown_modality_is_named_with_those_there_are():
    with pytest.raises(InputError, match=r"there is no modality 'sc'\. The modalities are: SC, FC"):
        make().edges("sc")


def test_equality_is_that_of_content():
    assert make().equals(make(source=Source("another")))
    assert not make().equals(make(connectivity={"SC": SC}, units={}))
    assert not make().equals(make(units={}))
    regions = Parcellation(pl.DataFrame({"key": [1, 2, 3, 4], "name": list("abcd")}))
    assert not make().equals(make(parcellation=regions))
    assert make(parcellation=regions).equals(make(parcellation=regions))


def test_a_notebook_shows_facts_and_subjects():
    page = make()._repr_html_()
    assert "<th>SC</th><td>unit streamlines, 3 subjects</td>" in page
    assert "<td>NYU</td><td>21.5</td>" in page


def test_triangles_by_columns_are_brought_into_the_order_of_rows():
    matrices = correlations(3, 5, seed=1)
    rows, columns = np.tril_indices(5, -1)
    by_columns = matrices[:, columns, rows]
    cohort = Cohort.from_arrays({"FC": by_columns}, order="column")
    np.testing.assert_array_equal(cohort.edges("FC"), matrices[:, *np.triu_indices(5, 1)])


def test_a_word_that_is_none_of_an_option_is_refused():
    with pytest.raises(ConfigError) as caught:
        make(order="colum")
    assert str(caught.value) == (
        "cohort: expected order to be one of 'row', 'column', found 'colum'. Such as "
        "order='column'."
    )
    with pytest.raises(ConfigError, match="symmetrise to be one of None, 'mean', 'upper', found"):
        make(symmetrise="lower")


def test_correlations_in_the_wrong_order_are_told_by_their_eigenvalues():
    matrices = correlations(4, 20, seed=2)
    rows, columns = np.tril_indices(20, -1)
    shared = 0.9 * np.ones(20) * np.where(np.arange(20) < 10, 1, -1)
    mixed = 0.1 * matrices + np.outer(shared, shared)
    units = {"FC": "correlation"}
    wrong = Cohort.from_arrays({"FC": mixed[:, columns, rows]}, units=units)
    right = Cohort.from_arrays({"FC": mixed[:, columns, rows]}, units=units, order="column")
    assert (right.smallest_eigenvalues("FC") > 0).all()
    assert len(right.notes) == 1
    assert wrong.smallest_eigenvalues("FC").min() < -1
    assert wrong.notes[1].startswith("'FC' of 4 of 4 subjects is no correlation matrix")
    assert wrong.notes[1].endswith("and read with order='column'?")


def test_rounding_to_half_precision_is_no_wrong_order():
    rng = np.random.default_rng(6)
    draws = 0.5 * rng.standard_normal((3, 150, 30)) + rng.standard_normal((3, 1, 30))
    matrices = np.stack([np.corrcoef(each) for each in draws]).astype(np.float16)
    cohort = Cohort.from_arrays({"FC": matrices}, units={"FC": "correlation"})
    assert cohort.smallest_eigenvalues("FC").min() < -1e-3
    assert len(cohort.notes) == 1


def test_eigenvalues_leave_out_regions_without_values():
    matrices = correlations(3, 6, seed=3)
    matrices[1, 2], matrices[1, :, 2] = np.nan, np.nan
    matrices[2, 0, 1] = matrices[2, 1, 0] = np.nan
    cohort = Cohort.from_arrays({"FC": matrices})
    found = cohort.smallest_eigenvalues("FC")
    kept = [0, 1, 3, 4, 5]
    assert found[0] == pytest.approx(np.linalg.eigvalsh(matrices[0])[0])
    assert found[1] == pytest.approx(np.linalg.eigvalsh(matrices[1][np.ix_(kept, kept)])[0])
    assert np.isnan(found[2])
    assert np.isnan(Cohort.from_arrays({"FC": np.full((1, 3), np.nan)}).smallest_eigenvalues("FC"))


def test_square_matrices_are_taken_and_their_rounding_is_not_an_asymmetry():
    matrices = correlations(2, 4, seed=4)
    rounded = matrices.copy()
    rounded[:, 1, 0] *= 1 + 1e-7
    cohort = Cohort.from_arrays({"FC": rounded})
    np.testing.assert_array_equal(cohort.edges("FC"), matrices[:, *np.triu_indices(4, 1)])
    assert len(cohort.notes) == 1


def test_one_half_alone_is_mirrored_and_noted():
    matrices = np.stack([np.triu(np.full((3, 3), 2)), np.tril(np.ones((3, 3)))]).astype(int)
    cohort = Cohort.from_arrays({"SC": matrices})
    assert cohort.edges("SC").tolist() == [[2, 2, 2], [1, 1, 1]]
    assert cohort.notes[:2] == (
        "The diagonal of 'SC' was left out.",
        "'SC' has values in one half of the matrix alone in 2 of 2 subjects; they were mirrored.",
    )


def test_asymmetric_matrices_are_refused_unless_it_is_said_what_to_take():
    matrices = np.array([[[0, 1, 2], [1, 0, 3], [2, 5, 0]]] * 3)
    assert refused(connectivity={"SC": matrices}, units={}) == (
        "'SC', subject '01': expected symmetric matrices, found 3 in row 1, column 2 and 5 in row "
        "2, column 1. Average both halves with symmetrise='mean', or take the upper one with "
        "symmetrise='upper'."
    )
    mean = Cohort.from_arrays({"SC": matrices}, PEOPLE, symmetrise="mean")
    upper = Cohort.from_arrays({"SC": matrices}, PEOPLE, symmetrise="upper")
    assert mean.edges("SC")[0].tolist() == [1, 2, 4]
    assert upper.edges("SC")[0].tolist() == [1, 2, 3]
    assert mean.notes == ("'SC' was not symmetric; its two halves were averaged.",)
    assert upper.notes == ("'SC' was not symmetric; its upper half was taken.",)


def test_a_number_of_edges_must_be_that_of_a_triangle():
    assert refused(connectivity={"SC": np.ones((3, 7))}, units={}) == (
        "'SC': expected the pairs of a number of regions, such as 6 (4 regions) or 10 (5 regions), "
        "found 7 edges. Give each pair of regions once without the diagonal, or give square "
        "matrices."
    )
    assert "such as 1 (2 regions) or 3 (3 regions), found 0 edges" in refused(
        connectivity={"SC": np.ones((3, 0))}, units={}
    )


def test_faults_of_arrays_name_the_modality():
    infinite = SC.copy()
    infinite[1, 2] = np.inf
    assert refused(connectivity={"SC": infinite}, units={}) == (
        "'SC': expected finite values, found infinite ones in 1 of 3 subjects: '02'. Correct them, "
        "or put NaN where a value is not known."
    )
    square = np.full((3, 4, 4), np.inf)
    assert "found infinite ones in 3 of 3 subjects: '01', '02', '03'" in refused(
        connectivity={"SC": square}, units={}
    )
    assert refused(connectivity={}, units={}).startswith(
        "connectivity: expected at least one modality, found none."
    )
    assert refused(connectivity={"SC": SC, "FC": FC[:, :3]}, units={}) == (
        "connectivity: expected one number of regions in all modalities, found 'SC' of 4, 'FC' of "
        "3. Use one parcellation for all modalities, or make a cohort of each."
    )
    assert refused(connectivity={"SC": SC[:2]}, units={}).startswith(
        "'SC': expected 3 rows, one for each subject, found shape (2, 6)."
    )
    assert refused(connectivity={"SC": [["a"] * 6] * 3}, units={}).startswith(
        "'SC': expected numbers, found <U1."
    )
    assert refused(connectivity={" SC": SC}, units={}).startswith(
        "connectivity: expected a name without blanks at its ends, found ' SC'."
    )
    assert refused(connectivity={"SC": np.ones(3)}, units={}).startswith(
        "'SC': expected numbers of shape (subjects, edges) or (subjects, regions, regions), found "
        "float64 of shape (3,)."
    )


def test_faults_of_units_name_the_modality():
    assert refused(units={"sc": "streamlines"}) == (
        "units: expected units of the modalities 'SC', 'FC', found one of 'sc'. Correct the name, "
        "or leave the unit out."
    )
    assert refused(connectivity={"SC": -SC}, units={"SC": "streamlines"}) == (
        "'SC': expected streamlines of 0 or more, found -9. State the unit of what it is, such as "
        "units={'SC': 'log streamlines'}."
    )
    assert refused(units={"SC": "correlation"}) == (
        "'SC': expected a correlation from -1 to 1, found 9. State the unit of what it is, such as "
        "units={'SC': 'Fisher z'}."
    )


@pytest.mark.parametrize(
    ("subjects", "message"),
    [
        ({"name": ["a"]}, ": expected the column id, found 'name'."),
        ({"id": []}, ": expected at least one subject, found none."),
        (
            {"id": ["a", " b", "b ", "a"]},
            ", row 2, column id: expected each subject once, found 'b', 'a' again.",
        ),
        (
            {"id": ["a", "NA", ""]},
            ", row 1, column id: expected an id, found 'NA' (2 such rows).",
        ),
        (
            {"id": ["a", None]},
            ", row 1, column id: expected an id, found nothing (1 such rows).",
        ),
        (
            {"id": ["a\u200b"]},
            ", row 0, column id: expected an id without invisible characters, found 'a\\u200b'.",
        ),
        (
            {"id": [1.5]},
            ", column id: expected ids as text or whole numbers, found Float64.",
        ),
    ],
)
def test_faults_of_subjects_name_row_and_column(subjects, message):
    with pytest.raises(TableError) as caught:
        Cohort.from_arrays({"SC": np.ones((len(next(iter(subjects.values()))), 3))}, subjects)
    assert str(caught.value).startswith(f"subjects{message}")


def test_a_column_must_hold_plain_finite_values():
    ages = pl.DataFrame({"id": [1, 2, 3], "age": [1.0, float("nan"), 3.0]})
    assert refused(subjects=ages, error=TableError) == (
        "subjects, row 1, column age: expected finite numbers, found nan. Use null where the value "
        "is not known."
    )
    lists = pl.DataFrame({"id": [1, 2, 3], "scores": [[1], [2], [3]]})
    assert refused(subjects=lists, error=TableError).startswith(
        "subjects, column scores: expected numbers, text or booleans, found List(Int64)."
    )


def test_a_parcellation_has_the_regions_of_the_matrices():
    regions = Parcellation(pl.DataFrame({"key": [1, 2], "name": ["a", "b"]}))
    assert refused(parcellation=regions) == (
        "parcellation: expected 4 regions, as the 6 edges have, found 2. Give the regions of the "
        "rows of the matrices, in their order."
    )
