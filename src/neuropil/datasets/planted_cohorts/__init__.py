"""Generated cohorts whose latent variables are known: joint and individual ones, and protocols."""

from neuropil.datasets.planted_cohorts.linear import bayes_fc_given_sc, plant_linear_cohort
from neuropil.datasets.planted_cohorts.nonlinear import (
    CohortTemplate,
    measure_templates,
    nonlinear_features,
    plant_nonlinear_cohort,
)
from neuropil.datasets.planted_cohorts.protocols import plant_protocol_cohort
from neuropil.datasets.planted_cohorts.world import PlantedCohort

__all__ = [
    "CohortTemplate",
    "PlantedCohort",
    "bayes_fc_given_sc",
    "measure_templates",
    "nonlinear_features",
    "plant_linear_cohort",
    "plant_nonlinear_cohort",
    "plant_protocol_cohort",
]
