"""Money is set aside before it is spent, by any number of threads, and never beyond the limit."""

from __future__ import annotations

import math
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from neuropil.contracts import ConfigError
from neuropil.language import FREE, Budget, BudgetError, Image, Message, Price


@pytest.mark.parametrize("amount", [-1.0, math.nan])
def test_a_limit_that_is_no_amount_of_money_is_refused(amount):
    with pytest.raises(ConfigError) as caught:
        Budget(amount)
    assert str(caught.value) == (
        f"budget: expected an amount of money from 0, found {amount!r}. "
        "Write for example Budget(5.0) for five US dollars."
    )
    with pytest.raises(ConfigError, match="budget, spent: expected a finite number from 0"):
        Budget(1.0, spent=amount)


@pytest.mark.parametrize(
    ("price", "name"),
    [((-1.0, 1.0, 1), "input"), ((1.0, math.nan, 1), "output"), ((1.0, 1.0, -1), "image_tokens")],
)
def test_a_price_that_is_none_is_refused(price, name):
    with pytest.raises(ConfigError, match=f"price, {name}: expected a finite number from 0"):
        Price(*price)


def test_prices_are_per_million_tokens():
    assert Price(2.5, 10.0).of(400_000, 50_000) == 1.5
    assert FREE.of(10**9, 10**9) == 0


def test_a_bound_counts_bytes_and_not_letters():
    price = Price(1e6, 0.0, image_tokens=0)
    short = price.bound((Message("user", "e"),), 0)
    assert price.bound((Message("user", "é"),), 0) == short + 1
    assert price.bound((Message("user", "\ud800"),), 0) == short
    labelled = Message("user", "e", (Image(b"", "front"),))
    assert price.bound((labelled,), 0) == short + len("front") + 64


def test_what_was_spent_before_counts():
    budget = Budget(1.0, spent=0.9)
    with (
        pytest.raises(BudgetError, match=r"spent 0\.9000 USD of a budget of 1\.0000 USD"),
        budget.reserve(0.2, "m"),
    ):
        pytest.fail("money was set aside")
    with budget.reserve(0.1, "m"):
        pass
    assert budget.spent == pytest.approx(1.0)


def test_sums_that_are_rounded_still_fit():
    budget = Budget(0.3)
    for _ in range(3):
        with budget.reserve(0.1, "m"):
            pass
    assert budget.spent > 0.3


def test_an_error_leaves_the_bound_as_spent():
    budget = Budget(1.0)
    with pytest.raises(KeyboardInterrupt), budget.reserve(0.4, "m"):
        raise KeyboardInterrupt
    assert budget.spent == 0.4


def test_requests_under_way_are_waited_for_before_one_is_refused():
    budget = Budget(1.0)
    begun, answered = threading.Event(), threading.Event()

    def ask(started, answer):
        with budget.reserve(0.8, "m") as charge:
            started.set()
            answer.wait()
            charge.usd = 0.1

    second = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(ask, begun, answered)
        begun.wait()
        other = pool.submit(ask, second, answered)
        assert not second.is_set()
        answered.set()
        one.result()
        other.result()
    assert budget.spent == pytest.approx(0.2)


def test_many_threads_never_set_aside_more_than_the_limit():
    budget = Budget(1.0)
    lock, open_now, most = threading.Lock(), 0, 0

    def ask(number):
        nonlocal open_now, most
        try:
            with budget.reserve(0.3, "m") as charge:
                with lock:
                    open_now += 1
                    most = max(most, open_now)
                charge.usd = 0.05
                with lock:
                    open_now -= 1
        except BudgetError:
            return number
        return None

    with ThreadPoolExecutor(8) as pool:
        refused = [one for one in pool.map(ask, range(200)) if one is not None]
    assert most <= 3
    # 15 requests at 0.05 leave 0.25, into which no bound of 0.3 fits.
    assert len(refused) == 185
    assert budget.spent == pytest.approx(0.75)
