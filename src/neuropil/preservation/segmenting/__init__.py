"""From the probability of a membrane to profiles and bodies."""

__all__: list[str] = []
