"""Scores of a segmentation beside the truth."""

__all__: list[str] = []
