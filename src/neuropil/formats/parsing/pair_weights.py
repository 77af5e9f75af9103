"""From lines of (pre, post, region, count) to one weight for each pair of neurons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import find_rows
from neuropil.contracts import InputError
from neuropil.formats.parsing.delimited_text import DelimitedText
from neuropil.formats.parsing.quoting import quote
from neuropil.formats.parsing.whole_numbers import WholeColumns, require_least

__all__ = ["LineColumns", "PairWeights", "collect_ids", "sum_lines"]

# Lines without a region share one of their own: a null has no number to sort by.
_NO_REGION = "(none)"
# What a signed integer of 64 bits can hold above zero.
_BITS = 63

Counts = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]


@dataclass(frozen=True)
class LineColumns:
    """Names of the columns of a table of connections.

    Parameters
    ----------
    pre, post : str
        Ids, whole numbers.
    count : str
        Synapses, whole numbers.
    region : str, optional
        Name of a brain region; None where there is one line for each pair.
    """

    pre: str
    post: str
    count: str
    region: str | None = None

    @property
    def whole(self) -> WholeColumns:
        """The same columns as those that are parsed while the file is read."""
        return WholeColumns((self.pre, self.post), (self.count,), self.region)


@dataclass(frozen=True)
class PairWeights:
    """Lines sorted by pre, post and region, and where each pair begins.

    Parameters
    ----------
    pre, post : ndarray
        (k,) rows of the two neurons of each pair, in the order of a matrix in CSR form.
    starts : ndarray
        (k,) first line of each pair.
    counts : ndarray
        (m,) synapses of each line.
    codes : ndarray
        (m,) number of the region of each line.
    regions : mapping of str to int
        Number of each region, by name.
    """

    pre: Rows
    post: Rows
    starts: npt.NDArray[np.intp]
    counts: Counts
    codes: Rows
    regions: Mapping[str, int]

    def total(self) -> Counts:
        """Sum the synapses of each pair over all regions; (k,) int64."""
        # Lines of a pair stand together, so that one pass sums them; no pair is empty, which
        # reduceat needs.
        return np.add.reduceat(self.counts, self.starts)

    def weigh(self, regions: Sequence[str]) -> dict[str, Counts]:
        """Name the total of each pair, and its synapses in some regions.

        Parameters
        ----------
        regions : sequence of str
            Names of regions, or a single one.

        Returns
        -------
        dict of str to ndarray
            (k,) ``synapse_count`` and, for each region, such as EB, ``synapse_count_EB``.
        """
        # A text is a sequence too: EB would be taken for the regions E and B.
        chosen = [regions] if isinstance(regions, str) else regions
        inside = {f"synapse_count_{region}": self.within(region) for region in chosen}
        return {"synapse_count": self.total(), **inside}

    def largest(self) -> Counts:
        """Find the synapses of each pair in the region that has most; (k,) int64."""
        return np.maximum.reduceat(self.counts, self.starts)

    def within(self, region: str) -> Counts:
        """Find the synapses of each pair in one region; (k,) int64, 0 where there are none.

        Raises
        ------
        InputError
            When no line names the region; the message lists those that are named.
        """
        if region not in self.regions:
            raise InputError(
                f"expected regions of the connection table, found {quote(region)}",
                where="option regions",
                repair=f"Its regions are: {', '.join(self.regions) or 'none'}.",
            )
        inside = self.codes == self.regions[region]
        return np.add.reduceat(np.where(inside, self.counts, 0), self.starts)

    def to_edges(self, ids: pl.Series, weights: Mapping[str, Counts]) -> pl.DataFrame:
        """Name the neurons of each pair.

        Parameters
        ----------
        ids : pl.Series
            (n,) ids of the neurons by row.
        weights : mapping of str to ndarray
            (k,) values of each weight.

        Returns
        -------
        pl.DataFrame
            Columns ``pre``, ``post`` and the weights.
        """
        values = ids.to_numpy()
        return pl.DataFrame({"pre": values[self.pre], "post": values[self.post], **weights})

    def name_pair(self, ids: pl.Series, position: int) -> tuple[int, int]:
        """Name the two neurons of the pair at a position, whose ids are given by row."""
        return ids[int(self.pre[position])], ids[int(self.post[position])]


def collect_ids(table: DelimitedText, columns: LineColumns) -> pl.Series:
    """Collect the neurons of a table of connections, after a check of its numbers.

    Parameters
    ----------
    table : DelimitedText
        Its columns of whole numbers are Int64.
    columns : LineColumns
        Their names.

    Returns
    -------
    pl.Series
        Ids, each once.

    Raises
    ------
    InputError
        When there is no line, an id is below 1, or a count is negative or beyond any sum.
    """
    frame = table.frame
    if frame.is_empty():
        raise table.fault(
            "expected at least one connection, found none", "Download the file again."
        )
    for name in (columns.pre, columns.post):
        require_least(table, frame[name], 1, "an id")
    counts = frame[columns.count]
    require_least(table, counts, 0, "a number of synapses")
    # No sum of so many lines can then overflow; an actual count is smaller by far.
    high = counts > ((1 << _BITS) - 1) // frame.height
    if high.any():
        row = int(high.arg_true()[0])
        raise table.fault(
            f"expected numbers of synapses whose sum is less than 2^63, found {counts[row]}",
            "Correct this line, or download the file again.",
            row=row,
            column=columns.count,
        )
    return pl.concat([frame[columns.pre], frame[columns.post].alias(columns.pre)]).unique()


def sum_lines(table: DelimitedText, columns: LineColumns, ids: pl.Series) -> PairWeights:
    """Bring the lines of each pair of neurons together.

    Parameters
    ----------
    table : DelimitedText
        As checked by :func:`collect_ids`.
    columns : LineColumns
        Its columns.
    ids : pl.Series
        (n,) ids of all neurons, each once.

    Returns
    -------
    PairWeights
        Pairs in the order of ``ids``.

    Raises
    ------
    InputError
        When two lines have the same pre, post and region; their sum would count them twice.
    """
    regions, codes = _encode(table.frame, columns.region)
    # Pre in the high bits, post in the low ones: one integer sorts by pre, then post.
    bits = len(ids).bit_length()
    pre, post = (find_rows(table.frame[name], ids) for name in (columns.pre, columns.post))
    pairs = pre.to_numpy().astype(np.int64)
    pairs <<= bits
    pairs |= post.to_numpy()
    pairs, codes, counts = _sort(pairs, codes, table.frame[columns.count].to_numpy())
    same = pairs[1:] == pairs[:-1]
    # The same pair and region twice: files joined twice would double every count.
    if (same & (codes[1:] == codes[:-1])).any():
        raise _refuse_repeated(table, columns)
    starts = np.flatnonzero(np.concatenate([[True], ~same]))
    pairs = pairs[starts]
    return PairWeights(
        pre=(pairs >> bits).astype(np.int32),
        post=(pairs & ((1 << bits) - 1)).astype(np.int32),
        starts=starts,
        counts=counts,
        codes=codes,
        regions=regions,
    )


def _sort(pairs: Counts, codes: Rows, counts: Counts) -> tuple[Counts, Rows, Counts]:
    """Sort lines by pair and region."""
    code_bits, count_bits = (int(each.max()).bit_length() for each in (codes, counts))
    # Where pair, region and count do not fit 63 bits, the slower sort is exact as well.
    if int(pairs.max()).bit_length() + code_bits + count_bits > _BITS:
        lines = pl.DataFrame({"pair": pairs, "code": codes, "count": counts})
        lines = lines.sort("pair", "code")
        return lines["pair"].to_numpy(), lines["code"].to_numpy(), lines["count"].to_numpy()
    # One whole number for each line is sorted several times faster than a table.
    packed = pairs << code_bits
    packed |= codes
    packed <<= count_bits
    packed |= counts
    packed = pl.Series(packed).sort().to_numpy()
    codes = ((packed >> count_bits) & ((1 << code_bits) - 1)).astype(np.int32)
    return packed >> (code_bits + count_bits), codes, packed & ((1 << count_bits) - 1)


def _encode(frame: pl.DataFrame, name: str | None) -> tuple[dict[str, int], Rows]:
    """Give each region a number, and each line the number of its own."""
    if name is None:
        return {}, np.zeros(frame.height, dtype=np.int32)
    column = frame[name].fill_null(_NO_REGION) if frame[name].null_count() else frame[name]
    kinds = column.unique()
    numbers = zip(kinds.cast(pl.String), kinds.to_physical(), strict=True)
    # By name: numbers of categories follow the order in which they were met.
    return dict(sorted(numbers)), column.to_physical().to_numpy().astype(np.int32)


def _refuse_repeated(table: DelimitedText, columns: LineColumns) -> InputError:
    keys = [columns.pre, columns.post, *([columns.region] if columns.region else [])]
    repeated = ~table.frame.select(pl.struct(keys).is_first_distinct()).to_series()
    row = int(repeated.arg_true()[0])
    found = ", ".join(str(table.frame[name][row]) for name in keys)
    return table.fault(
        f"expected one line for each {', '.join(keys)}, found ({found}) again "
        f"({repeated.sum()} such lines)",
        "Download the file again; parts of it may have been joined twice.",
        row=row,
        column=", ".join(keys),
    )
