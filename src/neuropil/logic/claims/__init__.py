"""The claims of the logic study: the table, what measures it, and the networks it trains."""

__all__: list[str] = []
