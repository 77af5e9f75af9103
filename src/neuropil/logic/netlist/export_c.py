"""A circuit as one C source that needs nothing but a C99 compiler."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from neuropil.logic.netlist.circuit import CONSTANT, Circuit

__all__ = ["write_c"]

_EXPRESSIONS = (
    "0",
    "{a} & {b}",
    "{a} & ~{b}",
    "{a}",
    "~{a} & {b}",
    "{b}",
    "{a} ^ {b}",
    "{a} | {b}",
)

_HEAD = """\
/* A circuit of {gates} two-input gates on {inputs} bits with {classes} classes.
 *
 * A word holds the same bit of 64 images. circuit_scores() takes one byte, 0 or 1, for every bit of
 * every image and writes one score for every class; circuit_classify() writes the class of the
 * highest score, the lowest among equals.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define INPUTS {inputs}
#define OUTPUTS {outputs}
#define CLASSES {classes}
#define PLANES {planes}

static const int32_t first_output[CLASSES + 1] = {{{bounds}}};
static const int32_t constant[CLASSES] = {{{constants}}};

static void gates(const uint64_t *x, uint64_t *y) {{
"""

_TAIL = """\
}

/* Adds words of bits without carries between images: a binary counter of full adders. */
static void count(const uint64_t *y, int32_t n, uint64_t *planes) {
    uint64_t waiting[PLANES];
    uint8_t full[PLANES] = {0};
    memset(planes, 0, PLANES * sizeof(uint64_t));
    for (int32_t i = 0; i < n; i++) {
        uint64_t word = y[i];
        int p = 0;
        while (full[p]) {
            uint64_t odd = planes[p] ^ waiting[p];
            uint64_t carry = (planes[p] & waiting[p]) | (odd & word);
            planes[p] = odd ^ word;
            full[p++] = 0;
            word = carry;
        }
        waiting[p] = word;
        full[p] = 1;
    }
    for (int p = 0; p < PLANES; p++) {
        if (!full[p]) continue;
        uint64_t word = waiting[p];
        for (int q = p; word && q < PLANES; q++) {
            uint64_t carry = planes[q] & word;
            planes[q] ^= word;
            word = carry;
        }
    }
}

void circuit_scores(const uint8_t *bits, size_t images, int32_t *scores) {
    static uint64_t x[INPUTS], y[OUTPUTS ? OUTPUTS : 1];
    for (size_t start = 0; start < images; start += 64) {
        size_t block = images - start < 64 ? images - start : 64;
        memset(x, 0, sizeof x);
        for (size_t image = 0; image < block; image++)
            for (size_t i = 0; i < INPUTS; i++)
                x[i] |= (uint64_t)(bits[(start + image) * INPUTS + i] & 1) << image;
        gates(x, y);
        for (int c = 0; c < CLASSES; c++) {
            uint64_t planes[PLANES];
            count(y + first_output[c], first_output[c + 1] - first_output[c], planes);
            for (size_t image = 0; image < block; image++) {
                int32_t score = constant[c];
                for (int p = 0; p < PLANES; p++) score += (int32_t)(planes[p] >> image & 1) << p;
                scores[(start + image) * CLASSES + c] = score;
            }
        }
    }
}

void circuit_classify(const uint8_t *bits, size_t images, int32_t *classes) {
    int32_t scores[64 * CLASSES];
    for (size_t start = 0; start < images; start += 64) {
        size_t block = images - start < 64 ? images - start : 64;
        circuit_scores(bits + start * INPUTS, block, scores);
        for (size_t image = 0; image < block; image++) {
            const int32_t *score = scores + image * CLASSES;
            int32_t best = 0;
            for (int32_t c = 1; c < CLASSES; c++)
                if (score[c] > score[best]) best = c;
            classes[start + image] = best;
        }
    }
}
"""


def write_c(circuit: Circuit) -> str:
    """Return a circuit as C.

    Parameters
    ----------
    circuit : Circuit
        Any circuit.

    Returns
    -------
    str
        Source with ``circuit_scores`` and ``circuit_classify``.
    """
    bounds = [int((circuit.groups < group).sum()) for group in range(circuit.n_classes + 1)]
    largest = max(high - low for low, high in pairwise(bounds))
    head = _HEAD.format(
        gates=circuit.n_gates,
        inputs=circuit.n_inputs,
        outputs=circuit.outputs.size,
        classes=circuit.n_classes,
        planes=largest.bit_length() + 1,
        bounds=", ".join(map(str, bounds)),
        constants=", ".join(map(str, circuit.constants.tolist())),
    )
    return head + "\n".join(_statements(circuit)) + "\n" + _TAIL


def _statements(circuit: Circuit) -> Iterator[str]:
    n = circuit.n_inputs

    def name(node: int) -> str:
        return f"x[{node}]" if node < n else f"g{node - n}"

    gates = zip(circuit.kinds.tolist(), circuit.left.tolist(), circuit.right.tolist(), strict=True)
    for gate, (kind, left, right) in enumerate(gates):
        plain = _EXPRESSIONS[min(kind, 15 - kind)].format(a=name(left), b=name(right))
        yield f"    const uint64_t g{gate} = {plain if kind < 8 else f'~({plain})'};"
    outputs = zip(circuit.outputs.tolist(), circuit.inverted.tolist(), strict=True)
    for place, (node, inverted) in enumerate(outputs):
        value = "(uint64_t)0" if node == CONSTANT else name(node)
        yield f"    y[{place}] = {'~' if inverted else ''}{value};"
