"""Planted damage: operators that hurt an image as tissue or microscopes do, with the exact mask."""

__all__: list[str] = []
