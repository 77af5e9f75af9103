"""The claims of the logic study, each beside what measures it.

Accuracies are those of the exported hard circuit on the test images, used once for each final
model. A published number that could be read only in third-party notes is marked second-hand.
"""

from neuropil.contracts import in_order
from neuropil.logic.claims.accuracies import ACCURACY_CLAIMS
from neuropil.logic.claims.areas import AREA_CLAIMS
from neuropil.logic.claims.hardware import HARDWARE_CLAIMS

__all__ = ["CLAIMS"]

CLAIMS = in_order(ACCURACY_CLAIMS, HARDWARE_CLAIMS, AREA_CLAIMS)
"""Every claim of the study."""
