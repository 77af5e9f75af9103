"""Visits: one table with a line for each visit or value, and a table of the regions beside it."""

__all__: list[str] = []
