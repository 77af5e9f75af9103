"""Questions to a language model: one region against all others, by one mechanism."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from neuropil.language import Message
from neuropil.progression.priors.mechanisms import Mechanism
from neuropil.progression.priors.regions import Region, RegionSet

__all__ = ["ANSWER_SCHEMA", "PROMPT_VERSION", "RowQuestion", "ask_about_row", "pose_questions"]

PROMPT_VERSION = "1"
"""Version of the words of the questions, for files of answers."""

# A list of numbers would be shorter, and a model that skips one region would shift all that follow:
# each answer stands under the label of its region.
ANSWER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "answers": {
            "type": "object",
            "description": "one member for each listed region, named by its label",
            "additionalProperties": {
                "type": "array",
                "prefixItems": [
                    {"type": "number", "minimum": 0, "maximum": 1},
                    {"type": "string", "description": "reason, at most eight words"},
                ],
                "minItems": 2,
                "maxItems": 2,
            },
        }
    },
    "required": ["answers"],
}
"""JSON schema of a reply."""

# Nothing of the disease or of the study is said: an expert who is told that tau spreads would
# answer what fits the story, and the prior would no longer be independent of the data.
_ROLE = (
    "You are a neuroanatomist. You judge how likely pairs of regions of the healthy adult human "
    "brain are to interact by one stated mechanism, from what the literature shows. You use the "
    "whole range from 0 to 1 and say what you believe, not what is safe: about one pair in five "
    "should come out above 0.5."
)


@dataclass(frozen=True, slots=True)
class RowQuestion:
    """A question about one region and all others.

    Parameters
    ----------
    mechanism : str
        Name of the mechanism.
    region : str
        Label of the region.
    others : tuple of str
        Labels of the others, in the order in which they are listed.
    repeat : int
        Which of several answers is meant, from 0.
    messages : tuple of Message
        What is asked.
    """

    mechanism: str
    region: str
    others: tuple[str, ...]
    repeat: int
    messages: tuple[Message, ...]


def ask_about_row(regions: RegionSet, row: int, mechanism: Mechanism) -> tuple[Message, ...]:
    """Write the question about one region and all others.

    Parameters
    ----------
    regions : RegionSet
        The regions.
    row : int
        Number of the region.
    mechanism : Mechanism
        What is asked about.

    Returns
    -------
    tuple of Message
        Who answers, then the question with the form of its answer.
    """
    region = regions.regions[row]
    others = [each for place, each in enumerate(regions.regions) if place != row]
    parts = (
        f"Mechanism: {mechanism.what}.",
        f"The one region is {_name(region)}.",
        "The other regions are:\n" + "\n".join(map(_name, others)),
        f"For the one region with each of the others: {mechanism.question}\n"
        f"Answer with a probability. {mechanism.scale}.",
        "Judge each pair by itself and by this mechanism alone; closeness in space counts only as "
        "far as the mechanism depends on it.",
        f"Answer with JSON alone that follows this schema, with all {len(others)} labels:\n"
        f"{json.dumps(ANSWER_SCHEMA)}\n"
        f'It begins like {{"answers": {{"{others[0].label}": [0.2, "reason"], ...',
    )
    return Message("system", _ROLE), Message("user", "\n\n".join(parts))


def pose_questions(
    regions: RegionSet, mechanisms: Sequence[Mechanism], repeats: int
) -> tuple[RowQuestion, ...]:
    """List all questions about a set of regions.

    Each pair is asked about from both of its ends, so that a slip at one of them does not decide.
    For 68 regions, five mechanisms and five repeats these are 1,700 questions.

    Parameters
    ----------
    regions : RegionSet
        The regions.
    mechanisms : sequence of Mechanism
        What is asked about.
    repeats : int
        How often each question is asked.

    Returns
    -------
    tuple of RowQuestion
        All first repeats, then all second ones: where the money ends, whole repeats are left out.
    """
    posed = []
    for mechanism in mechanisms:
        for row, region in enumerate(regions.regions):
            messages = ask_about_row(regions, row, mechanism)
            others = tuple(label for label in regions.labels if label != region.label)
            posed.append((mechanism.name, region.label, others, messages))
    return tuple(
        RowQuestion(mechanism, label, others, repeat, messages)
        for repeat in range(repeats)
        for mechanism, label, others, messages in posed
    )


def _name(region: Region) -> str:
    # The lobe makes names such as "banks" or "isthmus" plain to models that know few atlases.
    lobe = f" ({region.facts.lobe})" if region.facts else ""
    return f"{region.label}: {region.words}{lobe}"
