"""Claims about priors of edges: replays to the last bit, and what rules know of a connectome."""

from __future__ import annotations

from neuropil.contracts import Claim, DataUnavailableError, Finding, exactly, fact
from neuropil.datasets import load_measured_views
from neuropil.measures import summarise_null
from neuropil.progression.claims.bench import Bench
from neuropil.progression.claims.priors_pieces import compare_with_connectome, replay_answers

__all__ = ["PRIORS_CLAIMS"]

# All that a full elicitation asks about but morphology and clearance, with few repeats.
_MECHANISMS, _REPEATS = ("tract", "coactivation", "expression", "proximity"), 3
# Intervals and the null of an area over 2,278 pairs settle at a few hundred.
_RESAMPLES, _PERMUTATIONS = 1000, 500


def _replay(bench: Bench) -> Finding:
    plan = (("tract",), 1) if bench.fast else (_MECHANISMS, _REPEATS)
    found = bench.do("prior-replay", replay_answers, bench.seed.root, *plan)
    note = (
        f"Pairs that differ by a bit over three replays of {found['answers']:,} answers of a "
        f"scripted expert: of its replies ({found['failures']} of which could not be read and were "
        "asked for again), of the file of answers, and of that file with its lines shuffled. The "
        f"graph holds {found['edges']} of {found['pairs']:,} pairs."
    )
    further = {name: float(found[name]) for name in ("symmetric", "connected")}
    further["within [0, 1]"] = float(found["probabilities"])
    return Finding(found["differing"], found["pairs"], further=further, note=note, data="none")


def _compare(bench: Bench, name: str) -> Finding:
    if not bench.fast:
        try:
            load_measured_views()
        except DataUnavailableError as error:
            return Finding.not_run(f"Needs real data: {error}")
    draws = (20, 20) if bench.fast else (_RESAMPLES, _PERMUTATIONS)
    # The rules are judged on measured connectomes even where pathology is generated; a check on
    # embedded data takes the generated views.
    found = bench.do("prior-area", compare_with_connectome, not bench.fast, bench.seed.root, *draws)
    areas = ("tract", "fused", "distance", "measured_distance")
    listed = "; ".join(
        f"{each.replace('_', ' ')} {found[each][0]:.3f} [{found[each][1]:.3f}, "
        f"{found[each][2]:.3f}]"
        for each in areas
        if found[each] is not None
    )
    note = (
        f"Against the strongest fifth of SC ({found['edges']} of {found['pairs']:,} pairs): "
        f"{listed}. Rules were written down before any connectome was looked at. The null permutes "
        "regions on both sides alike."
    )
    value, low, high = found[name]
    null = None
    if name == "tract":
        null = summarise_null(
            "regions permuted on both sides alike", found["null"], value, smaller_is_better=False
        )
    else:
        note = f"Over {found['rival'].replace('_', ' ')}, the better of the rivals. {note}"
    how = "bootstrap over regions"
    return Finding(value, 68, low, high, how, null=null, note=note, data=found["views"])


# fmt: off
PRIORS_CLAIMS = (
    Claim("12", "pairs of a replayed prior that are not the same bit for bit", "pairs",
          exactly(0) & fact("symmetric") & fact("within [0, 1]") & fact("connected"), _replay),
    Claim("12-area", "area under the curve of rules about tracts against the strongest fifth of SC",
          "AUC", None, lambda bench: _compare(bench, "tract")),
    Claim("12-gain", "what rules about tracts add to distance alone", "AUC", None,
          lambda bench: _compare(bench, "gain")),
)
# fmt: on
