"""What a forecast may choose between: the whole recipe, and each of its parts alone."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from neuropil.progression.forecasts.forecaster import FEATURE_SETS, ForecastPlan

__all__ = ["RECIPES"]

_GRAPH = (("state",), ("state", "neighbours"))
RECIPES: Mapping[str, ForecastPlan] = MappingProxyType(
    {
        "all": ForecastPlan(),
        "without graph": ForecastPlan(
            features=tuple(one for one in FEATURE_SETS if "neighbours" not in one)
        ),
        "graph": ForecastPlan(features=_GRAPH),
        "susceptibility": ForecastPlan(features=(("state",), ("state", "susceptibility"))),
        "other maps": ForecastPlan(features=(("state",), ("state", "other maps"))),
        # One study leaves nothing to choose by: the penalty weighs as much as its earlier steps do.
        # Smaller ones have a higher mean (.775 at .03) and are better in fewer studies (6).
        "own": ForecastPlan(features=(("state", "neighbours"),), penalties=(1.0,)),
    }
)
"""What a forecast may choose between, by name."""
