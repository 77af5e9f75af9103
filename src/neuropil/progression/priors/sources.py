"""Priors of edges by a name, as settings give it: rules, or answers that are replayed."""

from __future__ import annotations

from pathlib import Path

from neuropil.connectome import Parcellation
from neuropil.contracts import ConfigError, did_you_mean
from neuropil.progression.priors.answer_files import read_answers
from neuropil.progression.priors.edge_prior import EdgePrior
from neuropil.progression.priors.fusion import Fusion
from neuropil.progression.priors.mechanisms import USUAL_MECHANISMS
from neuropil.progression.priors.regions import RegionSet
from neuropil.progression.priors.rules import RULES, answer_by_rules

__all__ = ["load_prior"]

_REPLAY = "replay:"


def load_prior(spec: str, parcellation: Parcellation, fusion: Fusion | None = None) -> EdgePrior:
    """Return the prior that a name means, on the regions of a parcellation.

    No model is asked and no connection opened: what a model answers is recorded beforehand by
    ``neuropil progression elicit``.

    Parameters
    ----------
    spec : str
        ``rules``, or ``replay:answers.jsonl`` for a file of answers, which may be about more
        regions and in another order.
    parcellation : Parcellation
        The regions.
    fusion : Fusion, optional
        How mechanisms become one; noisy-or when not given.

    Returns
    -------
    EdgePrior
        In the order of the parcellation, not yet thinned out.

    Raises
    ------
    ConfigError
        When the name means neither.
    InputError
        When the answers lack a region or are damaged, or rules do not know where a region lies.

    Examples
    --------
    >>> from neuropil.datasets import generate_views
    >>> load_prior("rules", generate_views().parcellation).find_reasons(
    ...     "L_cuneus", "L_lingual"
    ... )["reason"][1]
    'both in the visual network; 9 mm apart'
    """
    regions = RegionSet.of(parcellation, parcellation.source.name)
    if spec == RULES:
        return EdgePrior.from_answers(answer_by_rules(regions, USUAL_MECHANISMS), fusion)
    path = spec.removeprefix(_REPLAY)
    if not path or path == spec:
        raise ConfigError(
            f"expected {RULES} or {_REPLAY}FILE, found {spec!r}",
            where="prior",
            repair=f"{did_you_mean(spec, [RULES])}Let `neuropil progression elicit` write the file "
            "of answers.",
        )
    prior = EdgePrior.from_answers(read_answers(Path(path)), fusion)
    return prior if prior.regions == regions.labels else prior.take(regions.labels)
