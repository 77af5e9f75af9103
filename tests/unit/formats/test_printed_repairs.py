"""Every option that a message of a reader offers works when it is typed, in Python or a shell."""

import ast
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from neuropil import formats
from neuropil.cli.main import app
from neuropil.contracts import InputError

# What a message offers: name='text' or name=Word.
_OFFER = re.compile(r"""\b([a-z_]+)=('(?:[^'\\]|\\.)*'|"[^"]*"|[A-Za-z0-9_]+)""")


@dataclass(frozen=True)
class Damage:
    """A file that is refused, and the options that the message must offer, one after another."""

    name: str
    content: str | bytes
    offers: tuple[str, ...]
    format: str | None = None


CODEX = "pre_root_id,post_root_id,neuropil,syn_count\n1,2,EB,3\n"
NEUPRINT = "bodyId_pre,bodyId_post,weight\n1,2,3\n"
DAMAGED = [
    Damage("e.csv", "pre\tpost\tn_syn\nA\tB\t3\n", ("separator",)),
    Damage("e.csv", "pre;post;n_syn\nA;B;3\n", ("separator",)),
    Damage("e.csv", "pre post n_syn\nA B 3\n", ("separator",)),
    Damage("e.csv", "pre|post|n_syn\nA|B|3\n", ("separator",)),
    Damage("e.tsv", "pre,post,n_syn\nA,B,3\n", ("separator",)),
    Damage("e.csv", "from_cell,to_cell,n_syn\nA,B,3\n", ("pre", "post")),
    Damage("e.csv", "a cell,another,n_syn\nA,B,3\n", ("pre", "post")),
    Damage("e.csv", "its 'own',to,n_syn\nA,B,3\n", ("pre",)),
    Damage("e.csv", "source,from,to,n_syn\nA,A,B,3\n", ("pre",)),
    Damage("e.csv", "pre,post,contact size\nA,B,3\n", ("weights", "count_lines")),
    Damage("e.csv", "pre,post\nA,B\nA,B\n", ("count_lines",)),
    Damage("e.csv", "pre,post,n_syn\nA,B,3\nA,B,4\n", ("sum_pairs", "count_lines")),
    Damage("e.csv", "pre,post,n_syn\nA,B,3\nNA,B,4\n", ("drop_missing_ids",)),
    Damage("e.csv", "pre,post,n_syn\n1,2,3\n1,x,4\n", ("text_ids",)),
    Damage("e.csv", "pre,post,n_syn\n1,7.2e17,4\n", ("text_ids",)),
    Damage("e.csv", "pre,post,n_syn\nA,B,3", ("whole",)),
    Damage("e.csv", b"pre,post,n_syn\n\xe9,B,3\n", ("encoding",)),
    Damage("m.csv", ",A,B\nA,0,3\nB,1,0", ("whole",)),
    Damage("m.csv", b",\xe9,B\n\xe9,0,3\nB,1,0\n", ("encoding",)),
    Damage("m.csv", ",A,B\nA,0,\nB,1,0\n", ("skip_missing",)),
    Damage("m.csv", ",7.2e17,2\n7.2e17,0,1\n2,1,0\n", ("text_ids",), "dense-matrix"),
    Damage("c.csv", CODEX + "NA,2,EB,4\n", ("drop_missing_ids",)),
    Damage("c.csv", CODEX[:-1], ("whole",)),
    Damage("t.csv", NEUPRINT[:-1], ("whole",), "neuprint"),
    Damage(
        "t.csv", "bodyId_pre,bodyId_post,weight\n1,2,3\n1,,3\n", ("drop_missing_ids",), "neuprint"
    ),
    Damage("a_relmat.tsv", "0\t3\n1\t0", ("whole",)),
    Damage("a_relmat.tsv", "0\tn/a\n1\t0\n", ("skip_missing",)),
    Damage("a_relmat.tsv", b"\xe9\tB\n0\t1\n1\t0\n", ("encoding",)),
]


def lay_out(folder: Path, damage: Damage) -> Path:
    path = folder / damage.name
    content = damage.content
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "a_relmat.json").write_text('{"Directed": true}')
    return path


@pytest.mark.parametrize("damage", DAMAGED, ids=lambda each: f"{each.name}-{each.offers[0]}")
def test_it_works_when_it_is_typed(tmp_path: Path, damage: Damage) -> None:
    path = lay_out(tmp_path, damage)
    tried = []
    todo: list[dict[str, str]] = [{}]
    # Each offer is followed, also those of the message that comes after it.
    while todo:
        typed = todo.pop(0)
        options = {name: ast.literal_eval(value) for name, value in typed.items()}
        words = shlex.split(" ".join(f"--option {name}={value}" for name, value in typed.items()))
        source = [*(["--from", damage.format] if damage.format else []), *words, str(path)]
        target = str(tmp_path / f"out-{len(tried)}-{len(todo)}.csv")
        result = CliRunner().invoke(app, ["convert", *source, target])
        if result.exit_code == 0:
            assert result.stdout == f"{target}\n"
            assert formats.read(path, format=damage.format, **options).n_edges >= 1
            continue
        with pytest.raises(InputError) as caught:
            formats.read(path, format=damage.format, **options)
        assert f"error: {caught.value}" in result.stderr
        offered = _OFFER.findall(caught.value.repair)
        assert offered, f"the message offers no option: {caught.value}"
        assert not {name for name, _ in offered} & typed.keys()
        todo += [{**typed, name: value} for name, value in offered]
        tried += [name for name, _ in offered]
    assert tuple(dict.fromkeys(tried)) == damage.offers


def test_blanks_show_and_long_texts_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("x" * 500 + ";y\n1;2\n")
    with pytest.raises(InputError) as caught:
        formats.read(path)
    assert f"found '{'x' * 57}...'. " in str(caught.value)
    path.write_text(",".join(f"column {i}" for i in range(500)) + "\n")
    with pytest.raises(InputError) as caught:
        formats.read(path)
    assert "'column 11', ... (500 in all)" in str(caught.value)
    assert len(caught.value.repair) < 250
    path.write_text("pre,post,n_syn\nA,B,a lot \n")
    with pytest.raises(InputError, match="expected a number, found 'a lot'"):
        formats.read(path)


@pytest.mark.parametrize("separator", ["", "tabs", ";;", '"', "é", "\n"])
def test_a_separator_that_is_none_is_named(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "e.csv"
    path.write_text("pre,post,n_syn\nA,B,3\n")
    with pytest.raises(ValueError, match="option separator: expected one character, found"):
        formats.read(path, separator=separator)


def test_an_encoding_that_does_not_exist_is_named(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("pre,post,n_syn\nA,B,3\n")
    with pytest.raises(ValueError, match="option encoding: there is no encoding 'klingon'"):
        formats.read(path, encoding="klingon")
