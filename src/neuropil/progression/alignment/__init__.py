"""Where each person stands on the common course, with an interval."""

__all__: list[str] = []
