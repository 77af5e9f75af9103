"""``neuropil logic``: what it writes, prints and refuses."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest
from typer.testing import CliRunner

from neuropil.cli.main import app
from neuropil.logic import Circuit


def invoke(*args):
    return CliRunner().invoke(app, ["logic", *map(str, args)], env={"COLUMNS": "200"})


@pytest.fixture
def model(tmp_path):
    """Two gates that are one, and a third."""
    circuit = Circuit(
        3, [6, 6, 1], [0, 1, 1], [1, 0, 2], [3, 4, 5], [0, 0, 0], [0, 0, 1], [0, 0], ("a", "b")
    )
    circuit.save(tmp_path / "model")
    return tmp_path / "model"


def test_the_simplified_circuit_is_written_in_every_format(model):
    result = invoke("export", model, "--to", "verilog,c,blif,dot", "--json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert (answer["gates"], answer["simplified"], answer["checks"]) == (3, 2, [])
    assert [name.rpartition(".")[2] for name in answer["files"]] == ["v", "c", "blif", "dot"]
    small = Circuit.load(model).simplify()
    mark = "Written by `neuropil logic export`; SHA-256 of the lines below: "
    for ending, comment, text in (
        ("v", "// {}", small.to_verilog()),
        ("c", "/* {} */", small.to_c()),
        ("blif", "# {}", small.to_blif()),
        ("dot", "// {}", small.to_dot()),
    ):
        first, _, rest = (model / "export" / f"circuit.{ending}").read_text().partition("\n")
        assert first == comment.format(mark + hashlib.sha256(text.encode()).hexdigest())
        assert rest == text


def test_verification_reports_every_tool(model, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    result = invoke("export", model, "--verify")
    assert result.exit_code == 1
    assert result.stderr == (
        "error: nothing was verified: not installed are iverilog, verilator, yosys. "
        "Install one of them, or add --allow-unverified.\n"
    )
    result = invoke("export", model, "--verify", "--allow-unverified")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "3 gates, 2 after simplification" in result.stdout
    rows = [line.split() for line in result.stdout.splitlines()]
    for name in ("iverilog", "verilator", "yosys"):
        assert [name, "not", "installed", "not", "run"] in rows


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="iverilog is not installed")
def test_a_circuit_that_simulates_right_passes(model, tmp_path, monkeypatch):
    for name in ("iverilog", "vvp"):
        (tmp_path / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(tmp_path))
    result = invoke("export", model, "--verify", "--images", "8", "--json")
    assert result.exit_code == 0
    first = json.loads(result.stdout)["checks"][0]
    assert first == {"check": "iverilog: inputs that differ", "found": 0, "passed": True}


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="iverilog is not installed")
@pytest.mark.skipif(shutil.which("yosys-abc") is None, reason="yosys is not installed")
def test_registers_are_written_and_verified(model, tmp_path, monkeypatch):
    for name in ("iverilog", "vvp", "yosys", "yosys-abc", "berkeley-abc", "sh"):
        if found := shutil.which(name):
            (tmp_path / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(tmp_path))
    options = ("export", model, "--registers", "--verify", "--images", "8")
    result = invoke(*options, "--json")
    assert result.exit_code == 0
    small = Circuit.load(model).simplify()
    written = (model / "export" / "circuit.v").read_text()
    assert written.partition("\n")[2] == small.to_verilog(registers=True)
    answer = json.loads(result.stdout)
    checks = {row["check"]: row["found"] for row in answer["checks"]}
    assert checks["iverilog: inputs that differ"] == 0
    # Two classes with scores of two bits, kept twice; the counted bits; and one bit of the class.
    assert checks["flip-flops"] == answer["synthesis"]["flip_flops"] == 8 + small.outputs.size + 1
    text = "gate part: 2 tables of four inputs, or 2 of six; cells on the longest path: 1"
    assert text in invoke(*options).stdout


def test_a_device_is_asked_for_before_anything_is_written(model, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    result = invoke("export", model, "--place", "ice40-hx8k")
    assert result.exit_code == 1
    assert "the program nextpnr-ice40 is not installed. Install it (Debian" in result.stderr
    assert not (model / "export").exists()


@pytest.mark.skipif(shutil.which("nextpnr-ice40") is None, reason="nextpnr-ice40 is not installed")
@pytest.mark.skipif(shutil.which("yosys") is None, reason="yosys is not installed")
def test_a_circuit_is_placed_on_a_device(model):
    result = invoke("export", model, "--place", "ice40-hx8k", "--json")
    assert result.exit_code == 0
    placed = json.loads(result.stdout)["placement"]
    assert (placed["device"], placed["available"]) == ("ice40-hx8k", 7680)
    assert placed["images_per_second"] == 1e6 * placed["clock"]


def test_files_of_others_are_never_overwritten(model, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "circuit.v").write_text("module mine; endmodule\n")
    options = ("export", model, "--to", "c,verilog", "--out", folder)
    result = invoke(*options)
    assert result.exit_code == 1
    assert result.stderr == (
        f"error: {folder}/circuit.v: expected no file, or one as this command wrote it, found "
        "another. Choose another --out, or add --overwrite to lose what is there.\n"
    )
    # Nor is the other file of the same call written.
    assert [path.name for path in folder.iterdir()] == ["circuit.v"]
    assert (folder / "circuit.v").read_text() == "module mine; endmodule\n"
    assert invoke(*options, "--overwrite").exit_code == 0
    assert "module mine" not in (folder / "circuit.v").read_text()


def test_an_export_is_written_again_unless_it_was_changed_by_hand(model):
    path = model / "export" / "circuit.v"
    assert invoke("export", model).exit_code == 0
    before = path.read_text()
    assert invoke("export", model, "--registers").exit_code == 0
    assert path.read_text() != before
    changed = path.read_text() + "// my pins\n"
    path.write_text(changed)
    assert invoke("export", model).exit_code == 1
    assert path.read_text() == changed


def test_speeds_are_printed(model):
    result = invoke("bench", model, "--images", "128", "--json")
    assert result.exit_code == 0
    speeds = json.loads(result.stdout)
    assert "NumPy" in speeds
    assert all(speed > 0 for speed in speeds.values())


def test_doctor_says_what_gates_are_missing_without_tools(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    result = CliRunner().invoke(app, ["doctor", "--json"])
    rows = {row["what"]: row for row in json.loads(result.stdout)}
    assert rows["C compiler"]["found"] == "none: gate networks train in JAX"
    assert rows["hardware tools"]["found"] == "not installed: iverilog, verilator, yosys"


def test_an_unknown_format_and_a_missing_netlist_are_named(model, tmp_path):
    result = invoke("export", model, "--to", "vhdl")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: --to: expected formats, found 'vhdl'. Choose among: c, verilog, blif, dot.\n"
    )
    result = invoke("export", model, "--to", "c", "--registers")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: --registers: expected verilog among the formats, found 'c'. "
        "Add verilog to --to, or leave --registers out.\n"
    )
    result = invoke("export", tmp_path / "none")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {tmp_path}/none/netlist.json: no such file")
    assert not (tmp_path / "none").exists()
