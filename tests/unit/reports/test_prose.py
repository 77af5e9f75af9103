"""Model pages are rendered, and nothing in them runs or loads."""

from __future__ import annotations

import pytest

from neuropil.reports.prose import render_markdown


def test_headings_move_below_those_of_the_page():
    assert render_markdown("# One\n\n##### Five") == "<h3>One</h3>\n<h6>Five</h6>\n"


def test_tables_lists_code_and_emphasis_are_rendered():
    html = render_markdown("| a | b |\n|---|---|\n| `x_i` | *y* |\n\n- one\n- **two**\n")
    assert '<div class="scroll" tabindex="0"><table>' in html
    assert "<td><code>x_i</code></td>" in html
    assert "<td><em>y</em></td>" in html
    assert "<li><strong>two</strong></li>" in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,AAAA)",
        "<javascript:alert(1)>",
        "![x](https://example.org/x.png)",
        "![x](x.png)",
        "```<b>\n<script>\n```",
    ],
)
def test_hostile_text_stays_text(text):
    html = render_markdown(text)
    for danger in ("<script", "<img", 'href="javascript', 'href="data', "<b>"):
        assert danger not in html.lower()


def test_public_links_are_plain_anchors():
    html = render_markdown("[paper](https://doi.org/10.1/2) and [below](#limits)")
    assert '<a href="https://doi.org/10.1/2" rel="noreferrer">paper</a>' in html
    assert '<a href="#limits" rel="noreferrer">below</a>' in html
