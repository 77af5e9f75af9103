"""The estimator: categories and continuous coordinates of the connectomes of many sites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from neuropil.cohorts.data import choose_scale, from_scale, to_scale
from neuropil.cohorts.hybrid.features.choice import (
    choose_features,
    choose_space,
    prepare_values,
)
from neuropil.cohorts.hybrid.harmonisation.found import CategoryLocation
from neuropil.cohorts.hybrid.models.choice import CategoryChoice, choose_categories
from neuropil.cohorts.hybrid.models.decoder import EdgeDecoder
from neuropil.cohorts.hybrid.models.mixture import fit_tied_mixture
from neuropil.cohorts.hybrid.models.training import HybridPlan, fit_network
from neuropil.cohorts.hybrid.storage import HybridModel, encode, load_model, save_model
from neuropil.connectome import Cohort
from neuropil.contracts import ConfigError, InputError, SeedTree, require_new_folder
from neuropil.learning import Listener

__all__ = ["HybridVAE"]

Array = npt.NDArray[np.floating]

_UNFITTED = "This %(name)s instance is not fitted yet: call fit(cohort) first"
_FEWEST = 10
# Between n_k / (n_k + 30) and no shrinkage the diagnosis of the real cohort loses .02 of its AUC; a
# study chooses by nested cross-validation (`harmonisation/`).
_SHRINKAGE = 30.0
_QUANTILES = 1001


class HybridVAE(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Discrete categories, such as protocols, and continuous coordinates of connectomes.

    Parameters
    ----------
    n_categories : int or "auto"
        Categories; ``auto`` chooses them by subjects that were not fitted.
    n_continuous : int
        Continuous coordinates; at most as many as there are features for them.
    modality : str, optional
        Which modality; the first one when not given.
    plan : HybridPlan or mapping, optional
        How the network is made and trained.
    random_state : int
        Root of every random draw.

    Attributes
    ----------
    model_ : HybridModel
        Features, network and decoder.
    mixture_ : TiedMixture
        What the network began from.
    choice_ : CategoryChoice or None
        How the number of categories was chosen, where it was not given.
    n_categories_ : int
        Number of categories.

    References
    ----------
    Rudravaram et al. 2025, arXiv 2512.02032, for hybrid latents of structural connectomes of many
    sites. Dupont 2018, arXiv 1804.00104, for variational autoencoders with both kinds of latents.

    Examples
    --------
    >>> from neuropil.datasets import plant_protocol_cohort
    >>> cohort = plant_protocol_cohort(n_regions=15, share=0.02).cohort
    >>> model = HybridVAE(n_categories=3, n_continuous=2, plan={"epochs": 2}).fit(cohort)
    >>> model.predict(cohort).shape, model.transform(cohort).shape
    ((115,), (115, 2))
    """

    def __init__(
        self,
        n_categories: int | Literal["auto"] = "auto",
        n_continuous: int = 64,
        modality: str | None = None,
        plan: HybridPlan | Mapping[str, Any] | None = None,
        random_state: int = 0,
    ) -> None:
        self.n_categories = n_categories
        self.n_continuous = n_continuous
        self.modality = modality
        self.plan = plan
        self.random_state = random_state

    def fit(self, cohort: Cohort, y: None = None, *, listener: Listener | None = None) -> Self:
        """Find categories and coordinates; one subject in eight chooses when training stops.

        Parameters
        ----------
        cohort : Cohort
            Subjects of any sites; those without the modality are left out.
        y : None
            Ignored: no label is used.
        listener : Listener, optional
            Progress and a checkpoint.

        Raises
        ------
        InputError
            When it is no cohort, too few subjects have the modality, or there are more categories
            than subjects.
        ConfigError
            When the modality or a setting is wrong.
        """
        del y
        plan = HybridPlan.build(self.plan, where="plan")
        seed = SeedTree.of(self.random_state)
        modality = self._check(cohort)
        present = cohort.present(modality)
        edges = cohort.edges(modality)[present]
        if len(edges) < _FEWEST:
            raise InputError(
                f"expected at least {_FEWEST} subjects with {modality}, found {len(edges)}",
                where=cohort.source.name,
                repair="Add subjects.",
            )
        unit = cohort.units[modality]
        features = choose_features(unit).fit(prepare_values(edges, unit))
        seen = features.transform(prepare_values(edges, unit))
        told = seen[:, features.acquisition]
        self.choice_: CategoryChoice | None = None
        k = self.n_categories
        if k == "auto":
            self.choice_ = choose_categories(told, seed.child("number"))
            k = self.choice_.n_categories
        self.mixture_ = fit_tied_mixture(told, k, seed.child("mixture"))
        network = fit_network(seen, self.mixture_, self.n_continuous, plan, seed, listener)
        scale = choose_scale(cohort, modality)
        probability, z = encode(network, seen)
        space = choose_space(features, scale, unit)
        surprise = np.sort(-self.mixture_.score_samples(told))
        self.model_ = HybridModel(
            modality,
            unit,
            scale,
            features,
            network,
            EdgeDecoder.fit(to_scale(edges, scale), probability, z),
            CategoryLocation.fit(space.enter(edges), probability),
            self.mixture_,
            np.quantile(surprise, np.linspace(0, 1, _QUANTILES)),
        )
        self.n_categories_ = k
        return self

    def transform(self, cohort: Cohort) -> Array:
        """Return continuous coordinates, shape (n, n_continuous); NaN without the modality.

        They are in units of the features, as scores of principal components are: a coordinate that
        moves connections more varies more.
        """
        return self._encode(cohort)[1]

    def predict_proba(self, cohort: Cohort) -> Array:
        """Return the probability of each category, shape (n, K); NaN without the modality."""
        return self._encode(cohort)[0]

    def predict(self, cohort: Cohort) -> npt.NDArray[np.int64]:
        """Return the likeliest category of each subject, shape (n,); -1 without the modality."""
        probability = self.predict_proba(cohort)
        missing = np.isnan(probability).all(axis=1)
        return np.where(missing, -1, np.nan_to_num(probability).argmax(axis=1))

    def novelty(self, cohort: Cohort) -> Array:
        """Return how unlike the fitted subjects each subject is, shape (n,), from 0 to 1.

        It is the share of the fitted subjects who are more likely under the mixture: near 1 for
        subjects of a site or a protocol that was not among them. NaN without the modality.
        """
        found = np.full(len(cohort), np.nan)
        present, seen = self.read_features(cohort)
        surprise = -self.model_.mixture.score_samples(seen[:, self.model_.features.acquisition])
        reference = self.model_.reference
        found[present] = np.searchsorted(reference, surprise) / len(reference)
        return found

    def reconstruct(self, cohort: Cohort) -> Array:
        """Return connections as category and coordinates tell them, in their unit."""
        probability, z = self._encode(cohort)
        return from_scale(self.model_.decoder.decode(probability, z), self.model_.scale)

    def harmonise(
        self,
        cohort: Cohort,
        to: int | npt.ArrayLike | None = None,
        shrinkage: float = _SHRINKAGE,
        location: CategoryLocation | None = None,
    ) -> Cohort:
        """Give every connectome as it would be in one category.

        The offset of the subject's own category is taken out and that of the target is put in;
        what differs within a category stays as it is.

        Parameters
        ----------
        cohort : Cohort
            Subjects, fitted or not; one without the modality stays without it.
        to : int or (K,) array, optional
            Target category, or weights of several; none is the mean of the fitted subjects.
        shrinkage : float
            Subjects c of the factor n_k / (n_k + c) on the offset of a category of n_k.
        location : CategoryLocation, optional
            Taken instead of the model's own, such as one that was fitted with covariates kept; it
            has a shrinkage of its own.

        Returns
        -------
        Cohort
            The same subjects, with the modality replaced; an edge that is missing stays missing.

        Raises
        ------
        ConfigError
            When there is no such category.
        """
        probability, _ = self._encode(cohort)
        model = self.model_
        if location is None:
            location = replace(model.location, strength=shrinkage)
        edges = np.asarray(cohort.edges(model.modality), float)
        present = cohort.present(model.modality)
        held = model.space.enter(edges[present])
        moved = location.apply(held, probability[present], self._choose_target(to))
        done = np.full(edges.shape, np.nan)
        done[present] = np.where(np.isnan(edges[present]), np.nan, model.space.leave(moved))
        return cohort.with_connectivity({model.modality: done}, operation_name="harmonise")

    def save(self, folder: Path | str) -> None:
        """Write the model into a new folder.

        Raises
        ------
        OutputError
            When the folder exists; name another.
        """
        check_is_fitted(self, "model_", msg=_UNFITTED)
        require_new_folder(folder)
        save_model(self.model_, folder)

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read a model that :meth:`save` wrote; it gives the same output as before.

        Raises
        ------
        InputError
            When the folder holds no model, or a damaged one; save it again.
        """
        model = load_model(folder)
        k, c = model.network.means.shape[0], model.network.basis.shape[0]
        found = cls(n_categories=k, n_continuous=c, modality=model.modality)
        found.model_, found.mixture_, found.n_categories_ = model, model.mixture, k
        found.choice_ = None
        return found

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.no_validation = True
        return tags

    def _check(self, cohort: Cohort) -> str:
        if not isinstance(cohort, Cohort):
            raise InputError(
                f"expected a Cohort, found {type(cohort).__name__}",
                where="HybridVAE",
                repair="Make one with Cohort.from_arrays({'SC': ...}, subjects).",
            )
        whole = isinstance(self.n_categories, int) and not isinstance(self.n_categories, bool)
        if self.n_categories != "auto" and not (whole and self.n_categories >= 1):
            raise ConfigError(
                f"expected a number of categories from 1, or 'auto', found {self.n_categories!r}",
                where="n_categories",
                repair="Write for example n_categories=10.",
            )
        if not isinstance(self.n_continuous, int) or self.n_continuous < 1:
            raise ConfigError(
                f"expected a number of coordinates from 1, found {self.n_continuous!r}",
                where="n_continuous",
                repair="Write for example n_continuous=10.",
            )
        modality = self.modality or cohort.modalities[0]
        cohort.edges(modality)
        return modality

    def read_features(self, cohort: Cohort) -> tuple[npt.NDArray[np.bool_], Array]:
        """Return who has the modality, and the features of these."""
        check_is_fitted(self, "model_", msg=_UNFITTED)
        if not isinstance(cohort, Cohort):
            self._check(cohort)
        edges = cohort.edges(self.model_.modality)
        expected = len(self.model_.decoder.mean)
        if edges.shape[1] != expected:
            raise InputError(
                f"expected {expected} edges of {self.model_.modality}, found {edges.shape[1]}",
                where=cohort.source.name,
                repair="Use the regions that the model was fitted on.",
            )
        present = cohort.present(self.model_.modality)
        values = prepare_values(edges[present], self.model_.unit)
        return present, self.model_.features.transform(values)

    def _encode(self, cohort: Cohort) -> tuple[Array, Array]:
        present, seen = self.read_features(cohort)
        found = []
        for part in encode(self.model_.network, seen):
            whole = np.full((len(cohort), part.shape[1]), np.nan)
            whole[present] = part
            found.append(whole)
        return found[0], found[1]

    def _choose_target(self, to: int | npt.ArrayLike | None) -> Array:
        k = self.n_categories_
        if to is None:
            counts = self.model_.decoder.counts
            return np.asarray(counts / counts.sum())
        weights = np.asarray(to, float)
        if weights.ndim == 0 and 0 <= int(weights) < k:
            return np.eye(k)[int(weights)]
        if weights.shape != (k,) or not np.isfinite(weights).all():
            raise ConfigError(
                f"expected a category from 0 to {k - 1}, or {k} weights, found {to!r}",
                where="to",
                repair="Name one of the categories that predict returns.",
            )
        return weights
