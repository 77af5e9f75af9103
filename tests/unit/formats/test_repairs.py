"""What the message of a reader says is what mends it: in Python and on the command line."""

import re
from pathlib import Path
from typing import Any

import h5py
import pytest
from typer.testing import CliRunner

from neuropil import formats
from neuropil.cli.main import app
from neuropil.connectome import Connectome, Skeleton
from neuropil.contracts import InputError

OPTION = re.compile(r"\b(?P<name>[a-z_]+)=(?P<value>\"[^\"]*\"|\{[^}]*\}|True)")


def graphml(
    folder: Path, keys: str, edges: str, nodes: str = '<node id="a"/><node id="b"/>'
) -> Path:
    path = folder / "a.graphml"
    path.write_text(
        f'<graphml>{keys}<graph edgedefault="directed">{nodes}{edges}</graph></graphml>'
    )
    return path


def key(name: str, domain: str = "edge") -> str:
    return f'<key id="{name}" for="{domain}" attr.name="{name}" attr.type="double"/>'


def edge(name: str | None = None, value: float = 1) -> str:
    data = "" if name is None else f'<data key="{name}">{value}</data>'
    return f'<edge source="a" target="b">{data}</edge>'


def unnamed_weight(folder: Path) -> Path:
    return graphml(folder, key("delay"), edge("delay"))


def parallel_edges(folder: Path) -> Path:
    return graphml(folder, key("weight"), edge("weight") * 2)


def partly_weighted(folder: Path) -> Path:
    back = '<edge source="b" target="a"/>'
    return graphml(folder, key("weight"), edge("weight") + back)


def attribute_id(folder: Path) -> Path:
    named = '<key id="n" for="node" attr.name="id" attr.type="string"/>'
    nodes = "".join(f'<node id="{x}"><data key="n">{x}1</data></node>' for x in "ab")
    return graphml(folder, named, edge(), nodes)


def negative_weight(folder: Path) -> Path:
    with h5py.File(folder / "p_nodes.h5", "w") as file:
        file["nodes/p/node_type_id"] = [-1, -1]
        file.create_group("nodes/p/0")
    with h5py.File(folder / "p_edges.h5", "w") as file:
        file["edges/p/edge_type_id"] = [-1]
        for end, node in (("source", 0), ("target", 1)):
            file[f"edges/p/{end}_node_id"] = [node]
            file[f"edges/p/{end}_node_id"].attrs["node_population"] = "p"
        file["edges/p/0/syn_weight"] = [-2.0]
    return folder


def cut_skeleton(folder: Path) -> Path:
    path = folder / "a.swc"
    path.write_text("1 1 0 0 0 1 -1")
    return path


def skeleton_of_two_units(folder: Path) -> Path:
    path = folder / "a.swc"
    path.write_text("# units: nm\n# coordinates in um\n1 1 0 0 0 1 -1\n")
    return path


CASES = [
    (unnamed_weight, Connectome, 2),
    (parallel_edges, Connectome, 2),
    (partly_weighted, Connectome, 2),
    (attribute_id, Connectome, 1),
    (negative_weight, Connectome, 3),
    (cut_skeleton, Skeleton, 1),
    (skeleton_of_two_units, Skeleton, 1),
]


def repairs(path: Path, kind: type) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        formats.read(path, kind=kind)
    return [(match["name"], match["value"]) for match in OPTION.finditer(caught.value.repair)]


@pytest.mark.parametrize(("make", "kind", "n"), CASES)
def test_every_printed_option_mends_in_python(
    tmp_path: Path, make: Any, kind: type, n: int
) -> None:
    path = make(tmp_path)
    printed = repairs(path, kind)
    assert len(printed) == n
    for name, value in printed:
        options = {name: True if value == "True" else value.strip('"')}
        assert isinstance(formats.read(path, kind=kind, **options), kind)


@pytest.mark.parametrize("make", [make for make, kind, _ in CASES if kind is Connectome])
def test_every_printed_option_mends_on_the_command_line(tmp_path: Path, make: Any) -> None:
    path = make(tmp_path)
    for number, (name, value) in enumerate(repairs(path, Connectome)):
        # The shell takes the quotes away.
        typed = f"{name}={value.strip(chr(34))}"
        target = tmp_path / f"out_{number}"
        result = CliRunner().invoke(app, ["convert", str(path), str(target), "--option", typed])
        assert result.exit_code == 0, result.output
        assert (target / "connectome.json").is_file()
