"""A study says what it needs by what it leaves out, and finds its own model page."""

from __future__ import annotations

import pytest

from neuropil.contracts import Loaded, Source, Study


class Planted:
    """Data that know where they came from."""

    source = Source("planted", "CC0", synthetic=True)
    provenance = ()


class Plain(Study):
    """A study with what a study must have, and no more."""

    def load(self, config):  # noqa: ARG002
        return Loaded(Planted())

    def run(self, task):
        """Do nothing."""


def test_a_study_must_load_and_run():
    with pytest.raises(TypeError, match=r"abstract methods .*load.*run"):
        Study()


def test_data_come_with_notes_where_there_are_some():
    data, notes = Plain().load(None)
    assert data.source.name == "planted"
    assert notes == ()
    assert Loaded(data, ("Another stands in.",)).notes == ("Another stands in.",)


def test_settings_are_accepted_where_a_study_has_no_objection():
    assert Plain().check(None, Planted()) is None


def test_the_model_page_lies_beside_the_study(tmp_path, monkeypatch):
    room = tmp_path / "planted_room"
    room.mkdir()
    (room / "__init__.py").write_text("")
    (room / "card.md").write_text("# A ring, 12 µm\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    study = type("Fly", (Plain,), {"__module__": "planted_room.study"})()
    assert study.card() == "# A ring, 12 µm\n"
