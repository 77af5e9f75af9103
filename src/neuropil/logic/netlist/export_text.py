"""A circuit as BLIF, for logic synthesis, and as DOT, to be drawn."""

from __future__ import annotations

from collections.abc import Iterator

from neuropil.logic.netlist.circuit import CONSTANT, Circuit
from neuropil.logic.netlist.gates import GATE_NAMES

__all__ = ["write_blif", "write_dot"]

_INPUTS = ("00", "01", "10", "11")


def _node(circuit: Circuit, node: int) -> str:
    return f"x{node}" if node < circuit.n_inputs else f"g{node - circuit.n_inputs}"


def write_blif(circuit: Circuit, name: str = "gates") -> str:
    """Return the gates as BLIF.

    Parameters
    ----------
    circuit : Circuit
        Any circuit.
    name : str
        Name of the model.

    Returns
    -------
    str
        Inputs x0, x1, ...; outputs y0, y1, ..., the bits that are counted.
    """
    return "\n".join(_blif_lines(circuit, name)) + "\n"


def _blif_lines(circuit: Circuit, name: str) -> Iterator[str]:
    yield f".model {name}"
    yield ".inputs " + " ".join(f"x{i}" for i in range(circuit.n_inputs))
    yield ".outputs " + " ".join(f"y{i}" for i in range(circuit.outputs.size))
    gates = zip(circuit.kinds.tolist(), circuit.left.tolist(), circuit.right.tolist(), strict=True)
    for gate, (kind, left, right) in enumerate(gates):
        if kind in (0, 15):  # a constant may not name what it does not read
            yield f".names g{gate}"
            yield from ("1",) if kind else ()
            continue
        yield f".names {_node(circuit, left)} {_node(circuit, right)} g{gate}"
        yield from (f"{row} 1" for at, row in enumerate(_INPUTS) if kind >> (3 - at) & 1)
    outputs = zip(circuit.outputs.tolist(), circuit.inverted.tolist(), strict=True)
    for place, (node, inverted) in enumerate(outputs):
        if node == CONSTANT:
            yield f".names y{place}"
            yield from ("1",) if inverted else ()
        else:
            yield f".names {_node(circuit, node)} y{place}"
            yield f"{0 if inverted else 1} 1"
    yield ".end"


def write_dot(circuit: Circuit) -> str:
    """Return the gates as a Graphviz graph: inputs, gates with their function, and classes.

    Parameters
    ----------
    circuit : Circuit
        A small circuit, if people are to read the drawing.
    """
    return "\n".join(_dot_lines(circuit)) + "\n"


def _dot_lines(circuit: Circuit) -> Iterator[str]:
    yield "digraph circuit {"
    yield "  rankdir=LR; node [fontname=sans];"
    read = {*circuit.left.tolist(), *circuit.right.tolist(), *circuit.outputs.tolist()}
    for node in sorted(read & set(range(circuit.n_inputs))):
        yield f"  x{node} [shape=circle];"
    for gate, kind in enumerate(circuit.kinds.tolist()):
        yield f'  g{gate} [shape=box, label="{GATE_NAMES[kind]}"];'
    for group, label in enumerate(circuit.classes):
        words = label.replace("\\", "\\\\").replace('"', '\\"')
        yield f'  c{group} [shape=doublecircle, label="{words}"];'
    for gate, pair in enumerate(zip(circuit.left.tolist(), circuit.right.tolist(), strict=True)):
        for port, node in zip("AB", pair, strict=True):
            yield f'  {_node(circuit, node)} -> g{gate} [taillabel="", headlabel="{port}"];'
    outputs = zip(
        circuit.outputs.tolist(), circuit.inverted.tolist(), circuit.groups.tolist(), strict=True
    )
    for node, inverted, group in outputs:
        if node != CONSTANT:
            tip = "odot" if inverted else "normal"
            yield f"  {_node(circuit, node)} -> c{group} [arrowhead={tip}];"
    yield "}"
