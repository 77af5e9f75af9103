"""The protocol: trials that a network is put through, and what is measured on them."""

__all__: list[str] = []
