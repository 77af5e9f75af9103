"""Arrays on disk are sliced as NumPy slices them."""

import numpy as np
import pytest

from neuropil.formats.volume_files.stored_arrays import StoredArray

VALUES = np.arange(4 * 5 * 6, dtype="i4").reshape(4, 5, 6)


@pytest.fixture(params=[False, True])
def stored(request) -> StoredArray:
    inside = VALUES.T if request.param else VALUES
    return StoredArray(
        inside.__getitem__, inside.shape, inside.dtype, "a.h5, /a", reverse=request.param
    )


@pytest.mark.parametrize(
    "index",
    [
        ...,
        0,
        -1,
        slice(1, 3),
        (slice(None), 2),
        (..., 1),
        (1, ..., slice(0, 6, 2)),
        (slice(3, 1), slice(None), slice(None)),
        (1, 2, 3),
        (np.int64(1), slice(-3, None)),
        slice(None, None, -1),
        ([0, 2], slice(1, 3)),
        VALUES > 50,
    ],
)
def test_an_index_gives_what_it_gives_of_an_array(stored: StoredArray, index) -> None:
    np.testing.assert_array_equal(stored[index], VALUES[index])


def test_it_is_an_array_and_ends(stored: StoredArray) -> None:
    np.testing.assert_array_equal(np.asarray(stored), VALUES)
    assert (len(stored), len(list(stored)), stored.shape) == (4, 4, VALUES.shape)
    with pytest.raises(IndexError):
        stored[4]
