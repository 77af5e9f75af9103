"""Text that may be cut short is refused in every table, and read where it is said to be whole."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from neuropil import formats
from neuropil.connectome import Connectome
from neuropil.contracts import InputError

Read = Callable[[Path, bool], Connectome]


def edge_list(folder: Path, whole: bool) -> Connectome:
    (folder / "e.csv").write_text("pre,post,n_syn\n1,2,370\n"[:-2])
    return formats.read(folder / "e.csv", whole=whole)


def edge_list_gz(folder: Path, whole: bool) -> Connectome:
    (folder / "e.csv.gz").write_bytes(gzip.compress(b"pre,post,n_syn\n1,2,370\n"[:-2]))
    return formats.read(folder / "e.csv.gz", whole=whole)


def nodes(folder: Path, whole: bool) -> Connectome:
    (folder / "e.csv").write_text("pre,post,n_syn\n1,37,37\n")
    (folder / "e.nodes.csv").write_text("id\n1\n370\n"[:-2])
    return formats.read(folder / "e.csv", whole=whole)


def matrix(folder: Path, whole: bool) -> Connectome:
    (folder / "m.csv").write_text("0,3\n1,370\n"[:-2])
    return formats.read(folder / "m.csv", whole=whole)


def labelled(folder: Path, whole: bool) -> Connectome:
    (folder / "m.matrix.csv").write_text("id,A,B\nA,0,3\nB,1,370\n"[:-2])
    return formats.read(folder / "m.matrix.csv", whole=whole)


def relmat(folder: Path, whole: bool) -> Connectome:
    (folder / "a_relmat.json").write_text('{"Directed": true}')
    (folder / "a_relmat.tsv").write_text("0\t3\n1\t370\n"[:-2])
    return formats.read(folder / "a_relmat.tsv", whole=whole)


def codex(folder: Path, whole: bool) -> Connectome:
    text = "pre_root_id,post_root_id,neuropil,syn_count\n1,2,EB,370\n"
    (folder / "c.csv").write_text(text[:-2])
    return formats.read(folder / "c.csv", whole=whole)


def codex_neurons(folder: Path, whole: bool) -> Connectome:
    (folder / "c.csv").write_text("pre_root_id,post_root_id,neuropil,syn_count\n1,37,EB,37\n")
    (folder / "k.csv").write_text("super_class,root_id\noptic,370\n"[:-2])
    return formats.read(folder / "c.csv", folder / "k.csv", whole=whole)


def neuprint(folder: Path, whole: bool) -> Connectome:
    (folder / "t.csv").write_text("bodyId_pre,bodyId_post,weight\n1,2,370\n"[:-2])
    return formats.read(folder / "t.csv", format="neuprint", whole=whole)


READS = [
    *(edge_list, edge_list_gz, nodes, matrix, labelled, relmat, codex, codex_neurons, neuprint),
]


@pytest.mark.parametrize("read", READS, ids=lambda each: each.__name__)
def test_a_cut_number_is_no_number(tmp_path: Path, read: Read) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, False)
    message = str(caught.value)
    assert "expected a line break at the end of the file, found '" in message
    assert message.endswith("If it is whole, end its last line, or read with whole=True.")
    connectome = read(tmp_path, True)
    values = connectome.edges[connectome.weight_names[0]]
    assert values.max() == 37


def test_pipes_and_folders_are_no_tables(tmp_path: Path) -> None:
    import os

    pipe = tmp_path / "e.csv"
    os.mkfifo(pipe)
    for path, kind in ((pipe, "a pipe (FIFO)"), (Path("/dev/null"), "a character device")):
        with pytest.raises(InputError) as caught:
            formats.read(path)
        assert str(caught.value) == (
            f"{path}: expected a file, found {kind}. "
            "Name a file; save what a pipe gives to one first."
        )
    edges = tmp_path / "f.csv"
    edges.write_text("pre,post,n_syn\n1,2,3\n")
    with pytest.raises(InputError, match="expected a file, found a folder"):
        formats.read(edges, nodes=tmp_path)
    (tmp_path / "g.csv").mkdir()
    with pytest.raises(InputError, match="expected a file, found a folder"):
        formats.read(tmp_path / "g.csv", format="edge-list")
    for name in ("dense-matrix", "bids-relmat"):
        with pytest.raises(InputError):
            formats.read(tmp_path / "g.csv", format=name)


def test_what_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "e.csv.gz"
    # A member of 32 MiB of zeros, ten times: 330 kB that unpack to 320 MiB.
    block = gzip.compress(b"0" * (32 << 20))
    path.write_bytes(gzip.compress(b"pre,post,n_syn\n1,2,") + block * 10)
    with pytest.raises(InputError) as caught:
        formats.read(path)
    assert str(caught.value) == (
        f"{path}: expected a file that unpacks to at most 256 MiB, found one of "
        f"{path.stat().st_size} bytes that unpacks to more. "
        "If you trust it, unpack it with gunzip and read the unpacked file."
    )


def test_latin_1_is_refused_and_read_when_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_bytes("pre,post,n_syn\nnœud é,A,3\n".replace("œ", "oe").encode("latin-1"))
    with pytest.raises(InputError, match=r"line 2: expected UTF-8 text, found byte 0xe9\. Save as"):
        formats.read(path)
    assert formats.read(path, encoding="latin-1").edges.rows() == [("noeud é", "A", 3)]
    path.write_bytes("pre,post,n_syn\né,A,3\n".encode("utf-16"))
    assert formats.read(path, encoding="utf-16").edges.rows() == [("é", "A", 3)]
    matrix = tmp_path / "m.csv"
    matrix.write_bytes(",é,B\né,0,1\nB,2,0\n".encode("latin-1"))
    assert formats.read(matrix, encoding="latin-1").nodes["id"].to_list() == ["é", "B"]


@pytest.mark.parametrize("counts", [[2**62] * 4 + [5], [2**62, 2**62]])
def test_sums_beyond_64_bits_are_refused(tmp_path: Path, counts: list[int]) -> None:
    path = tmp_path / "e.csv"
    path.write_text("pre,post,n_syn\n" + "".join(f"1,2,{count}\n" for count in counts))
    with pytest.raises(InputError) as caught:
        formats.read(path, sum_pairs=True)
    assert str(caught.value) == (
        f"{path}, column n_syn: expected weights whose sum is less than 2^63, found "
        f"{sum(counts)} for the pair (1, 2). Correct these weights, or leave this one out."
    )
    path.write_text(
        "pre_pt_root_id,post_pt_root_id,neuropil,syn_count\n"
        + "".join(f"1,2,R{row},{count}\n" for row, count in enumerate(counts))
    )
    for name in ("codex", "edge-list"):
        with pytest.raises(InputError, match=r"sum|sums"):
            formats.read(path, format=name)


def test_root_id_as_heading_of_coordinates(tmp_path: Path) -> None:
    lines, places = tmp_path / "c.csv", tmp_path / "p.csv"
    lines.write_text("Pre Root ID,Post Root ID,Neuropil,Syn Count\n1,2,EB,5\n")
    places.write_text("Root ID,Position\n1,[4 5 6]\n")
    fly = formats.read(lines, places)
    assert fly.nodes.rows() == [(1, 4.0, 5.0, 6.0), (2, None, None, None)]
    assert fly.edges.rows() == [(1, 2, 5)]


def test_mirrored_cells_may_differ_by_the_rounding_of_the_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a_relmat.tsv"
    path.with_suffix(".json").write_text('{"Directed": false, "RelationshipMeasure": "r"}')
    path.write_text("1\t0.124\n0.123\t1\n")
    found = formats.read(path)
    # Two loops, and one edge whose directions have the weight of the upper half.
    assert (found.n_edges, found.directed) == (3, False)
    assert found.adjacency().toarray().tolist() == [[1, 0.124], [0.124, 1]]
    path.write_text("1\t0.125\n0.123\t1\n")
    with pytest.raises(InputError, match="expected a symmetric matrix"):
        formats.read(path)
    path.write_text("1\t0.12345\n0.124\t1\n")
    with pytest.raises(InputError, match="expected a symmetric matrix"):
        formats.read(path)
