"""Contacts between the objects of a segmentation, and what is measured at them."""

__all__: list[str] = []
