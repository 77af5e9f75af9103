"""In a block, three sets of sections are averaged on one grid."""

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.contracts import InputError
from neuropil.preservation.detector.blocks import predict_block
from neuropil.preservation.detector.fit import MembraneDetector


def _walls() -> np.ndarray:
    block = np.full((24, 32, 40), 150, np.uint8)
    block[12] = 60
    block[:, :, 20] = 60
    return block


def test_a_turned_block_has_turned_probabilities(detector: MembraneDetector) -> None:
    block = _walls()
    found = predict_block(detector, Volume((10.0, 10.0, 10.0), block))
    turned = predict_block(detector, Volume((10.0, 10.0, 10.0), block.transpose(2, 0, 1)))
    assert found.shape == block.shape
    # Sections of another orientation are transposed, which a network does not see alike.
    np.testing.assert_allclose(turned.transpose(1, 2, 0).mean(), found.mean(), atol=0.05)


def test_four_turns_are_each_undone(detector: MembraneDetector) -> None:
    block = _walls()[:, :24, :24]
    volume = Volume((10.0, 10.0, 10.0), block)
    found = predict_block(detector, volume, turned=True)
    half = Volume((10.0, 10.0, 10.0), block[:, ::-1, ::-1])
    # A block that is turned by half about z is read in the same four ways, in another order.
    back = predict_block(detector, half, turned=True)[:, ::-1, ::-1]
    assert float(np.abs(back - found).mean()) < 0.02
    assert np.corrcoef(found.ravel(), predict_block(detector, volume).ravel())[0, 1] > 0.9


def test_a_wall_that_lies_flat_is_seen_from_the_side(detector: MembraneDetector) -> None:
    volume = Volume((10.0, 10.0, 10.0), _walls())
    flat, solid = detector.predict(volume)[12], predict_block(detector, volume)[12]
    away = slice(2, 14)
    assert float(solid[:, away].mean()) > float(flat[:, away].mean()) + 0.05


def test_serial_sections_are_refused(detector: MembraneDetector) -> None:
    with pytest.raises(InputError) as caught:
        predict_block(detector, Volume((50.0, 4.0, 4.0), np.zeros((2, 16, 16), np.uint8)))
    assert str(caught.value).endswith(
        "expected voxels that are cubes, found 50 x 4 x 4 nm. "
        "Predict serial sections one by one: detector.predict(volume)."
    )
