"""Hard circuits: gates, evaluation, simplification, export and checks in simulated hardware."""

__all__: list[str] = []
