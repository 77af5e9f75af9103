"""Mixtures of subjects and the hybrid network that starts from one."""

__all__: list[str] = []
