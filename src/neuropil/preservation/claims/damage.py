"""Claims about planted damage: nothing at dose 0, the same from the same seed, tissue kept."""

from __future__ import annotations

import numpy as np

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import Claim, Finding, SeedTree, at_most, exactly
from neuropil.preservation.claims.bench import Bench, Measure
from neuropil.preservation.claims.detector_pieces import SERIAL
from neuropil.preservation.config import SYNTHETIC
from neuropil.preservation.damage.parsing import DAMAGES, parse_damage

__all__ = ["DAMAGE_CLAIMS", "act_thrice", "displace_ice"]

# Amounts of no damage, and of some; sections of a stack are lost or doubled by tenths.
_NONE = {"shrink": "1", "noise": "inf", "contrast": "1"}
_SOME = {
    **{"shrink": "0.8", "swelling": "20", "crack": "60", "stain": "0.4", "blur": "8"},
    **{"noise": "3", "contrast": "0.6"},
}
_SECTIONS, _FEW = range(16, 30, 4), range(20, 22)


def _load(fast: bool) -> Volume:
    volume: Volume = datasets.load(SYNTHETIC if fast else SERIAL, kind=Volume)
    return volume


def act_thrice(seed: int, fast: bool) -> dict[str, dict[str, bool]]:
    """Apply every operator at dose 0, and twice at some dose with one seed.

    Returns
    -------
    dict
        By operator: whether dose 0 left every ``bit`` and marked nothing, and whether both times
        the ``same`` voxels were marked and the same image came of it.
    """
    volume = _load(fast)
    sections = _FEW if fast else _SECTIONS
    stack = volume.crop((slice(sections.start, sections.stop, 1), slice(None), slice(None)))
    # Flies have no myelin: the largest body stands in for a sheath.
    truth = stack.segmentation("truth")
    largest = np.bincount(truth[truth > 0]).argmax()
    stack = stack.with_segmentation("myelin", (truth == largest).astype(np.int32))
    tree = SeedTree(seed)
    found = {}
    for name in DAMAGES:
        clean = parse_damage(f"{name}:{_NONE.get(name, '0')}").apply(stack, tree)
        first, again = (
            parse_damage(f"{name}:{_SOME.get(name, '0.1')}").apply(stack, tree) for _ in range(2)
        )
        found[name] = {
            "bit": bool((clean.volume.read_image() == stack.read_image()).all())
            and not clean.mask.any(),
            "same": bool(
                np.array_equal(first.mask, again.mask)
                and np.array_equal(first.volume.read_image(), again.volume.read_image())
            ),
        }
    return found


def displace_ice(seed: int, fast: bool) -> list[float]:
    """Displace sections by ice, and return by what share the area of their tissue changed."""
    volume = _load(fast)
    changes = []
    for place in _FEW if fast else _SECTIONS:
        alone = volume.crop((slice(place, place + 1), slice(None), slice(None)))
        hurt = parse_damage("ice:0.15").apply(alone, SeedTree(seed).child(place))
        tissue = hurt.mask.size - int(hurt.mask.sum())
        changes.append(abs(tissue / alone.read_image().size - 1))
    return changes


def _count(what: str) -> Measure:
    def find(bench: Bench) -> Finding:
        found = bench.do("damage-thrice", act_thrice, bench.seed.root, bench.fast)
        wrong = [name for name, each in found.items() if not each[what]]
        note = f"Operators: {', '.join(found)}." + (
            f" Not so: {', '.join(wrong)}." if wrong else ""
        )
        return Finding(len(wrong), len(found), note=note, data="" if bench.fast else SERIAL)

    return find


def _find_change(bench: Bench) -> Finding:
    found = bench.do("damage-ice", displace_ice, bench.seed.root, bench.fast)
    return Finding(
        max(found), len(found), note="Largest over sections.", data="" if bench.fast else SERIAL
    )


# fmt: off
DAMAGE_CLAIMS = (
    Claim("12-zero", "operators that change a bit at dose 0", "operators", exactly(0),
          _count("bit")),
    Claim("12-seed", "operators that mark other voxels from the same seed", "operators",
          exactly(0), _count("same")),
    Claim("12-ice", "share of tissue that displacing ice adds or takes away", "1", at_most(0.001),
          _find_change),
)
# fmt: on
"""Claims about planted damage."""
