"""The claims of ``progression``, each beside what measures it."""

from neuropil.contracts import Claim

__all__ = ["CLAIMS"]

CLAIMS: tuple[Claim, ...] = ()
"""Every claim of the study."""
