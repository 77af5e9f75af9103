"""What a fit is held to: first that a bump forms and moves, then that it turns as it should."""

__all__: list[str] = []
