"""A compiled library is used again only where it is whole and nobody else can have put it there."""

from __future__ import annotations

import _ctypes
import os
import shutil
from pathlib import Path

import pytest

from neuropil.contracts import sha256_of, user_cache
from neuropil.logic.training.kernel import _load

RIGHT, WRONG = "int answer(void) { return 42; }\n", "int answer(void) { return 13; }\n"


@pytest.fixture
def compiler() -> str:
    found = shutil.which("cc")
    if found is None:
        pytest.skip("no C compiler")
    return found


def load(compiler: str, source: str = RIGHT):
    return _load(compiler, source, ("-shared", "-fPIC"))


def compile_only(compiler: str, source: str = RIGHT) -> None:
    """Compile and let go: the system would else give the loaded library for the same path."""
    _ctypes.dlclose(load(compiler, source)[0]._handle)


def compiled() -> Path:
    [folder] = (user_cache() / "kernels").iterdir()
    return folder / "kernel.so"


def plant_another(compiler: str, tmp_path: Path, monkeypatch) -> Path:
    """Put a library that gives 13 where the right one is expected, with its own checksum."""
    compile_only(compiler)
    cache = user_cache()
    monkeypatch.setenv("NEUROPIL_CACHE", str(tmp_path / "elsewhere"))
    compile_only(compiler, WRONG)
    wrong = compiled()
    monkeypatch.setenv("NEUROPIL_CACHE", str(cache))
    path = compiled()
    shutil.copy(wrong, path)
    (path.parent / "sha256").write_text(sha256_of(path))
    return path


def test_a_library_is_compiled_once(compiler):
    library, place = load(compiler)
    stamp = compiled().stat().st_mtime_ns
    assert library.answer() == 42
    assert place == str(compiled())
    assert load(compiler)[0].answer() == 42
    assert compiled().stat().st_mtime_ns == stamp
    assert not compiled().parent.stat().st_mode & 0o077


@pytest.mark.parametrize("damage", [lambda half: half + bytes(len(half)), lambda half: half])
def test_a_damaged_library_is_made_anew(compiler, damage):
    compile_only(compiler)
    path = compiled()
    content = path.read_bytes()
    path.write_bytes(damage(content[: len(content) // 2]))
    assert load(compiler)[0].answer() == 42
    assert (path.parent / "sha256").read_text() == sha256_of(path)


def test_a_library_of_ones_own_is_believed(compiler, tmp_path, monkeypatch):
    """What the next tests refuse would else be loaded: the planted one is in the right place."""
    plant_another(compiler, tmp_path, monkeypatch)
    assert load(compiler)[0].answer() == 13


@pytest.mark.parametrize("level", range(4))
def test_a_library_that_all_can_write_is_never_loaded(compiler, tmp_path, monkeypatch, level):
    path = plant_another(compiler, tmp_path, monkeypatch)
    place = [path, *path.parents][level]
    place.chmod(0o777)
    before = path.read_bytes()
    library, found = load(compiler)
    assert library.answer() == 42
    assert found.endswith(", for this process alone")
    assert path.read_bytes() == before


@pytest.mark.skipif(getattr(os, "getuid", lambda: 1)() != 0, reason="only root can give files away")
@pytest.mark.parametrize("level", range(4))
def test_a_library_of_another_owner_is_never_loaded(compiler, tmp_path, monkeypatch, level):
    path = plant_another(compiler, tmp_path, monkeypatch)
    os.chown([path, *path.parents][level], 12345, -1)
    assert load(compiler)[0].answer() == 42


def test_a_cache_that_cannot_be_written_costs_no_kernel(compiler, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("NEUROPIL_CACHE", str(tmp_path / "file"))
    library, found = load(compiler)
    assert library.answer() == 42
    assert found.endswith(", for this process alone")
