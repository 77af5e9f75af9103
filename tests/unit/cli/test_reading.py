"""How ``convert`` and ``measure`` are told what a file holds, and what ``formats`` lists."""

from __future__ import annotations

import json
import shlex

import numpy as np
import pytest
from typer.testing import CliRunner

from neuropil import datasets, formats
from neuropil.cli.main import app
from neuropil.connectome import Volume
from neuropil.contracts import ConfigError, Run
from neuropil.pipelines import load_connectome

LINES = "from_cell,to_cell,n_syn,area\n1,2,3,0.5\n2,3,4,0.25\n3,1,5,1\n1,3,2,2\n"


def invoke(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args], env={"COLUMNS": "200"})


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(LINES, encoding="utf-8")
    return path


COLUMNS = ("--pre", "from_cell", "--post", "to_cell", "--weight", "n_syn")
LEFT_OUT = "The column 'area' was left out; the option weights names those that are weights."


def test_convert_takes_columns_of_ones_own(mine, tmp_path):
    result = invoke("convert", mine, tmp_path / "out", *COLUMNS)
    assert result.exit_code == 0
    assert result.stdout == f"{tmp_path}/out\n"
    assert result.stderr == f"note: {LEFT_OUT}\n"
    written = formats.read(tmp_path / "out")
    assert written.edges.rows() == [(1, 2, 3), (2, 3, 4), (3, 1, 5), (1, 3, 2)]
    assert written.units == {"synapse_count": "synapses"}
    assert written.source.notes == (LEFT_OUT,)
    same = formats.read(mine, pre="from_cell", post="to_cell", weights="n_syn")
    assert written.equals(same)
    assert formats.read(mine, pre="from_cell", post="to_cell", weight="n_syn").equals(same)


def test_several_weights_and_a_unit(mine, tmp_path):
    both = (*COLUMNS, "--weight", "area", "--option", "unit=um2")
    result = invoke("convert", mine, tmp_path / "out", *both)
    assert result.exit_code == 0
    assert formats.read(tmp_path / "out").units == {"n_syn": "um2", "area": "um2"}
    result = invoke("convert", mine, tmp_path / "other", *COLUMNS[:4], "--weight", "area [um2]")
    assert result.exit_code == 1
    assert "expected a column 'area [um2]', found none. The columns are: " in result.stderr


def test_measure_takes_the_same_and_its_command_can_be_typed_again(mine, tmp_path):
    asked = (*COLUMNS, "--option", "text_ids=true", "--nulls", 19, "--json", "-q")
    first = invoke("measure", mine, *asked, "--out", tmp_path / "run")
    assert first.exit_code == 0
    assert json.loads(first.stdout)["notes"][0] == LEFT_OUT
    command = Run.open(tmp_path / "run").record["command"]
    again = invoke(*shlex.split(command)[1:], "--json", "-q")
    assert json.loads(again.stdout)["metrics"] == json.loads(first.stdout)["metrics"]


def test_measure_takes_a_format(tmp_path):
    path = tmp_path / "numbers.csv"
    path.write_text("1,2,3\n2,3,4\n3,1,5\n", encoding="utf-8")
    assert invoke("measure", path, "--nulls", 19).exit_code == 1
    asked = ("--from", "dense-matrix", "--unit", "synapses", "--nulls", 19)
    result = invoke("measure", path, *asked)
    assert result.exit_code == 0
    assert "15 synapses" in result.stdout


def test_unknown_options_are_refused(mine, tmp_path):
    result = invoke("measure", mine, "--option", "colour=red")
    assert result.exit_code == 2
    assert result.stderr.startswith(
        "error: format edge-list: expected an option as name=value, found 'colour=red'. Its options"
    )
    result = invoke("convert", mine, tmp_path / "out", "--from", "abacus")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: there is no format abacus. The formats are: ")


def test_a_dataset_takes_no_options():
    name = "synthetic-head-direction"
    with pytest.raises(ConfigError) as caught:
        datasets.load_or_read(name, pre="from")
    assert str(caught.value) == (
        f"dataset {name}: expected no options of a reader for a dataset, found pre. "
        f"Leave them out, or write ./{name} for a file of that name."
    )
    assert load_connectome([name]).n_nodes == 152


def test_formats_lists_every_format():
    result = invoke("formats")
    assert result.exit_code == 0
    blocks = [block.splitlines() for block in result.stdout.split("\n\n")]
    names = [block[0].split(":")[0] for block in blocks]
    assert names == list(formats.FORMATS)
    for block, each in zip(blocks, formats.FORMATS.values(), strict=True):
        assert block[0].startswith(f"{each.name}: {each.holds.__name__}, read")
        for option, meaning in each.options.items():
            assert f"  --option {option}=...  {meaning}" in block
        for column, aliases in each.aliases.items():
            assert f"  column {column}: {', '.join(aliases)}" in block


def test_formats_lists_one_and_prints_json():
    result = invoke("formats", "edge-list", "--json")
    (record,) = json.loads(result.stdout)["formats"]
    assert (record["name"], record["holds"], record["written"]) == ("edge-list", "Connectome", True)
    assert {".csv", ".feather", ".parquet"} <= set(record["endings"])
    assert {"pre_pt_root_id", "body_pre", "source"} <= set(record["columns"]["pre"])
    assert {"pre", "post", "weights", "unit", "whole"} <= set(record["options"])
    result = invoke("formats", "edgelist")
    assert result.exit_code == 2
    assert "there is no format 'edgelist'. Did you mean" in result.stderr


def test_what_is_listed_as_an_alias_is_read(tmp_path):
    aliases = formats.FORMATS["edge-list"].aliases
    path = tmp_path / "e.csv"
    for pre, post in zip(aliases["pre"], aliases["post"], strict=True):
        for spelled in (str, str.upper, lambda name: f" {name.replace('_', ' ')} "):
            path.write_text(f"{spelled(pre)},{spelled(post)},n_syn\nA,B,3\n", encoding="utf-8")
            assert formats.read(path, format="edge-list").edges.rows() == [("A", "B", 3)]


def test_convert_takes_a_volume_with_options_of_its_reader(tmp_path):
    source = tmp_path / "labels.npz"
    np.savez(source, stack=np.ones((2, 3, 4), "u2"))
    options = ("--option", "voxel_size=40,16,8", "--option", "segmentations=stack:truth")
    result = invoke("convert", source, tmp_path / "block.zarr", *options)
    assert result.exit_code == 0
    assert result.stdout == f"{tmp_path}/block.zarr\n"
    assert result.stderr == "note: The segmentation 'truth' has no background: no voxel is 0.\n"
    volume = formats.read(tmp_path / "block.zarr", kind=Volume)
    assert volume.voxel_size == (40, 16, 8)
    assert volume.segmentation("truth").sum() == 24
    # What the source states needs no options, and a format may be named.
    result = invoke(
        "convert", "--from", "zarr-volume", tmp_path / "block.zarr", tmp_path / "block.h5"
    )
    assert result.stdout == f"{tmp_path}/block.h5\n"


def test_convert_names_the_voxel_size_that_is_missing(tmp_path):
    source = tmp_path / "labels.npz"
    np.savez(source, truth=np.ones((2, 3, 4), "u2"))
    result = invoke("convert", "--from", "volume-arrays", source, tmp_path / "block.zarr")
    assert result.exit_code == 1
    assert result.stderr == (
        f"error: {source}: expected the size of a voxel, which the file does not state as three "
        "positive numbers. "
        "Give its edges along z, y and x [nm] as voxel_size, such as voxel_size=40,16,16.\n"
    )
    wrong = ("--option", "voxel_size=40,x,16")
    result = invoke("convert", *wrong, source, tmp_path / "block.zarr")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: format volume-arrays: voxel_size=40,x,16: ")
