"""Every command in the README and the docs is one, with options and settings that exist."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

import neuropil
from neuropil.cli.main import app
from neuropil.cli.settings import gather_settings
from neuropil.pipelines import build_config, load_study, study_names

REPOSITORY = Path(__file__).parents[2]
PAGES = [
    REPOSITORY / "README.md",
    REPOSITORY / "CONTRIBUTING.md",
    REPOSITORY / "CHANGELOG.md",
    *sorted((REPOSITORY / "docs").rglob("*.md")),
    *sorted((REPOSITORY / "src" / "neuropil").rglob("card.md")),
]
COMMAND = typer.main.get_command(app)
# They need no file and take seconds; what they do is the matter of other tests.
QUICK = ("data list", "data info", "cite", "settings")


def documented() -> dict[str, Path]:
    """Commands by their text: lines of code, and code within a line."""
    found: dict[str, Path] = {}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        fenced = "\n".join(re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
        lines = re.findall(r"^    (neuropil .+)$", text, re.MULTILINE)
        lines += re.findall(r"^(?:\$ )?(neuropil .+)$", fenced, re.MULTILINE)
        inline = re.findall(r"`(neuropil [^`]+)`", text)
        for line in (*lines, *inline):
            # A pipe and what stands behind it are the shell's.
            found.setdefault(re.split(r" [|#>] ?", line)[0].strip(), page)
    return found


def split_command(line: str) -> tuple[object, list[str]]:
    """Return the command and what is left for it."""
    words = shlex.split(line)[1:]
    words = [word for word in words if word not in ("-q", "--quiet", "--debug")]
    node = COMMAND
    while words and words[0] in getattr(node, "commands", {}):
        node = node.commands[words.pop(0)]
    return node, words


@pytest.mark.parametrize("line", documented())
def test_a_documented_command_is_understood(line):
    node, words = split_command(line)
    # A group alone, such as `neuropil data`, has commands of its own and no arguments.
    assert not (words and hasattr(node, "commands") and not words[0].startswith("-")), line
    # A command that is only named, and one whose rest is left to the reader, have nothing to parse.
    if not words or "..." in words or "…" in words or hasattr(node, "commands"):
        return
    if "--help" in words:
        return
    # Within a sentence an option is named with its command alone.
    sentence = f"`{line}`" in documented()[line].read_text(encoding="utf-8")
    try:
        context = node.make_context(node.name, list(words))
    except Exception as error:
        if type(error).__name__ != "MissingParameter" or not sentence:
            raise
        return
    study = context.params.get("name")
    if node.name == "run" and study in study_names():
        settings = gather_settings(None, context.params["assignments"])
        build_config(load_study(study), settings)


@pytest.mark.parametrize(
    "line",
    [
        line
        for line in documented()
        if line.removeprefix("neuropil ").startswith(QUICK) and line.split()[-1].islower()
    ],
)
def test_a_quick_command_does_what_it_says(line):
    words = shlex.split(line)[1:]
    # `neuropil cite` and `neuropil cite --bibtex` wait for a name.
    if not [word for word in words[1:] if not word.startswith("-")]:
        return
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert result.stdout


def snippets() -> list[tuple[str, str]]:
    """Python code of the pages, by page and number."""
    return [
        (f"{page.relative_to(REPOSITORY)}-{number}", code)
        for page in PAGES
        for number, code in enumerate(
            re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
        )
    ]


@pytest.mark.parametrize(("place", "code"), snippets(), ids=[place for place, _ in snippets()])
def test_names_of_a_snippet_exist(place, code):
    """What a snippet takes from the package is there; its files are the reader's."""
    tree = ast.parse(code, place)
    aliases = {
        item.asname or item.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for item in node.names
        if item.name == "neuropil"
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("neuropil"):
            module = __import__(node.module, fromlist=["_"])
            assert all(hasattr(module, item.name) for item in node.names), code
        if isinstance(node, ast.Attribute):
            names: list[str] = []
            inner: ast.AST = node
            while isinstance(inner, ast.Attribute):
                names.insert(0, inner.attr)
                inner = inner.value
            if isinstance(inner, ast.Name) and inner.id in aliases:
                place_in_package = neuropil
                for name in names:
                    place_in_package = getattr(place_in_package, name)


@pytest.mark.slow
def test_the_readme_snippet_runs():
    """All of its lines, with a search of seconds in place of one of minutes."""
    [code] = [code for place, code in snippets() if place == "README.md-0"]
    given = "RingAttractor(random_state=1)"
    assert code.count(given) == 1
    short = code.replace(given, "RingAttractor(random_state=1, plan=plan)")
    names: dict[str, object] = {
        "plan": load_study("head-direction").fast["plan"],
        "velocity": np.full(20, 90.0),
    }
    exec(compile(short, "README.md", "exec"), names)
    compass, rates, turn = (names[name] for name in ("compass", "rates", "turn"))
    assert compass.adjacency().shape == (compass.n_nodes,) * 2
    assert rates.shape == (20, 1, names["fly"].n_nodes)
    assert np.isfinite(turn).all()
    assert names["model"].score() <= 0
