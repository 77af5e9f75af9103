"""Facts about the 34 cortical regions of one hemisphere in the Desikan-Killiany atlas.

Places are rough: written down from anatomy in steps of 5 mm and measured in no data set. Networks,
types of cortex and arteries are those that hold for the larger part of a region; a region as large
as the superior frontal gyrus belongs to several.

References
----------
Desikan et al. 2006, NeuroImage 31:968 (regions); Yeo et al. 2011, J. Neurophysiology 106:1125
(seven networks); Mesulam 1998, Brain 121:1013 (types of cortex); Catani and Thiebaut de Schotten
2008, Cortex 44:1105 (bundles).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["BUNDLES", "CORTEX_TYPES", "DESIKAN_KILLIANY", "CorticalRegion"]


@dataclass(frozen=True, slots=True)
class CorticalRegion:
    """What is known of a region, the same on both sides.

    Parameters
    ----------
    words : str
        Its name in words.
    lobe, network, cortex, artery : str
        The lobe, functional network, type of cortex and artery of its larger part.
    place : tuple of float
        Rough centre in the right hemisphere, to the right, front and top [mm in MNI space].
    """

    words: str
    lobe: str
    network: str
    cortex: str
    artery: str
    place: tuple[float, float, float]


CORTEX_TYPES = ("primary", "unimodal", "heteromodal", "paralimbic")
"""Types of cortex in the order of Mesulam's ladder: neighbours on it are alike."""

# One row a region: words, lobe, network, type of cortex, artery, place.
# fmt: off
_ROWS: dict[str, tuple[str, str, str, str, str, tuple[float, float, float]]] = {
    "bankssts": ("banks of the superior temporal sulcus", "temporal", "default", "heteromodal",
                 "middle", (55, -40, 10)),
    "caudalanteriorcingulate": ("caudal anterior cingulate cortex", "cingulate", "salience",
                                "paralimbic", "anterior", (5, 20, 30)),
    "caudalmiddlefrontal": ("caudal middle frontal gyrus", "frontal", "frontoparietal", "unimodal",
                            "middle", (40, 10, 50)),
    "cuneus": ("cuneus", "occipital", "visual", "unimodal", "posterior", (10, -80, 20)),
    "entorhinal": ("entorhinal cortex", "temporal", "limbic", "paralimbic", "posterior",
                   (25, -10, -35)),
    "fusiform": ("fusiform gyrus", "temporal", "visual", "unimodal", "posterior", (35, -45, -20)),
    "inferiorparietal": ("inferior parietal cortex", "parietal", "default", "heteromodal",
                         "middle", (45, -60, 30)),
    "inferiortemporal": ("inferior temporal gyrus", "temporal", "limbic", "unimodal", "posterior",
                         (50, -30, -25)),
    "isthmuscingulate": ("isthmus of the cingulate gyrus", "cingulate", "default", "paralimbic",
                         "posterior", (10, -45, 20)),
    "lateraloccipital": ("lateral occipital cortex", "occipital", "visual", "unimodal",
                         "posterior", (30, -90, 0)),
    "lateralorbitofrontal": ("lateral orbitofrontal cortex", "frontal", "limbic", "paralimbic",
                             "middle", (25, 30, -20)),
    "lingual": ("lingual gyrus", "occipital", "visual", "unimodal", "posterior", (15, -70, -5)),
    "medialorbitofrontal": ("medial orbitofrontal cortex", "frontal", "limbic", "paralimbic",
                            "anterior", (5, 35, -15)),
    "middletemporal": ("middle temporal gyrus", "temporal", "default", "heteromodal", "middle",
                       (60, -25, -15)),
    "parahippocampal": ("parahippocampal gyrus", "temporal", "limbic", "paralimbic", "posterior",
                        (25, -30, -15)),
    "paracentral": ("paracentral lobule", "frontal", "somatomotor", "primary", "anterior",
                    (10, -30, 60)),
    "parsopercularis": ("opercular part of the inferior frontal gyrus", "frontal", "salience",
                        "heteromodal", "middle", (50, 15, 15)),
    "parsorbitalis": ("orbital part of the inferior frontal gyrus", "frontal", "default",
                      "heteromodal", "middle", (45, 40, -10)),
    "parstriangularis": ("triangular part of the inferior frontal gyrus", "frontal",
                         "frontoparietal", "heteromodal", "middle", (50, 30, 5)),
    "pericalcarine": ("pericalcarine cortex", "occipital", "visual", "primary", "posterior",
                      (15, -80, 5)),
    "postcentral": ("postcentral gyrus", "parietal", "somatomotor", "primary", "middle",
                    (45, -25, 45)),
    "posteriorcingulate": ("posterior cingulate cortex", "cingulate", "default", "paralimbic",
                           "anterior", (5, -20, 40)),
    "precentral": ("precentral gyrus", "frontal", "somatomotor", "primary", "middle",
                   (40, -10, 45)),
    "precuneus": ("precuneus", "parietal", "default", "heteromodal", "anterior", (10, -55, 40)),
    "rostralanteriorcingulate": ("rostral anterior cingulate cortex", "cingulate", "default",
                                 "paralimbic", "anterior", (5, 35, 5)),
    "rostralmiddlefrontal": ("rostral middle frontal gyrus", "frontal", "frontoparietal",
                             "heteromodal", "middle", (35, 40, 20)),
    "superiorfrontal": ("superior frontal gyrus", "frontal", "default", "heteromodal", "anterior",
                        (10, 25, 45)),
    "superiorparietal": ("superior parietal cortex", "parietal", "dorsal attention", "unimodal",
                         "middle", (20, -60, 50)),
    "superiortemporal": ("superior temporal gyrus", "temporal", "somatomotor", "unimodal",
                         "middle", (55, -15, 0)),
    "supramarginal": ("supramarginal gyrus", "parietal", "salience", "heteromodal", "middle",
                      (55, -30, 30)),
    "frontalpole": ("frontal pole", "frontal", "limbic", "heteromodal", "anterior", (10, 65, -10)),
    "temporalpole": ("temporal pole", "temporal", "limbic", "paralimbic", "middle",
                     (30, 15, -35)),
    "transversetemporal": ("transverse temporal gyrus", "temporal", "somatomotor", "primary",
                           "middle", (45, -20, 10)),
    "insula": ("insula", "insula", "salience", "paralimbic", "middle", (40, 0, 0)),
}
# fmt: on

DESIKAN_KILLIANY: Mapping[str, CorticalRegion] = MappingProxyType(
    {name: CorticalRegion(*row) for name, row in _ROWS.items()}
)
"""Regions of one hemisphere by their name in FreeSurfer, in the atlas's usual order."""

_INFERIOR_FRONTAL = ("parsopercularis", "parstriangularis", "parsorbitalis")
_OCCIPITAL = ("cuneus", "lateraloccipital", "lingual", "pericalcarine")
_ORBITAL = ("lateralorbitofrontal", "medialorbitofrontal", "parsorbitalis", "frontalpole")

BUNDLES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = MappingProxyType(
    {
        "arcuate fasciculus": (
            (*_INFERIOR_FRONTAL[:2], "caudalmiddlefrontal", "precentral"),
            ("superiortemporal", "middletemporal", "bankssts", "supramarginal"),
        ),
        "superior longitudinal fasciculus": (
            ("superiorfrontal", "caudalmiddlefrontal", "rostralmiddlefrontal", "precentral"),
            ("superiorparietal", "inferiorparietal", "supramarginal"),
        ),
        "inferior fronto-occipital fasciculus": (
            ("lateralorbitofrontal", "frontalpole", *_INFERIOR_FRONTAL[1:]),
            (*_OCCIPITAL, "fusiform"),
        ),
        "inferior longitudinal fasciculus": (
            _OCCIPITAL,
            ("fusiform", "inferiortemporal", "middletemporal", "temporalpole", "parahippocampal"),
        ),
        "uncinate fasciculus": (("temporalpole", "entorhinal", "superiortemporal"), _ORBITAL),
        "cingulum": (
            ("rostralanteriorcingulate", "caudalanteriorcingulate", "posteriorcingulate"),
            ("isthmuscingulate", "precuneus", "superiorfrontal", "medialorbitofrontal"),
        ),
        "parahippocampal cingulum": (
            ("isthmuscingulate", "posteriorcingulate", "precuneus"),
            ("parahippocampal", "entorhinal"),
        ),
        "frontal aslant tract": (("superiorfrontal",), _INFERIOR_FRONTAL[:2]),
    }
)
"""Association bundles: regions of the one end and of the other, in the same hemisphere."""
