"""The one folder for what can be made or fetched again."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

__all__ = ["user_cache"]


def user_cache() -> Path:
    """Return the cache folder: ``NEUROPIL_CACHE``, or the operating system's place for caches."""
    # Tests and shared machines give every user a cache of their own.
    named = os.environ.get("NEUROPIL_CACHE")
    # Without the author, whom only Windows puts into the path, as a folder that says nothing.
    return Path(named) if named else platformdirs.user_cache_path("neuropil", appauthor=False)
