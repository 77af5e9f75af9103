"""The estimator: a gate network that is trained softly and ends as a hard circuit."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from neuropil.contracts import ConfigError, InputError, SeedTree
from neuropil.learning import Listener
from neuropil.logic.training.augment import Augmentation, parse_augmentation
from neuropil.logic.training.data import TrainingBits, prepare_bits
from neuropil.logic.training.encoders import (
    AUTO,
    Encoding,
    choose_encoding,
    fit_encoder,
    flatten_images,
    to_floats,
)
from neuropil.logic.training.engines import EngineName, choose_engine
from neuropil.logic.training.jax_engine import soft_scores
from neuropil.logic.training.loop import Architecture, select_epoch, train_network
from neuropil.logic.training.network import harden
from neuropil.logic.training.schedule import (
    TrainingSchedule,
    Wiring,
    is_whole,
    parse_wiring,
)
from neuropil.logic.training.storage import load_classifier, save_classifier

__all__ = ["LogicNetClassifier"]

# Enough for the tables that scikit-learn brings; not tuned.
_GATES = 1000


class LogicNetClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A network of two-input logic gates whose functions and wiring are learned.

    Parameters
    ----------
    layers : sequence of int, optional
        Gates of each layer; those of the last are a multiple of the number of classes. By default
        one layer of a thousand gates, or of the next such multiple.
    wiring : str, Wiring, or a sequence of them
        ``"dense"``, ``"topk:32"``, for images ``"local:32:8"`` (32 candidates of a square of 8
        pixels), or ``"fixed"``, for all layers or one a layer.
    encoding : str or Encoding
        How features become bits: ``"threshold:0.25"``, ``"thermometer:7"`` or ``"quantile:3"``.
        ``"auto"`` takes one threshold at a quarter of the range for images, arrays of three or
        four dimensions, and seven quantiles of each feature for tables, whose columns may have
        scales of their own.
    schedule : TrainingSchedule or mapping, optional
        How long and how sharply it is trained.
    augmentation : Augmentation or mapping, optional
        Augmented copies of images; none for features of other kinds. A mapping with ``padding``
        is one of :class:`ShiftFlip`, any other one of :class:`AffineElastic`.
    engine : {"auto", "kernel", "jax"}
        What runs the steps.
    random_state : int
        Root of every random draw; the same one and the same engine give the same circuit.

    Attributes
    ----------
    circuit_ : Circuit
        The hard netlist, with every gate.
    classes_ : (n_classes,) array
        The labels, sorted.
    encoding_ : Encoding
        How features become bits, as given or as chosen from the data.
    encoder_ : BitEncoder
        Fitted thresholds.
    network_ : GateNetwork
        The soft network.
    history_ : list of Epoch
        Loss and hard validation accuracy after each epoch.
    best_epoch_ : int
        Entry of the history whose network was chosen: the highest hard validation accuracy, the
        last one among equals; of the last quarter where logits are averaged.
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
        layers: Sequence[int] | None = None,
        wiring: str | Wiring | Sequence[str | Wiring] = "topk:32",
        encoding: str | Encoding = AUTO,
        schedule: TrainingSchedule | Mapping[str, Any] | None = None,
        augmentation: Augmentation | Mapping[str, Any] | None = None,
        engine: EngineName = "auto",
        random_state: int = 0,
    ) -> None:
        self.layers = layers
        self.wiring = wiring
        self.encoding = encoding
        self.schedule = schedule
        self.augmentation = augmentation
        self.engine = engine
        self.random_state = random_state

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
            When features are no finite numbers, labels and samples differ in number, or there is
            one class; mend the data.
        ConfigError
            When the layers, wiring, encoding, schedule, engine or seed cannot be, or the last
            layer's gates are no multiple of the classes; change the setting.
        """
        listener = listener or Listener()
        features, labels = self._check_samples(X, y)
        architecture = self._architecture()
        self.encoding_ = choose_encoding(self.encoding, images=np.asarray(X).ndim > 2)
        self.encoder_ = fit_encoder(self.encoding_, features)
        seed = self._seed()
        data = self._prepare(X, features, labels, seed, listener)
        engine = choose_engine(self.engine)
        self.engine_ = engine.name
        start = time.process_time()
        self.network_, self.history_ = train_network(
            architecture, self._schedule, data, engine, seed, listener
        )
        self.best_epoch_ = select_epoch(self.history_, self._schedule)
        self.processor_seconds_ = time.process_time() - start
        self.circuit_ = harden(self.network_, data.n_inputs, architecture.classes)
        return self

    def _check_samples(
        self, X: npt.ArrayLike, y: npt.ArrayLike
    ) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.int64]]:
        """Return features and the place of each label among ``classes_``, which is set."""
        flat, values = self._validate(X, y)
        check_classification_targets(values)
        self.classes_, labels = np.unique(values, return_inverse=True)
        if self.classes_.size < 2:
            raise InputError(
                f"expected at least two classes, found one class, {self.classes_.tolist()}",
                where="y",
                repair="Bring samples of another class.",
            )
        return to_floats(flat), labels

    def _validate(self, X: npt.ArrayLike, *y: npt.ArrayLike) -> Any:  # noqa: ANN401 - X, or both
        """Return what scikit-learn's checks return, and tell in our words what they refuse."""
        try:
            return validate_data(self, flatten_images(X), *y, reset=bool(y), **_ANY_NUMBERS)
        except ValueError as error:
            raise InputError(
                " ".join(str(error).split()).rstrip("."),
                where=" and ".join(("X", "y")[: 1 + len(y)]),
                repair="Pass one row of numbers, or one image, and one label for each sample.",
            ) from error

    def _architecture(self) -> Architecture:
        gates = self._gates()
        if gates[-1] % self.classes_.size:
            raise ConfigError(
                f"expected a last layer that {self.classes_.size} classes divide, found "
                f"{gates[-1]} gates",
                where="layers",
                repair=f"Take a multiple of {self.classes_.size}.",
            )
        wirings = tuple(parse_wiring(self.wiring, len(gates)))
        return Architecture(gates, wirings, tuple(str(name) for name in self.classes_))

    def _gates(self) -> tuple[int, ...]:
        if self.layers is None:
            n = self.classes_.size
            return (-(-_GATES // n) * n,)
        # A number alone is no sequence of layers, and a text is one of letters.
        given = tuple(self.layers) if isinstance(self.layers, Iterable) else ()
        if not given or not all(is_whole(n) and n > 0 for n in given):
            raise ConfigError(
                f"expected whole numbers of gates, found {self.layers!r}",
                where="layers",
                repair="Write for example layers=[8000].",
            )
        return tuple(map(int, given))

    def _seed(self) -> SeedTree:
        return SeedTree.of(self.random_state).child("logic")

    @property
    def _schedule(self) -> TrainingSchedule:
        return TrainingSchedule.build(self.schedule, where="schedule")

    def _prepare(
        self,
        X: npt.ArrayLike,
        features: npt.NDArray[np.floating],
        labels: npt.NDArray[np.int64],
        seed: SeedTree,
        listener: Listener,
    ) -> TrainingBits:
        augmentation, schedule = parse_augmentation(self.augmentation), self._schedule
        copies = schedule.copies if augmentation is not None else 0
        given = np.asarray(X)
        images = given if given.ndim in (3, 4) else features
        if augmentation is not None and images.ndim not in (3, 4):
            raise InputError(
                f"expected images to augment, found an array of shape {images.shape}",
                where="X",
                repair="Pass (n, height, width) images, or no augmentation.",
            )
        with listener.progress.track("preparing images", copies) as advance:
            return prepare_bits(
                images,
                labels,
                self.encoder_,
                augmentation,
                (copies, schedule.validation),
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
        check_is_fitted(self, "circuit_")
        return self.encoder_.encode(to_floats(self._validate(X)))

    def votes(self, X: npt.ArrayLike) -> npt.NDArray[np.int64]:
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

    def decision_function(self, X: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the votes; of two classes, how many more the second has than the first.

        Parameters
        ----------
        X : (n, ...) array
            Samples.

        Returns
        -------
        (n, n_classes) or, of two classes, (n,) array
            As scikit-learn asks for.
        """
        # Floats, since what scikit-learn lays over an estimator takes no whole numbers.
        votes = self.votes(X).astype(np.float64)
        return votes[:, 1] - votes[:, 0] if votes.shape[1] == 2 else votes

    def predict_proba(self, X: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the softmax of the votes, which is not calibrated.

        The votes of the hard circuit are divided by ``network_.tau``, as those of the soft network
        were in training. The order of the classes is that of the votes, and the numbers are no
        frequencies: where these are needed, lay ``sklearn.calibration.CalibratedClassifierCV``
        over the classifier.

        Parameters
        ----------
        X : (n, ...) array
            Samples.

        Returns
        -------
        (n, n_classes) array
            Numbers from 0 to 1 whose sum is 1 in every row.
        """
        shares: npt.NDArray[np.float64] = softmax(self.votes(X) / self.network_.tau, axis=1)
        return shares

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[Any]:
        """Return the label with most votes in the hard circuit.

        Parameters
        ----------
        X : (n, ...) array
            Samples.

        Returns
        -------
        (n,) array
            Labels; the first in the order of ``classes_`` among equal votes.
        """
        votes = self.votes(X)
        labels: npt.NDArray[Any] = self.classes_[np.argmax(votes, axis=1)]
        return labels

    def predict_soft(self, X: npt.ArrayLike) -> npt.NDArray[Any]:
        """Return the labels of the soft network of the chosen epoch.

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
        check_is_fitted(self, "circuit_")
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
        return load_classifier(cls, folder)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


# What is finite is checked here, to name the first row and column that are not.
_ANY_NUMBERS: Mapping[str, Any] = {"dtype": "numeric", "ensure_all_finite": False}
