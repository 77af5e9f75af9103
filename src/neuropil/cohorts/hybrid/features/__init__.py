"""What clustering sees of connections: few features, by the unit of the modality."""

__all__: list[str] = []
