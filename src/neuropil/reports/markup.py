"""HTML that is safe by construction: whatever is not marked as HTML is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

__all__ = ["Markup", "anchor", "concatenate", "element"]


class Markup(str):
    """Text that is HTML already and is not escaped again."""

    __slots__ = ()


def element(tag: str, *children: str, **attributes: str | bool | None) -> Markup:
    """Build an element; children and attribute values are escaped unless they are Markup.

    Parameters
    ----------
    tag : str
        Name of the element.
    *children : str
        Its content.
    **attributes : str or bool or None
        Underscores become hyphens and a final one goes. True gives an empty attribute, False
        and None give none.

    Examples
    --------
    >>> element("td", "a < b", class_="n", data_label="x")
    '<td class="n" data-label="x">a &lt; b</td>'
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{"" if value is True else escape(value)}"'
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    return Markup(f"<{tag}{written}>{concatenate(children)}</{tag}>")


def concatenate(parts: Iterable[str]) -> Markup:
    """Join parts, escaping those that are not Markup."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))


def anchor(text: str, address: str | None) -> Markup:
    """Link to a public http or https address; any other address is left out.

    Examples
    --------
    >>> anchor("here", "https://example.org/a"), anchor("here", "javascript:alert(1)")
    ('<a href="https://example.org/a" rel="noreferrer">here</a>', 'here')
    """
    if address and address.startswith(("https://", "http://")):
        return element("a", text, href=address, rel="noreferrer")
    return concatenate([text])
