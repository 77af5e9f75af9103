"""The claims of the study ``preservation``."""

__all__: list[str] = []
