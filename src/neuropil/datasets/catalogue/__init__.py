"""The datasets that exist, as data, one file for each field."""

__all__: list[str] = []
