"""The claims of ``hybrid-latents``, each beside what measures it.

Planted worlds have a known truth and are labelled so; their effect sizes were chosen, so that no
number on them is comparable with a published one.
"""

from neuropil.cohorts.hybrid.claims.real import REAL_CLAIMS
from neuropil.cohorts.hybrid.claims.worlds import WORLD_CLAIMS
from neuropil.contracts import in_order

__all__ = ["CLAIMS"]

CLAIMS = in_order(WORLD_CLAIMS, REAL_CLAIMS)
"""Every claim of the study."""
