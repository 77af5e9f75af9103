"""Preservation: what of the wiring of this tissue can still be traced, and what it may claim."""

__all__: list[str] = []
