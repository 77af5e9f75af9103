"""The claims of ``proofreading``, each beside what measures it."""

from neuropil.contracts import in_order
from neuropil.proofreading.claims.blocks import BLOCK_CLAIMS
from neuropil.proofreading.claims.gaps import GAP_CLAIMS
from neuropil.proofreading.claims.learning import LEARNING_CLAIMS
from neuropil.proofreading.claims.merges import MERGE_CLAIMS
from neuropil.proofreading.claims.metrics import METRIC_CLAIMS
from neuropil.proofreading.claims.questions import QUESTION_CLAIMS

__all__ = ["CLAIMS"]

CLAIMS = in_order(
    QUESTION_CLAIMS, METRIC_CLAIMS, GAP_CLAIMS, MERGE_CLAIMS, BLOCK_CLAIMS, LEARNING_CLAIMS
)
"""Every claim of the study."""
