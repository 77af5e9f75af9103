"""Feather, Arrow and Parquet: whole files are read, damaged ones are never other numbers."""

from pathlib import Path

import polars as pl
import pytest

from neuropil import formats
from neuropil.contracts import InputError
from neuropil.formats.parsing.columnar import ColumnarTable

FRAME = pl.DataFrame(
    {"pre": range(1, 40), "post": range(2, 41), "n_syn": [3 * each + 1 for each in range(39)]}
)


@pytest.mark.parametrize("compression", ["uncompressed", "snappy", "zstd", "lz4", "gzip"])
@pytest.mark.parametrize("statistics", [True, False])
def test_parquet_as_it_is_written(tmp_path: Path, compression: str, statistics: bool) -> None:
    path = tmp_path / "e.parquet"
    words = FRAME.with_columns(pl.lit("EB").alias("neuropil"), pl.lit([1, 2]).alias("places"))
    words.write_parquet(path, compression=compression, statistics=statistics, row_group_size=10)
    assert ColumnarTable.read(path).frame.equals(words)


@pytest.mark.parametrize("compression", ["uncompressed", "lz4", "zstd"])
@pytest.mark.parametrize("name", ["e.feather", "e.arrow", "e.ipc"])
def test_arrow_as_it_is_written(tmp_path: Path, compression: str, name: str) -> None:
    path = tmp_path / name
    words = FRAME.with_columns(pl.Series("neuropil", ["EB"] * 39, dtype=pl.Categorical))
    pl.concat([words, words], rechunk=False).write_ipc(path, compression=compression)
    assert ColumnarTable.read(path).frame.height == 78
    FRAME.head(0).write_ipc(path)
    assert ColumnarTable.read(path).frame.is_empty()


@pytest.mark.parametrize("name", ["e.feather", "e.parquet"])
def test_a_byte_more_or_less_is_never_read_as_other_numbers(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write = FRAME.write_parquet if name.endswith(".parquet") else FRAME.write_ipc
    write(path)
    whole, edges = path.read_bytes(), formats.read(path).edges
    refused = 0
    for place in range(0, len(whole), 5):
        for changed in (whole[:place] + b"\0" + whole[place:], whole[:place] + whole[place + 1 :]):
            path.write_bytes(changed)
            try:
                assert formats.read(path).edges.equals(edges)
            except InputError as error:
                refused += "found a damaged or truncated one of" in str(error)
    assert refused > len(whole) // 5


@pytest.mark.parametrize("name", ["e.feather", "e.parquet"])
def test_a_file_that_is_cut_short(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write = FRAME.write_parquet if name.endswith(".parquet") else FRAME.write_ipc
    write(path)
    whole = path.read_bytes()
    what = "Parquet" if name.endswith(".parquet") else "Feather or Arrow"
    for kept in (0, 3, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:kept])
        with pytest.raises(InputError) as caught:
            formats.read(path)
        assert str(caught.value) == (
            f"{path}: expected a whole {what} file, found a damaged or truncated one of "
            f"{kept} bytes. Copy or download it again."
        )


def test_the_first_version_of_feather(tmp_path: Path) -> None:
    path = tmp_path / "e.feather"
    path.write_bytes(b"FEA1" + bytes(20))
    with pytest.raises(InputError, match="expected Feather of version 2, found version 1"):
        formats.read(path)


def test_names_that_differ_in_blanks_alone(tmp_path: Path) -> None:
    path = tmp_path / "e.feather"
    pl.DataFrame({"pre": [1], "post": [2], "n_syn": [3], "n_syn ": [4]}).write_ipc(path)
    with pytest.raises(InputError, match="expected a name of its own for each column"):
        formats.read(path)
