"""Atlases in one ``.npz`` file: found by the registry, told from matrices, and refused by name."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil import formats
from neuropil.connectome import Connectome, GeneAtlas
from neuropil.contracts import InputError
from neuropil.formats import read_matched_arrays


def minimal(path, **changes):
    arrays = {
        "expr": np.random.default_rng(0).random((5, 3)),
        "genes": np.array(["x", "y", "z"]),
        "regions": np.array(["L_a", "L_b", "R_a", "R_b", "brainstem"]),
        "coords_mni": np.arange(15.0).reshape(5, 3),
        "fc_enigma": np.eye(5),
        "sc_enigma": np.eye(5) - 0.5,
    }
    np.savez(path, **{**arrays, **changes})
    return path


def test_a_file_with_the_needed_arrays_alone_is_an_atlas(tmp_path):
    atlas = read_matched_arrays(minimal(tmp_path / "own.npz"))
    assert atlas.sides.tolist() == ["L", "L", "R", "R", ""]
    assert list(atlas.matrices) == ["FC-ENIGMA", "SC-ENIGMA"]
    assert atlas.matrix("SC-ENIGMA").min() == 0
    assert atlas.cortical.all()
    assert atlas.source.name == "own.npz"


@pytest.mark.parametrize(
    ("changes", "ending"),
    [
        (
            {"coords_mni": np.zeros((4, 3))},
            ", array coords_mni: expected shape (5, 3), found (4, 3). Give x, y and z for each "
            "region, in the order of the array regions.",
        ),
        (
            {"fc_enigma": np.eye(4)},
            ", array fc_enigma: expected shape (5, 5), found (4, 4). Give the matrix of all "
            "regions, or end its name in _ctx for the cortex.",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_named(tmp_path, changes, ending):
    path = minimal(tmp_path / "own.npz", **changes)
    with pytest.raises(InputError) as caught:
        read_matched_arrays(path)
    assert str(caught.value) == f"{path}{ending}"


def test_missing_arrays_and_damaged_files_are_named(tmp_path):
    path = tmp_path / "own.npz"
    np.savez(path, expr=np.zeros((2, 2)))
    with pytest.raises(InputError) as caught:
        read_matched_arrays(path)
    assert str(caught.value) == (
        f"{path}: expected the arrays expr, genes, regions, coords_mni, found no genes, regions, "
        "coords_mni. Add them; matrices are optional but for one."
    )
    with path.open("wb") as handle:
        np.save(handle, np.zeros(3))  # one array, and not an archive of several
    with pytest.raises(InputError, match="expected a NumPy archive of numbers and text"):
        read_matched_arrays(path)
    path.write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(InputError, match="expected a NumPy archive of numbers and text"):
        read_matched_arrays(path)


def test_the_registry_tells_an_atlas_from_a_matrix(tmp_path):
    path = minimal(tmp_path / "own.npz")
    matrix = formats.write(Connectome.from_matrix([[0, 2], [1, 0]]), tmp_path / "matrix.npz")
    assert formats.sniff(path, kind=GeneAtlas).name == "gene-arrays"
    assert formats.sniff(matrix).name == "dense-matrix"
    assert formats.read(path, kind=GeneAtlas).n_genes == 3
    with pytest.raises(InputError) as caught:
        formats.read(path)
    assert str(caught.value).startswith(
        f"{path}: expected a format that holds Connectome, found gene-arrays, which holds "
        "GeneAtlas. Read it with kind=GeneAtlas, or name files of one of the formats connectome-"
    )
    with pytest.raises(InputError) as caught:
        formats.read(matrix, kind=GeneAtlas)
    assert str(caught.value) == (
        f"{matrix}: expected a format that holds GeneAtlas, found dense-matrix, which holds "
        "Connectome. Read it with kind=Connectome, or name files of one of the formats "
        "gene-tables, gene-arrays."
    )


def test_damaged_archives_are_left_to_the_reader_of_the_noun_that_is_expected(tmp_path):
    path = tmp_path / "own.npz"
    whole = minimal(path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="expected a NumPy archive of numbers and text"):
        formats.read(path, kind=GeneAtlas)
    with pytest.raises(InputError, match="expected a whole NumPy file, found a damaged"):
        formats.read(path)


@pytest.mark.parametrize(
    ("changes", "ending"),
    [
        (
            {"genes": np.array(["SST", "PVALB", " SST"])},
            ", array genes, element 2: expected each name once, found 'SST' again. "
            "Correct the name, or leave its row out of every array. "
            "Read with repeated_genes=True to keep both.",
        ),
        (
            {"regions": np.array(["L_a", "NA", "R_a", "R_b", "brainstem"])},
            ", array regions, element 1: expected a name, found 'NA'. "
            "Correct the name, or leave its row out of every array.",
        ),
        (
            {"regions": np.arange(5)},
            ", array regions: expected one text for each, found int64 of shape (5,). "
            "Save it as a list of names.",
        ),
        (
            {"expr": np.zeros((3, 5))},
            ", array expr: expected shape (5, 3), found (3, 5). Give one row for each of the "
            "array regions, and one column for each gene.",
        ),
        (
            {"fc_enigma": np.full((5, 5), "a")},
            ", array fc_enigma: expected numbers, found <U1. "
            "Save it as numbers, with NaN where one is missing.",
        ),
        (
            {"cortex_idx": np.array([-1, 0])},
            ", array cortex_idx: expected positions from 0 to 4, found -1 to 0. "
            "Count the regions from 0.",
        ),
        (
            {"cortex_idx": np.array([0.0, 1.5])},
            ", array cortex_idx: expected whole numbers, each once, found float64 of shape (2,). "
            "Count the regions from 0.",
        ),
        (
            {"network.missing": np.array([True])},
            ", array network.missing: expected 5 values, found shape (1,). "
            "Give one value for each region, or leave the array out.",
        ),
    ],
)
def test_names_numbers_and_shapes_of_arrays_are_checked(tmp_path, changes, ending):
    path = minimal(tmp_path / "own.npz", **changes)
    with pytest.raises(InputError) as caught:
        read_matched_arrays(path)
    assert str(caught.value) == f"{path}{ending}"


def test_names_are_trimmed(tmp_path):
    path = minimal(tmp_path / "own.npz", genes=np.array([" SST", "PVALB ", "A1BG"]))
    assert read_matched_arrays(path).genes["symbol"].to_list() == ["SST", "PVALB", "A1BG"]


def test_genes_of_one_symbol_are_kept_on_request(tmp_path):
    path = minimal(tmp_path / "own.npz", genes=np.array(["Mar-01", "Mar-01", "SST"]))
    atlas = formats.read(path, kind=GeneAtlas, repeated_genes=True)
    assert atlas.genes["symbol"].to_list() == ["Mar-01", "Mar-01", "SST"]
