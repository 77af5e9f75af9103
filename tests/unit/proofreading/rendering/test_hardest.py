"""The hardest pairs are those about which the proofreader is wrong and sure."""

from types import SimpleNamespace

import numpy as np
import pytest

from neuropil.contracts import MissingDependencyError, RunWriter, Source
from neuropil.proofreading import Pairs
from neuropil.proofreading.rendering.hardest import draw_hardest, find_hardest
from neuropil.proofreading.score import JudgedPairs


@pytest.fixture
def mended(block):
    """Three pairs of bars: one judged right, two wrong."""
    labels = np.array([[1, 2], [1, 3], [2, 3]])
    same = np.array([False, False, True])
    said = np.array([0.1, 0.97, 0.45])
    contact = np.tile([960.0, 880.0, 1000.0], (3, 1))
    voxels = np.array([[1280, 1280], [1280, 1024], [1280, 1024]])
    pairs = Pairs(labels, same, voxels, np.full(3, 20), contact, "bars: pairs")
    judged = JudgedPairs(said, same, np.ones(3, bool), labels, np.zeros(3))
    return SimpleNamespace(volume=block, segmentation="planted", pairs=pairs, judged=judged)


@pytest.fixture
def writer(tmp_path):
    opened = RunWriter(tmp_path / "run", "proofreading", "Proofreading", 0, {})
    opened.begin([Source("bars")])
    return opened


def test_only_wrong_answers_are_hard_the_surest_first(mended):
    assert find_hardest(mended) == [1, 2]
    assert find_hardest(mended, most=1) == [1]


def test_each_is_drawn_with_its_numbers(mended, writer):
    draw_hardest(writer, mended)
    run = writer.finish()
    assert [figure.name for figure in run.figures] == ["hard-1", "hard-2"]
    first, second = run.figures
    assert first.title == (
        "Said to be one neuron (probability of one: 0.970), in truth two neurons"
    )
    assert "Objects 1 (blue) and 3 (orange) meet at z 960, y 880, x 1000 nm." in first.caption
    # Object 3 reaches 640 nm down from the contact, with a rim of a tenth.
    assert "all show a cube of 1408 nm" in first.caption
    assert run.figure_data(first).to_dicts() == [
        {
            "first": 1,
            "second": 3,
            "z_nm": 960.0,
            "y_nm": 880.0,
            "x_nm": 1000.0,
            "same_body": False,
            "probability": 0.97,
        }
    ]
    svg = run.figure_svg(second)
    assert svg.count("data:image/png;base64") == 4
    for label in ("front", "side", "top", "xy slice"):
        assert f"<!-- {label} -->" in svg
    assert len(svg) < 500_000


def test_without_scikit_image_the_run_goes_on_and_says_so(mended, writer, monkeypatch):
    def refuse(*_):
        raise MissingDependencyError("drawing objects needs scikit-image", repair="Install it.")

    monkeypatch.setattr("neuropil.proofreading.rendering.pictures.mesh_mask", refuse)
    draw_hardest(writer, mended)
    run = writer.finish()
    assert run.figures == ()
    assert run.record["notes"] == [
        "The hardest pairs are not drawn: drawing objects needs scikit-image. Install it."
    ]
