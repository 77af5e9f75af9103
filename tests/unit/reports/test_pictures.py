"""Pictures that run or load something are refused; others get names of their own."""

from __future__ import annotations

import io

import matplotlib as mpl
import pytest

from neuropil.contracts import InputError
from neuropil.reports.pictures import inline_svg

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'


def inline(body, prefix="f1-"):
    return inline_svg(f"{HEAD}{body}</svg>", name="drift", alt="A line.", prefix=prefix)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("<script>alert(1)</script>", "the element <script>"),
        ("<foreignObject/>", "the element <foreignObject>"),
        ("<a href='https://example.org'><path/></a>", "the element <a>"),
        ("<animate attributeName='href'/>", "the element <animate>"),
        ("<p xmlns='http://www.w3.org/1999/xhtml'>x</p>", "the element <p>"),
        ("<path onload='alert(1)'/>", "the attribute 'onload'"),
        ("<path ONCLICK='alert(1)'/>", "the attribute 'ONCLICK'"),
        ("<use href='https://example.org/a.svg#b'/>", "the outside address"),
        ("<use xlink:href='other.svg#b'/>", "the outside address"),
        ("<use href='data:image/svg+xml;base64,AAAA'/>", "the outside address"),
        ("<image href='https://example.org/a.png'/>", "the outside address"),
        ("<image href='data:image/svg+xml;base64,AAAA'/>", "the outside address"),
        ("<path fill='url(https://example.org/a#b)'/>", "the value"),
        ("<path style='fill: url( \"//example.org\")'/>", "the value"),
        ("<path style='background: image-set(\"x.png\" 1x)'/>", "the value"),
        ("<path style='fill: u\\72l(https://example.org)'/>", "the value"),
        ("<path style='fill: rgb(url(https://example.org))'/>", "the value"),
        ("<path style='position:fixed;top:0'/>", "the value 'position:fixed;top:0' of 'style'"),
        ("<path style='fill:red; Position /* */ : fixed'/>", "the value"),
        ("<path style='z-index: 9'/>", "the value"),
        ("<style>* { position: fixed }</style>", "the value"),
        ("<style>@import 'https://example.org/a.css';</style>", "a style sheet"),
        ("<style>body { display: none }</style>", "a style sheet"),
        ("<style>* { fill: url(https://example.org) }</style>", "the value"),
    ],
)
def test_what_runs_or_loads_is_refused(body, found):
    with pytest.raises(InputError) as caught:
        inline(body)
    assert str(caught.value).startswith(
        f"figure 'drift': expected a drawing that loads and runs nothing, found {found}"
    )
    assert str(caught.value).endswith(". Draw the figure without it.")


def test_entities_are_refused():
    bomb = '<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>'
    with pytest.raises(InputError, match="found a document type with entities"):
        inline_svg(bomb, name="drift", alt="", prefix="")


def test_broken_xml_is_named_with_its_place():
    with pytest.raises(InputError) as caught:
        inline_svg('<?xml version="1.0"?>\n<svg>\n<g></svg>', name="drift", alt="", prefix="")
    assert str(caught.value) == (
        "figure 'drift', line 3, column 5: not valid XML. "
        "The picture is damaged; run the study again."
    )


def test_other_xml_is_refused():
    with pytest.raises(InputError, match="found the root element <html> and not an SVG"):
        inline_svg("<html/>", name="drift", alt="", prefix="")


def test_ids_are_made_unique_wherever_they_are_used():
    html = inline(
        '<defs><clipPath id="c"><path id="abc"/></clipPath></defs>'
        '<use xlink:href="#abc"/><g clip-path="url(#c)" style="mask: url(\'#c\')" fill="#abc"/>'
    )
    assert '<clipPath id="f1-c"><path id="f1-abc" /></clipPath>' in html
    assert '<use href="#f1-abc" />' in html
    assert 'clip-path="url(#f1-c)"' in html
    assert 'style="mask: url(#f1-c)"' in html
    assert 'fill="#abc"' in html


def test_the_words_for_readers_who_do_not_see_it_are_escaped():
    html = inline_svg(f"{HEAD}</svg>", name="drift", alt='"><script>', prefix="")
    assert '<svg role="img" aria-label="&quot;&gt;&lt;script&gt;" />' in html


def test_titles_and_metadata_go():
    html = inline("<title>a title</title><metadata><x xmlns='y'/></metadata><path/>")
    assert html == '<svg role="img" aria-label="A line."><path /></svg>'


def test_a_matplotlib_figure_with_an_image_passes():
    mpl.use("svg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.imshow([[0, 1], [1, 0]])
    axes.set_title("a < b & c")
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg")
    plt.close(figure)
    text = buffer.getvalue()
    assert "<!DOCTYPE" in text
    html = inline_svg(text, name="image", alt="Four squares.", prefix="f2-")
    assert html.startswith("<svg ")
    assert "stroke-linejoin: round; stroke-linecap: butt" in html
    assert 'href="data:image/png;base64,' in html
    assert 'id="f2-' in html
    for gone in ("<?xml", "<!DOCTYPE", "<metadata", "<style", "xmlns", "purl.org"):
        assert gone not in html
