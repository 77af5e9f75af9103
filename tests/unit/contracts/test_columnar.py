"""Parquet and Arrow files: damaged ones are named, whatever Polars makes of them."""

from __future__ import annotations

import random

import polars as pl
import pytest

from neuropil.contracts import InputError, read_columnar

FRAME = pl.DataFrame({"id": list(range(200)), "name": [f"n{row}" for row in range(200)]})


@pytest.mark.parametrize("arrow", [False, True])
def test_damaged_bytes_are_named_and_print_nothing(tmp_path, capfd, arrow):
    path = tmp_path / "[a].bin"
    (FRAME.write_ipc if arrow else FRAME.write_parquet)(path)
    whole = path.read_bytes()
    assert read_columnar(path, "Copy it.", arrow=arrow).equals(FRAME)
    what = "Feather or Arrow" if arrow else "Parquet"
    rng = random.Random(0)
    messages = set()
    for _ in range(60):
        place = rng.randrange(len(whole))
        path.write_bytes(whole[:place] + rng.randbytes(3) + whole[place + 3 :])
        try:
            read_columnar(path, "Copy it.", arrow=arrow)
        except InputError as error:
            messages.add(str(error))
    assert messages == {
        f"{path}: expected a whole {what} file, found a damaged or truncated one of "
        f"{len(whole)} bytes. Copy it."
    }
    assert capfd.readouterr().err == ""


def test_a_folder_in_its_place_is_named(tmp_path):
    with pytest.raises(InputError, match="expected a file, found a folder"):
        read_columnar(tmp_path, "Copy it.")
