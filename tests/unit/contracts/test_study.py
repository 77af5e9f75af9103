"""Settings are checked by name and range; rows keep their order."""

from __future__ import annotations

import pytest
from pydantic import Field, ValidationError

from neuropil.contracts import ConfigError, Reproduction, StudyConfig, Target


class Settings(StudyConfig):
    """Two settings."""

    steps: int = Field(default=10, ge=1)
    rate: float = 0.1


def test_settings_are_built_and_frozen():
    settings = Settings.build({"steps": 3})
    assert settings.model_dump() == {"steps": 3, "rate": 0.1}
    with pytest.raises(ValidationError, match="frozen"):
        settings.steps = 4


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"step": 3}, "step: extra inputs are not permitted"),
        ({"steps": 0}, "steps: input should be greater than or equal to 1"),
        (
            {"steps": 0, "rate": "fast"},
            "steps: input should be greater than or equal to 1; "
            "rate: input should be a valid number, unable to parse string as a number",
        ),
    ],
)
def test_every_wrong_setting_is_named(given, problem):
    with pytest.raises(ConfigError) as caught:
        Settings.build(given)
    assert str(caught.value) == f"settings: {problem}. The settings are: steps, rate."
    assert caught.value.exit_code == 2


def test_a_row_that_was_not_run_says_so():
    row = Reproduction(Target("drift", "drift at rest", "<= 5", "deg/s")).to_json()
    assert row["passed"] is None
    assert row["value"] is None
    assert list(row) == [
        "id",
        "what",
        "published",
        "target",
        "value",
        "low",
        "high",
        "n",
        "unit",
        "passed",
        "command",
        "data",
        "note",
    ]


def test_settings_of_another_study_are_refused():
    settings = Settings.build({})
    assert Settings.require(settings) is settings
    with pytest.raises(ConfigError) as caught:
        Settings.require(StudyConfig())
    assert str(caught.value) == (
        "settings: expected Settings, found StudyConfig. Build them with Settings.build(settings)."
    )
