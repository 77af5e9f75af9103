"""Where membranes are: a small network, its rivals, and what its probabilities mean."""

__all__: list[str] = []
