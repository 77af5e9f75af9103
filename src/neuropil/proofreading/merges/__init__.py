"""Detector of merge errors: whether an object is two, and where it is to be cut."""

__all__: list[str] = []
