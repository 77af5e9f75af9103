"""Cohorts that were measured: the readers of their published files."""
