"""The registry is consistent, and its files are those of the mirror's manifest."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest

from neuropil.datasets import REGISTRY, info, names

# Folders in which publishers offer files that they never change.
PUBLISHED_ONCE = (
    "https://www.cs.toronto.edu/~kriz",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
)
NOT_IN_THE_MIRROR = {"cifar10", "fashion-mnist"}


def test_names_are_sorted_and_describe_themselves():
    assert names() == sorted(REGISTRY)
    assert all(info(name).name == name for name in names())


@pytest.mark.parametrize("name", names())
def test_every_dataset_is_complete(name: str):
    dataset = info(name)
    module, function = dataset.converter.split(":")
    assert callable(getattr(import_module(module), function))
    assert dataset.citations or dataset.synthetic
    assert dataset.licence
    # What has no file is generated, or ships inside a dependency.
    assert dataset.synthetic == (not dataset.files and name != "digits")
    assert dataset.size == sum(file.size for file in dataset.files)


def test_addresses_are_pinned_to_a_commit_or_of_the_publisher():
    urls = [url for name in names() for file in info(name).files for url in file.urls]
    assert urls
    for url in urls:
        if url.rpartition("/")[0] in PUBLISHED_ONCE:
            continue
        host, commit = url.split("/")[2], url.split("/")[5]
        assert host == "raw.githubusercontent.com"
        assert len(commit) == 40
        assert set(commit) <= set("0123456789abcdef")


def test_files_are_those_of_the_manifest(real_data: Path):
    for dataset in REGISTRY.values():
        if dataset.name in NOT_IN_THE_MIRROR:
            continue
        manifest = json.loads((real_data / dataset.topic / "MANIFEST.json").read_text())
        entries = {entry["path"]: entry for entry in manifest}
        for file in dataset.files:
            entry = entries[file.name]
            assert (file.sha256, file.size) == (entry["sha256"], entry["bytes"])
            # Some addresses of the manifest are packages, which are known otherwise.
            assert set(file.urls) <= set(entry["origin"])
            assert bool(file.urls) == (entry["derived"] == "")
