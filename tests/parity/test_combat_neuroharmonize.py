"""ComBat gives what neuroHarmonize gives; benchmarks/combat_reference.py wrote its numbers."""

import json
from pathlib import Path

import numpy as np
import pytest

from neuropil.cohorts.hybrid.harmonisation.combat import Combat

PEER = json.loads((Path(__file__).parent / "combat_neuroharmonize.json").read_text())


# Both stop where no estimate changes by a ten thousandth, each after a step of its own.
@pytest.mark.parametrize(
    ("way", "pool", "close"), [("pooled", True, 5e-5), ("standardised", False, 1e-6)]
)
def test_harmonised_connections_are_those_of_neuroharmonize(way, pool, close):
    values, site = np.array(PEER["values"]), np.array(PEER["site"])
    age = np.array(PEER["age"])[:, None]
    found = Combat.fit(values, site, age, pool=pool).apply(values, site, age)
    assert np.abs(np.array(PEER[way]) - values).max() > 1
    np.testing.assert_allclose(found, PEER[way], atol=close)
