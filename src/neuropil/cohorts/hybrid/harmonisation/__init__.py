"""Taking sites or found categories out of connections, and what is lost by it."""

__all__: list[str] = []
