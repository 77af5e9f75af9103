"""The estimator: a gate network that is trained softly and ends as a hard circuit."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets

from neuropil.contracts import ConfigError, InputError, NotFittedError, SeedTree
from neuropil.learning import Listener
from neuropil.logic.training.augment import Augmentation
from neuropil.logic.training.data import TrainingBits, prepare_bits
from neuropil.logic.training.encoders import check_features, fit_encoder, parse_encoding
from neuropil.logic.training.engine import EngineName, choose_engine
from neuropil.logic.training.jax_engine import soft_scores
from neuropil.logic.training.loop import TrainingPlan, select_epoch, train_network
from neuropil.logic.training.network import harden
from neuropil.logic.training.schedule import TrainingSchedule, Wiring, parse_wiring

__all__ = ["LogicNetClassifier"]


class LogicNetClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A network of two-input logic gates whose functions and wiring are learned.

    Parameters
    ----------
    layers : sequence of int
        Gates of each layer; those of the last are a multiple of the number of classes.
    wiring : str, Wiring, or a sequence of them
        ``"dense"``, ``"topk:32"`` or ``"fixed"``, for all layers or one a layer.
    encoding : str or Encoding
        How features become bits: ``"threshold:0.25"``, ``"thermometer:7"`` or ``"quantile:3"``.
    schedule : TrainingSchedule, optional
        How long and how sharply it is trained.
    augmentation : Augmentation, optional
        Augmented copies of images; none for features of other kinds.
    engine : {"auto", "kernel", "jax"}
        What runs the steps.
    seed : int
        Root seed; the same seed and engine give the same circuit.

    Attributes
    ----------
    circuit_ : Circuit
        The hard netlist, with every gate.
    classes_ : (n_classes,) array
        The labels, sorted.
    encoder_ : BitEncoder
        Fitted thresholds.
    network_ : Network
        The soft network.
    history_ : list of Epoch
        Loss and hard validation accuracy after each epoch.
    best_epoch_ : int
        Entry of the history whose network is kept: the highest hard validation accuracy, the
        last one among equals.
    engine_ : str
        What ran the steps.
    processor_seconds_ : float
        Processor time of the training, without the preparation of images [s].
    n_features_in_ : int
        Features of a sample, images flattened.

    References
    ----------
    Fojcik, Zioma, Armaitis 2025, arXiv 2511.12340, for learned wiring; Petersen et al. 2022,
    arXiv 2210.08277, for networks of soft gates.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 16)
    >>> y = np.where(X[:, 0] ^ X[:, 1], "odd", "even")
    >>> schedule = TrainingSchedule(epochs=60, batch=16)
    >>> model = LogicNetClassifier([8], "dense", "threshold:0.5", schedule, engine="jax")
    >>> model.fit(X, y).predict([[0, 1], [1, 1]]).tolist()
    ['odd', 'even']
    """

    def __init__(
        self,
        layers: Sequence[int] = (1000,),
        wiring: str | Wiring | Sequence[str | Wiring] = "topk:32",
        encoding: str = "threshold:0.25",
        schedule: TrainingSchedule | None = None,
        augmentation: Augmentation | None = None,
        engine: EngineName = "auto",
        seed: int = 0,
    ) -> None:
        self.layers = layers
        self.wiring = wiring
        self.encoding = encoding
        self.schedule = schedule
        self.augmentation = augmentation
        self.engine = engine
        self.seed = seed

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, listener: Listener | None = None) -> Self:
        """Train the network and harden it.

        Parameters
        ----------
        X : (n, ...) array
            Images or rows of finite features.
        y : (n,) array
            Labels: numbers or text.
        listener : Listener, optional
            Progress and checkpoint.

        Returns
        -------
        LogicNetClassifier
            Itself.

        Raises
        ------
        InputError
            When features are not finite, labels and samples differ in number, or there is one
            class; mend the data.
        ConfigError
            When the layers, wiring or encoding cannot be, or the last layer's gates are no
            multiple of the classes; change the setting.
        """
        listener = listener or Listener()
        features = check_features(X)
        plan, labels = self._plan(y, len(features))
        self.n_features_in_ = features.shape[1]
        self.encoder_ = fit_encoder(parse_encoding(self.encoding), features)
        seed = SeedTree(self.seed).child("logic")
        data = self._prepare(np.asarray(X), features, labels, seed, listener)
        engine = choose_engine(self.engine)
        self.engine_ = engine.name
        start = time.process_time()
        self.network_, self.history_ = train_network(plan, data, engine, seed, listener)
        self.best_epoch_ = select_epoch(self.history_)
        self.processor_seconds_ = time.process_time() - start
        self.circuit_ = harden(self.network_, data.n_inputs, plan.classes)
        return self

    def _plan(self, y: npt.ArrayLike, n: int) -> tuple[TrainingPlan, npt.NDArray[np.int64]]:
        values = np.asarray(y)
        if values.shape != (n,):
            raise InputError(
                f"expected {n} labels, found an array of shape {values.shape}",
                where="y",
                repair="Pass one label for each sample.",
            )
        check_classification_targets(values)
        self.classes_, labels = np.unique(values, return_inverse=True)
        if self.classes_.size < 2:
            raise InputError(
                f"expected at least two classes, found only {self.classes_.tolist()}",
                where="y",
                repair="Bring samples of another class.",
            )
        gates = tuple(self.layers)
        if not gates or any(not isinstance(n, int | np.integer) or n < 1 for n in gates):
            raise ConfigError(
                f"expected whole numbers of gates, found {self.layers!r}",
                where="layers",
                repair="Write for example layers=[8000].",
            )
        if gates[-1] % self.classes_.size:
            raise ConfigError(
                f"expected a last layer that {self.classes_.size} classes divide, found "
                f"{gates[-1]} gates",
                where="layers",
                repair=f"Take a multiple of {self.classes_.size}.",
            )
        wirings = tuple(parse_wiring(self.wiring, len(gates)))
        names = tuple(str(name) for name in self.classes_)
        return TrainingPlan(gates, wirings, names, self._schedule), labels

    @property
    def _schedule(self) -> TrainingSchedule:
        return self.schedule or TrainingSchedule()

    def _prepare(
        self,
        X: npt.NDArray[Any],
        features: npt.NDArray[np.floating],
        labels: npt.NDArray[np.int64],
        seed: SeedTree,
        listener: Listener,
    ) -> TrainingBits:
        copies = self._schedule.copies if self.augmentation is not None else 0
        images = features
        if copies:
            if X.ndim not in (3, 4):
                raise InputError(
                    f"expected images to augment, found an array of shape {X.shape}",
                    where="X",
                    repair="Pass (n, height, width) images, or no augmentation.",
                )
            images = X
        with listener.progress.track("preparing images", copies) as advance:
            return prepare_bits(
                images,
                labels,
                self.encoder_,
                self.augmentation,
                (copies, self._schedule.validation),
                seed,
                advance,
            )

    def encode(self, X: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Return the bits that the circuit reads.

        Parameters
        ----------
        X : (n, ...) array
            Samples of the shape that was fitted.

        Returns
        -------
        (n, n_inputs) bool array
            Bits.
        """
        self._check_fitted()
        return self.encoder_.encode(check_features(X, self.n_features_in_))

    def decision_function(self, X: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return the scores of the hard circuit.

        Parameters
        ----------
        X : (n, ...) array
            Samples.

        Returns
        -------
        (n, n_classes) int array
            Number of gates that vote for each class.
        """
        bits = self.encode(X)
        return self.circuit_(bits)

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[Any]:
        """Return the label of the highest score of the hard circuit.

        Parameters
        ----------
        X : (n, ...) array
            Samples.

        Returns
        -------
        (n,) array
            Labels; the first in the order of ``classes_`` among equal scores.
        """
        scores = self.decision_function(X)
        labels: npt.NDArray[Any] = self.classes_[np.argmax(scores, axis=1)]
        return labels

    def predict_soft(self, X: npt.ArrayLike) -> npt.NDArray[Any]:
        """Return the labels of the soft network of the kept epoch.

        Training saw this network, unless it took the likeliest options alone by then.

        Parameters
        ----------
        X : (n, ...) array
            Samples.
        """
        bits = self.encode(X)
        progress = self.history_[self.best_epoch_].epoch / self.history_[-1].epoch
        sharpness = self._schedule.sharpness(progress)
        scores = soft_scores(self.network_, bits, sharpness, len(self.classes_))
        labels: npt.NDArray[Any] = self.classes_[np.argmax(scores, axis=1)]
        return labels

    def save(self, folder: Path | str) -> None:
        """Write netlist, thresholds, soft network and settings into a new folder.

        Raises
        ------
        OutputError
            When the folder exists; name another.
        """
        from neuropil.logic.storage import save_classifier

        self._check_fitted()
        save_classifier(self, folder)

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read a model that :meth:`save` wrote; it predicts the same labels as before.

        Raises
        ------
        InputError
            When the folder holds no model, or a damaged one; save it again.
        VersionError
            When its format is newer than this installation reads; upgrade.
        """
        from neuropil.logic.storage import load_classifier

        return load_classifier(cls, folder)

    def _check_fitted(self) -> None:
        if not hasattr(self, "circuit_"):
            raise NotFittedError(
                "the gate network is not fitted",
                where="LogicNetClassifier",
                repair="Call fit(X, y) first.",
            )
