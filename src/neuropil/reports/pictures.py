"""SVG pictures made fit to stand inside a page: checked, and with names of their own."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from neuropil.contracts import InputError

__all__ = ["inline_svg"]

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
# What may occur, and not what is dangerous: that list would never be complete. No script,
# foreignObject, animation, link or filter.
_STRUCTURE = {"svg", "g", "defs", "use", "symbol", "clipPath", "mask", "pattern", "marker"}
_SHAPES = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "image"}
_TEXT_AND_PAINT = {"text", "tspan", "textPath", "linearGradient", "radialGradient", "stop"}
_DRAWING = frozenset(_STRUCTURE | _SHAPES | _TEXT_AND_PAINT)
# Names of the picture for programs; the page gives its own words, and metadata may hold anything.
_WORDS = frozenset({"title", "desc", "metadata"})
# Functions that a style or a paint may call; url is checked further, for an id of the picture
# itself.
_COLOURS = {"url", "rgb", "rgba", "hsl", "hsla"}
_FUNCTIONS = frozenset(_COLOURS | {"matrix", "translate", "rotate", "scale", "skewX", "skewY"})
# Without an internal subset: a document type with a bracket may declare entities, and is refused
# below.
_PROLOG = re.compile(r"\ufeff?\s*(<\?xml[^>]*\?>)?\s*(<!--.*?-->\s*)*(<!DOCTYPE[^>\[]*>)?", re.S)
# Any word before a parenthesis, so that functions nobody thought of are met as well.
_CALL = re.compile(r"""([\w-]*)\s*\(\s*(["']?#)?""")
_REFERENCE = re.compile(r"""url\(\s*["']?#([^)"']+)["']?\s*\)""")
# How matplotlib sets line joins, and the only style sheet that is let through.
_STYLE_FOR_ALL = re.compile(r"\s*(?:\*\s*\{([^{}]*)\}\s*)?")
# Pixels only: an SVG inside a data address could again load or run something.
_PICTURE_DATA = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=\s]*")
# Declarations that would move a drawing out of its place and over the page around it.
_PLACED = re.compile(r"(?:^|;)\s*(?:position|z-index|float|inset[\w-]*)\s*:", re.I)
_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_REPAIR = "Draw the figure without it."


def inline_svg(svg: str, *, name: str, alt: str, prefix: str) -> str:
    """Turn an SVG file into an element of an HTML page.

    The XML prolog, document type, metadata and class names go; every id gets the prefix, so
    that pictures on one page do not take each other's clip paths and markers.

    Parameters
    ----------
    svg : str
        An SVG document, such as matplotlib writes.
    name : str
        Name of the figure, for messages.
    alt : str
        Its content in words.
    prefix : str
        Put before every id.

    Returns
    -------
    str
        An ``<svg>`` element.

    Raises
    ------
    InputError
        When the picture could run a script, load something, or style the page around it.
    """
    root = _parse(svg, name)
    # Styles first, while they are still elements: the check below knows no style element.
    _take_styles(root, name)
    for element in root.iter():
        element.tag = _local_tag(element, name)
        element.attrib = {
            key: _rename(key, value, prefix) for key, value in _attributes(element, name).items()
        }
    # After the renaming, so that the words for readers who do not see the picture are not taken for
    # ids.
    root.attrib |= {"role": "img", "aria-label": alt}
    return ElementTree.tostring(root, encoding="unicode")


def _parse(svg: str, name: str) -> ElementTree.Element:
    # The prolog leaves its line breaks behind, so that messages count lines as the file does.
    body = _PROLOG.sub(lambda prolog: "\n" * prolog[0].count("\n"), svg, count=1)
    # Before parsing: entities are expanded by the parser itself.
    if "<!DOCTYPE" in body or "<!ENTITY" in body:
        raise _refusal(name, "a document type with entities")
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - entities were refused above
    except ElementTree.ParseError as error:
        line, column = error.position
        raise InputError(
            "not valid XML",
            where=f"figure {name!r}, line {line}, column {column}",
            repair="The picture is damaged; run the study again.",
        ) from error
    if root.tag != f"{{{_SVG}}}svg":
        raise _refusal(name, f"the root element <{root.tag}> and not an SVG")
    return root


def _take_styles(root: ElementTree.Element, name: str) -> None:
    """Remove what only names the picture; move a style for all elements onto the root.

    A style sheet inside a page would apply to the whole page.
    """
    # Lists, because children are removed while the tree is walked.
    for parent in list(root.iter()):
        for child in list(parent):
            space, local = _split(child.tag)
            if local in _WORDS and space == _SVG:
                parent.remove(child)
            elif local == "style" and space == _SVG:
                match = _STYLE_FOR_ALL.fullmatch(child.text or "")
                if match is None:
                    raise _refusal(name, "a style sheet")
                # The root's own style comes last and so wins, as it did over the sheet.
                root.set("style", f"{match[1] or ''};{root.get('style', '')}".strip(";"))
                parent.remove(child)


def _local_tag(element: ElementTree.Element, name: str) -> str:
    space, local = _split(element.tag)
    if space != _SVG or local not in _DRAWING:
        raise _refusal(name, f"the element <{local}>")
    return local


def _attributes(element: ElementTree.Element, name: str) -> dict[str, str]:
    kept = {}
    for key, value in element.attrib.items():
        space, local = _split(key)
        # Event attributes run code; all begin so, in whatever case, and no attribute of a drawing
        # does.
        if local.lower().startswith("on"):
            raise _refusal(name, f"the attribute {local!r}")
        if local in {"href", "src"}:
            _check_address(value, element.tag, name)
        # A backslash escapes letters in CSS, by which url can be written without its letters.
        elif "\\" in value or any(map(_loads, _CALL.findall(value))):
            raise _refusal(name, f"the value {value[:60]!r} of {local!r}")
        if local == "style" and _PLACED.search(_COMMENT.sub("", value)):
            raise _refusal(name, f"the value {value[:60]!r} of 'style'")
        # Classes would take the styles of the page; words for screen readers are given by the
        # report.
        if space in {"", _XLINK} and local != "class" and not local.startswith("aria-"):
            kept[local] = value
    return kept


def _check_address(value: str, tag: str, name: str) -> None:
    if not value.startswith("#") and not (tag == "image" and _PICTURE_DATA.fullmatch(value)):
        raise _refusal(name, f"the outside address {value[:60]!r}")


def _loads(call: tuple[str, str]) -> bool:
    function, own_id = call
    return function not in _FUNCTIONS or (function == "url" and not own_id)


def _rename(key: str, value: str, prefix: str) -> str:
    if key == "id":
        return prefix + value
    # References have to follow the ids: with the old name they would point into another picture.
    if key == "href" and value.startswith("#"):
        return f"#{prefix}{value[1:]}"
    return _REFERENCE.sub(rf"url(#{prefix}\1)", value)


def _split(tag: str) -> tuple[str, str]:
    space, _, local = tag.rpartition("}")
    return space.removeprefix("{"), local


def _refusal(name: str, found: str) -> InputError:
    return InputError(
        f"expected a drawing that loads and runs nothing, found {found}",
        where=f"figure {name!r}",
        repair=_REPAIR,
    )
