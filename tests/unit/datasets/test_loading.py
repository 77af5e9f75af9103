"""A name becomes the noun it holds, with what stands in for it, or files of one's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from neuropil import formats
from neuropil.connectome import (
    Cohort,
    Connectome,
    GeneAtlas,
    ImageSet,
    Parcellation,
    Skeleton,
    Visits,
    Volume,
)
from neuropil.contracts import ConfigError, DataUnavailableError, InputError, IntegrityError
from neuropil.datasets import REGISTRY, info, load, load_or_read, load_or_substitute, names

NOUNS = {
    each.__name__: each
    for each in (Cohort, Connectome, GeneAtlas, ImageSet, Parcellation, Skeleton, Visits, Volume)
}


@pytest.fixture
def nothing(monkeypatch, tmp_path):
    """A mirror without any file."""
    monkeypatch.setenv("NEUROPIL_DATA", str(tmp_path))


def test_a_name_alone_loads_whatever_the_dataset_holds():
    assert isinstance(load("digits"), ImageSet)
    assert isinstance(load("synthetic-gene-atlas"), GeneAtlas)
    assert isinstance(load("synthetic-head-direction"), Connectome)


def test_another_noun_than_the_expected_one_is_refused():
    with pytest.raises(ConfigError) as caught:
        load("digits", kind=GeneAtlas)
    assert str(caught.value) == (
        "datasets.load: expected a dataset that holds GeneAtlas, 'digits' holds ImageSet. "
        f"Choose one of: {', '.join(names(GeneAtlas))}."
    )


def test_names_are_those_of_a_noun():
    assert {name for noun in NOUNS.values() for name in names(noun)} == set(names())
    assert "digits" in names(ImageSet)
    # No dataset holds what is no noun.
    assert names(ConfigError) == []


@pytest.mark.parametrize("name", names())
def test_every_chain_of_substitutes_ends_at_an_embedded_dataset_of_the_same_noun(name):
    chain = [name]
    while (following := info(chain[-1]).substitute) is not None:
        assert following not in chain
        assert info(following).holds == info(name).holds
        chain.append(following)
    assert len(chain) == 1 or not info(chain[-1]).files


@pytest.mark.usefixtures("nothing")
@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("hemibrain-head-direction", "the embedded synthetic-head-direction was used instead."),
        ("mnist", "the embedded digits was used instead."),
        ("hcp100-paired", "the embedded planted-joint-individual was used instead."),
        ("ahba-dk82", "the embedded synthetic-gene-atlas was used instead."),
        ("ahba-schaefer100", "the embedded synthetic-gene-atlas was used instead."),
        ("ahba-schaefer400", "the embedded synthetic-gene-atlas was used instead."),
        ("fib25", "the embedded synthetic-neurites was used instead."),
    ],
)
def test_what_cannot_be_had_is_substituted_with_a_note(name, note):
    data, notes = load_or_substitute(name, kind=NOUNS[info(name).holds])
    assert notes == (f"{name} could not be had; {note}",)
    assert not data.source.files


def test_the_first_of_a_chain_that_can_be_had_is_taken(monkeypatch):
    def fetch(name, progress=None):
        del progress
        if name == "ahba-schaefer400":
            raise DataUnavailableError("not here", repair="Bring it.")
        return {}

    generated = info("synthetic-gene-atlas").converter
    cortex = replace(info("ahba-schaefer400-cortex"), converter=generated)
    monkeypatch.setitem(REGISTRY, cortex.name, cortex)
    monkeypatch.setattr("neuropil.datasets.loading.fetch", fetch)
    data, notes = load_or_substitute("ahba-schaefer400", kind=GeneAtlas)
    assert notes == (f"ahba-schaefer400 could not be had; {cortex.name} was used instead.",)
    assert data.source.name == cortex.name


def test_what_can_be_had_needs_no_note():
    data, notes = load_or_substitute("digits")
    assert isinstance(data, ImageSet)
    assert notes == ()


@pytest.mark.usefixtures("nothing")
def test_without_a_substitute_and_with_wrong_bytes_there_is_an_error(tmp_path):
    with pytest.raises(DataUnavailableError, match=r"^fashion-mnist, "):
        load_or_substitute("fashion-mnist")
    with pytest.raises(ConfigError, match="'mnist' holds ImageSet"):
        load_or_substitute("mnist", kind=Connectome)
    file = info("mnist").files[0]
    path = tmp_path / "logic" / file.name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"others")
    with pytest.raises(IntegrityError, match="expected SHA-256"):
        load_or_substitute("mnist")


def test_a_dataset_or_a_file_is_read(tmp_path):
    assert load_or_read("synthetic-head-direction").n_nodes == 152
    assert isinstance(load_or_read("digits", kind=ImageSet), ImageSet)
    connectome = Connectome.from_matrix([[0, 2], [1, 0]])
    assert load_or_read(formats.write(connectome, tmp_path / "fly")).equals(connectome)
    swc = tmp_path / "cell.swc"
    swc.write_text("1 1 0 0 0 1 -1\n")
    assert load_or_read(str(swc), kind=Skeleton).n_points == 1
    with pytest.raises(InputError, match="found swc, which holds Skeleton"):
        load_or_read(swc)
    with pytest.raises(ConfigError, match="holds Connectome, 'digits' holds ImageSet"):
        load_or_read("digits")


def test_several_files_are_read_together(tmp_path):
    neurons, total = tmp_path / "neurons.csv", tmp_path / "total.csv"
    neurons.write_text("bodyId,type\n1,EPG\n")
    total.write_text("bodyId_pre,bodyId_post,weight\n1,2,3\n")
    assert load_or_read(neurons, total).edges.rows() == [(1, 2, 3)]


@pytest.mark.parametrize("kind", [Connectome, GeneAtlas])
def test_a_name_of_nothing_lists_what_holds_the_noun(kind):
    almost = names(kind)[-1][:-1]
    with pytest.raises(ConfigError) as caught:
        load_or_read(almost, kind=kind)
    assert str(caught.value) == (
        f"there is no file, folder or dataset {almost!r}. Did you mean {names(kind)[-1]}? "
        f"The datasets are: {', '.join(names(kind))}; the current folder is {Path.cwd()}."
    )


def test_a_path_to_nothing_is_a_missing_file(tmp_path):
    for name in ("missing.csv", tmp_path / "missing"):
        with pytest.raises(InputError, match="there is no such file or folder"):
            load_or_read(name)
