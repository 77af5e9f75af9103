"""Names that the shell completes."""

from __future__ import annotations

__all__ = ["complete_citable", "complete_dataset", "complete_study"]


def complete_study(incomplete: str) -> list[str]:
    """List the studies that start with what was typed."""
    from neuropil.pipelines import study_names

    return [name for name in study_names() if name.startswith(incomplete)]


def complete_dataset(incomplete: str) -> list[str]:
    """List the datasets that start with what was typed."""
    from neuropil.datasets import names

    return [name for name in names() if name.startswith(incomplete)]


def complete_citable(incomplete: str) -> list[str]:
    """List the studies and datasets that start with what was typed."""
    return complete_study(incomplete) + complete_dataset(incomplete)
