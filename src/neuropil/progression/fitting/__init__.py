"""The common course and its graph, fitted to people who are aligned to it in turns."""

__all__: list[str] = []
