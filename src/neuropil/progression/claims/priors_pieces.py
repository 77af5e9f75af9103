"""Cached pieces of work of the claims about priors: replays, and what rules know of connectomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil import datasets
from neuropil.connectome import Cohort, Parcellation
from neuropil.contracts import SeedTree
from neuropil.datasets import GraphViews, find_strongest, generate_views, load_measured_views
from neuropil.language import NoisyOracle, Recording
from neuropil.measures import compute_roc_area
from neuropil.progression.priors.answer_files import read_answers, write_answers
from neuropil.progression.priors.answers import EdgeAnswers
from neuropil.progression.priors.edge_prior import EdgePrior
from neuropil.progression.priors.elicitation import Elicitation, ElicitationPlan, elicit_answers
from neuropil.progression.priors.mechanisms import USUAL_MECHANISMS
from neuropil.progression.priors.regions import DK68, RegionSet, load_region_set
from neuropil.progression.priors.rules import answer_by_rules
from neuropil.progression.priors.scripted import teach_rules
from neuropil.progression.priors.sparsity import is_connected

__all__ = ["compare_with_connectome", "replay_answers"]

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]

# Of the pairs, as where the target is stated.
_EDGES = 0.2
# A tenth of the replies of the scripted expert cannot be read: a replay has to repeat that too.
_READABLE = 0.9


def replay_answers(seed: int, mechanisms: Sequence[str], repeats: int) -> dict[str, Any]:
    """Elicit from a scripted expert, and make the prior again from replies and from answers.

    Returns
    -------
    dict
        ``differing``: pairs that differ by a bit, over three replays: of the replies, of the file
        of answers, and of that file with its lines in another order; ``symmetric``,
        ``probabilities``, ``connected``: whether the graph is; ``pairs``, ``edges``, ``answers``
        and ``failures`` (replies that could not be read).
    """
    regions = load_region_set(DK68)
    plan = ElicitationPlan(tuple(mechanisms), repeats, workers=1)
    expert = NoisyOracle(teach_rules(regions, plan.pose(regions)), _READABLE, SeedTree(seed))
    with TemporaryDirectory() as folder:
        found, again = (
            _elicit(expert, regions, plan, Path(folder) / "replies.jsonl", replay)
            for replay in (False, True)
        )
        answers = found.to_answers(regions, plan, expert.name)
        variants = (
            answers,
            again.to_answers(regions, plan, expert.name),
            *_through_files(answers, Path(folder), SeedTree(seed)),
        )
    first, *others = (EdgePrior.from_answers(each).sparsify(_EDGES).fused for each in variants)
    pairs = first[np.triu_indices(len(first), 1)]
    return {
        # As whole numbers: 0 and -0 are equal as floats, and no more the same bits.
        "differing": sum(int((each.view(np.int64) != first.view(np.int64)).sum()) // 2
                         for each in others),
        "symmetric": bool((first == first.T).all()),
        "probabilities": bool(((first >= 0) & (first <= 1)).all()),
        "connected": is_connected(first),
        "pairs": len(pairs),
        "edges": int((pairs > 0).sum()),
        "answers": len(answers.answers),
        "failures": sum(found.failures.values()),
    }  # fmt: skip


def _elicit(
    expert: NoisyOracle, regions: RegionSet, plan: ElicitationPlan, path: Path, replay: bool
) -> Elicitation:
    # One that is only replayed refuses to ask: what it gives comes from the file alone.
    with Recording(path, replay_only=replay) as replies:
        return elicit_answers(expert, regions, plan, replies)


def _through_files(
    answers: EdgeAnswers, folder: Path, seed: SeedTree
) -> tuple[EdgeAnswers, EdgeAnswers]:
    path = write_answers(folder / "answers.jsonl", answers)
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    order = seed.child("order").generator().permutation(len(lines))
    mixed = folder / "mixed.jsonl"
    mixed.write_text("\n".join([header, *(lines[k] for k in order)]), encoding="utf-8")
    return read_answers(path), read_answers(mixed)


def compare_with_connectome(
    measured: bool, seed: int, resamples: int, permutations: int
) -> dict[str, Any]:
    """Compare what rules say with the strongest fifth of a structural connectome.

    No number of the rules was chosen by a connectome. Intervals are over regions: each resample
    draws regions, and takes the pairs among them.

    Returns
    -------
    dict
        Area under the receiver operating characteristic of each prior with its interval: ``tract``,
        ``fused`` (four mechanisms), ``distance`` (minus the distance that the rules used),
        ``measured_distance`` (of measured centres; None on generated views); ``gain`` of ``tract``
        over the better of the two distances; ``null`` areas of ``tract`` with its regions
        permuted, on both sides alike; ``pairs`` and ``edges``; ``views`` in words.
    """
    views = load_measured_views() if measured else generate_views()
    regions = RegionSet.of(views.parcellation, views.origin)
    n = len(regions)
    edges = np.zeros((n, n), dtype=bool)
    edges[np.triu_indices(n, 1)] = find_strongest(views.graphs["SC"])
    edges |= edges.T
    priors = _collect_priors(regions, views, measured)
    rival = max((name for name in priors if "distance" in name),
                key=lambda name: _area(edges, priors[name], np.arange(n)))  # fmt: skip
    draw = SeedTree(seed).child("regions").generator()
    picks = [draw.integers(n, size=n) for _ in range(resamples)]

    def judge(quantity: Callable[[Places], float]) -> list[float]:
        drawn = [quantity(pick) for pick in picks]
        return [quantity(np.arange(n)), *np.percentile(drawn, [2.5, 97.5]).tolist()]

    areas = {name: judge(partial(_area, edges, prior)) for name, prior in priors.items()}
    return {
        "measured_distance": None,
        **areas,
        "rival": rival,
        "gain": judge(partial(_gain, edges, priors["tract"], priors[rival])),
        "null": _permute(edges, priors["tract"], SeedTree(seed), permutations),
        "pairs": n * (n - 1) // 2,
        "edges": int(edges.sum()) // 2,
        "views": views.origin,
    }


def _gain(edges: Truths, prior: Floats, rival: Floats, rows: Places) -> float:
    return _area(edges, prior, rows) - _area(edges, rival, rows)


def _collect_priors(regions: RegionSet, views: GraphViews, measured: bool) -> dict[str, Floats]:
    prior = EdgePrior.from_answers(answer_by_rules(regions, USUAL_MECHANISMS))
    priors = {
        "tract": prior.probabilities["tract"],
        "fused": prior.fused,
        "distance": -regions.compute_distances(),
    }
    if measured:
        # The connectome has no coordinates; these are of the same atlas, matched by name.
        other = datasets.load("hansen-dk68", kind=Cohort).parcellation
        assert other is not None
        priors["measured_distance"] = -_distances_of(other, views.labels)
    return priors


def _distances_of(parcellation: Parcellation, labels: Sequence[str]) -> Floats:
    regions = RegionSet.of(parcellation, "hansen-dk68")
    rows = [regions.labels.index(label) for label in labels]
    return regions.compute_distances()[np.ix_(rows, rows)]


def _area(edges: Truths, prior: Floats, rows: Places) -> float:
    """Return the area over pairs of drawn regions; one that is drawn twice is no pair."""
    first, second = np.triu_indices(len(rows), 1)
    one, other = rows[first], rows[second]
    pair = one != other
    return compute_roc_area(edges[one, other][pair], prior[one, other][pair])


def _permute(edges: Truths, prior: Floats, seed: SeedTree, permutations: int) -> list[float]:
    """Permute regions on both sides alike, which keeps sides and mirror images as they are."""
    rng = seed.child("permutations").generator()
    half = len(edges) // 2
    areas = []
    for _ in range(permutations):
        order = rng.permutation(half)
        both = np.concatenate([order, order + half])
        areas.append(_area(edges, prior[np.ix_(both, both)], np.arange(2 * half)))
    return areas
