"""Tables that are cut anywhere, or changed at random: refused by name, and never other numbers."""

import gzip
import random
from pathlib import Path

import pytest

from neuropil import formats
from neuropil.contracts import NeuropilError

WHOLE = {
    "e.csv": b"pre,post,synapse_count,region\n1,2,37,EB\n2,3,40,EB\n3,1,500,PB\n1,2,7,PB\n",
    "f.tsv": b"source\ttarget\tweight\nA\tB\t0.25\nB\tC\t0.5\n",
    "g.csv": b"Source,Target,Type,Id,Label,Weight\n1,2,Undirected,0,,3\n2,3,Directed,1,,4\n",
    "s.csv": b"id,valid,pre_pt_root_id,post_pt_root_id,ctr_pt_position\n"
    b'1,t,11,12,"[1, 2, 3]"\n2,t,11,12,"[1, 2, 9]"\n3,t,12,13,"[4, 2, 3]"\n',
    "m.csv": b",A,B,C\nA,0,3,1\nB,4,0,2\nC,1,2,0\n",
    "p.txt": b"0 3 1\n4 0 2\n1 2 0\n",
    "c.csv": b"pre_root_id,post_root_id,neuropil,syn_count\n1001,1003,EB,17\n1001,1003,PB,5\n",
    "a_relmat.tsv": b"Node\ta\tb\na\t1\t0.5\nb\t0.5\t1\n",
}


def lay_out(folder: Path, name: str, content: bytes) -> Path:
    (folder / "a_relmat.json").write_text('{"Directed": false, "RelationshipMeasure": "r"}')
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", WHOLE)
def test_a_cut_anywhere_is_refused_or_leaves_whole_lines(tmp_path: Path, name: str) -> None:
    whole = WHOLE[name]
    for length in range(len(whole)):
        path = lay_out(tmp_path, name, whole[:length])
        try:
            connectome = formats.read(path)
        except NeuropilError:
            continue
        # A file that lacks whole lines cannot be told from a shorter one.
        assert whole[:length].endswith(b"\n")
        assert name not in ("m.csv", "p.txt", "a_relmat.tsv")
        full = formats.read(lay_out(tmp_path, name, whole))
        pairs = {row[:2]: row[2] for row in full.edges.rows()}
        assert all(row[2] <= pairs[row[:2]] for row in connectome.edges.rows())


def change(content: bytes, rng: random.Random) -> bytes:
    """Lose, add, replace or repeat bytes at one to three places."""
    for _ in range(rng.choice([1, 1, 2, 3])):
        place = rng.randrange(len(content) + 1)
        other = rng.randrange(len(content) + 1)
        content = rng.choice(
            [
                content[:place] + content[place + 1 :],
                content[:place] + bytes([rng.randrange(256)]) + content[place:],
                content[:place] + bytes([rng.randrange(256)]) + content[place + 1 :],
                content[:place] + content[min(place, other) : max(place, other)] + content[place:],
                content[:place] + rng.choice(list(b'"\n\r,\t;#\0- .')).to_bytes() + content[place:],
                content[:place] + rng.choice([b"nan", b"1e999", b"9" * 30]) + content[place:],
                content[place:],
            ]
        )
    return content


@pytest.mark.parametrize("seed", range(8))
def test_random_changes_are_named_or_read(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(25):
        name = rng.choice(list(WHOLE))
        content = change(WHOLE[name], rng)
        packed = rng.random() < 0.2 and not name.startswith("a_")
        data = gzip.compress(content) if packed else content
        path = lay_out(tmp_path, f"{name}.gz" if packed else name, data)
        message = ""
        try:
            connectome = formats.read(path)
        except NeuropilError as error:
            message = str(error)
        if message:
            assert message.startswith(str(tmp_path))
            assert "\n" not in message
            assert len(message) < 900
        else:
            weight = connectome.edges[connectome.weight_names[0]]
            assert weight.is_finite().all()
            assert not connectome.nodes["id"].is_null().any()
    assert {each.suffix for each in tmp_path.iterdir()} <= {".csv", ".tsv", ".txt", ".gz", ".json"}
