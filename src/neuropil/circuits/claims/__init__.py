"""The claims of the head-direction study: the table, and the pieces of work that measure it."""

__all__: list[str] = []
