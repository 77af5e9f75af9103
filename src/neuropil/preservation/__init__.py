"""Preservation: can the wiring of this tissue still be traced, and what may a sample claim?"""

__all__: list[str] = []
