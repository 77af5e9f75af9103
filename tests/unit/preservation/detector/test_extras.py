"""What needs scikit-image says so where there is none."""

import sys

import pytest

from neuropil.contracts import MissingDependencyError
from neuropil.preservation.detector.extras import import_skimage


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage.filters", None)
    with pytest.raises(MissingDependencyError) as caught:
        import_skimage("filters")
    assert str(caught.value) == (
        "preservation: expected the package scikit-image, of which skimage.filters is needed, "
        'found none. Install it: pip install "neuropil[em]".'
    )
