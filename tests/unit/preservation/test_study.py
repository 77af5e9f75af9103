"""Runs of the study: an audit, a folder of tiles, and what is refused before a folder exists."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import ConfigError, InputError
from neuropil.pipelines import run_study


def test_an_audit_says_what_four_blocks_exclude(tmp_path):
    run = run_study("preservation", {"audit": "4 blocks, 0 bad"}, out=tmp_path / "run")
    assert run.metric("bad").high == pytest.approx(0.527, abs=5e-4)
    needed = dict(run.table("needed").iter_rows())
    assert needed == {0.1: 29, 0.05: 59, 0.01: 299, 0.001: 2995}
    assert [figure.name for figure in run.figures] == ["exclusion"]
    assert (tmp_path / "run" / "report.html").is_file()


def test_tiles_of_a_folder_are_blocks_and_a_bad_image_is_not_assessable(tmp_path: Path):
    image = datasets.load("synthetic-neurites", kind=Volume).read_image((slice(40, 43),) * 1)
    folder = tmp_path / "tiles"
    folder.mkdir()
    for place, section in enumerate(image):
        Image.fromarray(section.astype("u1")).save(folder / f"t{place}.png")
    Image.fromarray(np.zeros((80, 90), "u1")).save(folder / "black.png")
    lines = ["file,block,region", *(f"t{n}.png,B{n},cortex" for n in range(3)), "black.png,B9,"]
    (folder / "tiles.csv").write_text("\n".join(lines), encoding="utf-8")
    settings = {"volume": str(folder), "voxel_size": "16x16x16", "region": "brain"}
    run = run_study("preservation", settings, out=tmp_path / "run")
    tiles = run.table("tiles")
    black = tiles.filter(tiles["block"] == "B9").row(0, named=True)
    assert (black["passed"], black["bad"], black["region"]) == (False, None, "brain")
    assert run.metric("assessable").value == pytest.approx(0.75)
    assert any("no human, pig or" in note for note in run.record["notes"])
    assert any("No reference was named" in note for note in run.record["notes"])
    assert "0 of 3 assessable tiles are damaged, 1 cannot be assessed; " in run.metric("loss").note
    refused = run.table("claims").filter(run.table("claims")["standing"] == "refused")
    assert "3 independent blocks cannot certify" in refused["says"][0]


def test_tiles_of_one_name_are_one_block(tmp_path: Path):
    image = datasets.load("synthetic-neurites", kind=Volume).read_image((slice(40, 43),) * 1)
    for place, section in enumerate(image):
        Image.fromarray(section.astype("u1")).save(tmp_path / f"t{place}.png")
    lines = ["file,block,region", "t0.png,B0,cortex", "t1.png,B0,thalamus", "t2.png,B1,cortex"]
    (tmp_path / "tiles.csv").write_text("\n".join(lines), encoding="utf-8")
    settings = {"volume": str(tmp_path), "voxel_size": "16x16x16"}
    run = run_study("preservation", settings, out=tmp_path / "run")
    blocks = run.table("blocks").select("block", "region", "tiles").rows()
    assert blocks == [("B0", "cortex, thalamus", 2), ("B1", "cortex", 1)]
    shown = {figure.name: run.figure_data(figure) for figure in run.figures}
    assert shown["tiles"]["block"].to_list() == shown["losses"]["block"].to_list() == ["B0", "B1"]
    assert shown["places"]["block"].to_list() == ["B0", "B0", "B1"]


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"volume": "no-such-tissue"}, ConfigError, "no-such-tissue"),
        ({"volume": "synthetic-neurites", "damage": "gap:0.1"}, ConfigError, "Did you mean gaps"),
        ({"claim": "hardly any gaps"}, InputError, "expected a claim"),
        ({"voxel_size": "4x4", "volume": "synthetic-neurites"}, ConfigError, "three lengths"),
        ({"audit": "four blocks"}, InputError, "4 blocks, 0 bad"),
    ],
)
def test_what_cannot_be_read_leaves_no_folder(tmp_path, settings, error, message):
    with pytest.raises(error, match=message):
        run_study("preservation", settings, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
