"""Measures of a connectome's graph, and null models of it."""

__all__: list[str] = []
