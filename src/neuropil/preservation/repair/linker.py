"""How likely a membrane is missing along a way: a small network, fitted to planted gaps."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError, SeedTree, write_json
from neuropil.preservation.axes.shallow import Layers, ShallowPlan, apply_layers, fit_layers
from neuropil.preservation.repair.evidence import EVIDENCE

__all__ = ["GapLinker"]

Floats = npt.NDArray[np.float32]

# Not tuned: as many hidden units as there are kinds of evidence, about.
_HIDDEN = 16
_PLAN = ShallowPlan(_HIDDEN, passes=30, rate=3e-3, decay=0.1, batch=200)
_FEWEST = 500


@dataclass(frozen=True, eq=False)
class GapLinker:
    """A network with one hidden layer that says of a way whether a membrane is missing on it.

    Parameters
    ----------
    mean, spread : (n_evidence,) float32 arrays
        By which evidence is brought to mean 0 and spread 1.
    hidden : (n_evidence + 1, n_hidden) float32 array
        Weights of the hidden units, and in the last row what is added.
    out : (n_hidden + 1,) float32 array
        Weights of the answer, and last what is added.
    """

    mean: Floats
    spread: Floats
    hidden: Floats
    out: Floats

    @classmethod
    def fit(cls, evidence: Floats, missing: npt.NDArray[np.bool_], seed: SeedTree) -> Self:
        """Train the network.

        Parameters
        ----------
        evidence : (n, n_evidence) array
            Of ways.
        missing : (n,) bool array
            Whether a membrane is truly missing along each.
        seed : SeedTree
            Source of randomness.

        Raises
        ------
        InputError
            When there are fewer than five hundred ways, or all are of one kind: draw more
            sections.
        """
        if len(missing) < _FEWEST or missing.all() or not missing.any():
            raise InputError(
                f"expected {_FEWEST} ways or more of both kinds, found {len(missing)}, "
                f"{int(missing.sum())} of them missing membranes",
                where="GapLinker.fit",
                repair="Draw more sections with gaps.",
            )
        layers = fit_layers(evidence, missing, _PLAN, seed)
        return cls(*layers[:3], layers.out[:, 0])

    def predict(self, evidence: Floats) -> Floats:
        """Return the probability that a membrane is missing along each way.

        Parameters
        ----------
        evidence : (n, n_evidence) array
            As ``weigh_evidence`` returns it.

        Returns
        -------
        (n,) float32 array
            Probabilities, given as many gaps as there were in training.
        """
        from scipy.special import expit

        layers = Layers(self.mean, self.spread, self.hidden, self.out)
        return np.asarray(expit(apply_layers(layers, evidence)), np.float32)

    def save(self, path: Path | str, facts: Mapping[str, Any] | None = None) -> None:
        """Write weights to a safetensors file, and facts to a JSON file beside it.

        Parameters
        ----------
        path : Path or str
            File to write, ending in ``.safetensors``.
        facts : mapping, optional
            What else a reader should know, as JSON values: data, licence, seed.
        """
        from neuropil.learning import save_tree

        save_tree(path, {name: getattr(self, name) for name in Layers._fields})
        record = {"evidence": list(EVIDENCE), "facts": dict(facts or {})}
        write_json(Path(path).with_suffix(".json"), record)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read what :meth:`save` wrote.

        Parameters
        ----------
        path : Path or str
            The safetensors file; the JSON file lies beside it.

        Raises
        ------
        InputError
            When one of the two files is missing or damaged, or speaks of other evidence; fit again.
        """
        from neuropil.learning import load_tree

        _require_evidence(Path(path).with_suffix(".json"))
        shapes: Sequence[tuple[int, ...]] = (
            *((len(EVIDENCE),), (len(EVIDENCE),)),
            *((len(EVIDENCE) + 1, _HIDDEN), (_HIDDEN + 1,)),
        )
        like = {
            name: np.zeros(one, np.float32)
            for name, one in zip(Layers._fields, shapes, strict=True)
        }
        return cls(**load_tree(path, like))


def _require_evidence(path: Path) -> None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["evidence"]
        same = tuple(found) == EVIDENCE
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"expected the description of a linker ({error})",
            where=str(path),
            repair="Fit again, and save it.",
        ) from error
    if not same:
        raise InputError(
            "expected a linker that reads the evidence of this package, found another",
            where=str(path),
            repair="Fit again: what is told of a gap has changed.",
        )
