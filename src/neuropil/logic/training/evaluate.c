/* A circuit on 512 images at a time. The netlist is data: nothing is compiled for a circuit.
 *
 * Gates come in runs of one kind in an order in which they can be done, so that no branch depends
 * on a gate. The same function as evaluate.py, which is the reference.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#define WORDS 8 /* of 64 images */
#define IMAGES (64 * WORDS)
#define PLANES 24

typedef uint64_t row_t __attribute__((vector_size(8 * WORDS), may_alias));
typedef uint8_t bytes_t __attribute__((vector_size(64), aligned(1), may_alias));

typedef struct {
    int32_t inputs, gates, outputs, classes, runs;
    const int32_t *gate, *left, *right; /* node of each gate and of what it reads, by run */
    const int32_t *kind, *run;          /* of each run: its kind; where it starts, and the end */
    const int32_t *output, *group;      /* node of each output; first output of each class */
    const uint8_t *inverted;
    const int64_t *constants;
} netlist_t;

/* Bytes of 0 or 1, image by image, to words of one input and 64 images. */
static void pack(const uint8_t *bits, int inputs, int images, row_t *nodes) {
    uint8_t *rows = (uint8_t *)nodes;
    if (images < IMAGES) memset(nodes, 0, (size_t)inputs * sizeof(row_t));
    for (int first = 0; first < images; first += 8) {
        int block = images - first < 8 ? images - first : 8;
        const uint8_t *from = bits + (int64_t)first * inputs;
        int input = 0;
        for (; input + 64 <= inputs; input += 64) {
            bytes_t all = {0};
            for (int image = 0; image < block; image++) {
                bytes_t value = *(const bytes_t *)(from + (int64_t)image * inputs + input);
                all |= (value & 1) << (uint8_t)image;
            }
            for (int i = 0; i < 64; i++) rows[(int64_t)(input + i) * 64 + first / 8] = all[i];
        }
        for (; input < inputs; input++) {
            unsigned all = 0;
            for (int image = 0; image < block; image++)
                all |= (unsigned)(from[(int64_t)image * inputs + input] & 1) << image;
            rows[(int64_t)input * 64 + first / 8] = (uint8_t)all;
        }
    }
}

#define RUN(expression)                                                                           \
    for (int32_t i = start; i < end; i++) {                                                       \
        row_t a = nodes[net->left[i]], b = nodes[net->right[i]];                                  \
        nodes[net->gate[i]] = (expression);                                                       \
        (void)a, (void)b;                                                                         \
    }                                                                                             \
    break

static void run_gates(const netlist_t *net, row_t *nodes) {
    for (int32_t r = 0; r < net->runs; r++) {
        int32_t start = net->run[r], end = net->run[r + 1];
        switch (net->kind[r]) {
        case 0: RUN(a ^ a);
        case 1: RUN(a & b);
        case 2: RUN(a & ~b);
        case 3: RUN(a);
        case 4: RUN(~a & b);
        case 5: RUN(b);
        case 6: RUN(a ^ b);
        case 7: RUN(a | b);
        case 8: RUN(~(a | b));
        case 9: RUN(~(a ^ b));
        case 10: RUN(~b);
        case 11: RUN(a | ~b);
        case 12: RUN(~a);
        case 13: RUN(~a | b);
        case 14: RUN(~(a & b));
        default: RUN(~(a ^ a));
        }
    }
}

/* Adds rows without carries between images: a binary counter of full adders. */
static int count(const netlist_t *net, const row_t *nodes, int32_t start, int32_t end,
                 row_t *planes) {
    row_t waiting[PLANES];
    int full[PLANES] = {0}, used = 0;
    memset(planes, 0, PLANES * sizeof(row_t));
    for (int32_t i = start; i < end; i++) {
        row_t word = nodes[net->output[i]] ^ -(uint64_t)net->inverted[i];
        int p = 0;
        while (full[p]) {
            row_t odd = planes[p] ^ waiting[p];
            row_t carry = (planes[p] & waiting[p]) | (odd & word);
            planes[p] = odd ^ word;
            full[p++] = 0;
            word = carry;
        }
        waiting[p] = word;
        full[p] = 1;
        used = p + 1 > used ? p + 1 : used;
    }
    for (int p = 0; p < used; p++) {
        if (!full[p]) continue;
        row_t word = waiting[p];
        for (int q = p; q <= used; q++) {
            row_t carry = planes[q] & word;
            planes[q] ^= word;
            word = carry;
        }
    }
    return used + 1;
}

/* Returns 0, or 1 where memory ran out. */
int evaluate(const netlist_t *net, const uint8_t *bits, int64_t images, int32_t *scores) {
    int64_t blocks = (images + IMAGES - 1) / IMAGES;
    int short_of_memory = 0;
    int32_t size = net->inputs + net->gates + 1; /* the last row is the constant 0 */
#pragma omp parallel
    {
        row_t *nodes = aligned_alloc(64, (size_t)size * sizeof(row_t));
        if (nodes) memset(nodes + size - 1, 0, sizeof(row_t));
#pragma omp for schedule(dynamic)
        for (int64_t block = 0; block < blocks; block++) {
            if (!nodes) {
#pragma omp atomic write
                short_of_memory = 1;
                continue;
            }
            int64_t first = block * IMAGES;
            int here = images - first < IMAGES ? (int)(images - first) : IMAGES;
            pack(bits + first * net->inputs, net->inputs, here, nodes);
            run_gates(net, nodes);
            for (int c = 0; c < net->classes; c++) {
                row_t planes[PLANES];
                int32_t totals[IMAGES] = {0};
                int used = count(net, nodes, net->group[c], net->group[c + 1], planes);
                for (int p = 0; p < used; p++)
                    for (int w = 0; w < WORDS; w++) {
                        uint64_t word = planes[p][w];
                        for (int i = 0; i < 64; i++)
                            totals[64 * w + i] += (int32_t)(word >> i & 1) << p;
                    }
                for (int i = 0; i < here; i++)
                    scores[(first + i) * net->classes + c] = totals[i] + (int32_t)net->constants[c];
            }
        }
        free(nodes);
    }
    return short_of_memory;
}

/* Takes n threads from here on, where threads are compiled in; returns how many it took before. */
int set_threads(int n) {
#ifdef _OPENMP
    int before = omp_get_max_threads();
    omp_set_num_threads(n);
    return before;
#else
    (void)n;
    return 1;
#endif
}
