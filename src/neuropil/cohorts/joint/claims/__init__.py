"""The claims of ``joint-individual``, each beside what measures it.

Planted worlds have a known truth and are labelled so. Of the real paired cohort it cannot be shown
that both modalities are of the same people: there, no claim is one of coupling.
"""

from neuropil.cohorts.joint.claims.real import REAL_CLAIMS
from neuropil.cohorts.joint.claims.traits import TRAIT_CLAIMS
from neuropil.cohorts.joint.claims.worlds import WORLD_CLAIMS
from neuropil.contracts import in_order

__all__ = ["CLAIMS"]

CLAIMS = in_order(WORLD_CLAIMS, REAL_CLAIMS, TRAIT_CLAIMS)
"""Every claim of the study."""
