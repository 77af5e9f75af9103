"""Compiled programs of JAX: reused between processes, and let go when they are very many.

JAX is not imported here. Where it is loaded already it is told; a process that loads it later,
and every process it starts, finds the settings in its environment.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from neuropil.contracts.cache import is_private, user_cache

__all__ = ["compilation_cache_folder", "forget_compiled_programs", "reuse_compiled_programs"]

# Shorter compilations cost less than looking them up (measured on the head-direction study).
_LEAST_SECONDS = 0.5
# A compiled program holds memory maps, of which Linux gives a process 65,530: in one process the
# programs of half the test suite came to more, and XLA aborted. A third; a test of estimators alone
# adds ten thousand.
_MAPS, _MANY_MAPS = Path("/proc/self/maps"), 20_000


def compilation_cache_folder() -> Path:
    """Return the folder of compiled programs."""
    return user_cache() / "compiled"


def reuse_compiled_programs() -> None:
    """Let JAX reuse programs that an earlier process compiled.

    A folder that ``JAX_COMPILATION_CACHE_DIR`` names already stays. A cache that cannot be
    written, or that others can write, is passed over: it saves time and holds no results.
    """
    # A person who named a folder for all JAX programs means this one too.
    named = os.environ.get("JAX_COMPILATION_CACHE_DIR")
    folder = Path(named) if named else compilation_cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # A program is run as it lies there: who can write it can run what they like.
        if not named and not is_private(folder):
            return
    except OSError:
        return
    # For this process if it loads JAX later, and for those that it starts.
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(folder))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", str(_LEAST_SECONDS))
    # Loaded already: it has read its environment and must be told.
    jax = sys.modules.get("jax")
    if jax is not None:
        # JAX reads its environment once, when it is imported.
        jax.config.update("jax_compilation_cache_dir", str(folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", _LEAST_SECONDS)


def forget_compiled_programs() -> None:
    """Free the memory of compiled programs once this process holds very many; they stay on disk.

    Until then they stay: work of the same kind finds them without tracing and reading them anew,
    which takes a minute for a fit of `head-direction`.
    """
    jax = sys.modules.get("jax")
    if jax is not None and _holds_many_maps():
        jax.clear_caches()


def _holds_many_maps() -> bool:
    try:
        return _MAPS.read_bytes().count(b"\n") > _MANY_MAPS
    except OSError:  # not Linux: nothing tells
        return True
