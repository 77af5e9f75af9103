"""Later maps of pathology, foretold from the map that was seen and not from the seed alone."""

__all__: list[str] = []
