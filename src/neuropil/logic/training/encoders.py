"""From brightness or any other features to bits: one threshold, several, or quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from neuropil.contracts import ConfigError, InputError, Settings

__all__ = [
    "AUTO",
    "BitEncoder",
    "Encoding",
    "check_finite",
    "choose_encoding",
    "fit_encoder",
    "flatten_images",
    "parse_encoding",
    "to_floats",
]

AUTO = "auto"
"""The encoding that is chosen from the data."""

Floats = npt.NDArray[np.float64]


class Encoding(Settings):
    """How features become bits; a bit is on where its feature reaches its threshold.

    Parameters
    ----------
    kind : {"threshold", "thermometer", "quantile"}
        One threshold at ``level`` of the range of the training data; ``bits`` thresholds that
        divide that range evenly; or, for each feature, ``bits`` thresholds that divide its
        training values into equal parts.
    level : float
        Place of the single threshold between the smallest value, 0, and the largest, 1.
    bits : int
        Thresholds of a feature.
    """

    kind: Literal["threshold", "thermometer", "quantile"] = "threshold"
    level: float = Field(default=0.25, gt=0, le=1)
    bits: int = Field(default=7, ge=1, le=255)

    def __str__(self) -> str:
        detail = self.level if self.kind == "threshold" else self.bits
        return f"{self.kind}:{detail:g}"


def parse_encoding(text: str | Encoding) -> Encoding:
    """Read an encoding such as ``threshold:0.25``, ``thermometer:7`` or ``quantile:3``.

    Parameters
    ----------
    text : str or Encoding
        Kind and, after a colon, level or number of bits.

    Raises
    ------
    ConfigError
        When there is no such kind, or its number is out of range.

    Examples
    --------
    >>> str(parse_encoding("thermometer:3"))
    'thermometer:3'
    """
    if isinstance(text, Encoding):
        return text
    if not isinstance(text, str):
        raise _unreadable(text)
    kind, _, number = text.partition(":")
    try:
        settings: dict[str, object] = {"kind": kind}
        if number:
            settings["level" if kind == "threshold" else "bits"] = float(number)
        return Encoding.build(settings)
    except (ConfigError, ValueError) as error:
        raise _unreadable(text) from error


def _unreadable(given: object) -> ConfigError:
    return ConfigError(
        f"expected an encoding, found {given!r}",
        where="encoding",
        repair="Write threshold:0.25, thermometer:7 or quantile:3.",
    )


def choose_encoding(given: str | Encoding, *, images: bool) -> Encoding:
    """Read an encoding, or choose one from the kind of the data.

    Parameters
    ----------
    given : str or Encoding
        As in :func:`parse_encoding`, or ``"auto"``.
    images : bool
        Whether the data are images, whose pixels share one scale. Columns of a table have scales
        of their own, and one threshold for all would be beyond the values of most.

    Examples
    --------
    >>> str(choose_encoding("auto", images=True)), str(choose_encoding("auto", images=False))
    ('threshold:0.25', 'quantile:7')
    """
    if given != AUTO:
        return parse_encoding(given)
    return Encoding() if images else Encoding(kind="quantile")


@dataclass(frozen=True, eq=False)
class BitEncoder:
    """Thresholds that were fitted to training data.

    Parameters
    ----------
    thresholds : (n_features, n_levels) array
        In the units of the features.
    """

    thresholds: Floats

    @property
    def n_bits(self) -> int:
        """Number of bits of one sample."""
        return self.thresholds.size

    def encode(self, features: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
        """Return bits; those of one feature are neighbours, the lowest threshold first.

        Parameters
        ----------
        features : (n, n_features) array
            Finite.

        Returns
        -------
        (n, n_bits) bool array
            Bits.
        """
        # Whole numbers are compared with thresholds between them, floats at their own precision.
        kind = features.dtype if features.dtype.kind == "f" else np.float32
        bits = features[:, :, None] >= self.thresholds[None].astype(kind)
        return bits.reshape(len(features), -1)


def check_finite(features: npt.NDArray[np.floating[Any]]) -> None:
    """Refuse features that are no numbers.

    Parameters
    ----------
    features : (n, n_features) array
        Samples.

    Raises
    ------
    InputError
        When a value is NaN or infinite; the message names the first one.
    """
    wrong = ~np.isfinite(features)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise InputError(
            f"expected finite features, found {int(wrong.sum())} that are NaN or inf, the first in "
            f"row {row}, column {column}",
            where="X",
            repair="Fill or drop missing values first.",
        )


def fit_encoder(encoding: Encoding, features: npt.NDArray[np.floating[Any]]) -> BitEncoder:
    """Place the thresholds of an encoding on training data.

    Parameters
    ----------
    encoding : Encoding
        What is wanted.
    features : (n, n_features) array
        Training data.

    Returns
    -------
    BitEncoder
        With finite thresholds.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.array([[0.0, 100.0], [255.0, 50.0]])
    >>> fit_encoder(Encoding(), values).encode(values).tolist()
    [[False, True], [True, False]]
    """
    if encoding.kind == "quantile":
        shares = np.arange(1, encoding.bits + 1) / (encoding.bits + 1)
        return BitEncoder(np.quantile(features.astype(np.float64), shares, axis=0).T)
    low, high = float(features.min()), float(features.max())
    levels = [encoding.level]
    if encoding.kind == "thermometer":
        levels = [k / (encoding.bits + 1) for k in range(1, encoding.bits + 1)]
    values = low + (high - low) * np.array(levels)
    return BitEncoder(np.tile(values, (features.shape[1], 1)))


def flatten_images(X: npt.ArrayLike) -> npt.ArrayLike:
    """Return images as rows of features, and anything else as it is."""
    array = np.asarray(X) if isinstance(X, list | tuple) else X
    if isinstance(array, np.ndarray) and array.ndim > 2 and len(array):
        return array.reshape(len(array), -1)
    return array


def to_floats(features: npt.NDArray[Any]) -> npt.NDArray[np.floating]:
    """Return finite features as floats; what is not of 64 bits becomes one of 32."""
    kind = np.float64 if features.dtype == np.float64 else np.float32
    floats: npt.NDArray[np.floating] = features.astype(kind, copy=False)
    check_finite(floats)
    return floats
