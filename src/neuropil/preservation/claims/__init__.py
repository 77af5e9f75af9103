"""The claims of the study ``preservation``, each beside what measures it."""

from neuropil.contracts import in_order
from neuropil.preservation.claims.axes import AXES_CLAIMS
from neuropil.preservation.claims.damage import DAMAGE_CLAIMS
from neuropil.preservation.claims.detector import DETECTOR_CLAIMS
from neuropil.preservation.claims.loss import LOSS_CLAIMS
from neuropil.preservation.claims.repair import REPAIR_CLAIMS
from neuropil.preservation.claims.sampling import SAMPLING_CLAIMS
from neuropil.preservation.claims.space import SPACE_CLAIMS

__all__ = ["CLAIMS"]

CLAIMS = in_order(
    DETECTOR_CLAIMS,
    SAMPLING_CLAIMS,
    LOSS_CLAIMS,
    AXES_CLAIMS,
    DAMAGE_CLAIMS,
    REPAIR_CLAIMS,
    SPACE_CLAIMS,
)
"""Every claim of the study."""
