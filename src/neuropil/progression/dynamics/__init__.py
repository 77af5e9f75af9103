"""How disease moves along a connectome: Laplacians, the network equation, its solvers."""

__all__: list[str] = []
