"""Units of length as programs write them."""

import pytest

from neuropil.formats.parsing.length_units import read_length_unit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nm", (1.0, "nm")),
        ("1 nanometer", (1.0, "nm")),
        ("8 nanometers", (8.0, "nm")),
        ("0.5 µm", (0.5, "um")),
        ("Microns.", (1.0, "um")),
        ("1e3nm", (1000.0, "nm")),
        ("4 pixels", (4.0, "pixel")),
        ("8 nm voxels", None),
        ("0 nm", None),
        ("furlong", None),
        ("", None),
    ],
)
def test_a_number_and_a_unit(text: str, expected: tuple[float, str] | None) -> None:
    assert read_length_unit(text) == expected
