"""From local breaks to a whole brain: how far wires are followed, and what a sample may claim."""

__all__: list[str] = []
