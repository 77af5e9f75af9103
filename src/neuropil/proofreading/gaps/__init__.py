"""Gaps of missing sections: what continues an object beyond them, and how well that is told."""

__all__: list[str] = []
