"""A circuit as structural Verilog: gates, one population count a class, and an arg-max.

Modules are kept apart, because synthesis of the flattened population counts does not come to an
end in useful time. Registers, where they are asked for, stand between those parts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from neuropil.logic.netlist.circuit import CONSTANT, Circuit

__all__ = [
    "ADDERS",
    "LATENCY",
    "Sum",
    "count_bits",
    "count_labels",
    "count_registers",
    "write_arg_max",
    "write_sum",
    "write_test_bench",
    "write_verilog",
]

LATENCY = 3
"""Rising edges of the clock from an image to its answer, where there are registers."""

_EXPRESSIONS = (
    "1'b0",
    "{a} & {b}",
    "{a} & ~{b}",
    "{a}",
    "~{a} & {b}",
    "{b}",
    "{a} ^ {b}",
    "{a} | {b}",
)

_HEADER = f"""\
// Registers stand after the gates, after the population counts and after the arg-max.
// Latency: {LATENCY} clock cycles. An image that is at x on a rising edge of clk is answered by
// scores and best after the third edge, that one counted. Every cycle may bring another image.
// There is no reset: before the third edge the outputs mean nothing.
"""

ADDERS = """\
module full_adder(input a, input b, input c, output s, output carry);
  wire odd = a ^ b;
  assign s = odd ^ c;
  assign carry = (a & b) | (odd & c);
endmodule

module half_adder(input a, input b, output s, output carry);
  assign s = a ^ b;
  assign carry = a & b;
endmodule

module six_counter(input [5:0] x, output s, output carry, output carries);
  wire odd0, odd1, c0, c1, c2;
  full_adder low(x[0], x[1], x[2], odd0, c0);
  full_adder high(x[3], x[4], x[5], odd1, c1);
  half_adder both(odd0, odd1, s, c2);
  full_adder last(c0, c1, c2, carry, carries);
endmodule
"""


def count_bits(circuit: Circuit) -> int:
    """Return the width of a score [bits]: enough for every class's largest."""
    members = [int((circuit.groups == group).sum()) for group in range(circuit.n_classes)]
    largest = max(n + int(add) for n, add in zip(members, circuit.constants, strict=True))
    return max(1, largest.bit_length())


def count_registers(circuit: Circuit) -> int:
    """Return how many bits the registers of a circuit keep, where they are asked for."""
    scores = circuit.n_classes * count_bits(circuit)
    return circuit.outputs.size + 2 * scores + count_labels(circuit.n_classes)


def count_labels(n_classes: int) -> int:
    """Return the width of the number of a class [bits]."""
    return max(1, (n_classes - 1).bit_length())


def write_verilog(circuit: Circuit, *, registers: bool = False, wide_adders: bool = False) -> str:
    """Return a circuit as Verilog.

    Parameters
    ----------
    circuit : Circuit
        Any circuit whose constants are 0 or more.
    registers : bool
        Whether registers on an input ``clk`` keep the counted bits, the counts, and the answer.
        Scores and class of an image then stand at the outputs together after three rising edges,
        the one that takes the image counted: a latency of 3 clock cycles. Every cycle may bring
        another image. Without registers the circuit is combinational.
    wide_adders : bool
        Whether population counts take six bits to three where they can, and not three to two. That
        needs fewer tables of six inputs, and more cells of two.

    Returns
    -------
    str
        Module ``circuit`` with input ``x`` and outputs ``scores``, one after another from the
        lowest class, and ``best``, the class of the highest score, the lowest among equals. Module
        ``gates`` has the gates alone.
    """
    parts = [*([_HEADER] if registers else []), _gates(circuit), ADDERS]
    width = count_bits(circuit)
    for group in range(circuit.n_classes):
        members = int((circuit.groups == group).sum())
        given = Sum(width, int(circuit.constants[group]), wide_adders)
        parts.append(_population_count(group, members, given))
    parts += [write_arg_max(circuit.n_classes, width), _top(circuit, width, registers=registers)]
    return "\n".join(parts)


def _gates(circuit: Circuit) -> str:
    n, m = circuit.n_inputs, max(1, circuit.outputs.size)
    lines = [f"module gates(input [{n - 1}:0] x, output [{m - 1}:0] y);"]

    def name(node: int) -> str:
        return f"x[{node}]" if node < n else f"g{node - n}"

    rows = zip(circuit.kinds.tolist(), circuit.left.tolist(), circuit.right.tolist(), strict=True)
    for gate, (kind, left, right) in enumerate(rows):
        plain = _EXPRESSIONS[min(kind, 15 - kind)].format(a=name(left), b=name(right))
        lines.append(f"  wire g{gate} = {plain if kind < 8 else f'~({plain})'};")
    outputs = zip(circuit.outputs.tolist(), circuit.inverted.tolist(), strict=True)
    for place, (node, inverted) in enumerate(outputs):
        value = "1'b0" if node == CONSTANT else name(node)
        lines.append(f"  assign y[{place}] = {'~' if inverted else ''}{value};")
    if not circuit.outputs.size:
        lines.append("  assign y = 1'b0;")
    return "\n".join([*lines, "endmodule", ""])


def _population_count(group: int, n: int, given: Sum) -> str:
    """Return a module that counts n bits."""
    return write_sum(f"count_{group}", n, [[f"y[{i}]" for i in range(n)]], given)


@dataclass(frozen=True, slots=True)
class Sum:
    """How a sum is made.

    Parameters
    ----------
    width : int
        Bits of the total.
    constant : int
        What is added.
    wide : bool
        Whether six bits are added at a time where there are as many.
    """

    width: int
    constant: int = 0
    wide: bool = False


def write_sum(name: str, n: int, columns: Sequence[Sequence[str]], given: Sum) -> str:
    """Return a module that adds bits by columns of equal weight.

    Parameters
    ----------
    name : str
        Name of the module, whose input is ``y`` and whose output is ``total``.
    n : int
        Bits of the input.
    columns : sequence of sequence of str
        What has weight 1, 2, 4 and so on; each an expression of ``y``.
    given : Sum
        Width and constant.
    """
    width, constant = given.width, given.constant
    lines = [
        f"module {name}(input [{max(1, n) - 1}:0] y, output [{width - 1}:0] total);",
        *(f"  {line}" for line in _adder_tree(columns, given)),
        f"  assign total = ones + {width}'d{constant};" if constant else "  assign total = ones;",
        "endmodule",
        "",
    ]
    return "\n".join(lines)


def _adder_tree(columns: Sequence[Sequence[str]], given: Sum) -> Iterator[str]:
    waiting = deque(deque(column) for column in columns)
    # Three counted gates of two inputs and their adder fit into two tables of six inputs, so that
    # the first bits are added by threes in any case.
    first = {bit for column in columns for bit in column}
    ones: list[str] = []
    made = 0
    while waiting:
        column = waiting.popleft()
        while len(column) > 1:
            six = given.wide and len(column) > 5 and not any(column[k] in first for k in range(6))
            while len(waiting) < 1 + six:
                waiting.append(deque())
            taken = [column.popleft() for _ in range(6 if six else min(3, len(column)))]
            kind = {6: "six_counter", 3: "full_adder", 2: "half_adder"}[len(taken)]
            read = f"{{{', '.join(taken)}}}" if six else ", ".join(taken)
            made_bits = [f"s{made}", f"c{made}", *([f"d{made}"] if six else [])]
            yield f"wire {', '.join(made_bits)};"
            yield f"{kind} a{made}({read}, {', '.join(made_bits)});"
            column.append(f"s{made}")
            waiting[0].append(f"c{made}")
            if six:
                waiting[1].append(f"d{made}")
            made += 1
        ones.append(column[0] if column else "1'b0")
    # A carry beyond the width is none: the sum of all bits is below 2 to the width.
    padded = [*ones, *["1'b0"] * (given.width - len(ones))][: given.width]
    yield f"wire [{given.width - 1}:0] ones = {{{', '.join(reversed(padded))}}};"


def write_arg_max(n_classes: int, width: int) -> str:
    """Return a module that compares classes in pairs, and winners in pairs, as in a tournament.

    Parameters
    ----------
    n_classes : int
        Classes.
    width : int
        Bits of a score.
    """
    label = count_labels(n_classes)
    lines = [
        f"module arg_max(input [{n_classes * width - 1}:0] scores, output [{label - 1}:0] best);"
    ]
    players = [
        (f"scores[{(group + 1) * width - 1}:{group * width}]", f"{label}'d{group}")
        for group in range(n_classes)
    ]
    games = 0
    while len(players) > 1:
        winners = []
        for (top, at), (score, other) in zip(players[::2], players[1::2], strict=False):
            # Only more wins, so that the lowest class is taken among equals.
            lines += [
                f"  wire more{games} = {score} > {top};",
                f"  wire [{width - 1}:0] top{games} = more{games} ? {score} : {top};",
                f"  wire [{label - 1}:0] at{games} = more{games} ? {other} : {at};",
            ]
            winners.append((f"top{games}", f"at{games}"))
            games += 1
        # Who is left over goes on without a game, and stays behind lower classes.
        players = winners + players[len(players) - len(players) % 2 :]
    return "\n".join([*lines, f"  assign best = {players[0][1]};", "endmodule", ""])


def _top(circuit: Circuit, width: int, *, registers: bool) -> str:
    total, label = circuit.n_classes * width, count_labels(circuit.n_classes)
    clock, output = ("input clk, ", "output reg") if registers else ("", "output")
    counted, totals, compared, chosen = (
        ("kept_y", "totals", "kept_totals", "chosen")
        if registers
        else ("y", "scores", "scores", "best")
    )
    lines = [
        f"module circuit({clock}input [{circuit.n_inputs - 1}:0] x, "
        f"{output} [{total - 1}:0] scores, {output} [{label - 1}:0] best);",
        f"  wire [{max(1, circuit.outputs.size) - 1}:0] y;",
        *(_registers(max(1, circuit.outputs.size), total, label) if registers else []),
        "  gates logic_part(.x(x), .y(y));",
    ]
    low = 0
    for group in range(circuit.n_classes):
        high = low + int((circuit.groups == group).sum())
        bits = f"{counted}[{high - 1}:{low}]" if high > low else "1'b0"
        place = f"{totals}[{(group + 1) * width - 1}:{group * width}]"
        lines.append(f"  count_{group} part{group}(.y({bits}), .total({place}));")
        low = high
    lines.append(f"  arg_max last(.scores({compared}), .best({chosen}));")
    return "\n".join([*lines, "endmodule", ""])


def _registers(counted: int, total: int, label: int) -> list[str]:
    """Return what is kept at each rising edge; the scores wait a cycle for their arg-max."""
    return [
        f"  wire [{total - 1}:0] totals;",
        f"  wire [{label - 1}:0] chosen;",
        f"  reg [{counted - 1}:0] kept_y;",
        f"  reg [{total - 1}:0] kept_totals;",
        "  always @(posedge clk) begin",
        "    kept_y <= y;",
        "    kept_totals <= totals;",
        "    scores <= kept_totals;",
        "    best <= chosen;",
        "  end",
    ]


_WAIT = """\
    for (i = 0; i < {images}; i = i + 1) begin
      x = images[i];
      #1 $fwrite(file, "%h %0d\\n", scores, best);
    end"""

# An image a cycle; answers are read from the third edge on, so that another latency shows.
_CLOCK = """\
    for (i = 0; i < {images} + {late}; i = i + 1) begin
      if (i < {images}) x = images[i];
      #1 clk = 1;
      #1 clk = 0;
      if (i >= {late}) $fwrite(file, "%h %0d\\n", scores, best);
    end"""


def write_test_bench(circuit: Circuit, images: int, *, registers: bool = False) -> str:
    """Return a module that runs the circuit on bits of a file and writes what it says.

    Parameters
    ----------
    circuit : Circuit
        What :func:`write_verilog` wrote.
    images : int
        Lines of ``bits.txt``, binary, the highest input first. Scores and class of each are
        written to ``answers.txt``, hexadecimal and decimal.
    registers : bool
        Whether it was written with registers. Then each clock cycle brings another image, and
        the answer to the first is taken after the third rising edge.
    """
    width = circuit.n_classes * count_bits(circuit)
    clock, port = ("  reg clk = 0;\n", ".clk(clk), ") if registers else ("", "")
    loop = (_CLOCK if registers else _WAIT).format(images=images, late=LATENCY - 1)
    return f"""\
module test_bench;
{clock}  reg [{circuit.n_inputs - 1}:0] images [0:{images - 1}];
  reg [{circuit.n_inputs - 1}:0] x;
  wire [{width - 1}:0] scores;
  wire [{count_labels(circuit.n_classes) - 1}:0] best;
  integer file, i;
  circuit tested({port}.x(x), .scores(scores), .best(best));
  initial begin
    $readmemb("bits.txt", images);
    file = $fopen("answers.txt", "w");
{loop}
    $fclose(file);
    $finish;
  end
endmodule
"""
