"""CIFTI-2 matrices between parcels: what is read, and what is wrong."""

import sys
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from nibabel import cifti2

from neuropil import formats
from neuropil.connectome import Connectome
from neuropil.contracts import InputError, MissingDependencyError, Operation

LEFT, RIGHT = "CIFTI_STRUCTURE_CORTEX_LEFT", "CIFTI_STRUCTURE_CORTEX_RIGHT"
VERTICES = {
    "V1_L": {LEFT: np.array([0, 1, 4])},
    "V1_R": {RIGHT: np.array([2])},
    "both": {LEFT: np.array([5]), RIGHT: np.array([5, 6])},
    "thalamus": {},
}
VALUES = [
    [np.inf, 0.5, -0.25, 0.0],
    [0.5, np.nan, 0.125, 1.0],
    [-0.25, 0.125, 1.0, 0.75],
    [0.0, 1.0, 0.75, 1.0],
]


def parcels(*names: str) -> cifti2.ParcelsAxis:
    voxels = [np.zeros((0, 3), dtype=int)] * len(names)
    if names[-1] == "thalamus":
        voxels[-1] = np.array([[1, 2, 3], [1, 2, 4]])
    return cifti2.ParcelsAxis(
        names,
        voxels,
        [VERTICES[name] for name in names],
        nvertices={LEFT: 10, RIGHT: 10},
        affine=np.eye(4),
        volume_shape=(5, 5, 5),
    )


def save(path: Path, values: Any, *axes: Any) -> bytes:
    header = axes if len(axes) == 2 else (axes[0], axes[0])
    cifti2.Cifti2Image(np.array(values, dtype=np.float32), header=header).to_filename(path)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.pconn.nii"


def fault(path: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        formats.read(path, **options)
    message = str(caught.value)
    assert message.startswith(str(path))
    return message.replace(f"{path.parent}/", "")


def test_parcels_are_nodes_and_both_directions_are_edges(path: Path) -> None:
    save(path, VALUES, parcels(*VERTICES))
    assert formats.sniff(path).name == "cifti-pconn"
    connectome = formats.read(path, weight="z", unit="Fisher z")
    assert connectome.nodes.rows(named=True) == [
        {"id": "V1_L", "n_vertices": 3, "n_voxels": 0, "structure": "CORTEX_LEFT", "side": "L"},
        {"id": "V1_R", "n_vertices": 1, "n_voxels": 0, "structure": "CORTEX_RIGHT", "side": "R"},
        {
            "id": "both",
            "n_vertices": 3,
            "n_voxels": 0,
            "structure": "CORTEX_LEFT, CORTEX_RIGHT",
            "side": None,
        },
        {"id": "thalamus", "n_vertices": 0, "n_voxels": 2, "structure": None, "side": None},
    ]
    expected = np.array(VALUES)
    expected[0, 0] = expected[1, 1] = 0
    np.testing.assert_array_equal(connectome.adjacency().toarray(), expected)
    assert connectome.units == {"z": "Fisher z"}
    assert connectome.provenance == (
        Operation("read_pconn", {"skipped_cells": 0, "skipped_diagonal": 2}),
    )


def test_row_is_pre_and_column_is_post(path: Path) -> None:
    save(path, [[0, 2], [0, 0]], parcels("V1_L", "V1_R"))
    connectome = formats.read(path, unit="streamlines")
    assert connectome.edges.rows() == [("V1_L", "V1_R", 2.0)]


def test_missing_cells_are_refused_or_no_edges(path: Path) -> None:
    save(path, [[1, np.nan], [np.nan, 1]], parcels("V1_L", "V1_R"))
    assert fault(path) == (
        "a.pconn.nii, row V1_L, column V1_R: expected finite weights, found no value (2 such "
        "cells). Read with skip_missing=True to take missing cells as no edges, or fill it."
    )
    connectome = formats.read(path, skip_missing=True)
    assert connectome.n_edges == 2
    assert connectome.provenance[0].parameters["skipped_cells"] == 2


def test_negative_weights_need_a_signed_unit(path: Path) -> None:
    save(path, VALUES, parcels(*VERTICES))
    assert fault(path) == (
        "a.pconn.nii, row V1_L, column both: expected weights of 0 or more, found -0.25 (2 such "
        "cells). Correct it, or use 0 where there is no connection; a weight that is signed by "
        "nature has one of the units Fisher z, correlation, covariance, partial correlation."
    )


DAMAGED = "Copy it again, or export it again from the program that made it."
NO_CIFTI = (
    "a.pconn.nii: expected a CIFTI-2 file, found one without its header. "
    "Name a .pconn.nii file; if it is one, copy it again."
)


def test_damaged_files(path: Path) -> None:
    content = save(path, VALUES, parcels(*VERTICES))
    for damaged in (b"", b"hello", content[:300]):
        path.write_bytes(damaged)
        assert fault(path, format="cifti-pconn") == NO_CIFTI
    path.write_bytes(content[:-4])
    assert fault(path) == (
        "a.pconn.nii: expected a whole CIFTI-2 file, found a damaged one "
        f"(OSError: Expected 64 bytes, got 60 bytes from a.pconn.nii). {DAMAGED}"
    )
    path.write_bytes(content.replace(b"</Parcel>", b"</Barcel>"))
    assert fault(path).startswith(
        "a.pconn.nii: expected a whole CIFTI-2 file, found a damaged one "
        "(ExpatError: mismatched tag: line"
    )
    path.write_bytes(content.replace(b"<Volume ", b"<!ENTITY"))
    assert fault(path) == (
        "a.pconn.nii: expected no document type in the header, found one. "
        "It may be unsafe: export it again from the program that made it."
    )


def test_matrices_that_are_none_between_the_same_parcels(path: Path) -> None:
    save(path, np.ones((3, 2)), cifti2.SeriesAxis(0, 1, 3), parcels("V1_L", "V1_R"))
    assert fault(path) == (
        "a.pconn.nii: expected a matrix between parcels, found the axes SeriesAxis, ParcelsAxis. "
        "Parcellate it first, as wb_command -cifti-parcellate does."
    )
    save(path, np.ones((2, 2)), parcels("V1_L", "V1_R"), parcels("V1_R", "V1_L"))
    assert fault(path) == (
        "a.pconn.nii: expected the same parcels along both axes, found 2 and 2 for values of "
        "shape (2, 2). Name a .pconn.nii file, whose matrix is square."
    )
    save(path, np.ones((2, 2)), parcels("V1_L", "V1_L"))
    assert fault(path) == (
        "a.pconn.nii, parcel V1_L: expected unique ids, found repeated V1_L. "
        "Keep one row for each neuron."
    )


def test_other_nifti_files_are_none(path: Path) -> None:
    nibabel.Nifti2Image(np.zeros((2, 2, 2)), np.eye(4)).to_filename(path)
    assert fault(path) == NO_CIFTI


def test_it_is_only_read(path: Path) -> None:
    with pytest.raises(ValueError, match=r"^format cifti-pconn: this format is only read\. "):
        formats.write(Connectome.from_matrix([[1]]), path, "cifti-pconn")


def test_without_nibabel_the_extra_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(path, [[1]], parcels("V1_L"))
    monkeypatch.setitem(sys.modules, "nibabel", None)
    with pytest.raises(MissingDependencyError) as caught:
        formats.read(path)
    assert str(caught.value) == (
        f"{path}: expected the package nibabel, which this format needs, found none. "
        'Install it: pip install "neuropil[human]".'
    )


def named(*names: str) -> cifti2.ParcelsAxis:
    voxels = [np.zeros((0, 3), dtype=int)] * len(names)
    vertices = [{LEFT: np.array([row])} for row in range(len(names))]
    return cifti2.ParcelsAxis(names, voxels, vertices, nvertices={LEFT: 10})


def test_names_are_trimmed_and_words_for_nothing_are_no_parcels(path: Path) -> None:
    save(path, np.eye(2), named(" V1 ", "V2"))
    assert formats.read(path).nodes["id"].to_list() == ["V1", "V2"]
    save(path, np.eye(2), named("V1", "NaN"))
    assert fault(path) == (
        "a.pconn.nii, parcel 1: expected the name of a parcel, found 'NaN', which stands for none. "
        "Name it, or leave it out, in the program that made the file."
    )


def test_a_matrix_larger_than_its_file_takes_no_memory(path: Path) -> None:
    content = bytearray(save(path, np.eye(2), parcels("V1_L", "V1_R")))
    # The first of the two sizes of the matrix: dim[5] of NIfTI-2.
    content[56:64] = (1 << 31).to_bytes(8, "little")
    path.write_bytes(content)
    assert "expected values of the size of the file, found 16,384 MB in 0 MB" in fault(path)
