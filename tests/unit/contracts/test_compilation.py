"""Compiled programs outlive the process, and JAX is spoken to only where it is loaded."""

from __future__ import annotations

import os
import subprocess
import sys

import jax
import pytest

from neuropil.contracts import (
    compilation_cache_folder,
    forget_compiled_programs,
    reuse_compiled_programs,
)

PROGRAM = """
import sys
from neuropil.contracts import reuse_compiled_programs
{first}
reuse_compiled_programs()
assert ("jax" in sys.modules) == {loaded}
import jax
print(jax.config.jax_compilation_cache_dir)
print(jax.config.jax_persistent_cache_min_compile_time_secs)
"""


@pytest.mark.parametrize(("first", "loaded"), [("", False), ("import jax", True)])
def test_jax_uses_the_cache_folder_whether_it_is_loaded_before_or_after(first, loaded, tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(first=first, loaded=loaded)],
        env={**environment, "NEUROPIL_CACHE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert found.stdout.split() == [str(tmp_path / "compiled"), "0.5"]
    assert (tmp_path / "compiled").is_dir()


def test_a_folder_that_a_person_named_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path / "mine"))
    reuse_compiled_programs()
    assert os.environ["JAX_COMPILATION_CACHE_DIR"] == str(tmp_path / "mine")
    assert not compilation_cache_folder().exists()


def test_a_cache_that_cannot_be_made_is_passed_over(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("taken")
    monkeypatch.setenv("NEUROPIL_CACHE", str(tmp_path / "file"))
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR")
    reuse_compiled_programs()
    assert "JAX_COMPILATION_CACHE_DIR" not in os.environ


def test_programs_are_let_go_once_they_hold_many_maps(monkeypatch, tmp_path):
    double = jax.jit(lambda x: 2 * x)
    double(1.0)
    maps = tmp_path / "maps"
    monkeypatch.setattr("neuropil.contracts.compilation._MAPS", maps)
    maps.write_bytes(b"\n" * 20_000)
    forget_compiled_programs()
    assert double._cache_size() == 1
    maps.write_bytes(b"\n" * 20_001)
    forget_compiled_programs()
    assert double._cache_size() == 0
    double(1.0)
    maps.unlink()  # a system that does not tell
    forget_compiled_programs()
    assert double._cache_size() == 0
