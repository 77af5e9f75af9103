"""What is measured about scripted models is what they are made to do."""

from neuropil.proofreading import parse_reply
from neuropil.proofreading.claims.scripted import count_unread, log_costs


def test_every_reply_without_a_form_is_counted():
    # Five tasks in three modes, two items each, three votes an item.
    assert count_unread(0, 2) == {
        "replies": 90,
        "failures": 90,
        "scored": 0,
        "read": True,
    }


def test_a_parser_that_takes_failures_for_a_no_is_found_out(monkeypatch):
    def guess(text, allowed):
        return parse_reply(text, allowed) or allowed[-1]

    monkeypatch.setattr("neuropil.proofreading.prompting.language_solver.parse_reply", guess)
    found = count_unread(0, 2)
    assert (found["failures"], found["scored"]) == (0, 30)


def test_costs_are_logged_as_they_were_charged():
    found = log_costs(0, 6)
    assert (found["items"], found["right"]) == (6, 6)
    # A token costs between the price of reading and that of writing.
    assert 2e-6 < found["usd"] / found["tokens"] < 8e-6


def test_costs_that_are_lost_are_found_out(monkeypatch):
    place = "neuropil.proofreading.prompting.language_solver.add_usage"
    monkeypatch.setattr(place, lambda usages: usages[0])
    assert log_costs(0, 6)["right"] == 0
