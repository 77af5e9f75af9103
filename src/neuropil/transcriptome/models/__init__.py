"""The predictors, one method a file."""

from neuropil.transcriptome.models.base import PairModel

__all__ = ["PairModel"]
