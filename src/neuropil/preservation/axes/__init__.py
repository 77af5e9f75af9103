"""Axes of damage, each with a map: closure of membranes, ambiguous zones, voids, profiles."""

__all__: list[str] = []
