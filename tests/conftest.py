"""Fixtures that every test may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from neuropil.contracts import forget_compiled_programs

REPOSITORY = Path(__file__).parents[1]

# Programs that JAX compiled stay between tests and between runs of the suite.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(REPOSITORY / ".pytest_cache" / "compiled"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.5")
# Small plans compile for longer than they run: a small fit takes a third less time so.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")


def _mirror() -> Path | None:
    named = os.environ.get("NEUROPIL_DATA")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    return folder if folder.is_dir() else None


@pytest.fixture
def real_data(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder with the mirrored real data; skips where there is none."""
    folder = _mirror()
    if folder is None:
        pytest.skip("no real data: set NEUROPIL_DATA to a mirror of the datasets")
    monkeypatch.setenv("NEUROPIL_DATA", str(folder))
    return folder


@pytest.fixture(autouse=True)
def _private_cache(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEUROPIL_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("NEUROPIL_OFFLINE", "1")


@pytest.fixture(autouse=True)
def _room_for_programs() -> Iterator[None]:
    yield
    forget_compiled_programs()
