"""The claims of the transcriptome study, each beside what measures it.

Data, where no other is named: Schaefer-400 cortex, signed functional connectivity, ten seeds of
four folds. The published numbers are of another cohort and parcellation, whose data are not
public: they are compared with, not reproduced.
"""

from neuropil.contracts import in_order
from neuropil.transcriptome.claims.facts import FACT_CLAIMS
from neuropil.transcriptome.claims.measured import CLOSED_FORM_CLAIMS
from neuropil.transcriptome.claims.networks import NETWORK_CLAIMS

__all__ = ["CLAIMS"]

CLAIMS = in_order(CLOSED_FORM_CLAIMS, FACT_CLAIMS, NETWORK_CLAIMS)
"""Every claim of the study."""
