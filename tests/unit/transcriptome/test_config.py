"""Settings name a dataset, files of one's own, or a parcellation with what stands in for it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from neuropil.contracts import ConfigError
from neuropil.transcriptome import TranscriptomeConfig
from neuropil.transcriptome.config import load_atlas

NAMES = [f"region {index}" for index in range(12)]


@pytest.fixture
def own(tmp_path):
    """Files of twelve regions by the settings that name them."""
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(12, 12))
    square = dict(zip(NAMES, (matrix + matrix.T), strict=True))
    frames = {
        "expression": {"region": NAMES} | {f"G{i}": rng.random(12) for i in range(4)},
        "coordinates": {"region": NAMES} | {f"{a}_mm": rng.normal(size=12) for a in "xyz"},
        "connectivity": {"id": NAMES} | square,
    }
    paths = {name: tmp_path / f"{name}.matrix.csv" for name in frames}
    for name, path in paths.items():
        pl.DataFrame(frames[name]).write_csv(path)
    return {name: str(path) for name, path in paths.items()}


def test_settings_name_files_datasets_or_a_parcellation(own, monkeypatch, tmp_path):
    assert load_atlas(TranscriptomeConfig(**own)).data.n_regions == 12
    with pytest.raises(ConfigError) as caught:
        load_atlas(TranscriptomeConfig(expression=own["expression"]))
    assert str(caught.value) == (
        "settings: expected expression, coordinates and connectivity, found no coordinates. Name "
        "it with --coordinates."
    )
    with pytest.raises(ConfigError, match=r"^there is no file, folder or dataset 'none'"):
        load_atlas(TranscriptomeConfig(data="none"))
    monkeypatch.setenv("NEUROPIL_DATA", str(tmp_path))
    atlas, notes = load_atlas(TranscriptomeConfig())
    assert atlas.source.synthetic
    assert notes == (
        "ahba-schaefer400 could not be had; the embedded synthetic-gene-atlas was used instead.",
    )


def test_texts_and_numbers_become_several_values():
    config = TranscriptomeConfig(split="spatial", seeds=3, models="smt-cls, genes")
    assert (config.split, config.seeds, config.models) == (("spatial",), (3,), ("smt-cls", "genes"))
