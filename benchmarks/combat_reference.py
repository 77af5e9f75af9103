"""Write what neuroHarmonize makes of a small cohort, which a parity test compares with.

It needs an environment of its own: ``python -m venv peer && peer/bin/pip install
neuroHarmonize==2.5.2``, then ``peer/bin/python benchmarks/combat_reference.py``.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from neuroHarmonize import harmonizationLearn

PLACE = Path(__file__).parents[1] / "tests" / "parity" / "combat_neuroharmonize.json"


def main() -> None:
    """Harmonise 34 subjects of three sites with one covariate, with and without pooling."""
    rng = np.random.default_rng(5)
    site = np.repeat([0, 1, 2], [14, 9, 11])
    age = rng.uniform(20, 60, site.size)
    values = rng.normal(size=(site.size, 12)) * rng.uniform(0.5, 2, 12) + rng.normal(size=12)
    values += 0.03 * age[:, None] * rng.normal(size=12) + rng.normal(size=(3, 12))[site]
    # What the test starts from is what is written: neither is rounded by itself.
    values, age = values.round(6), age.round(6)
    table = pd.DataFrame({"SITE": [f"site {one}" for one in site], "age": age})
    found = {
        name: harmonizationLearn(values, table, eb=pool)[1].round(9).tolist()
        for name, pool in (("pooled", True), ("standardised", False))
    }
    given = {"values": values.tolist(), "site": site.tolist(), "age": age.tolist()}
    PLACE.write_text(json.dumps({"program": "neuroHarmonize 2.5.2", **given, **found}) + "\n")


if __name__ == "__main__":
    main()
