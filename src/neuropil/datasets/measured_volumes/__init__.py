"""Volumes of tissue that was imaged and segmented."""

__all__: list[str] = []
