"""Rows of ids, by two ways that must agree."""

import numpy as np
import polars as pl
import pytest

from neuropil.connectome.lookup import find_rows

MANY = 150_000


def expected(ids: np.ndarray, node_ids: np.ndarray) -> list[int | None]:
    rows = {int(each): row for row, each in enumerate(node_ids)}
    return [rows.get(int(each)) for each in ids]


@pytest.mark.parametrize("n", [1, 2, 1000, 60_000])
def test_rows_of_many_ids_are_those_of_a_dictionary(n: int) -> None:
    generator = np.random.default_rng(n)
    node_ids = np.unique(generator.integers(-(2**63), 2**63 - 1, n))
    generator.shuffle(node_ids)
    ids = generator.choice(node_ids, MANY)
    ids[::1000] = generator.integers(-(2**63), 2**63 - 1, len(ids[::1000]))
    found = find_rows(pl.Series(ids), pl.Series("id", node_ids))
    assert found.dtype == pl.Int32
    assert found.to_list() == expected(ids, node_ids)


def test_ids_that_share_their_leading_digits() -> None:
    node_ids = 720_575_940_000_000_000 + np.arange(0, 650_000_000, 10_007)
    ids = np.random.default_rng(0).permutation(np.resize(node_ids, MANY))
    found = find_rows(pl.Series(ids), pl.Series("id", node_ids))
    np.testing.assert_array_equal(node_ids[found.to_numpy()], ids)


def test_ids_in_chunks_text_and_nulls() -> None:
    node_ids = pl.Series("id", [7, 9])
    chunks = pl.concat([pl.Series([9] * MANY), pl.Series([7, 8])], rechunk=False)
    assert find_rows(chunks, node_ids).tail(3).to_list() == [1, 0, None]
    with_null = pl.Series([None, *[9] * MANY], dtype=pl.Int64)
    assert find_rows(with_null, node_ids).head(2).to_list() == [None, 1]
    words = find_rows(pl.Series(["b", "c", None]), pl.Series("id", ["a", "b"]))
    assert words.to_list() == [1, None, None]
    nobody = pl.Series("id", [], dtype=pl.Int64)
    assert find_rows(pl.Series([9] * MANY), nobody).null_count() == MANY
