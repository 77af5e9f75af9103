"""Repair of damaged tissue: gaps are closed, and the space between cells is opened again."""

__all__: list[str] = []
