"""The gate refuses what cannot be seen, and lets mild faults pass."""

import json
from dataclasses import replace

import numpy as np
import pytest

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import InputError, SeedTree
from neuropil.preservation.acquisition.gate import (
    AcquisitionGate,
    AcquisitionReference,
    GateLimits,
)
from neuropil.preservation.damage.imaging import Blur, Noise
from neuropil.preservation.damage.sections import DoubledSections, LostSections


def noise(shape=(3, 80, 80), size=(50.0, 4.0, 4.0)):
    image = np.random.default_rng(0).normal(100, 10, shape)
    return Volume(size, image=image)


def pick(volume, sections):
    return replace(
        volume, image=volume.read_image()[list(sections)], segmentations={}, provenance=()
    )


def block(real_data):
    del real_data
    return datasets.load("fib25", kind=Volume)


def serial(real_data):
    del real_data
    return datasets.load("isbi2012", kind=Volume)


@pytest.mark.parametrize("load", [block, serial])
def test_mild_faults_pass_and_gross_ones_do_not(real_data, load):
    volume = load(real_data)
    n = volume.shape[0]
    gate = AcquisitionGate().fit([pick(volume, range(0, n // 2, n // 10))])
    unseen = pick(volume, range(n // 2 + n // 10, n, n // 5))
    for fault in (Blur(0.0), Blur(8.0), Blur(12.0), Noise(2.0)):
        judged = gate.judge(fault.apply(unseen, SeedTree(0)).volume)
        assert judged["passed"].all(), (fault, judged["reason"].to_list())
    for fault in (Blur(20.0), Blur(30.0), Noise(1.0)):
        judged = gate.judge(fault.apply(unseen, SeedTree(0)).volume)
        assert not judged["passed"].any(), fault


def test_blur_is_read_in_nm(real_data):
    volume = block(real_data)
    gate = AcquisitionGate().fit([pick(volume, range(0, 120, 20))])
    blurred = Blur(20.0).apply(pick(volume, [200]), SeedTree(0)).volume
    judged = gate.judge(blurred)
    assert judged["blur"][0] == pytest.approx(20, abs=2)
    assert judged["reason"][0] == f"blur of {judged['blur'][0]:.1f} nm (at most 16 nm)"


def test_without_a_reference_both_microscopes_pass(real_data):
    for volume in (block(real_data), serial(real_data)):
        assert AcquisitionGate().judge(pick(volume, [0, 20]))["passed"].all()


def test_lost_and_doubled_sections_are_named(real_data):
    volume = pick(block(real_data), range(100, 120))
    lost = LostSections(0.1).apply(volume, SeedTree(1))
    judged = AcquisitionGate().judge(lost.volume)
    black = lost.mask.any(axis=(1, 2))
    np.testing.assert_array_equal(~judged["passed"].to_numpy(), black)
    assert set(judged["reason"].to_numpy()[black]) == {
        "100 % of the area is of one brightness (at most 50 %)"
    }
    doubled = DoubledSections(0.1).apply(volume, SeedTree(1))
    judged = AcquisitionGate().judge(doubled.volume)
    np.testing.assert_array_equal(judged["doubled"].to_numpy(), doubled.mask.any(axis=(1, 2)))
    assert "shows the same as the section before" in judged["reason"].to_list()


def test_a_missing_section_of_a_block_is_seen_and_speaks_against_none(real_data):
    # Sections 30 nm apart, of which one was left out.
    kept = [z for z in range(130, 250, 3) if z != 190]
    judged = AcquisitionGate().judge(pick(block(real_data), kept))
    assert np.flatnonzero(judged["gap_before"].to_numpy()).tolist() == [kept.index(193)]
    assert judged["passed"].all()


def test_noise_alone_is_refused_by_its_ratio():
    judged = AcquisitionGate().judge(noise())
    assert judged["passed"].to_list() == [False] * 3
    assert all(reason.startswith("signal to noise of 0.") for reason in judged["reason"])


def test_coarse_pixels_are_refused():
    judged = AcquisitionGate().judge(noise(size=(50, 32, 32)))
    assert judged["reason"][0] == "pixels of 32 nm (at most 16 nm)"


def test_limits_are_the_callers():
    limits = GateLimits(pixel_size=40, snr=0, blur_alone=1e9)
    judged = AcquisitionGate(limits=limits).judge(noise(size=(50, 32, 32)))
    assert judged["reason"][0] == "nothing between 40 and 300 nm stands out of the noise"


def test_a_reference_survives_json():
    gate = AcquisitionGate().fit([noise()])
    text = json.dumps(gate.reference_.to_json())
    again = AcquisitionReference.from_json(json.loads(text))
    assert again.n == 3
    assert again.snr == gate.reference_.snr


@pytest.mark.parametrize(
    ("volume", "message"),
    [
        (
            Volume((50, 4, 5), image=np.zeros((1, 80, 80))),
            "not stated: expected square pixels, found 5 x 4 nm (x, y). Resample the image to one "
            "pixel size, or state x, y, z in this order.",
        ),
        (
            Volume((50, 4, 4), image=np.zeros((1, 80, 30))),
            "not stated: expected 64 pixels or more along both edges of a section, found 80 x 30. "
            "Bring larger sections: these do not hold what is measured.",
        ),
        (
            Volume((50, 4, 4), image=np.full((1, 80, 80), np.nan)),
            "not stated: expected finite brightness, found 6400 of 6400 voxels that are not. "
            "Replace NaN and infinite values, or crop them away.",
        ),
    ],
)
def test_what_cannot_be_measured_is_named(volume, message):
    with pytest.raises(InputError) as caught:
        AcquisitionGate().judge(volume)
    assert str(caught.value) == message


def test_no_reference_sections_are_named():
    with pytest.raises(InputError) as caught:
        AcquisitionGate().fit([])
    assert str(caught.value) == (
        "volumes: expected one volume or more, found none. Bring sections of sound acquisition."
    )
