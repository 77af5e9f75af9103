"""What is written is read again, in every format, for any connectome that it can hold."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuropil import formats
from neuropil.connectome import Connectome, Skeleton

INTEGER_IDS = st.integers(-(2**63), 2**63 - 1)
# CSV keeps no types: text that looks like a number, a truth value or nothing is left to the folder.
# No id holds a character that no screen shows.
LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cs"])
WORDS = st.text(LETTERS, max_size=6).map(
    # Blanks around a name are no part of it, and nan is a missing value.
    lambda text: f"n_{text}".strip()
)
COUNTS = st.integers(1, 2**62)
AREAS = st.floats(1e-300, 1e300)
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def connectomes(draw: st.DrawFn, second_weight: bool = True) -> Connectome:
    """Draw nodes with columns of every type, missing values among them, and some edges."""
    ids = draw(st.lists(draw(st.sampled_from([INTEGER_IDS, WORDS])), min_size=1, unique=True))
    n = len(ids)

    def column(values: st.SearchStrategy, dtype: type[pl.DataType]) -> pl.Series:
        # The first value is never missing, so that the type can be told.
        rest = draw(st.lists(st.none() | values, min_size=n - 1, max_size=n - 1))
        return pl.Series([draw(values), *rest], dtype=dtype)

    nodes = pl.DataFrame(
        {
            "id": ids,
            "cell_type": column(st.just("") | WORDS, pl.String),
            "sign": column(st.sampled_from([-1, 1]), pl.Int64),
            "x_nm": column(FINITE, pl.Float64),
            "is_traced": column(st.booleans(), pl.Boolean),
            "note, [odd]": column(WORDS, pl.String),
        }
    )
    pairs = draw(st.lists(st.tuples(*[st.integers(0, n - 1)] * 2), unique=True, max_size=8))
    pairs.sort()
    counts = draw(st.lists(COUNTS, min_size=len(pairs), max_size=len(pairs)))
    edges = {
        "pre": pl.Series([ids[pre] for pre, _ in pairs], dtype=nodes["id"].dtype),
        "post": pl.Series([ids[post] for _, post in pairs], dtype=nodes["id"].dtype),
        "synapse_count": pl.Series(counts, dtype=pl.Int64),
    }
    units = {"synapse_count": "synapses"}
    if second_weight and pairs:
        areas = draw(st.lists(AREAS, min_size=len(pairs), max_size=len(pairs)))
        edges["contact, area"] = pl.Series(areas, dtype=pl.Float64)
        units["contact, area"] = "um2"
    return Connectome.from_frames(nodes, pl.DataFrame(edges), units=units)


def written_and_read(connectome: Connectome, name: str, **options: Any) -> Connectome:
    with TemporaryDirectory() as folder:
        return formats.read(formats.write(connectome, Path(folder) / name), **options)


round_trip = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
short_trip = settings(round_trip, max_examples=20)


@round_trip
@given(connectomes())
def test_the_folder_keeps_everything(connectome: Connectome) -> None:
    read = written_and_read(connectome, "fly")
    assert read.equals(connectome)
    assert read.provenance == connectome.provenance
    assert read.source == connectome.source


@pytest.mark.parametrize("name", ["fly.csv", "fly.tsv.gz"])
@round_trip
@given(connectome=connectomes())
def test_edge_lists_keep_nodes_edges_and_units(name: str, connectome: Connectome) -> None:
    read = written_and_read(connectome, name)
    assert read.equals(connectome)


@round_trip
@given(connectomes(second_weight=False))
def test_npz_keeps_nodes_edges_and_units(connectome: Connectome) -> None:
    assert written_and_read(connectome, "fly.npz").equals(connectome)


@round_trip
@given(connectomes(second_weight=False))
def test_a_labelled_csv_matrix_keeps_ids_and_edges(connectome: Connectome) -> None:
    bare = connectome.with_nodes(connectome.nodes.select("id"), "forget_columns")
    assert written_and_read(bare, "fly.matrix.csv").equals(bare)


@round_trip
@given(connectomes(second_weight=False))
def test_npy_keeps_the_matrix(connectome: Connectome) -> None:
    numbered = Connectome.from_matrix(
        connectome.adjacency(), pl.DataFrame({"id": range(connectome.n_nodes)})
    )
    # A bare array states no unit, so that whoever reads it does.
    assert written_and_read(numbered, "fly.npy", unit="synapses").equals(numbered)


@short_trip
@given(connectomes())
def test_graphml_keeps_everything(connectome: Connectome) -> None:
    read = written_and_read(connectome, "fly.graphml")
    assert read.equals(connectome)
    assert read.provenance == connectome.provenance
    assert read.source == connectome.source


@short_trip
@given(connectomes())
def test_sonata_keeps_nodes_edges_and_units(connectome: Connectome) -> None:
    assert written_and_read(connectome, "fly.sonata").equals(connectome)


@short_trip
@given(connectomes(second_weight=False))
def test_a_relationship_matrix_keeps_nodes_edges_and_unit(connectome: Connectome) -> None:
    assert written_and_read(connectome, "fly_relmat.tsv").equals(connectome)


@pytest.mark.parametrize("name", ["brain.graphml", "brain.sonata", "brain_relmat.tsv", "brain.npz"])
@short_trip
@given(data=st.data())
def test_signed_weights_keep_their_signs(name: str, data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 5))
    values = data.draw(
        st.lists(st.floats(-1, 1).filter(bool), min_size=n * n, max_size=n * n, unique=True)
    )
    matrix = np.reshape(values, (n, n))
    if data.draw(st.booleans()):
        matrix = matrix + matrix.T
    ids = pl.DataFrame({"id": [f"p{row}" for row in range(n)]})
    connectome = Connectome.from_matrix(matrix, ids, weight="r", unit="covariance")
    assert written_and_read(connectome, name).equals(connectome)


@st.composite
def skeletons(draw: st.DrawFn) -> Skeleton:
    """Draw a forest: every point but the first may hang on an earlier one; then shuffle."""
    ids = draw(st.lists(INTEGER_IDS.filter(lambda i: i != -1), min_size=1, unique=True))
    n = len(ids)
    parents = [None] + [
        draw(st.none() | st.sampled_from(ids[:row])) if row else None for row in range(1, n)
    ]
    points = {"id": ids, "structure": draw(st.lists(st.integers(0, 7), min_size=n, max_size=n))}
    for axis in ("x", "y", "z"):
        points[axis] = draw(st.lists(FINITE, min_size=n, max_size=n))
    points["radius"] = draw(st.lists(st.floats(0, 1e300), min_size=n, max_size=n))
    table = pl.DataFrame(points).with_columns(pl.Series("parent", parents, dtype=pl.Int64))
    order = draw(st.permutations(range(n)))
    return Skeleton(table[order], draw(st.sampled_from(["um", "nm", "8 nm voxels"])))


@short_trip
@given(skeletons())
def test_swc_keeps_points_and_unit(skeleton: Skeleton) -> None:
    with TemporaryDirectory() as folder:
        read = formats.read(formats.write(skeleton, Path(folder) / "a.swc"), kind=Skeleton)
    assert read.points.equals(skeleton.points)
    assert read.unit == skeleton.unit
