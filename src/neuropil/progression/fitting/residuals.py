"""What is left of training people beside a fitted course."""

from __future__ import annotations

import numpy as np

from neuropil.progression.alignment.limits import Limits
from neuropil.progression.alignment.noise import NoiseModel, estimate_noise
from neuropil.progression.alignment.posterior import stage_people
from neuropil.progression.alignment.scans import Scans
from neuropil.progression.fitting.alternation import CourseFit, FitPlan

__all__ = ["measure_noise"]


def measure_noise(fit: CourseFit, scans: Scans, limits: Limits, plan: FitPlan) -> NoiseModel:
    """Estimate offset and noise around a fitted course.

    Parameters
    ----------
    fit : CourseFit
        Fitted.
    scans : Scans
        Of training people: those of others are not looked at before they are judged.
    limits : Limits
        Where values end.
    plan : FitPlan
        That of the fit.
    """
    # People are aligned once more by the scatter of the fit, and that is then taken apart.
    first = NoiseModel(0.0, fit.scatter, limits)
    stages = stage_people(fit.course, scans, first, plan.grid).point
    times = np.minimum(stages[scans.owners] + scans.gaps, plan.duration)
    return estimate_noise(fit.course.at(times), scans, limits)
