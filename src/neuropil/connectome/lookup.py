"""Which row of the node table each of many million ids stands in."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["find_rows"]

# 2^64 over the golden ratio: multiplying by it spreads ids that share their leading digits.
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
# Slots are 16 to 32 times the ids, up to 256 MiB: few ids then share a slot with another.
_SPARE_BITS = 4
_MOST_BITS = 26
# Blocks whose arrays stay in the processor's cache take a quarter of the time of whole columns.
_BLOCK = 1 << 17

Rows = npt.NDArray[np.int32]
Ids = npt.NDArray[np.int64]


def find_rows(ids: pl.Series, node_ids: pl.Series) -> pl.Series:
    """Find the row of each id in the node table.

    Parameters
    ----------
    ids : pl.Series
        (m,) ids to find.
    node_ids : pl.Series
        (n,) unique ids of the same type, none of them null.

    Returns
    -------
    pl.Series
        (m,) rows as Int32, null where an id is unknown.
    """
    # Text, nulls and short columns are joined: building the table of slots pays only for many ids.
    whole = ids.dtype == node_ids.dtype == pl.Int64 and not ids.null_count()
    if not whole or node_ids.is_empty() or len(ids) < _BLOCK:
        return _join(ids, node_ids)
    rows, missed = _look_up(ids.to_numpy(), node_ids.to_numpy())
    found = pl.Series("row", rows)
    if not missed.size:
        return found
    # Ids that share a slot, and ids that are not in the table.
    return found.scatter(missed, _join(ids.gather(missed), node_ids))


def _join(ids: pl.Series, node_ids: pl.Series) -> pl.Series:
    rows = pl.DataFrame({"id": node_ids, "row": np.arange(len(node_ids), dtype=np.int32)})
    return ids.alias("id").to_frame().join(rows, on="id", how="left", maintain_order="left")["row"]


def _look_up(ids: Ids, node_ids: Ids) -> tuple[Rows, npt.NDArray[np.intp]]:
    """Give a row to each id, and the positions where it is not that of the id."""
    bits = min(len(node_ids).bit_length() + _SPARE_BITS, _MOST_BITS)
    # Empty slots name row 0; the comparison below finds out, so that no mark for empty is needed.
    slots = np.zeros(1 << bits, dtype=np.int32)
    slots[_slot(node_ids, bits)] = np.arange(len(node_ids), dtype=np.int32)
    rows = np.empty(len(ids), dtype=np.int32)
    missed = []
    for start in range(0, len(ids), _BLOCK):
        block = ids[start : start + _BLOCK]
        guess = slots[_slot(block, bits)]
        rows[start : start + _BLOCK] = guess
        # Each guess is compared with the id itself: the hash may collide, a result never rests on
        # it.
        missed.append(start + np.flatnonzero(node_ids[guess] != block))
    return rows, np.concatenate(missed)


def _slot(ids: Ids, bits: int) -> Ids:
    # Unsigned, where overflow wraps as the method wants; negative ids keep their bits.
    spread = ids.view(np.uint64) * _MULTIPLIER
    # The high bits are the ones that all digits of the id have gone into.
    spread >>= np.uint64(64 - bits)
    return spread.view(np.int64)
