"""The claims of the head-direction study, each beside what measures it."""

from neuropil.circuits.claims.experiments import EXPERIMENT_CLAIMS
from neuropil.circuits.claims.fits import FIT_CLAIMS
from neuropil.contracts import in_order

__all__ = ["CLAIMS"]

CLAIMS = in_order(FIT_CLAIMS, EXPERIMENT_CLAIMS)
"""Every claim of the study."""
