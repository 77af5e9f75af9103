"""Null maps of the brain's surface, and intervals over regions."""

__all__: list[str] = []
