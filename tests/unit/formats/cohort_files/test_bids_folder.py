"""A folder of relationship matrices: what is read, what is noted, and exact refusals."""

import json

import numpy as np
import polars as pl
import pytest

from neuropil import formats
from neuropil.connectome import Cohort, Connectome, Parcellation
from neuropil.contracts import ConfigError, InputError, OutputError

FIRST = "0\t1\t2\n1\t0\t3\n2\t3\t0\n"
SECOND = "0\t4\t5\n4\t0\t6\n5\t6\t0\n"
PEOPLE = "participant_id\tsite\tage\nsub-02\tNYU\t31.5\nsub-01\tn/a\tn/a\n"


def put(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def folder(tmp_path):
    return put(
        tmp_path / "study",
        {
            "participants.tsv": PEOPLE,
            "sub-01/sub-01_meas-SC_relmat.tsv": FIRST,
            "derivatives/sub-02/ses-1/sub-02_ses-1_atlas-DK_meas-SC_relmat.dense.tsv": SECOND,
            "sub-01/sub-01_meas-correlation_relmat.tsv": "1\t.1\t.2\n.1\t1\t.3\n.2\t.3\t1\n",
        },
    )


def read(folder, **options):
    return formats.read(folder, kind=Cohort, **options)


def refused(folder, error=InputError, **options):
    with pytest.raises(error) as caught:
        read(folder, **options)
    return str(caught.value).replace(str(folder), "STUDY")


def test_a_folder_is_read_in_the_order_of_its_participants(folder):
    cohort = read(folder, units={"SC": "streamlines"})
    assert cohort.ids == ("02", "01")
    assert cohort.subjects.rows() == [("02", "NYU", 31.5), ("01", None, None)]
    assert cohort.modalities == ("SC", "correlation")
    assert cohort.edges("SC").tolist() == [[4, 5, 6], [1, 2, 3]]
    assert cohort.present("correlation").tolist() == [False, True]
    assert dict(cohort.units) == {"SC": "streamlines", "correlation": "correlation"}
    assert cohort.notes == ("1 of 2 subjects have no 'correlation': '02'.",)
    assert [each.name for each in cohort.source.files][:2] == [
        "participants.tsv",
        "derivatives/sub-02/ses-1/sub-02_ses-1_atlas-DK_meas-SC_relmat.dense.tsv",
    ]
    assert len(cohort.source.files[0].sha256) == 64


def test_measures_choose_modalities_and_their_order(folder):
    assert read(folder, measures=["correlation", "SC"]).modalities == ("correlation", "SC")
    assert read(folder, measures="SC").modalities == ("SC",)
    assert refused(folder, measures=["FC"]).endswith(
        "expected the measures 'FC', found 'SC', 'correlation'. Name measures that are there."
    )


def test_without_participants_nothing_is_known_and_a_note_says_so(folder):
    (folder / "participants.tsv").unlink()
    cohort = read(folder, measures="SC")
    assert cohort.ids == ("01", "02")
    assert cohort.notes == (
        "There is no participants.tsv: nothing but ids is known of the subjects.",
        "The files do not state the unit of 'SC'; the option units states it.",
    )


def test_a_unit_is_taken_from_the_json_beside_a_matrix_or_at_the_top(folder):
    put(folder, {"meas-SC_relmat.json": json.dumps({"MeasureUnits": "streamlines"})})
    beside = "sub-01/sub-01_meas-correlation_relmat.json"
    put(folder, {beside: json.dumps({"MeasureUnits": "Fisher z"})})
    assert dict(read(folder).units) == {"SC": "streamlines", "correlation": "Fisher z"}


def test_labels_become_the_regions_and_matrices_without_follow_them(folder):
    put(folder, {"sub-01/sub-01_meas-SC_relmat.tsv": f"a\tb\tc\n{FIRST}"})
    cohort = read(folder)
    assert cohort.parcellation.regions.rows() == [(1, "a"), (2, "b"), (3, "c")]
    assert cohort.notes[1] == (
        "2 of 3 matrices have no labels; their regions are taken in the order of the others."
    )


def test_other_labels_and_sizes_are_refused_by_name(folder):
    name = "sub-01_meas-SC_relmat.tsv"
    put(folder, {f"sub-01/{name}": f"a\tb\tc\n{FIRST}"})
    put(folder, {"sub-01/sub-01_meas-correlation_relmat.tsv": f"a\tc\tb\n{FIRST}"})
    assert refused(folder) == (
        "STUDY/sub-01/sub-01_meas-correlation_relmat.tsv, label 2: expected the label 'b' as in "
        f"{name}, found 'c'. Use one parcellation for all, with its regions in one order."
    )
    put(folder, {f"sub-01/{name}": "0\t1\n1\t0\n"})
    assert "expected 3 regions as in" in refused(folder)


def test_several_sessions_are_refused_until_one_is_chosen(folder):
    put(folder, {"sub-02_ses-2_meas-SC_relmat.tsv": FIRST})
    assert refused(folder) == (
        "STUDY/derivatives/sub-02/ses-1: expected one matrix of 'SC' for subject '02', found 2: "
        "sub-02_ses-1_atlas-DK_meas-SC_relmat.dense.tsv, sub-02_ses-2_meas-SC_relmat.tsv. Choose "
        "one with session='1'."
    )
    assert read(folder, session="1").edges("SC")[0].tolist() == [4, 5, 6]
    assert read(folder, session="2").edges("SC")[0].tolist() == [1, 2, 3]
    cohort = read(folder, session="3", drop_unmatched=True)
    assert cohort.ids == ("01",)


def test_several_atlases_are_refused_until_one_is_chosen(folder):
    name = "sub-01/sub-01_atlas-HO_meas-correlation_relmat.tsv"
    put(folder, {name: FIRST.replace("3", ".3").replace("2", ".2")})
    assert refused(folder).endswith("Name all of them with atlas-, or remove one.")
    (folder / "sub-01/sub-01_meas-correlation_relmat.tsv").unlink()
    assert refused(folder).endswith(
        "expected matrices of one atlas, found 'DK', 'HO'. Choose one with "
        "entities={'atlas': 'DK'}."
    )
    cohort = read(folder, entities={"atlas": "DK"})
    assert cohort.modalities == ("SC",)
    put(folder, {"sub-01/sub-01_run-1_meas-SC_relmat.tsv": FIRST})
    (folder / "sub-01/sub-01_meas-SC_relmat.tsv").rename(
        folder / "sub-01/sub-01_run-2_meas-SC_relmat.tsv"
    )
    assert "Choose one with entities={'run': '1'}." in refused(folder)


def test_ids_that_do_not_match_are_listed(folder):
    put(folder, {"participants.tsv": "participant_id\nsub-01\nsub-07\n"})
    assert refused(folder) == (
        "STUDY/participants.tsv, column participant_id: expected the subjects of the matrices, "
        "found 1 without connectivity: '07'; 1 not in the table: '02'. Correct the ids, or read "
        "with drop_unmatched=True to leave these out."
    )
    cohort = read(folder, drop_unmatched=True)
    assert cohort.ids == ("01",)
    assert cohort.notes[:2] == (
        "Subjects were left out, 1 without connectivity: '07'.",
        "Subjects were left out, 1 not in the table: '02'.",
    )
    put(folder, {"participants.tsv": "participant_id\nsub-8\n"})
    assert "found no subject of both; 1 without" in refused(folder, drop_unmatched=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "participant_id\n01\nsub-01\n",
            "STUDY/participants.tsv, line 3, column participant_id: expected each participant "
            "once, found '01' again. Keep one line for each participant.",
        ),
        (
            "participant_id\n01\nn/a\n",
            "STUDY/participants.tsv, line 3, column participant_id: expected an id, found nothing "
            "or a word for it (1 such lines). Give each participant an id.",
        ),
        (
            "subject\tage\n01\t3\n",
            "STUDY/participants.tsv: expected a column participant_id, found 'subject', 'age'. "
            "Name the subjects in the column participant_id, and no other column id.",
        ),
    ],
)
def test_faults_of_the_table_are_placed(folder, text, message):
    put(folder, {"participants.tsv": text})
    assert refused(folder) == message


def test_asymmetry_is_placed_and_may_be_resolved(folder):
    path = "sub-01/sub-01_meas-SC_relmat.tsv"
    put(folder, {path: "0\t1\t2\n1\t0\t3\n2\t5\t0\n"})
    assert refused(folder) == (
        f"STUDY/{path}, line 2, column 3: expected a symmetric matrix, found 3 and, in the "
        "mirrored cell, 5. Average both halves with symmetrise='mean', or take the upper one with "
        "symmetrise='upper'."
    )
    mean, upper = read(folder, symmetrise="mean"), read(folder, symmetrise="upper")
    assert mean.edges("SC")[1].tolist() == [1, 2, 4]
    assert upper.edges("SC")[1].tolist() == [1, 2, 3]
    note = "1 of 2 matrices of 'SC' are not symmetric; their halves were averaged."
    assert note in mean.notes
    with pytest.raises(ConfigError, match="expected symmetrise to be one of 'mean', 'upper'"):
        read(folder, symmetrise="lower")


@pytest.mark.parametrize(
    "half",
    ["7\t1\t2\n0\t0\t3\n0\t0\t0\n", "0\t0\t0\n1\t0\t0\n2\t3\t0\n",
     "0\t1\t2\nn/a\t0\t3\nn/a\tn/a\t0\n"],
)  # fmt: skip
def test_one_half_alone_is_mirrored_and_noted(folder, half):
    put(folder, {"sub-01/sub-01_meas-SC_relmat.tsv": half})
    cohort = read(folder, missing="keep")
    assert cohort.edges("SC")[1].tolist() == [1, 2, 3]
    assert (
        "1 of 2 matrices of 'SC' have values in one half alone and were mirrored." in cohort.notes
    )


def test_single_cells_without_a_value_are_refused_or_kept(folder):
    path = "sub-01/sub-01_meas-SC_relmat.tsv"
    put(folder, {path: "n/a\tn/a\t2\nn/a\tn/a\t3\n2\t3\tn/a\n"})
    assert refused(folder) == (
        f"STUDY/{path}, line 1, column 2: expected a number, found none (2 such cells). Fill it, "
        "or read with missing='keep' to keep it as a missing value."
    )
    cohort = read(folder, missing="keep")
    assert np.isnan(cohort.edges("SC")[1]).tolist() == [True, False, False]
    assert cohort.n_missing("SC") == 1


def test_names_without_a_measure_are_refused_and_group_matrices_left_out(folder):
    put(folder, {"group_meas-SC_relmat.tsv": FIRST})
    assert read(folder).notes[0] == (
        "Matrices of no subject were left out: group_meas-SC_relmat.tsv."
    )
    put(folder, {"sub-03_relmat.tsv": FIRST})
    assert refused(folder) == (
        "STUDY/sub-03_relmat.tsv: expected a name with sub-ID and meas-MEASURE, found no measure. "
        "Name it as sub-01_meas-SC_relmat.tsv."
    )


def test_infinite_values_and_truncated_files_are_refused(folder):
    path = "sub-01/sub-01_meas-SC_relmat.tsv"
    put(folder, {path: FIRST.replace("3", "inf")})
    assert refused(folder) == (
        f"STUDY/{path}, line 2, column 3: expected a finite number, found inf. Correct it, or "
        "write n/a where a value is not known."
    )
    put(folder, {path: FIRST.rstrip()})
    assert f"STUDY/{path}" in refused(folder)
    assert read(folder, whole=True).n_subjects == 2


def test_a_folder_of_another_noun_says_how_to_read_it(folder):
    with pytest.raises(InputError) as caught:
        formats.read(folder, kind=Connectome)
    assert "found cohort-folder, which holds Cohort. Read it with kind=Cohort" in str(caught.value)


def make(ids=("a", "b"), modality="SC", names=("x", "y", "z")):
    regions = Parcellation(pl.DataFrame({"key": [1, 2, 3], "name": names}))
    values = np.arange(3.0 * len(ids)).reshape(-1, 3)
    subjects = pl.DataFrame({"id": ids})
    return Cohort.from_arrays({modality: values}, subjects, parcellation=regions)


def test_what_file_names_and_labels_cannot_hold_is_refused(tmp_path):
    target = tmp_path / "out"

    def message(cohort):
        with pytest.raises(InputError) as caught:
            formats.write(cohort, target)
        assert not target.exists()
        return str(caught.value).replace(str(target), "OUT")

    assert message(make(ids=("a", "b_c"))) == (
        "OUT: names of BIDS files hold letters and digits alone, found 'b_c'. Write a .npz file, "
        "which holds everything."
    )
    assert "found 'S C'." in message(make(modality="S C"))
    assert message(make(names=("x", "y", "Node"))).startswith(
        "OUT: a matrix cannot hold the label 'Node', or not twice."
    )
    empty = Cohort.from_arrays({"SC": [[1.0], [np.nan]]}, pl.DataFrame({"id": ["a", "b"]}))
    assert "subjects without any matrix have no file: 'b'" in message(empty)
    nobody = Cohort.from_arrays({"SC": [[1.0]], "FC": [[np.nan]]}, pl.DataFrame({"id": ["a"]}))
    assert "measures that no subject has have no file: 'FC'" in message(nobody)
    odd = pl.DataFrame({"id": ["a", "b"], "site": ["n/a", "NYU"]})
    assert "a table of participants cannot hold the column 'site'" in message(
        Cohort.from_arrays({"SC": [[1.0], [2.0]]}, odd)
    )


def test_a_folder_that_is_there_is_not_written_over(tmp_path):
    formats.write(make(), tmp_path / "out")
    with pytest.raises(OutputError):
        formats.write(make(), tmp_path / "out")


def test_an_unknown_ending_names_those_there_are(tmp_path):
    with pytest.raises(ConfigError) as caught:
        formats.write(make(), tmp_path / "out.tsv")
    assert str(caught.value).endswith(
        "no format has the ending .tsv. Use .npz, or no ending for a cohort folder."
    )
