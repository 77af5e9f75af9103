"""The datasets of many connectomes, as data."""

from __future__ import annotations

from neuropil.datasets.spec import Dataset

__all__ = ["COHORT_DATASETS"]

_PLANTED = "neuropil.datasets.planted_cohorts"

COHORT_DATASETS = (
    Dataset(
        name="planted-joint-individual",
        topic="cohorts",
        title="Generated SC and FC of 500 subjects with five joint and five individual factors",
        licence="generated",
        citations=(),
        converter=f"{_PLANTED}.linear:convert_joint_individual",
        synthetic=True,
        capabilities=("SC", "FC", "trait"),
        holds="Cohort",
    ),
    Dataset(
        name="planted-protocols",
        topic="cohorts",
        title="Generated SC of 5,761 subjects from ten acquisition protocols",
        licence="generated",
        citations=(),
        converter=f"{_PLANTED}.protocols:convert_protocols",
        synthetic=True,
        capabilities=("SC", "protocol", "age", "sex", "diagnosis"),
        holds="Cohort",
    ),
)
"""Every dataset that holds a :class:`~neuropil.connectome.Cohort`."""
