"""Questions in words, answers that are read and counted, and the scores of whoever answers."""

__all__: list[str] = []
