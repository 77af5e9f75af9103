"""Surfaces are closed, face outwards, lie where the voxels lie, and keep their volume."""

import numpy as np
import pytest

from neuropil.proofreading.rendering.meshes import mesh_mask

GRID = np.indices((40, 40, 40)) - 19.5
BALL = (GRID**2).sum(axis=0) < 12**2


def _volume(mesh):
    # With axes z, y, x the usual product counts with the opposite sign.
    a, b, c = (mesh.vertices[mesh.faces[:, corner]] for corner in range(3))
    return -float((np.cross(b, c) * a).sum()) / 6


def _count_open_edges(mesh):
    edges = np.concatenate([mesh.faces[:, pair] for pair in ([0, 1], [1, 2], [2, 0])])
    _, counts = np.unique(np.sort(edges, axis=1), axis=0, return_counts=True)
    return int((counts != 2).sum())


def test_smoothing_keeps_volume_and_place_of_a_ball():
    mesh = mesh_mask(BALL, (40.0, 32.0, 32.0), (1000.0, 0.0, -500.0))
    assert _volume(mesh) == pytest.approx(BALL.sum() * 40 * 32 * 32, rel=0.01)
    middle = [1000 + 20 * 40, 20 * 32, -500 + 20 * 32]
    np.testing.assert_allclose(mesh.vertices.mean(axis=0), middle, atol=0.5)


def test_normals_point_outwards():
    mesh = mesh_mask(BALL, (1.0, 1.0, 1.0))
    outwards = mesh.vertices - 20
    outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
    aligned = (outwards * mesh.normals).sum(axis=1)
    assert aligned.min() > 0.8
    assert aligned.mean() > 0.97


def test_objects_are_closed_where_the_array_ends():
    assert _count_open_edges(mesh_mask(BALL[:, 15:], (1.0, 1.0, 1.0))) == 0
    assert _count_open_edges(mesh_mask(np.ones((2, 3, 4), dtype=bool), (1.0, 1.0, 1.0))) == 0


def test_a_neurite_of_one_voxel_keeps_its_length():
    line = np.zeros((3, 3, 30), dtype=bool)
    line[1, 1, 2:28] = True
    mesh = mesh_mask(line, (10.0, 10.0, 10.0))
    assert np.ptp(mesh.vertices[:, 2]) == pytest.approx(260, rel=0.05)
    assert np.ptp(mesh.vertices[:, 0]) > 3


def test_nothing_gives_an_empty_surface():
    assert len(mesh_mask(np.zeros((4, 4, 4), dtype=bool), (1.0, 1.0, 1.0)).faces) == 0


def test_large_objects_are_halved_and_stay_in_place(monkeypatch):
    whole = mesh_mask(BALL, (10.0, 10.0, 10.0))
    monkeypatch.setattr("neuropil.proofreading.rendering.meshes._MOST_VOXELS", 5000)
    coarse = mesh_mask(BALL, (10.0, 10.0, 10.0))
    assert len(coarse.faces) < len(whole.faces) / 3
    np.testing.assert_allclose(coarse.vertices.mean(axis=0), whole.vertices.mean(axis=0), atol=1)
