"""Settings are checked by name and range."""

from __future__ import annotations

from operator import attrgetter
from typing import Annotated

import pytest
from pydantic import Field, ValidationError

from neuropil.cli.settings import gather_settings
from neuropil.contracts import (
    ConfigError,
    Names,
    Numbers,
    SettingDescription,
    Settings,
    Several,
    describe_settings,
)
from neuropil.pipelines import SUMMARIES, load_study, study_names


class Walk(Settings):
    """Two settings."""

    steps: int = Field(default=10, ge=1)
    rate: float = 0.1


class Lists(Settings):
    """Settings with several values."""

    names: Names = ()
    sizes: Numbers = (1,)
    rates: Annotated[tuple[float, ...], Several] = (0.1,)


def test_settings_are_built_and_frozen():
    settings = Walk.build({"steps": 3})
    assert settings.model_dump() == {"steps": 3, "rate": 0.1}
    with pytest.raises(ValidationError, match="frozen"):
        settings.steps = 4


def test_settings_that_are_built_already_stay_as_they_are():
    settings = Walk(steps=3)
    assert Walk.build(settings) is settings
    assert Walk.build(None) == Walk.build({}) == Walk()


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
        Walk.build(given)
    assert str(caught.value) == f"settings: {problem}. The settings are: steps, rate."
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("given", "found"), [("steps=3", "str"), ([1], "list"), (Lists(), "Lists")]
)
def test_other_things_are_not_settings(given, found):
    with pytest.raises(ConfigError) as caught:
        Walk.build(given, where="settings of walk")
    assert str(caught.value) == (
        f"settings of walk: expected a mapping or Walk, found {found}. "
        "The settings are: steps, rate."
    )


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("EPG, PEN_a,,", ("EPG", "PEN_a")),
        ("EPG", ("EPG",)),
        ("", ()),
        (["EPG", "PEN_a"], ("EPG", "PEN_a")),
    ],
)
def test_names_may_be_one_text(given, names):
    assert Lists.build({"names": given}).names == names


@pytest.mark.parametrize(("given", "sizes"), [("8,16", (8, 16)), (8, (8,)), ([8, 16], (8, 16))])
def test_numbers_may_be_one_text_or_one_number(given, sizes):
    assert Lists.build({"sizes": given}).sizes == sizes


@pytest.mark.parametrize("given", [0, "8,0", [-1]])
def test_numbers_are_above_zero(given):
    with pytest.raises(ConfigError, match=r"^settings: sizes\.\d: input should be greater than 0"):
        Lists.build({"sizes": given})


def test_several_values_of_any_type_may_be_one_text():
    assert Lists.build({"rates": "0.5, 2"}).rates == (0.5, 2.0)


class Pairs(Settings):
    """Settings that say nothing of texts."""

    range: tuple[float, float] = (0.0, 1.0)
    names: tuple[str, ...] | None = None


def test_every_setting_of_several_values_may_be_one_text():
    pairs = Pairs.build({"range": "1, 5", "names": "a,b"})
    assert (pairs.range, pairs.names) == ((1.0, 5.0), ("a", "b"))
    with pytest.raises(ConfigError, match=r"^settings: range\.1: field required"):
        Pairs.build({"range": "1"})


def _pairs_of_numbers(model, path=""):
    """Every setting of two numbers of a study, with its default."""
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, Settings):
            yield from _pairs_of_numbers(type(default), f"{path}{name}.")
        elif isinstance(default, tuple) and default and isinstance(default[0], float):
            yield f"{path}{name}", default


@pytest.mark.parametrize("name", study_names())
def test_settings_of_several_numbers_are_read_as_an_option_gives_them(name):
    config = load_study(name).config
    for path, default in _pairs_of_numbers(config):
        text = f"{path}={','.join(map(str, default))}"
        read = config.build(gather_settings(None, [text]))
        assert attrgetter(path)(read) == default


class Group(Settings):
    """A group.

    Parameters
    ----------
    share, rest : float
        Both of ``one`` whole,
        see :class:`~neuropil.contracts.Settings`.

    Notes
    -----
    other : this is no setting.
    """

    share: float = Field(default=0.5, ge=0, lt=1)
    rest: float = Field(default=1e-3, gt=0)


class Described(Settings):
    """Settings.

    Parameters
    ----------
    word : {"a", "b"} or None
        A word.
    group
        Of its own.
    sizes : tuple of int
        Sizes.
    """

    word: str | None = None
    group: Group = Group()
    sizes: Annotated[Numbers, Field(min_length=1)] = (1, 2)
    silent: str = "on"


def test_settings_are_described_by_their_docstrings():
    meaning = "Both of one whole, see Settings."
    assert describe_settings(Described) == [
        SettingDescription("word", '{"a", "b"} or None', "null", "", "A word."),
        SettingDescription("group.share", "float", "0.5", ">= 0, < 1", meaning),
        SettingDescription("group.rest", "float", "0.001", "> 0", meaning),
        SettingDescription("sizes", "tuple of int", "[1, 2]", "at least 1", "Sizes."),
        SettingDescription("silent", "", "on", "", ""),
    ]


@pytest.mark.parametrize("name", study_names())
def test_every_setting_of_a_study_has_type_and_meaning(name):
    study = load_study(name)
    described = describe_settings(study.config)
    bare = [item.name for item in described if not item.kind or not item.meaning]
    assert bare == []
    assert all(item.meaning.endswith((".", "]")) for item in described)
    assert study.summary == SUMMARIES[name]
