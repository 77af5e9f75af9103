"""Figures show names as they are, and powers of ten without a formula."""

from __future__ import annotations

import re

import polars as pl
import pytest

from neuropil.contracts import render_svg


def words(svg: bytes) -> set[str]:
    """What matplotlib notes beside each text that it draws as outlines."""
    return set(re.findall(r"<!-- (.*?) -->", svg.decode()))


@pytest.mark.parametrize("name", ["$a_{$", "$\\frac{1}{2}$", "a$b", "100 %", "x^2_i"])
def test_a_dollar_begins_no_formula(name):
    def draw(figure):
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], label=name)
        axes.set_xticks([0, 1], [name, "other"])
        axes.set(title=name, xlabel=name)
        axes.legend()
        return pl.DataFrame()

    svg, _ = render_svg((4, 3), draw)
    assert name in words(svg)


def test_powers_of_ten_have_raised_digits():
    def draw(figure):
        axes = figure.subplots()
        axes.plot([1e-3, 1, 1e2], [2, 3, 5])
        axes.set(xscale="log", yscale="log")
        return pl.DataFrame()

    svg, _ = render_svg((4, 3), draw)
    assert {"10⁻³", "10⁰", "10²", "3×10⁰"} <= words(svg)
    assert not any("mathdefault" in word for word in words(svg))


def test_the_same_picture_is_the_same_bytes():
    def draw(figure):
        figure.subplots().loglog([1, 10, 100], [1, 2, 3])
        return pl.DataFrame()

    assert render_svg((3, 2), draw)[0] == render_svg((3, 2), draw)[0]
