"""SONATA networks in HDF5."""

from neuropil.formats.sonata.reading import FORMAT

__all__ = ["FORMAT"]
