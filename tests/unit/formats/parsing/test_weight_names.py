"""Weights are told by their names, and ids are none."""

import polars as pl
import pytest

from neuropil.connectome import NOT_STATED, TableError
from neuropil.contracts import ConfigError
from neuropil.formats.parsing.weight_names import choose_weights, find_unit, read_names, read_units


def test_names_are_compared_without_case_and_separators() -> None:
    choice = choose_weights(["Shared Name", "Weight", "Synapse-Count", "delay"])
    assert choice.names == ("Synapse-Count", "Weight")
    assert choice.left_out == ("Shared Name", "delay")


def test_ids_alone_leave_no_weight() -> None:
    for name in ("SUID", "id", "key", "shared name", "Edge ID"):
        assert choose_weights([name]).names == ()


def test_other_numbers_must_be_named() -> None:
    with pytest.raises(TableError) as caught:
        choose_weights(["id", "delay ", "length"])
    assert str(caught.value) == (
        "edges: expected an attribute of the edges that is a weight by its name, such as weight "
        "or synapse_count, found 'delay ', 'length'. Name the weights, as in weights=\"delay \"; "
        'with weights="" each edge counts once.'
    )
    assert choose_weights(["id", "delay"], ["delay"]).names == ("delay",)
    assert choose_weights(["id", "delay"], []).names == ()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (None, None),
        ("", []),
        (["[]"], []),
        ("a, b", ["a", "b"]),
        (["a", " b"], ["a", "b"]),
    ],
)
def test_names_of_an_option(names: object, expected: object) -> None:
    assert read_names(names) == expected  # type: ignore[arg-type]


def test_only_whole_numbers_are_synapses() -> None:
    assert find_unit("n_syn", pl.Series([1, 2])) == "synapses"
    assert find_unit("n_syn", pl.Series([1.0, None])) == "synapses"
    assert find_unit("n_syn", pl.Series([0.5])) == NOT_STATED
    assert find_unit("weight", pl.Series([1])) == NOT_STATED


def test_a_unit_without_its_weight_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        read_units("nS")
    assert str(caught.value) == (
        "option units: expected a weight and its unit, found 'nS'. "
        'Name both, as in units="weight:nS".'
    )
