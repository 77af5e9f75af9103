"""The posterior over the edges of a graph: what the data say, and what the prior brought in."""

__all__: list[str] = []
