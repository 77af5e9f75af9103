"""BIDS relationship matrices (``_relmat.tsv``, draft BEP 17)."""

from neuropil.formats.bids_relmat.reading import FORMAT

__all__ = ["FORMAT"]
