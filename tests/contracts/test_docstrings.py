"""Docstrings say what numpydoc asks for, and arrays say their shape.

Short docstrings stay short: a method or a function of one argument may be a single sentence.
What is listed is listed in full, and on the floors that the studies stand on a public function
of several arguments lists them.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

import pytest
from numpydoc.docscrape import NumpyDocString
from numpydoc.validate import validate

import neuropil

ROOMS = sorted(item.name for item in pkgutil.iter_modules(neuropil.__path__) if item.ispkg)
FLOORS = ("connectome", "contracts", "datasets", "formats", "learning", "measures")
ALWAYS = {
    "GL06",  # unknown section
    "GL07",  # sections out of order
    "GL08",  # no docstring
    "SS01",  # no summary
    "SS02",  # summary without a capital letter
    "SS03",  # summary without a full stop
    "PR02",  # a parameter that does not exist
}
WHERE_LISTED = {
    "PR01",  # a parameter is missing
    "PR07",  # a parameter without a description
    "RT03",  # a returned value without a description
    "YD01",  # a generator without Yields
}
JAXTYPING = re.compile(r"\b(?:Bool|Complex|Float|Inexact|Int|Num|Real|Shaped|UInt)\[[^\]]*\]")
SHAPELESS = re.compile(r'\[[^,\]]+, *[\'"] *[\'"]\]')


def faces():
    """Public functions and classes of every room, once each."""
    found = {}
    for room in ROOMS:
        module = importlib.import_module(f"neuropil.{room}")
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isfunction(value) or inspect.isclass(value):
                found[f"{value.__module__}.{value.__qualname__}"] = (room, value)
    return found


def members(name, value):
    """A class with the public methods and properties that it defines itself."""
    yield name, value
    for key, item in vars(value).items() if inspect.isclass(value) else ():
        plain = item.__func__ if isinstance(item, (classmethod, staticmethod)) else item
        if not key.startswith("_") and (inspect.isfunction(plain) or isinstance(plain, property)):
            yield f"{name}.{key}", plain


FACES = faces()
OBJECTS = dict(sorted(item for name, (_, value) in FACES.items() for item in members(name, value)))
SIGNED = [name for name, value in OBJECTS.items() if not isinstance(value, property)]


def problems(name):
    """What numpydoc finds, by code."""
    return dict(validate(name)["errors"])


def documented(value):
    """Type of each documented parameter; `a, b : type` counts for both."""
    return {
        name.strip().lstrip("*"): item.type
        for item in NumpyDocString(inspect.getdoc(value) or "")["Parameters"]
        for name in item.name.split(",")
    }


@pytest.mark.parametrize("name", OBJECTS)
def test_what_is_said_is_right(name):
    codes = ALWAYS | (WHERE_LISTED if documented(OBJECTS[name]) else set())
    assert {code: text for code, text in problems(name).items() if code in codes} == {}


@pytest.mark.parametrize("name", SIGNED)
def test_parameters_are_listed_in_their_order(name):
    """The order of those that are only given by name is free."""
    value = OBJECTS[name]
    ordered = [
        key
        for key, parameter in inspect.signature(value).parameters.items()
        if parameter.kind is not parameter.KEYWORD_ONLY
    ]
    listed = [key for key in documented(value) if key in ordered]
    assert listed == [key for key in ordered if key in listed]


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, (room, value) in sorted(FACES.items())
        if room in FLOORS
        and inspect.isfunction(value)
        and len(inspect.signature(value).parameters) > 1
    ],
)
def test_functions_of_several_arguments_list_them(name):
    wanted = {"PR01", "RT01"}
    assert {code: text for code, text in problems(name).items() if code in wanted} == {}


def arrays(value):
    """Names of the arguments whose annotation has a shape."""
    for name, parameter in inspect.signature(value).parameters.items():
        shaped = JAXTYPING.search(str(parameter.annotation))
        if shaped and not SHAPELESS.search(shaped[0]):
            yield name


@pytest.mark.parametrize("name", SIGNED)
def test_arrays_start_with_their_shape(name):
    value = OBJECTS[name]
    types = documented(value)
    assert [key for key in arrays(value) if key in types and not types[key].startswith("(")] == []
