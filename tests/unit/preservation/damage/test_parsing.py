import pytest

from neuropil.contracts import ConfigError
from neuropil.preservation.damage.gaps import Gaps
from neuropil.preservation.damage.ice import Ice
from neuropil.preservation.damage.imaging import Noise
from neuropil.preservation.damage.parsing import parse_damage
from neuropil.preservation.damage.sequence import Sequence
from neuropil.preservation.damage.shrinkage import Shrinkage
from neuropil.preservation.damage.swelling import IschaemiaSwelling


@pytest.mark.parametrize(
    ("text", "damage"),
    [
        ("gaps:0.1:length=100", Gaps(0.1, 100)),
        ("gaps:fraction=0.1", Gaps(0.1)),
        (" ice : .2 : mode=erase ", Ice(0.2, mode="erase")),
        ("shrink:0.5:ecs_collapse=off", Shrinkage(0.5, False)),
        ("shrink:0.5:ecs_collapse=YES", Shrinkage(0.5, True)),
        ("swelling:12:temperature=4", IschaemiaSwelling(12, 4)),
        ("noise:inf", Noise(float("inf"))),
        ("gaps:0.1+noise:2", Sequence((Gaps(0.1), Noise(2)))),
    ],
)
def test_lines_are_read(text, damage):
    assert parse_damage(text) == damage


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "gap:0.1",
            "damage 'gap:0.1': expected a damage, of gaps, aiz, ice, shrink, swelling, perfusion, "
            "crack, myelin, stain, blur, noise, contrast, lost, doubled; found 'gap'. "
            "Did you mean gaps? Name one of them.",
        ),
        (
            "gaps",
            "damage 'gaps': expected fraction after the name, found none. "
            "Write for example gaps:0.1, or the value of fraction that you want.",
        ),
        (
            "gaps:0.1:lenght=80",
            "damage 'gaps:0.1:lenght=80': expected settings of fraction, length, each once; found "
            "'lenght'. Did you mean length? Write name:amount:setting=value.",
        ),
        (
            "gaps:0.1:0.2",
            "damage 'gaps:0.1:0.2': expected settings of fraction, length, each once; found a "
            "second 'fraction'. Write name:amount:setting=value.",
        ),
        (
            "gaps:many",
            "damage 'gaps:many', fraction: expected a number, found 'many'. "
            "Write for example fraction=0.1.",
        ),
        (
            "shrink:.7:ecs_collapse=2",
            "damage 'shrink:.7:ecs_collapse=2', ecs_collapse: expected on or off, found '2'. "
            "Write for example ecs_collapse=on.",
        ),
        (
            "blur:4+gaps:2",
            "gaps, fraction: expected a number from 0 to 1, found 2. Choose one in this range.",
        ),
        (
            "gaps:nan",
            "gaps, fraction: expected a number from 0 to 1, found nan. Choose one in this range.",
        ),
    ],
)
def test_what_is_wrong_is_named(text, message):
    with pytest.raises(ConfigError) as caught:
        parse_damage(text)
    assert str(caught.value) == message
