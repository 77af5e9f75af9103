"""Each room shows what `__all__` lists, no less and no more, and loads nothing it need not."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import neuropil

ROOMS = sorted(item.name for item in pkgutil.iter_modules(neuropil.__path__) if item.ispkg)
MODULES = sorted(
    item.name
    for item in pkgutil.walk_packages(neuropil.__path__, "neuropil.")
    if not item.name.endswith("__main__")
)
SOURCE = Path(neuropil.__file__).parent
HEAVY = {
    "fastapi",
    "h5py",
    "httpx",
    "httpx2",
    "jax",
    "matplotlib",
    "networkx",
    "nibabel",
    "openai",
    "pooch",
    "sklearn",
}


def listed(room):
    """What ``__all__`` of a room lists, as it is written."""
    tree = ast.parse((SOURCE / room / "__init__.py").read_text(encoding="utf-8"))
    lists = (node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign))
    (names,) = (node.value for node in lists if "__all__" in ast.unparse(node).split(" ")[0])
    return ast.literal_eval(names)


FACES = {room: listed(room) for room in ROOMS}


def public(module):
    """Names without an underscore, other than the modules that importing attaches."""
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }


@pytest.mark.parametrize("room", ROOMS)
def test_the_face_of_a_room_is_its_public_names(room):
    module = importlib.import_module(f"neuropil.{room}")
    assert set(module.__all__) == public(module).keys()
    assert len(set(module.__all__)) == len(module.__all__)


def imported(tree):
    """Dotted names that a file imports, local imports among them, each with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def past_the_face(path, own):
    """Imports of a file of the room ``own`` that name what no face of another room lists."""
    for name, line in imported(ast.parse(path.read_text(encoding="utf-8"))):
        package, room, *inside = (*name.split("."), "", "")
        if package != "neuropil" or room in ("", own):
            continue
        first, second = inside[:2]
        if second or (first and first not in FACES.get(room, [])):
            yield f"{path.name}, line {line}: {name}"


@pytest.mark.parametrize("room", ROOMS)
def test_other_rooms_are_imported_by_their_face(room):
    files = sorted((SOURCE / room).rglob("*.py"))
    assert files
    assert [found for path in files for found in past_the_face(path, room)] == []


@pytest.mark.parametrize(
    ("statement", "refused"),
    [
        ("from neuropil.connectome import Connectome", False),
        ("from neuropil import datasets", False),
        ("import neuropil.datasets", False),
        ("from neuropil.formats.swc import FORMAT", True),
        ("from neuropil.connectome.validation import list_some", True),
        ("from neuropil.connectome import validation", True),
        ("import neuropil.connectome.validation", True),
        ("def f():\n    from neuropil.connectome.validation import list_some", True),
    ],
)
def test_what_goes_past_a_face_is_found(tmp_path, statement, refused):
    path = tmp_path / "example.py"
    path.write_text(statement)
    assert bool(list(past_the_face(path, "datasets"))) == refused
    assert list(past_the_face(path, "formats" if ".swc" in statement else "connectome")) == []


@pytest.mark.parametrize("name", MODULES)
def test_modules_and_the_names_they_list_are_documented(name):
    module = importlib.import_module(name)
    assert module.__doc__
    assert [key for key in module.__all__ if not hasattr(module, key)] == []
    bare = [
        key
        for key in module.__all__
        if (inspect.isclass(value := getattr(module, key)) or inspect.isfunction(value))
        and not (value.__doc__ or "").strip()
    ]
    assert bare == []


def test_the_package_shows_every_room_but_the_command_line():
    assert set(neuropil.__all__) == {"Connectome", "__version__", *ROOMS} - {"cli"}
    assert dir(neuropil) == sorted(neuropil.__all__)
    for name in neuropil.__all__:
        assert getattr(neuropil, name) is not None


def test_an_unknown_name_is_named():
    with pytest.raises(AttributeError, match=r"^module 'neuropil' has no attribute 'connectom'$"):
        _ = neuropil.connectom


def loaded_by(statement):
    """Top-level packages that a fresh interpreter loads for a statement."""
    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", statement],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    names = (line.rpartition("|")[2].strip() for line in result.stderr.splitlines())
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import neuropil", set()),
        ("import neuropil; neuropil.Connectome", set()),
        ("import neuropil; neuropil.formats", set()),
        ("import neuropil; neuropil.datasets", {"pooch"}),
        ("import neuropil; neuropil.reports", set()),
        ("import neuropil.measures", set()),
        ("import neuropil; neuropil.language", set()),
        (
            "from neuropil.language import load_model, FREE; load_model('openai:m', price=FREE)",
            set(),
        ),
        ("import neuropil.pipelines", {"pooch"}),
    ],
)
def test_what_is_imported_stays_light(statement, allowed):
    loaded = loaded_by(statement)
    assert "neuropil" in loaded
    assert not loaded & (HEAVY - allowed)
