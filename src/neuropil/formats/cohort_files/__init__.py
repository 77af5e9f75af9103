"""Cohorts: a folder of BIDS relationship matrices, or one NumPy archive, and the participants."""
