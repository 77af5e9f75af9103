"""Compiled programs are kept where that is possible, and nothing fails where it is not."""

from __future__ import annotations

import jax
import pytest

from neuropil.learning import compilation_cache_folder, enable_compilation_cache

NAMES = ("jax_compilation_cache_dir", "jax_persistent_cache_min_compile_time_secs")


@pytest.fixture(autouse=True)
def _settings_as_before():
    before = {name: getattr(jax.config, name) for name in NAMES}
    yield
    for name, value in before.items():
        jax.config.update(name, value)


def test_the_folder_lies_in_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROPIL_CACHE", str(tmp_path))
    enable_compilation_cache()
    assert compilation_cache_folder() == tmp_path / "compiled"
    assert (tmp_path / "compiled").is_dir()
    assert str(tmp_path / "compiled") == jax.config.jax_compilation_cache_dir


def test_an_unwritable_place_is_passed_over(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("NEUROPIL_CACHE", str(tmp_path / "file"))
    before = jax.config.jax_compilation_cache_dir
    enable_compilation_cache()
    assert jax.config.jax_compilation_cache_dir == before
    assert int(jax.jit(lambda x: x + 1)(1)) == 2
