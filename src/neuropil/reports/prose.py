"""Markdown to HTML that can run nothing and load nothing."""

from __future__ import annotations

from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = ["render_markdown"]

# HTML has no h7.
_LOWEST_HEADING = 6


def render_markdown(text: str, *, demote: int = 2) -> str:
    r"""Render headings, paragraphs, lists, tables, code, emphasis and links as HTML.

    HTML in the text is shown as text, pictures become links, and addresses other than http,
    https, mailto and ``#`` are not linked.

    Parameters
    ----------
    text : str
        CommonMark with tables.
    demote : int
        Levels by which headings move down, to fit below the page's own.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> render_markdown("# Limits\n<b>none</b>")
    '<h3>Limits</h3>\n<p>&lt;b&gt;none&lt;/b&gt;</p>\n'
    """
    parser = _parser()
    tokens = parser.parse(text)
    for token in _walk(tokens):
        if token.type in {"heading_open", "heading_close"}:
            # Headings of the model page stand below those of the report, so that its outline stays
            # one tree.
            token.tag = f"h{min(_LOWEST_HEADING, int(token.tag[1:]) + demote)}"
        if token.type == "link_open":
            # A report may lie at a private address, which no linked site has to learn.
            token.attrSet("rel", "noreferrer")
    return str(parser.renderer.render(tokens, parser.options, {}))


class _Parser(MarkdownIt):
    """A parser that links to public addresses and to places on the page only."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the parent's name
        """Tell whether an address may be linked."""
        scheme, colon, _ = url.partition(":")
        # A list of what is allowed: javascript and data are only the best known of the others.
        public = bool(colon) and scheme.lower() in {"http", "https", "mailto"}
        return public or url.startswith("#")


@cache
def _parser() -> MarkdownIt:
    # HTML is escaped by the parser and not removed afterwards: there is nothing to overlook. A
    # picture would be loaded from outside.
    parser = _Parser("commonmark", {"html": False}).enable("table").disable("image")
    parser.add_render_rule("table_open", _open_table)
    parser.add_render_rule("table_close", _close_table)
    return parser


def _open_table(*_: object) -> str:
    # Wide tables scroll by themselves on a small screen; the focus lets a keyboard do it.
    return '<div class="scroll" tabindex="0"><table>\n'


def _close_table(*_: object) -> str:
    return "</table></div>\n"


def _walk(tokens: list[Token]) -> list[Token]:
    return [part for token in tokens for part in (token, *_walk(token.children or []))]
