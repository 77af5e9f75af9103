"""Proofreading: find split and merge errors of a segmentation, and mend them."""

from neuropil.proofreading.tasks.items import TASKS, Item, Piece

__all__ = ["TASKS", "Item", "Piece"]
