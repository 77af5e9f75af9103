"""Experiments on a fitted circuit: types removed, counts perturbed, starts and wiring exchanged."""

__all__: list[str] = []
