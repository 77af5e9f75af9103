"""Intervals and null models that every study shares."""

from neuropil.measures.intervals import bootstrap_interval, share_interval, summarise_null
from neuropil.measures.nulls import shuffle_within_blocks

__all__ = ["bootstrap_interval", "share_interval", "shuffle_within_blocks", "summarise_null"]
