"""Hold the source against the house's limits, and print how far it is from them.

``python tools/style.py [FOLDER ...]`` prints the numbers and exits with 1 where a limit that
allows no exception is broken. The shares are a mirror and never fail.
"""

from __future__ import annotations

import ast
import io
import re
import statistics
import sys
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Function", "Module", "find_faults", "main", "read_module", "summarise"]

FUNCTION_LINES = 80
FUNCTION_LINES_MOSTLY = 25
MODULE_LINES = 600
MODULE_LINES_MOSTLY = 400
PARAMETERS = 7
SHARE = 0.9
COMMENTS = 0.04
REFUSED_NAMES = frozenset({"utils", "util", "helpers", "helper", "misc", "common"})

_UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
_FOR_PROGRAMS = re.compile(r"#\s*(noqa|type:|fmt:|!)")
_FOLDERS = ("src", "tools")

Definition = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Function:
    """A function or method.

    Parameters
    ----------
    where : str
        File and line.
    name : str
        Its name.
    lines : int
        Length without its docstring and decorators.
    parameters : int
        Number of parameters, without ``self`` or ``cls``.
    untyped : tuple of str
        Parameters without a type.
    """

    where: str
    name: str
    lines: int
    parameters: int
    untyped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """A Python file.

    Parameters
    ----------
    path : Path
        The file.
    lines : int
        Its length.
    functions : tuple of Function
        Its functions and methods, nested ones too.
    undocumented : tuple of str
        Public names without a docstring, each with its place.
    unfinished : tuple of str
        Comments that put work off, each with its place.
    code : int
        Lines that hold code; blank lines, comments and docstrings do not count.
    comments : int
        Lines with a comment for readers; those for linters and type checkers do not count.
    """

    path: Path
    lines: int
    functions: tuple[Function, ...]
    undocumented: tuple[str, ...]
    unfinished: tuple[str, ...]
    code: int
    comments: int


def read_module(path: Path) -> Module:
    """Read what the limits are about from a Python file."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text, str(path))
    return Module(
        path,
        text.count("\n"),
        tuple(_functions(tree, path)),
        tuple(f"{path}:{line} {name}" for line, name in _undocumented(tree, path.stem)),
        tuple(f"{path}:{line} {word}" for line, word in _unfinished(text)),
        *_count_lines(text, tree),
    )


def find_faults(modules: Sequence[Module]) -> list[str]:
    """List what breaks a limit that allows no exception.

    Parameters
    ----------
    modules : sequence of Module
        The files to judge.

    Returns
    -------
    list of str
        One line for each fault, with its place.
    """
    faults: list[str] = []
    for module in modules:
        if module.path.stem in REFUSED_NAMES:
            faults.append(f"{module.path}: name the file after what it holds")
        if module.lines > MODULE_LINES:
            faults.append(f"{module.path}: {module.lines} lines, at most {MODULE_LINES}")
        faults += [f"{name} has no docstring" for name in module.undocumented]
        faults += [f"{comment} puts work off" for comment in module.unfinished]
        for item in module.functions:
            faults += [f"{item.where} {item.name}: {fault}" for fault in _faults_of(item)]
    return faults


def summarise(modules: Sequence[Module]) -> list[str]:
    """Describe sizes as shares and extremes.

    Parameters
    ----------
    modules : sequence of Module
        The files to describe; at least one of them has a function.

    Returns
    -------
    list of str
        Lines to print.
    """
    items = [item for module in modules for item in module.functions]
    longest = max(items, key=lambda item: item.lines)
    widest = max(items, key=lambda item: item.parameters)
    largest = max(modules, key=lambda module: module.lines)
    return [
        _share("functions", [item.lines for item in items], FUNCTION_LINES_MOSTLY),
        f"  longest: {longest.lines} lines (limit {FUNCTION_LINES}), {longest.name}",
        f"  most parameters: {widest.parameters} (limit {PARAMETERS}), {widest.name}",
        _share("modules", [module.lines for module in modules], MODULE_LINES_MOSTLY),
        f"  longest: {largest.lines} lines (limit {MODULE_LINES}), {largest.path}",
        _comment_share(modules),
    ]


def _comment_share(modules: Sequence[Module]) -> str:
    share = sum(module.comments for module in modules) / sum(module.code for module in modules)
    mark = "" if share >= COMMENTS else " MISS"
    return f"comments: {share:.1%} of the lines of code (aim {COMMENTS:.0%}){mark}"


def main(folders: Sequence[str]) -> int:
    """Print the numbers and the faults of all Python files in some folders.

    Parameters
    ----------
    folders : sequence of str
        Folders to look through; the project's own source when empty.

    Returns
    -------
    int
        Exit code: 1 where a limit that allows no exception is broken.
    """
    paths = sorted(path for folder in folders or _FOLDERS for path in Path(folder).rglob("*.py"))
    modules = [read_module(path) for path in paths]
    faults = find_faults(modules)
    lines = summarise(modules) if any(module.functions for module in modules) else []
    print("\n".join([*lines, *faults, f"{len(faults)} faults in {len(modules)} modules"]))
    return 1 if faults else 0


def _faults_of(item: Function) -> Iterator[str]:
    if item.lines > FUNCTION_LINES:
        yield f"{item.lines} lines, at most {FUNCTION_LINES}"
    if item.parameters > PARAMETERS:
        yield f"{item.parameters} parameters, at most {PARAMETERS}"
    if item.untyped:
        yield f"no type for {', '.join(item.untyped)}"


def _share(what: str, sizes: Sequence[int], limit: int) -> str:
    share = sum(size < limit for size in sizes) / len(sizes)
    mark = "" if share >= SHARE else " MISS"
    ninth = statistics.quantiles(sizes, n=10)[-1] if len(sizes) > 1 else sizes[0]
    return (
        f"{what}: {len(sizes)}, {share:.1%} under {limit} lines (aim {SHARE:.0%}){mark}, "
        f"90 % have at most {ninth:.0f}"
    )


def _functions(tree: ast.Module, path: Path) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, Definition):
            named = _parameters(node)
            yield Function(
                f"{path}:{node.lineno}",
                node.name,
                _length(node),
                len(named),
                tuple(item.arg for item in named if item.annotation is None),
            )


def _length(node: Definition) -> int:
    whole = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node, clean=False) is None:
        return whole
    docstring = node.body[0]
    return whole - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def _parameters(node: Definition) -> list[ast.arg]:
    named = [*node.args.posonlyargs, *node.args.args]
    if named and named[0].arg in {"self", "cls"}:
        named = named[1:]
    extra = (node.args.vararg, node.args.kwarg)
    return [*named, *node.args.kwonlyargs, *(item for item in extra if item)]


def _undocumented(
    node: ast.Module | ast.ClassDef | Definition, name: str
) -> Iterator[tuple[int, str]]:
    """Find public modules, classes, functions and methods without a docstring."""
    if isinstance(node, Definition) and any(_is_overload(item) for item in node.decorator_list):
        return  # the function that follows its overloads has the docstring
    if ast.get_docstring(node) is None:
        yield getattr(node, "lineno", 1), name
    if isinstance(node, Definition):
        return  # what is defined inside a function is not public
    for child in node.body:
        if isinstance(child, ast.ClassDef | Definition) and not child.name.startswith("_"):
            yield from _undocumented(child, child.name)


def _is_overload(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Name) and decorator.id == "overload"


def _count_lines(text: str, tree: ast.Module) -> tuple[int, int]:
    """Count the lines of code, and those with a comment for readers."""
    docstrings = set()
    for node in ast.walk(tree):
        documented = ast.Module | ast.ClassDef | Definition
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            docstrings |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    code, comments = set(), set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        lines = range(token.start[0], token.end[0] + 1)
        if token.type == tokenize.COMMENT:
            if not _FOR_PROGRAMS.match(token.string):
                comments |= set(lines)
        elif token.string.strip() and token.type != tokenize.ENDMARKER:
            code |= set(lines)
    return len(code - docstrings), len(comments)


def _unfinished(text: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and (found := _UNFINISHED.search(token.string)):
            yield token.start[0], found[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
