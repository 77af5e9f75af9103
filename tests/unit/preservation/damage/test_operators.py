import re

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.contracts import ConfigError, InputError, SeedTree
from neuropil.preservation.damage.gaps import Gaps
from neuropil.preservation.damage.imaging import Blur
from neuropil.preservation.damage.parsing import DAMAGES, parse_damage

NOTHING = (
    "gaps:0",
    "aiz:0",
    "ice:0",
    "shrink:1",
    "swelling:0",
    "perfusion:0",
    "crack:0",
    "myelin:0",
    "stain:0",
    "blur:0",
    "noise:inf",
    "contrast:1",
    "lost:0",
    "doubled:0",
)
SOME = (
    "gaps:.1",
    "aiz:.2:size=200",
    "ice:.2:size=100",
    "ice:.2:size=100:mode=erase",
    "shrink:.6",
    "shrink:.6:ecs_collapse=off",
    "swelling:5",
    "perfusion:.5:size=1000",
    "crack:40:spacing=300",
    "myelin:.4",
    "stain:.5",
    "blur:8",
    "noise:3",
    "contrast:.5",
    "lost:.5",
    "doubled:.4",
    "gaps:.1+ice:.1:size=100+noise:4",
)
WITHOUT_CHANCE = ("shrink:.6:ecs_collapse=off", "blur:8", "contrast:.5")


def with_myelin(volume):
    return volume.with_segmentation("myelin", (volume.segmentation("truth") == 0).astype(np.uint8))


@pytest.mark.parametrize("text", NOTHING)
def test_nothing_done_is_bit_identical(section, text):
    damaged = parse_damage(text).apply(section, SeedTree(0))
    assert damaged.volume is section
    assert damaged.mask.shape == section.shape
    assert not damaged.mask.any()


def test_every_operator_is_tested():
    assert [text.split(":")[0] for text in NOTHING] == list(DAMAGES)
    assert {re.match("[a-z]+", text)[0] for text in SOME} == set(DAMAGES)


@pytest.mark.parametrize("text", SOME)
def test_a_seed_gives_one_damage_on_a_stack(stack, text):
    stack = with_myelin(stack) if "myelin" not in text else stack
    stack = stack.with_segmentation("myelin", (np.arange(64) < 20) * np.ones(stack.shape, np.uint8))
    first, again, other = (parse_damage(text).apply(stack, SeedTree(k)) for k in (1, 1, 2))
    assert np.array_equal(first.mask, again.mask)
    assert first.volume.equals(again.volume)
    assert first.mask.dtype == bool
    assert first.mask.any()
    assert first.mask.shape == first.volume.shape
    assert first.volume.read_image().dtype == np.uint8
    assert first.volume.segmentation("truth").dtype == stack.segmentation("truth").dtype
    assert first.volume.equals(other.volume) == (text in WITHOUT_CHANCE)


@pytest.mark.parametrize("text", [one for one in SOME if one.split(":")[0] not in ("doubled",)])
def test_outside_the_mask_nothing_changes(section, text):
    before = with_myelin(section)
    after = parse_damage(text).apply(before, SeedTree(3))
    if after.volume.shape != before.shape or text.startswith("swelling"):
        return
    outside = ~after.mask
    for name in ("truth", "myelin"):
        old, new = before.segmentation(name), after.volume.segmentation(name)
        assert np.array_equal(old[outside], new[outside])
    assert np.array_equal(before.read_image()[outside], after.volume.read_image()[outside])


def test_kinds_are_kept_apart():
    kinds = {name: kind.kind.fget(kind) for name, kind in DAMAGES.items()}
    microscope = {"blur", "noise", "contrast", "lost", "doubled"}
    assert {name for name, kind in kinds.items() if kind == "acquisition"} == microscope
    assert parse_damage("blur:4+noise:2").kind == "acquisition"
    assert parse_damage("blur:4+gaps:.1").kind == "preservation"


def test_what_was_done_is_on_record(section):
    operation = Gaps(0.1, 60).apply(section, SeedTree(7)).volume.provenance[-1]
    assert operation.name == "damage gaps"
    assert operation.parameters == {"fraction": 0.1, "length": 60, "seed": 7}
    both = parse_damage("gaps:.1+blur:4").apply(section, SeedTree(7)).volume.provenance[-1]
    assert both.parameters["damages"] == [
        {"name": "gaps", "fraction": 0.1, "length": 100.0},
        {"name": "blur", "sigma": 4.0},
    ]


@pytest.mark.parametrize("kind", [np.uint16, np.float32, np.float64])
def test_the_image_keeps_its_type(section, kind):
    image = section.read_image().astype(kind) * 3
    volume = Volume(section.voxel_size, image, {"truth": section.segmentation()})
    damaged = Gaps(0.1).apply(volume, SeedTree(0))
    assert damaged.volume.read_image().dtype == kind
    assert np.array_equal(damaged.volume.read_image()[~damaged.mask], image[~damaged.mask])


def test_images_that_are_not_finite_are_refused():
    image = np.ones((1, 8, 8), np.float32)
    image[0, 2, 3:5] = np.nan, np.inf
    with pytest.raises(InputError) as caught:
        Blur(4).apply(Volume((50, 4, 4), image), SeedTree(0))
    assert str(caught.value) == (
        "not stated: expected finite brightness, found 2 of 64 voxels that are not. "
        "Replace NaN and infinite values, or crop them away."
    )


def test_sections_of_one_voxel_are_refused():
    with pytest.raises(InputError) as caught:
        Blur(4).apply(Volume((50, 4, 4), np.ones((3, 1, 9), np.uint8)), SeedTree(0))
    assert str(caught.value) == (
        "not stated: expected sections of 2 x 2 voxels or more, found 1 x 9. "
        "Bring a larger piece of tissue."
    )


def test_a_volume_without_image_is_refused_at_any_dose(section):
    volume = Volume((50, 4, 4), None, {"truth": section.segmentation()})
    for sigma in (0, 4):
        with pytest.raises(InputError, match="expected an image, found segmentations only"):
            Blur(sigma).apply(volume, SeedTree(0))


@pytest.mark.parametrize("text", ["gaps:.1", "swelling:5", "shrink:.7"])
def test_membranes_need_a_truth(section, text):
    volume = Volume(section.voxel_size, section.read_image())
    with pytest.raises(InputError, match="expected a segmentation 'truth', which tells where"):
        parse_damage(text).apply(volume, SeedTree(0))


@pytest.mark.parametrize("text", ["aiz:.1", "ice:.1", "shrink:.7:ecs_collapse=off", "crack:40"])
def test_what_needs_no_truth_takes_plain_images(section, text):
    volume = Volume(section.voxel_size, section.read_image())
    damaged = parse_damage(text).apply(volume, SeedTree(1))
    assert damaged.volume.read_image().shape == damaged.mask.shape


def test_ranges_are_named():
    with pytest.raises(ConfigError) as caught:
        Gaps(0.1, length=300)
    assert str(caught.value) == (
        "gaps, length: expected a number from 20 to 200 [nm], found 300. Choose one in this range."
    )
    with pytest.raises(ConfigError, match="from 0 to 1, found nan"):
        Gaps(float("nan"))
