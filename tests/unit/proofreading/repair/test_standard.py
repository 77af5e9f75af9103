"""The proofreader for those who bring none is trained once and kept."""

import pytest

from neuropil.contracts import InputError, OutputError
from neuropil.proofreading.repair import standard
from neuropil.proofreading.repair.repairer import SplitRepairer
from neuropil.proofreading.repair.standard import load_standard, open_repairer


@pytest.fixture
def no_data(monkeypatch, tmp_path):
    """Neither real data nor a cache of before."""
    monkeypatch.delenv("NEUROPIL_DATA", raising=False)
    monkeypatch.setenv("NEUROPIL_OFFLINE", "1")
    monkeypatch.setenv("NEUROPIL_CACHE", str(tmp_path / "cache"))
    small = {"trees": 5, "rounds": 0, "margin": 2}
    monkeypatch.setattr(standard, "_SMALL", {**standard._SMALL, "mending": small})
    return tmp_path / "cache" / "proofreaders"


@pytest.mark.slow
def test_it_is_trained_once_and_says_on_what(no_data, monkeypatch):
    first, notes = load_standard()
    assert first.tissue_.name == "synthetic-neurites"
    assert first.tissue_.synthetic
    assert first.plan.rules.reach == 6
    assert notes == ("fib25 could not be had; the embedded synthetic-neurites was used instead.",)
    [kept] = no_data.iterdir()
    monkeypatch.setattr(SplitRepairer, "fit", None)
    again, _ = load_standard()
    assert again.plan == first.plan
    # What is damaged is made anew, which cannot be done here.
    (kept / "repairer.json").write_text("{")
    with pytest.raises(TypeError, match="not callable"):
        load_standard()
    assert not kept.exists()


@pytest.mark.slow
def test_a_cache_that_cannot_be_written_is_named(no_data, monkeypatch):
    no_data.parent.mkdir()
    no_data.write_text("a file")
    monkeypatch.setattr(SplitRepairer, "fit", lambda self, *_: self)

    with pytest.raises(OutputError, match="Set NEUROPIL_CACHE to a folder"):
        load_standard()


def test_a_run_without_a_proofreader_is_refused(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(InputError, match=r"/model: expected a proofreader, found no repairer.json"):
        open_repairer(tmp_path)
