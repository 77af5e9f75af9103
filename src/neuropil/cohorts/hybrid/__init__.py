"""Discrete and continuous latents of a cohort of several sites, and harmonisation by them."""

__all__: list[str] = []
