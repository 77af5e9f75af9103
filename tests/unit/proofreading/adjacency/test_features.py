"""Features depend on what touches, not on names or order."""

import numpy as np

from neuropil.proofreading.adjacency.features import GROUPS, contact_volumes, describe_contacts
from neuropil.proofreading.adjacency.marks import CHANNELS
from neuropil.proofreading.adjacency.measuring import Evidence, measure_contacts


def _two_boxes(boundary):
    labels = np.ones((6, 8, 20), np.int32)
    labels[:, :, 12:] = 2
    maps = np.full((len(CHANNELS), *labels.shape), boundary, np.uint8)
    graph = measure_contacts(
        labels, Evidence(np.full(labels.shape, 100, np.uint8), {"boundary": maps})
    )
    found = describe_contacts(graph)
    return dict(zip(found.names, found.values[0], strict=True))


def test_two_boxes_have_the_features_of_geometry():
    found = _two_boxes(32)
    assert np.isclose(found["size/smaller"], np.log(6 * 8 * 8))
    assert np.isclose(found["size/larger"], np.log(6 * 8 * 12))
    assert np.isclose(found["shape/faces"], np.log(48))
    assert np.isclose(found["shape/area-over-smaller"], 48 / 384 ** (2 / 3))
    assert found["shape/facing"] == 1
    assert found["shape/angle"] < -0.99
    # Standard deviations of 6 and 8 evenly spaced places.
    assert found["shape/spread-0"] == 0
    assert np.isclose(found["shape/spread-1"], np.std(np.arange(6)))
    assert np.isclose(found["shape/spread-2"], np.std(np.arange(8)))
    assert found["shape/share-of-smaller-surface"] == 1


def test_a_low_boundary_is_a_hole():
    hole, wall = _two_boxes(32), _two_boxes(220)
    assert hole["boundary/hole-share"] == 1
    assert wall["boundary/hole-share"] == 0
    assert hole["boundary/mean"] < 0.2
    assert wall["boundary/mean"] > 0.8
    assert hole["boundary/apart-4-50%"] < 0.25
    assert wall["boundary/apart-4-50%"] > 0.75
    # Without another contact there is no rival.
    assert np.isnan(hole["rivals/boundary-mean-of-smaller"])


def test_features_do_not_depend_on_names(tissue):
    volume, evidence = tissue
    labels = volume.segmentation("pieces")
    turned = labels.max() + 1 - labels
    graphs = [measure_contacts(x, evidence) for x in (labels, turned)]
    one, other = map(describe_contacts, graphs)
    names = [
        {frozenset(graph.labels[ends]): row for row, ends in enumerate(graph.edges[found.rows])}
        for graph, found in zip(graphs, (one, other), strict=True)
    ]
    last = labels.max() + 1
    for pair, row in names[0].items():
        partner = names[1][frozenset(last - name for name in pair)]
        a, b = one.values[row], other.values[partner]
        # Objects of equal size have no smaller one.
        if len(set(contact_volumes(graphs[0], one.rows[[row]])[0])) == 2:
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4, equal_nan=True)


def test_some_contacts_have_the_features_they_have_among_all(tissue):
    volume, evidence = tissue
    graph = measure_contacts(volume.segmentation("pieces"), evidence)
    everything = describe_contacts(graph)
    part = describe_contacts(graph, everything.rows[5:60:7])
    np.testing.assert_array_equal(part.values, everything.values[5:60:7])


def test_every_feature_belongs_to_a_group(tissue):
    volume, evidence = tissue
    found = describe_contacts(measure_contacts(volume.segmentation("pieces"), evidence))
    assert {name.split("/")[0] for name in found.names} == set(GROUPS)
    assert found.select("size").shape[1] == 3
    assert found.select(*GROUPS).shape == found.values.shape
