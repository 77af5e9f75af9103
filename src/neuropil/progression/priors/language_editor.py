"""A language model that sees residuals and proposes edits of edges."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from neuropil.language import LanguageModel, Message
from neuropil.progression.priors.edge_prior import EdgePrior
from neuropil.progression.priors.edits import Action, EdgeEdit, Proposal
from neuropil.progression.priors.parsing import RepeatedNameError, find_object

__all__ = ["LanguageEditor", "parse_edits"]

Floats = npt.NDArray[np.float64]

_ROLE = (
    "You are a neuroanatomist. A model of how pathology spreads along a graph of brain regions was "
    "fitted, and you see what it leaves unexplained. You propose few edits of edges that anatomy "
    "can justify; each of them is tested on data that you do not see."
)
# Regions and edges that are shown: a screen of text, and where most of the error is.
_SHOWN = 12

_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "edits": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "first": {"type": "string"},
                    "second": {"type": "string"},
                    "action": {"enum": list(get_args(Action))},
                    "reason": {"type": "string", "description": "at most twelve words"},
                },
                "required": ["first", "second", "action", "reason"],
            },
        }
    },
    "required": ["edits"],
}


@dataclass(frozen=True)
class LanguageEditor:
    """Lets a language model propose edits.

    Parameters
    ----------
    model : LanguageModel
        Who is asked; a :class:`RecordedModel` pays once.
    most : int
        Most edits a round.
    """

    model: LanguageModel
    # Few, since all edits of a round are kept or dropped together.
    most: int = 5

    def __call__(self, prior: EdgePrior, residuals: Floats, number: int) -> Proposal:
        """Propose edits.

        Parameters
        ----------
        prior : EdgePrior
            The present prior.
        residuals : (n_regions,) array
            Mean of observed minus predicted in each region.
        number : int
            Number of the round; after one that was not kept the same is asked anew.

        Returns
        -------
        Proposal
            At most ``most`` edits; none, with the reason, where the reply cannot be read.
        """
        messages = (Message("system", _ROLE), Message("user", self._write(prior, residuals)))
        return parse_edits(
            self.model.generate(messages, sample=number).text, prior.regions, self.most
        )

    def _write(self, prior: EdgePrior, residuals: Floats) -> str:
        # By size and not by sign: an edge may be too strong as well as missing.
        order = np.argsort(-np.abs(residuals), kind="stable")[:_SHOWN]
        lines = []
        for region in order:
            strongest = np.argsort(-prior.fused[region], kind="stable")[:3]
            near = ", ".join(f"{prior.regions[k]} {prior.fused[region, k]:.2f}" for k in strongest)
            lines.append(f"{prior.regions[region]}: {residuals[region]:+.4f}; joined to {near}")
        return "\n\n".join(
            (
                "Regions with the largest mean error, observed minus predicted (above 0: more "
                "pathology than the model expects), with their strongest edges:\n"
                + "\n".join(lines),
                f"All regions: {', '.join(prior.regions)}.",
                f"Propose at most {self.most} edits. add: the edge is likelier than not. "
                "strengthen, weaken: its odds are three times as high, or as low.",
                f"Answer with JSON alone that follows this schema:\n{json.dumps(_SCHEMA)}",
            )
        )


def parse_edits(text: str, regions: tuple[str, ...], most: int) -> Proposal:
    """Read the edits of a reply.

    Parameters
    ----------
    text : str
        The reply.
    regions : tuple of str
        Labels that there are.
    most : int
        Most edits that are taken.

    Returns
    -------
    Proposal
        Edits of known regions, each pair once.

    Examples
    --------
    >>> said = '{"edits": [{"first": "V1", "second": "V2", "action": "add", "reason": "x"}]}'
    >>> parse_edits(said, ("V1", "V2"), 5).edits
    (EdgeEdit(first='V1', second='V2', action='add', reason='x'),)
    """
    try:
        found = find_object(text, "edits")
    except RepeatedNameError as error:
        return Proposal((), f"an edit with two members {error}")
    written = found.get("edits") if found else None
    if not isinstance(written, list):
        return Proposal((), "no JSON with edits")
    edits: dict[frozenset[str], EdgeEdit] = {}
    fault = ""
    for one in written:
        edit = _read_edit(one, regions)
        if edit is None:
            fault = f"not an edit of known regions: {json.dumps(one)[:80]}"
        else:
            edits.setdefault(frozenset((edit.first, edit.second)), edit)
    if len(edits) > most:
        fault = f"{len(edits)} edits where {most} were asked for"
    return Proposal(tuple(edits.values())[:most], fault)


def _read_edit(value: object, regions: tuple[str, ...]) -> EdgeEdit | None:
    record = value if isinstance(value, dict) else {}
    first, second = record.get("first"), record.get("second")
    known = first in regions and second in regions and first != second
    action = next((one for one in get_args(Action) if one == record.get("action")), None)
    if not known or action is None:
        return None
    return EdgeEdit(
        str(first), str(second), action, " ".join(str(record.get("reason", "")).split())
    )
