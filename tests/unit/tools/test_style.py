"""The style mirror finds what it must, where it is, and nothing in what is well kept."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[3] / "tools"


@pytest.fixture(scope="module")
def style():
    spec = importlib.util.spec_from_file_location("style", TOOLS / "style.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["style"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["style"]


@pytest.fixture
def faults(style, tmp_path):
    def find(text, name="module.py"):
        path = tmp_path / name
        path.write_text(text)
        return [
            fault.replace(f"{tmp_path}/", "")
            for fault in style.find_faults([style.read_module(path)])
        ]

    return find


def function(lines, docstring_lines=1):
    """Source of a documented function whose body makes it ``lines`` long."""
    docstring = '    """Do it.' + "\n" * (docstring_lines - 1) + '"""\n'
    return f'"""A."""\n\ndef act() -> None:\n{docstring}' + "    act()\n" * (lines - 1)


def test_the_longest_function_that_is_allowed(faults):
    assert faults(function(80)) == []
    assert faults(function(81)) == ["module.py:3 act: 81 lines, at most 80"]


def test_docstrings_do_not_count(faults):
    assert faults(function(80, docstring_lines=30)) == []


def test_the_longest_module_that_is_allowed(faults):
    assert faults('"""A."""\n' + "x = 1\n" * 599) == []
    assert faults('"""A."""\n' + "x = 1\n" * 600) == ["module.py: 601 lines, at most 600"]


def test_parameters_are_counted_without_self(faults):
    seven = ", ".join(f"{name}: int" for name in "abcdefg")
    text = '"""A."""\nclass A:\n    """B."""\n    def act(self, {}) -> None:\n        """C."""\n'
    assert faults(text.format(seven)) == []
    assert faults(text.format(f"{seven}, *rest: int")) == [
        "module.py:4 act: 8 parameters, at most 7"
    ]


def test_parameters_without_a_type_are_named(faults):
    text = '"""A."""\ndef act(a, b: int, *c, d, **e: int) -> None:\n    """B."""\n'
    assert faults(text) == ["module.py:2 act: no type for a, d, c"]


def test_public_names_without_a_docstring_are_named(faults):
    text = "class A:\n    def act(self) -> None:\n        def inner() -> None: ...\n"
    assert faults(text) == [
        "module.py:1 module has no docstring",
        "module.py:1 A has no docstring",
        "module.py:2 act has no docstring",
    ]


def test_private_names_need_no_docstring(faults):
    text = '"""A."""\nclass _A:\n    def act(self) -> None: ...\ndef _act() -> None: ...\n'
    assert faults(text) == []


def test_work_put_off_is_found_in_comments_only(faults):
    text = f'"""A {"TO" + "DO"}."""\nx = "FIXME"\ny = 1  # FIXME later\n'
    assert faults(text) == ["module.py:3 FIXME puts work off"]


@pytest.mark.parametrize("name", ["utils", "helpers", "misc", "common"])
def test_file_names_say_what_they_hold(faults, name):
    assert faults('"""A."""\n', f"{name}.py") == [f"{name}.py: name the file after what it holds"]


def test_the_numbers_are_printed_and_faults_fail(style, tmp_path, capsys):
    (tmp_path / "long.py").write_text(function(81))
    (tmp_path / "short.py").write_text(function(10))
    assert style.main([str(tmp_path)]) == 1
    assert capsys.readouterr().out.replace(f"{tmp_path}/", "").splitlines() == [
        "functions: 2, 50.0% under 25 lines (aim 90%) MISS, 90 % have at most 131",
        "  longest: 81 lines (limit 80), act",
        "  most parameters: 0 (limit 7), act",
        "modules: 2, 100.0% under 400 lines (aim 90%), 90 % have at most 134",
        "  longest: 84 lines (limit 600), long.py",
        "comments: 0.0% of the lines of code (aim 4%) MISS",
        "long.py:3 act: 81 lines, at most 80",
        "1 faults in 2 modules",
    ]


def test_long_functions_in_a_small_share_do_not_fail(style, tmp_path, capsys):
    (tmp_path / "a.py").write_text(function(79))
    assert style.main([str(tmp_path)]) == 0
    assert "0.0% under 25 lines (aim 90%) MISS" in capsys.readouterr().out


def test_comments_for_readers_count_and_those_for_programs_do_not(style, tmp_path):
    path = tmp_path / "a.py"
    path.write_text(
        '"""A docstring."""\n\n# Why so.\nx = 1  # noqa: E501\ny = 2  # [s]\n\n'
        'def act():\n    """Do.\n\n    More.\n    """\n    return "a\\\nb"\n'
    )
    module = style.read_module(path)
    assert (module.code, module.comments) == (5, 2)


def test_no_python_files_are_no_fault(style, tmp_path, capsys):
    assert style.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == "0 faults in 0 modules\n"


def test_the_package_holds_to_the_limits(style, monkeypatch, capsys):
    monkeypatch.chdir(TOOLS.parent)
    assert style.main([]) == 0, capsys.readouterr().out
    assert "MISS" not in capsys.readouterr().out


def test_overloads_need_no_docstring_beside_that_of_their_function(faults):
    one = "@overload\ndef act(x: int) -> int: ...\n"
    whole = 'def act(x: object) -> object:\n    """Do it."""\n    return x\n'
    assert faults(f'"""A."""\n\n{one}{whole}') == []
