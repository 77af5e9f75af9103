"""Plans refuse what cannot be trained, and survive JSON."""

import json

import pytest

from neuropil.contracts import ConfigError
from neuropil.preservation.detector.plan import Augmentation, DetectorPlan


def test_a_plan_survives_json() -> None:
    plan = DetectorPlan(pixel_size=4.0, widths=(8, 16), augmentation=Augmentation(noise=0.1))
    assert DetectorPlan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"pixel_size": 0.0}, "plan.pixel_size: expected a positive number [nm], found 0.0"),
        ({"widths": ()}, "plan.widths: expected one to three positive numbers, found ()"),
        ({"steps": 0}, "plan.steps: expected 1 or more, found 0"),
        ({"batch": 0}, "plan.batch: expected 1 or more, found 0"),
        ({"edge": 100}, "plan.edge: expected a positive multiple of 8, found 100"),
        ({"rate": 0.0}, "plan.rate: expected a positive number, found 0.0"),
        ({"held_out": 1.0}, "plan.held_out: expected a share between 0 and 1, found 1.0"),
    ],
)
def test_what_cannot_be_trained_is_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        DetectorPlan(**wrong)
    assert str(caught.value) == f"{message}. Choose another value."
