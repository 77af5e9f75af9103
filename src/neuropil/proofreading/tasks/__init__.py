"""Question items about a segmentation, and where they come from."""

__all__: list[str] = []
