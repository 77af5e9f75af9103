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
from neuropil.connectome import Cohort, Connectome, Parcellation, Skeleton, Visits, Volume

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


# What names of BIDS files hold; digits alone stay text, because an id of a subject is always text.
PLAIN_IDS = st.text("abcXYZ0123456789", min_size=1, max_size=5).filter(
    lambda text: text.lower() not in ("na", "nan")
)
SINGLE = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def cohorts(draw: st.DrawFn, dtype: type[np.floating[Any]], single_gaps: bool) -> Cohort:
    """Draw subjects with columns of every type, modalities that some lack, and regions or none."""
    ids = draw(st.lists(PLAIN_IDS, min_size=1, max_size=4, unique=True))
    n, regions = len(ids), draw(st.integers(2, 4))
    n_edges = regions * (regions - 1) // 2
    value = (SINGLE | st.just(np.nan)) if single_gaps else SINGLE
    rows = st.lists(st.lists(value, min_size=n_edges, max_size=n_edges), min_size=n, max_size=n)
    arrays = {}
    for name in draw(st.lists(st.sampled_from(["FC", "MIND", "SC"]), min_size=1, unique=True)):
        array = np.array(draw(rows), dtype=dtype)
        array[:, 0] = np.nan_to_num(array[:, 0], nan=1.0)
        # Everyone has the first; others may be missing as a whole, but for one subject.
        if arrays and n > 1:
            array[draw(st.lists(st.integers(1, n - 1), max_size=n))] = np.nan
        arrays[name] = array
    sites = draw(st.lists(st.none() | WORDS, min_size=n, max_size=n))
    subjects = pl.DataFrame(
        {
            "id": ids,
            "site": pl.Series(sites, dtype=pl.String),
            "age": draw(st.lists(FINITE, min_size=n, max_size=n)),
            "is_control": draw(st.lists(st.booleans(), min_size=n, max_size=n)),
        }
    )
    names = draw(st.none() | st.lists(WORDS, min_size=regions, max_size=regions, unique=True))
    table = pl.DataFrame({"key": range(1, regions + 1), "name": names}) if names else None
    units = {name: draw(st.sampled_from(["not stated", "Fisher z"])) for name in arrays}
    return Cohort(subjects, arrays, None if table is None else Parcellation(table), units)


@short_trip
@given(st.sampled_from([np.float32, np.float64]).flatmap(lambda each: cohorts(each, True)))
def test_an_archive_keeps_a_cohort(cohort: Cohort) -> None:
    with TemporaryDirectory() as folder:
        path = formats.write(cohort, Path(folder) / "cohort.npz")
        assert formats.read(path, kind=Cohort).equals(cohort)


@short_trip
@given(cohorts(np.float64, True))
def test_a_folder_of_matrices_keeps_a_cohort(cohort: Cohort) -> None:
    with TemporaryDirectory() as folder:
        path = formats.write(cohort, Path(folder) / "cohort")
        options = {"measures": list(cohort.modalities), "missing": "keep"}
        assert formats.read(path, kind=Cohort, **options).equals(cohort)


@st.composite
def all_visits(draw: st.DrawFn) -> Visits:
    """Draw subjects with covariates of every type, their visits, and values some of which lack."""
    ids = draw(st.lists(PLAIN_IDS, min_size=1, max_size=4, unique=True))
    times = st.lists(FINITE, min_size=1, max_size=3, unique=True).map(sorted)
    rows = [(each, time) for each in ids for time in draw(times)]
    regions = draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))
    shape = (len(rows), len(regions))
    cells = draw(st.lists(FINITE | st.just(np.nan), min_size=shape[0] * shape[1]))
    values = np.array(cells[: shape[0] * shape[1]]).reshape(shape)
    values[:, 0] = np.nan_to_num(values[:, 0], nan=1.0)
    values[0] = np.nan_to_num(values[0], nan=-0.5)
    n = len(ids)
    groups = draw(st.lists(st.none() | WORDS, min_size=n, max_size=n))
    subjects = pl.DataFrame(
        {
            "id": ids,
            "the group, [odd]": pl.Series(groups, dtype=pl.String),
            "the age": draw(st.lists(FINITE, min_size=n, max_size=n)),
            "is treated": draw(st.lists(st.booleans(), min_size=n, max_size=n)),
        }
    )
    sides = draw(st.lists(st.sampled_from(["L", "R"]), min_size=shape[1], max_size=shape[1]))
    table = pl.DataFrame(
        {"key": range(3, 3 + shape[1]), "name": regions, "hemisphere": sides, "x_mm": 0.25}
    )
    return Visits(
        pl.DataFrame(rows, schema={"subject": pl.String, "time": pl.Float64}, orient="row"),
        values,
        Parcellation(table),
        subjects,
        draw(st.sampled_from(["year", "month"])),
        draw(st.sampled_from(["not stated", "tau PET"])),
        draw(st.sampled_from(["not stated", "SUVR"])),
    )


@pytest.mark.parametrize("name", ["visits.csv", "visits.tsv.gz", "visits.parquet"])
@short_trip
@given(visits=all_visits())
def test_a_table_keeps_visits(name: str, visits: Visits) -> None:
    with TemporaryDirectory() as folder:
        path = formats.write(visits, Path(folder) / name)
        assert formats.read(path, kind=Visits).equals(visits)


@st.composite
def volumes(draw: st.DrawFn) -> Volume:
    """Draw an image, segmentations of whole numbers of every width, or both."""
    shape = draw(st.tuples(*[st.integers(1, 5)] * 3))

    def array(types: list[str]) -> Any:
        dtype = np.dtype(draw(st.sampled_from(types)))
        bounds = np.iinfo(dtype) if dtype.kind != "f" else None
        values = FINITE if bounds is None else st.integers(0, bounds.max)
        listed = draw(st.lists(values, min_size=2, max_size=9))
        return np.resize(np.array(listed, dtype=dtype), shape)

    names = st.lists(st.sampled_from(["truth", "watershed", "flood filling"]), unique=True)
    wholes = [f"{sign}{width}" for sign in "ui" for width in (1, 2, 4, 8)]
    segmentations = {name: array(wholes) for name in draw(names)}
    bare = not segmentations or draw(st.booleans())
    edges = st.floats(1e-3, 1e6).map(lambda edge: float(f"{edge:.9g}"))
    return Volume(
        draw(st.tuples(edges, edges, edges)),
        array(["u1", "u2", "f8"]) if bare else None,
        segmentations,
        draw(st.sampled_from(["", "fly", "mouse"])),
    )


@pytest.mark.parametrize("name", ["block.zarr", "block.npz", "block.h5"])
@short_trip
@given(volume=volumes())
def test_volumes_keep_voxels_names_and_sizes(name: str, volume: Volume) -> None:
    with TemporaryDirectory() as folder:
        read = formats.read(formats.write(volume, Path(folder) / name), kind=Volume)
        assert read.equals(volume)
        for layer, labels in volume.segmentations.items():
            assert read.segmentations[layer].dtype == labels.dtype


@short_trip
@given(volumes())
def test_a_tiff_stack_keeps_one_image(volume: Volume) -> None:
    if volume.image is None:
        return
    image = Volume(volume.voxel_size, volume.image)
    with TemporaryDirectory() as folder:
        read = formats.read(formats.write(image, Path(folder) / "a.tif"), kind=Volume)
        assert read.equals(image)
