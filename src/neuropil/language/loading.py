"""Models by their name, as it is typed."""

from __future__ import annotations

from neuropil.contracts import ConfigError, SeedTree, did_you_mean
from neuropil.language.budget import Budget, Price
from neuropil.language.client import ChatModel
from neuropil.language.completions import ChatSettings
from neuropil.language.model import LanguageModel
from neuropil.language.scripted import (
    Always,
    Guesser,
    NoisyOracle,
    Oracle,
    Teacher,
    Unparsable,
)
from neuropil.language.servers import find_server

__all__ = ["load_model"]

# The answers 1 and -1 mean yes and no, and 1 is the first of several.
_ALWAYS = {"yes": "1", "no": "-1", "first": "1", "none": "-1"}
_SCRIPTED = ("oracle", "noisy-0.8", "random", "always-yes", "always-no", "always-1", "unparsable")


def load_model(
    spec: str,
    *,
    settings: ChatSettings | None = None,
    price: Price | None = None,
    budget: Budget | None = None,
    teacher: Teacher | None = None,
    seed: SeedTree | None = None,
) -> LanguageModel:
    """Return the model that a name means; nothing is asked and no connection is opened.

    ==================================  ============================================================
    name                                model
    ==================================  ============================================================
    ``openai:MODEL``                    at OpenAI; key in ``OPENAI_API_KEY``
    ``anthropic:MODEL``                 at Anthropic, by its layer that is compatible with chat
                                        completions; key in ``ANTHROPIC_API_KEY``
    ``ollama:MODEL``                    of Ollama on this computer
    ``http://127.0.0.1:8000/v1#MODEL``  of any server that speaks chat completions, such as vLLM or
                                        llama.cpp; key, where there is one, in
                                        ``NEUROPIL_LANGUAGE_KEY``
    ``mock:oracle``                     always right
    ``mock:noisy-0.8``                  right with probability 0.8, drawn for each question and
                                        sample
    ``mock:random``                     guesses
    ``mock:always-yes``                 always 1; also ``always-no`` (-1), ``always-first`` (1),
                                        ``always-none`` (-1) and any other answer, ``always-a``
    ``mock:unparsable``                 says something without an answer
    ==================================  ============================================================

    Parameters
    ----------
    spec : str
        Name of the model.
    settings : ChatSettings, optional
        How a server is asked.
    price : Price, optional
        What a server's tokens cost; needed where it is not on this computer.
    budget : Budget, optional
        Limit of what may be spent.
    teacher : callable, optional
        What ``oracle``, ``noisy`` and ``random`` know, such as an :class:`AnswerKey`.
    seed : SeedTree, optional
        What ``noisy`` and ``random`` draw from.

    Returns
    -------
    LanguageModel
        The model.

    Raises
    ------
    ConfigError
        When the name has none of these forms, or what the model needs is not given.

    Examples
    --------
    >>> load_model("ollama:qwen2.5vl").name
    'ollama:qwen2.5vl'
    >>> load_model("mock:always-yes").name
    'mock:always-yes'
    """
    if spec.startswith("mock:"):
        return _scripted(spec.removeprefix("mock:"), teacher, seed or SeedTree(0))
    server, model = find_server(spec)
    return ChatModel(server, model, settings=settings, price=price, budget=budget)


def _scripted(rule: str, teacher: Teacher | None, seed: SeedTree) -> LanguageModel:
    if rule == "unparsable":
        return Unparsable()
    if rule.startswith("always-") and (answer := rule.removeprefix("always-")):
        return Always(_ALWAYS.get(answer, answer), rule)
    probability = _probability(rule)
    if probability is None and rule not in {"oracle", "random"}:
        raise ConfigError(
            f"expected one of {', '.join(_SCRIPTED)}, found {rule!r}",
            where="mock",
            repair=f"{did_you_mean(rule, _SCRIPTED)}Name one of them, such as mock:oracle.",
        )
    if teacher is None:
        raise ConfigError(
            "expected the answers that the model knows, found none",
            where=f"mock:{rule}",
            repair="Give them as teacher=AnswerKey(...).",
        )
    if probability is not None:
        return NoisyOracle(teacher, probability, seed)
    return Oracle(teacher) if rule == "oracle" else Guesser(teacher, seed)


def _probability(rule: str) -> float | None:
    try:
        return float(rule.removeprefix("noisy-")) if rule.startswith("noisy-") else None
    except ValueError:
        return None
