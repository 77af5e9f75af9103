"""What of a cohort the study takes: modality, column of sites, traits, and what it refuses."""

from __future__ import annotations

import polars as pl

from neuropil.cohorts.data import find_varying
from neuropil.cohorts.hybrid.config import HybridLatentsConfig
from neuropil.cohorts.hybrid.models.rivals import require_model
from neuropil.cohorts.quality import check_quality
from neuropil.cohorts.traits import read_trait
from neuropil.connectome import Cohort
from neuropil.contracts import ConfigError, InputError, NeuropilError

__all__ = ["check_cohort", "choose_modality", "find_site", "list_traits"]

_SITES = ("site", "protocol", "scanner", "study")
_FEWEST = 10


def choose_modality(config: HybridLatentsConfig, cohort: Cohort) -> str:
    """Return the modality that the settings name, or the first one."""
    return config.modality or cohort.modalities[0]


def find_site(config: HybridLatentsConfig, cohort: Cohort) -> str | None:
    """Return the column of sites: the one that is named, or the first usual one that is there."""
    if config.site is not None:
        return config.site
    return next((name for name in _SITES if name in cohort.subjects.columns), None)


def list_traits(config: HybridLatentsConfig, cohort: Cohort) -> tuple[tuple[str, ...], list[str]]:
    """Return the traits that can be foretold, and a sentence for each that cannot."""
    usable, said = [], []
    for name in config.traits:
        if name not in cohort.subjects.columns:
            continue
        try:
            read_trait(cohort.subjects, name)
        except NeuropilError as error:
            said.append(f"The trait {name!r} is left out: {error.what}.")
        else:
            usable.append(name)
    return tuple(usable), said


def check_cohort(config: HybridLatentsConfig, cohort: Cohort) -> None:
    """Refuse what cannot be analysed, before a folder exists.

    Raises
    ------
    ConfigError
        When a modality, a column or a site is unknown.
    InputError
        When fewer subjects than a fit needs have the modality, there are more categories than
        subjects, or nothing varies.
    """
    modality = choose_modality(config, cohort)
    for name in config.models:
        require_model(name)
    if modality not in cohort.modalities:
        raise ConfigError(
            f"there is no modality {modality!r}",
            where="modality",
            repair=f"Those of {cohort.source.name} are: {', '.join(cohort.modalities)}.",
        )
    columns = cohort.subjects.columns
    asked = [("covariates", name) for name in config.covariates]
    asked += [] if config.site is None else [("site", config.site)]
    for where, name in asked:
        if name not in columns:
            raise ConfigError(
                f"there is no column {name!r}",
                where=where,
                repair=f"The subjects have: {', '.join(columns)}.",
            )
    quality = check_quality(
        cohort, (modality,), max_missing=config.max_missing, drop_outliers=config.drop_outliers
    )
    left = quality.cohort.take(quality.cohort.present(modality))
    edges = left.edges(modality)
    if config.harmonise_to is not None:
        _check_target(config, left)
    if len(edges) < _FEWEST:
        raise InputError(
            f"expected at least {_FEWEST} subjects with {modality}, found {len(edges)}",
            where=cohort.source.name,
            repair="Add subjects.",
        )
    if config.categories != "auto" and config.categories > len(edges):
        raise InputError(
            f"expected 1 to {len(edges)} categories for {len(edges)} subjects, found "
            f"{config.categories}",
            where="categories",
            repair="Ask for fewer categories, or add subjects.",
        )
    if not find_varying(edges).any():
        raise InputError(
            f"all subjects have the same {modality}",
            where=cohort.source.name,
            repair="Check that each subject's own file was read.",
        )


def _check_target(config: HybridLatentsConfig, cohort: Cohort) -> None:
    site = find_site(config, cohort)
    if site is None or site not in cohort.subjects.columns:
        raise ConfigError(
            "there is no column of sites",
            where="harmonise_to",
            repair="Name it with --site, or leave harmonise_to out.",
        )
    names = sorted(set(cohort.subjects[site].drop_nulls().cast(pl.String)))
    if config.harmonise_to not in names:
        raise ConfigError(
            f"there is no {site} {config.harmonise_to!r}",
            where="harmonise_to",
            repair=f"Those of {cohort.source.name} are: {', '.join(names)}.",
        )
