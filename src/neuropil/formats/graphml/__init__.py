"""GraphML, without loss in both directions."""

from neuropil.formats.graphml.reading import FORMAT

__all__ = ["FORMAT"]
