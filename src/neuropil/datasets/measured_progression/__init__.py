"""Measured pathology over time, and the connectomes along which it may spread."""

__all__: list[str] = []
