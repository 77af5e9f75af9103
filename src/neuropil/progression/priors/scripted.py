"""What scripted models know about edges: the answers of the rules, in the form of a reply."""

from __future__ import annotations

import json
from collections.abc import Sequence

from neuropil.language import AnswerKey, Known
from neuropil.progression.priors.prompts import RowQuestion
from neuropil.progression.priors.regions import RegionSet
from neuropil.progression.priors.rules import answer_by_rules

__all__ = ["teach_rules"]


def teach_rules(regions: RegionSet, questions: Sequence[RowQuestion]) -> AnswerKey:
    """Return what a scripted model knows: what the rules say, and as a wrong answer no JSON.

    A whole elicitation can so be tried without a server: ``mock:oracle`` answers by the rules, and
    ``mock:noisy-0.8`` has to be asked again for a fifth of its replies.

    Parameters
    ----------
    regions : RegionSet
        Regions whose places are known.
    questions : sequence of RowQuestion
        What will be asked.

    Returns
    -------
    AnswerKey
        The answers by question.

    Raises
    ------
    InputError
        When the place of a region is not known.
    """
    names = tuple(dict.fromkeys(each.mechanism for each in questions))
    said = {
        (each.mechanism, frozenset((each.first, each.second))): (each.probability, each.reason)
        for each in answer_by_rules(regions, names).answers
    }
    return AnswerKey(
        (
            each.messages,
            Known(
                json.dumps(
                    {
                        "answers": {
                            other: said[each.mechanism, frozenset((each.region, other))]
                            for other in each.others
                        }
                    }
                ),
                ("It is hard to tell.",),
            ),
        )
        # Repeats ask the same.
        for each in questions
        if each.repeat == 0
    )
