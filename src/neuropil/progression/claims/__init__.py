"""The claims of ``progression``, each beside what measures it."""

from neuropil.contracts import in_order
from neuropil.progression.claims.edges import EDGE_CLAIMS
from neuropil.progression.claims.forecasts import FORECAST_CLAIMS
from neuropil.progression.claims.group_maps import GROUP_MAP_CLAIMS
from neuropil.progression.claims.priors import PRIORS_CLAIMS
from neuropil.progression.claims.simulation import SIMULATION_CLAIMS

__all__ = ["CLAIMS"]

CLAIMS = in_order(GROUP_MAP_CLAIMS, SIMULATION_CLAIMS, EDGE_CLAIMS, PRIORS_CLAIMS, FORECAST_CLAIMS)
"""Every claim of the study."""
