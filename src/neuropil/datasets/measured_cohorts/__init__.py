"""Cohorts that were measured: the readers of their published files."""

__all__: list[str] = []
