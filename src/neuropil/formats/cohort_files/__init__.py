"""Cohorts: a folder of BIDS relationship matrices, or one NumPy archive, and the participants."""

__all__: list[str] = []
