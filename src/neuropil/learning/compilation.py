"""Keep compiled programs between processes."""

from __future__ import annotations

from pathlib import Path

import jax

from neuropil.contracts import user_cache

__all__ = ["compilation_cache_folder", "enable_compilation_cache"]


def compilation_cache_folder() -> Path:
    """Return the folder of compiled programs."""
    return user_cache() / "compiled"


def enable_compilation_cache() -> None:
    """Let JAX reuse programs that an earlier process compiled.

    A cache that cannot be written is passed over: it saves time and holds no results.
    """
    folder = compilation_cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))  # type: ignore[no-untyped-call]
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)  # type: ignore[no-untyped-call]
