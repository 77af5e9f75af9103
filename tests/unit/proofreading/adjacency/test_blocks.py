"""Blocks of a volume add up to the whole, to the last count."""

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.contracts import InputError
from neuropil.proofreading.adjacency.blocks import find_ranges, measure_contacts_in_blocks
from neuropil.proofreading.adjacency.gaps import fill_gaps
from neuropil.proofreading.adjacency.graph import GraphTally
from neuropil.proofreading.adjacency.measuring import Evidence, measure_contacts


def _assert_equal(found, wanted):
    assert found.object_layout == wanted.object_layout
    assert found.contact_layout == wanted.contact_layout
    for name in ("labels", "edges", "object_sums", "contact_sums"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))


@pytest.fixture(scope="module")
def gapped(tissue):
    """Pieces of which a fifth and the membranes are background."""
    volume = tissue[0]
    labels = volume.segmentation("pieces").astype(np.uint64)
    labels[labels % 5 == 0] = 0
    labels[volume.read_image() < 100] = 0
    labels[labels > 0] += np.uint64(1 << 40)
    return Volume((10, 10, 10), volume.image, {"gapped": labels})


@pytest.mark.parametrize("size", [13, 20, 64])
def test_blocks_add_up_to_the_whole(tissue, size):
    volume = tissue[0]
    whole = measure_contacts(volume.segmentation("pieces"), Evidence.of(volume.read_image()))
    _assert_equal(measure_contacts_in_blocks(volume, "pieces", size=size), whole)


@pytest.mark.parametrize(("reach", "size"), [(0, 16), (3, 13), (6, 20), (25, 20)])
def test_gaps_are_filled_across_blocks(gapped, reach, size):
    labels = fill_gaps(gapped.segmentation("gapped"), reach)
    whole = measure_contacts(labels, Evidence.of(gapped.read_image()))
    _assert_equal(measure_contacts_in_blocks(gapped, "gapped", reach, size), whole)


def test_arrays_on_disk_are_measured_where_they_are(tissue, tmp_path):
    zarr = pytest.importorskip("zarr")
    volume = tissue[0]
    image, labels = (
        zarr.create_array(tmp_path / name, data=data, chunks=(16, 16, 16))
        for name, data in (("a", volume.read_image()), ("b", volume.segmentation("pieces")))
    )
    stored = Volume((10, 10, 10), image, {"pieces": labels})
    whole = measure_contacts(volume.segmentation("pieces"), Evidence.of(volume.read_image()))
    _assert_equal(measure_contacts_in_blocks(stored, "pieces", size=32), whole)


def test_ranges_of_blocks_are_percentiles_of_the_whole(tissue):
    volume = tissue[0]
    found = find_ranges(volume, 10)
    image = volume.read_image().astype(np.float32)
    assert found.single == tuple(np.percentile(image, [0.1, 99.9]))


def test_a_tally_is_the_same_however_often_it_is_added_up(tissue):
    volume, evidence = tissue
    whole = measure_contacts(volume.segmentation("pieces"), evidence)
    tally = GraphTally()
    for _ in range(5):
        tally.add(whole)
    np.testing.assert_array_equal(tally.total().contact_sums, 5 * whole.contact_sums)
    np.testing.assert_array_equal(tally.total().labels, whole.labels)


def test_blocks_of_background_alone_are_refused(tissue):
    empty = tissue[0].with_segmentation("empty", np.zeros(tissue[0].shape, int))
    with pytest.raises(InputError, match="expected at least one object, found background only"):
        measure_contacts_in_blocks(empty, "empty", size=20)
