"""The estimator: joint and individual coordinates of a cohort's two modalities."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from neuropil.cohorts.data import Views, choose_scale, from_scale
from neuropil.cohorts.joint.models.base import Latents
from neuropil.cohorts.joint.models.variational import Variational, VariationalPlan
from neuropil.cohorts.joint.score import score_subjects
from neuropil.cohorts.joint.storage import load_model, save_model
from neuropil.cohorts.splits import group_subjects, hold_out, name_group
from neuropil.connectome import Cohort
from neuropil.contracts import ConfigError, InputError, SeedTree, require_new_folder
from neuropil.learning import Listener

__all__ = ["JointIndividualVAE"]

Array = npt.NDArray[np.floating]

_UNFITTED = "This %(name)s instance is not fitted yet: call fit(cohort) first"


class JointIndividualVAE(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """What two modalities of a cohort share, and what each has alone (after CM-JIVNet).

    Parameters
    ----------
    modalities : tuple of str
        Names of the two.
    n_components : int, optional
        Principal components of each; None takes those before the largest gap.
    n_joint : int, optional
        Joint coordinates; None takes those that stand out from shuffled pairs, which may be none.
    plan : VariationalPlan or mapping, optional
        How the network is made and trained.
    group : str, optional
        Column of the subjects whose values are not divided between training and validation; None
        takes ``family_id`` where there is one.
    random_state : int
        Root of every random draw.

    Attributes
    ----------
    model_ : VariationalModel
        Principal components and network.
    scales_ : dict of str to str
        How each modality was stretched.
    training_mean_ : dict of str to (n_edges,) array
        Mean of the fitted subjects, on that scale.
    n_joint_ : int
        Number of joint coordinates.

    References
    ----------
    Zhang, Liu, Zhang 2026, arXiv 2601.17073, for joint and individual latents fused by attention.

    Examples
    --------
    >>> from neuropil.datasets import plant_linear_cohort
    >>> cohort = plant_linear_cohort(n_subjects=80, n_regions=20).cohort
    >>> model = JointIndividualVAE(plan={"epochs": 2}).fit(cohort)
    >>> model.cross_predict("SC", "FC", cohort).shape
    (80, 190)
    """

    def __init__(
        self,
        modalities: tuple[str, ...] = ("SC", "FC"),
        n_components: int | None = None,
        n_joint: int | None = None,
        plan: VariationalPlan | Mapping[str, Any] | None = None,
        group: str | None = None,
        random_state: int = 0,
    ) -> None:
        self.modalities = modalities
        self.n_components = n_components
        self.n_joint = n_joint
        self.plan = plan
        self.group = group
        self.random_state = random_state

    def fit(self, cohort: Cohort, y: None = None, *, listener: Listener | None = None) -> Self:
        """Find the coordinates; one subject in eight chooses when to stop.

        Parameters
        ----------
        cohort : Cohort
            Both modalities; a subject may lack one of them.
        y : None
            Ignored.
        listener : Listener, optional
            Progress and a checkpoint.

        Raises
        ------
        InputError
            When it is no cohort, or too few subjects have both modalities.
        ConfigError
            When a modality, a column or a setting is wrong.
        """
        del y
        plan = VariationalPlan.build(self.plan, where="plan")
        seed = SeedTree.of(self.random_state)
        self._check(cohort)
        self.scales_ = {name: choose_scale(cohort, name) for name in self.modalities}
        views = Views.of(cohort, self.scales_)
        name = name_group(cohort, self.group)
        groups, _ = group_subjects(None if name is None else cohort.subjects[name], len(cohort))
        training, validation = hold_out(groups, seed)
        spec = Variational(plan, self.n_components, self.n_joint)
        self.model_ = spec.fit(views.take(training), views.take(validation), seed, listener)
        self.training_mean_ = {name: self.model_.axes[name].mean for name in self.modalities}
        self.n_joint_ = self.model_.network.sizes.joint
        return self

    def encode(self, cohort: Cohort) -> Latents:
        """Return joint and individual coordinates of subjects, from what each of them has."""
        views = self._read(cohort)
        return self.model_.encode(views)

    def transform(self, cohort: Cohort) -> Array:
        """Return all coordinates side by side, shape (n, k): joint, then those of each modality.

        Those of a modality that a subject lacks are NaN.
        """
        latents = self.encode(cohort)
        return np.concatenate([latents.joint, *latents.individual.values()], axis=1)

    def cross_predict(self, source: str, target: str, cohort: Cohort) -> Array:
        """Predict one modality from the other alone.

        Parameters
        ----------
        source, target : str
            Names of the modalities.
        cohort : Cohort
            Subjects who have the source; whether they have the target does not matter.

        Returns
        -------
        (n, n_edges) array
            Mean in the unit of the target; NaN where a subject lacks the source.
        """
        if {source, target} != set(self.modalities):
            raise ConfigError(
                f"expected {' and '.join(self.modalities)}, found {source!r} and {target!r}",
                where="cross_predict",
                repair="Name the two modalities that were fitted.",
            )
        views = self._read(cohort)
        found = self.model_.predict(views, target)
        found[~views.present(source)] = np.nan
        return from_scale(
            found, self.scales_[target], self.model_.spread(views, target, cross=True)
        )

    def sample(self, n: int, random_state: int = 0) -> dict[str, Array]:
        """Draw connections of n subjects who do not exist, by modality, in its unit.

        Coordinates are drawn from their prior, and each edge with the noise around its prediction.
        """
        check_is_fitted(self, "model_", msg=_UNFITTED)
        drawn = self.model_.sample(n, SeedTree(random_state).child("sample"))
        return {name: from_scale(drawn[name], self.scales_[name]) for name in self.modalities}

    def score(self, cohort: Cohort, y: None = None) -> float:
        """Return the mean R^2 of each modality from the other, against the fitted subjects' mean.

        Subjects without both modalities are left out.
        """
        del y
        views = self._read(cohort)
        views = views.take(views.complete())
        found = []
        for name in self.modalities:
            scores = score_subjects(
                self.model_.predict(views, name), views.edges[name], self.training_mean_[name]
            )
            found.append(1 - scores["mse"].sum() / scores["mean_mse"].sum())
        return float(np.mean(found))

    def save(self, folder: Path | str) -> None:
        """Write the model into a new folder.

        Raises
        ------
        OutputError
            When the folder exists; name another.
        """
        check_is_fitted(self, "model_", msg=_UNFITTED)
        require_new_folder(folder)
        save_model(self.model_, self.scales_, folder)

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read a model that :meth:`save` wrote; it gives the same output as before.

        Raises
        ------
        InputError
            When the folder holds no model, or a damaged one; save it again.
        """
        model, scales = load_model(folder)
        found = cls(modalities=tuple(scales))
        found.model_, found.scales_ = model, scales
        found.training_mean_ = {name: model.axes[name].mean for name in scales}
        found.n_joint_ = model.network.sizes.joint
        return found

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.no_validation = True
        return tags

    def _check(self, cohort: Cohort) -> None:
        if not isinstance(cohort, Cohort):
            raise InputError(
                f"expected a Cohort, found {type(cohort).__name__}",
                where="JointIndividualVAE",
                repair="Make one with Cohort.from_arrays({'SC': ..., 'FC': ...}, subjects).",
            )
        if len(set(self.modalities)) != 2 or len(self.modalities) != 2:
            raise ConfigError(
                f"expected two modalities, found {len(self.modalities)}",
                where="modalities",
                repair=f"Take two of {', '.join(cohort.modalities)}.",
            )
        for name in self.modalities:
            cohort.edges(name)
        if self.group is not None and self.group not in cohort.subjects.columns:
            raise ConfigError(
                f"there is no column {self.group!r}",
                where="group",
                repair=f"The subjects have: {', '.join(cohort.subjects.columns)}.",
            )

    def _read(self, cohort: Cohort) -> Views:
        check_is_fitted(self, "model_", msg=_UNFITTED)
        if not isinstance(cohort, Cohort):
            self._check(cohort)
        views = Views.of(cohort, self.scales_)
        for name, edges in views.edges.items():
            expected = len(self.model_.axes[name].mean)
            if edges.shape[1] != expected:
                raise InputError(
                    f"expected {expected} edges of {name}, found {edges.shape[1]}",
                    where=cohort.source.name,
                    repair="Use the regions that the model was fitted on.",
                )
        return views
