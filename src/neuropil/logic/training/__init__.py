"""Soft networks of gates: encoding, engines, rewiring and the loop that trains them."""

__all__: list[str] = []
