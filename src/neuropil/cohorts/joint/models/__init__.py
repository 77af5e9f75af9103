"""Models of two modalities, one file each."""

__all__: list[str] = []
