"""Edits of a segmentation: which are made, how they are kept, and how they are undone."""

__all__: list[str] = []
