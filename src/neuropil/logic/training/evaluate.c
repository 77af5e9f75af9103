/* A circuit on hundreds of images at a time. The netlist is data: nothing is compiled for it.
 *
 * A row holds one bit of all images of a block. Inputs come as bytes, image by image, and become
 * rows; gates that others read are kept as rows; gates that are only counted go from registers into
 * the counters. Gates come in runs of one kind, so that no branch depends on a gate. The same
 * function as evaluate.py, which is the reference.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif
#ifdef __AVX512F__
#include <immintrin.h>
#endif

/* Words of 64 images in a row: as wide as a register. */
#ifdef __AVX512F__
#define WORDS 8
#else
#define WORDS 4
#endif
#define IMAGES (64 * WORDS)
#define ROW_BYTES (8 * WORDS) /* bytes of a row */
#define PLANES 24
#define KINDS 16
#define CHUNK 8 /* gates that are counted at once */

/* In one function, gcc 12 runs out of registers and keeps pointers in those of vectors: packing takes
 * twice as long. */
#define ALONE static __attribute__((noinline))

typedef uint64_t row_t __attribute__((vector_size(ROW_BYTES), may_alias));
typedef uint8_t bytes_t __attribute__((vector_size(ROW_BYTES), aligned(1), may_alias));

typedef struct {
    int32_t features, levels, kept, classes, runs, counted_runs;
    const uint8_t *thresholds; /* level by level, each padded to a multiple of 64 */
    const int32_t *node, *left, *right; /* of each kept gate, by run */
    const int32_t *kind, *run;          /* of each run: its kind; where it starts, and the end */
    const int32_t *first, *second;      /* what each counted gate reads, by class and run */
    const int32_t *counted_kind, *counted_run, *class_run;
    const int64_t *constants;
} netlist_t;

/* Exchanges what `low` has above `shift` under the mask with what `high` has below it. */
#define EXCHANGE(low, high, shift, mask)                                                           \
    do {                                                                                           \
        row_t moved = (((low) >> (shift)) ^ (high)) & ((row_t){0} + (mask));                       \
        (high) ^= moved;                                                                           \
        (low) ^= moved << (shift);                                                                 \
    } while (0)

/* Transposes 8 x 8 elements of `size` bits: element i of row k becomes element k of row i. */
static inline void transpose_rows(row_t *rows, int size) {
    static const uint64_t bits[] = {0x5555555555555555u, 0x3333333333333333u, 0x0f0f0f0f0f0f0f0fu};
    static const uint64_t bytes[] = {0x00ff00ff00ff00ffu, 0x0000ffff0000ffffu, 0x00000000ffffffffu};
    const uint64_t *masks = size == 1 ? bits : bytes;
#pragma GCC unroll 3
    for (int step = 2; step >= 0; step--)
#pragma GCC unroll 8
        for (int k = 0; k < 8; k++)
            if (!(k >> step & 1))
                EXCHANGE(rows[k], rows[k + (1 << step)], size << step, masks[step]);
}

/* Bits of 64 images and a row of features: feature 8 * lane + j is in that lane of rows[j]. */
ALONE void pack_tile(const uint8_t *from, int64_t stride, const uint8_t *thresholds,
                     row_t *rows) {
    bytes_t least = *(const bytes_t *)thresholds;
    for (int j = 0; j < 8; j++) {
        bytes_t all = {0};
#pragma GCC unroll 8
        for (int image = 0; image < 8; image++, from += stride) {
            bytes_t value = *(const bytes_t *)from, bit = (bytes_t){0} + (uint8_t)(1 << image);
#ifdef __AVX512BW__
            all = (bytes_t)_mm512_mask_add_epi8(
                (__m512i)all, _mm512_cmpge_epu8_mask((__m512i)value, (__m512i)least), (__m512i)all,
                (__m512i)bit);
#else
            all |= (bytes_t)(value >= least) & bit;
#endif
        }
        rows[j] = (row_t)all;
    }
    transpose_rows(rows, 8);
}

/* Bytes, image by image, to rows; an input is on where its byte reaches its threshold. */
ALONE void pack_block(const netlist_t *net, const uint8_t *bytes, int images, row_t *nodes) {
    uint8_t edge[64 * ROW_BYTES];
    uint64_t *words = (uint64_t *)nodes;
    int32_t features = net->features, padded = (features + 63) / 64 * 64;
    int32_t width = features < ROW_BYTES ? features : ROW_BYTES;
    for (int word = 0; 64 * word < images; word++) {
        int here = images - 64 * word < 64 ? images - 64 * word : 64;
        for (int32_t column = 0; column < features; column += ROW_BYTES) {
            /* The last tile overlaps the one before, where there is one. */
            int32_t place = column + width > features ? features - width : column;
            const uint8_t *from = bytes + (int64_t)64 * word * features + place;
            int64_t stride = features;
            if (width < ROW_BYTES || here < 64) {
                memset(edge, 0, sizeof edge);
                for (int i = 0; i < here; i++) memcpy(edge + i * ROW_BYTES, from + i * stride, width);
                from = edge, stride = ROW_BYTES;
            }
            for (int32_t level = 0; level < net->levels; level++) {
                row_t rows[8];
                pack_tile(from, stride, net->thresholds + (int64_t)level * padded + place, rows);
                uint64_t *to = words + ((int64_t)level * features + place) * WORDS + word;
                for (int i = 0; i < width; i++) to[i * WORDS] = rows[i & 7][i >> 3];
            }
        }
    }
}

/* Does a statement for the gates of one kind, with `a` and `b` as what a gate reads. */
#define FOR_KIND(kind, DO)                                                                         \
    switch (kind) {                                                                                \
    case 0: DO(a ^ a) break;                                                                       \
    case 1: DO(a & b) break;                                                                       \
    case 2: DO(a & ~b) break;                                                                      \
    case 3: DO(a) break;                                                                           \
    case 4: DO(~a & b) break;                                                                      \
    case 5: DO(b) break;                                                                           \
    case 6: DO(a ^ b) break;                                                                       \
    case 7: DO(a | b) break;                                                                       \
    case 8: DO(~(a | b)) break;                                                                    \
    case 9: DO(~(a ^ b)) break;                                                                    \
    case 10: DO(~b) break;                                                                         \
    case 11: DO(a | ~b) break;                                                                     \
    case 12: DO(~a) break;                                                                         \
    case 13: DO(~a | b) break;                                                                     \
    case 14: DO(~(a & b)) break;                                                                   \
    default: DO(~(a ^ a)) break;                                                                   \
    }

ALONE void keep_gates(const netlist_t *net, row_t *nodes) {
#define KEEP(expression)                                                                           \
    for (int32_t i = net->run[r]; i < net->run[r + 1]; i++) {                                      \
        row_t a = nodes[net->left[i]], b = nodes[net->right[i]];                                   \
        nodes[net->node[i]] = (expression);                                                        \
        (void)a, (void)b;                                                                          \
    }
    for (int32_t r = 0; r < net->runs; r++) FOR_KIND(net->kind[r], KEEP)
}

/* A binary number for each image: planes[p] has weight 2^p, and so has waiting[p] where full. */
typedef struct {
    row_t planes[PLANES], waiting[PLANES];
    int full[PLANES], used;
} counter_t;

/* Two rows of weights 1 and 2 for three of weight 1: `sum` is one of the three. */
static inline row_t add_row(row_t *sum, row_t b, row_t c) {
    row_t a = *sum;
#ifdef __AVX512F__
    *sum = (row_t)_mm512_ternarylogic_epi64((__m512i)a, (__m512i)b, (__m512i)c, 0x96);
    return (row_t)_mm512_ternarylogic_epi64((__m512i)a, (__m512i)b, (__m512i)c, 0xe8);
#else
    row_t odd = a ^ b;
    *sum = odd ^ c;
    return (a & b) | (odd & c);
#endif
}

static inline void push(counter_t *counter, int p, row_t word) {
    while (counter->full[p]) {
        word = add_row(&counter->planes[p], counter->waiting[p], word);
        counter->full[p++] = 0;
    }
    counter->waiting[p] = word;
    counter->full[p] = 1;
    counter->used = p + 1 > counter->used ? p + 1 : counter->used;
}

/* Adds eight rows to the lowest three planes; what they carry over has weight 8. */
static inline row_t add_chunk(row_t *low, const row_t *words) {
    row_t pairs[2], fours[2];
    for (int half = 0; half < 2; half++) {
        pairs[0] = add_row(&low[0], words[4 * half], words[4 * half + 1]);
        pairs[1] = add_row(&low[0], words[4 * half + 2], words[4 * half + 3]);
        fours[half] = add_row(&low[1], pairs[0], pairs[1]);
    }
    return add_row(&low[2], fours[0], fours[1]);
}

/* Counts the gates of a class in carry-save form, and sets planes up to `used`. */
ALONE void count_class(const netlist_t *net, const row_t *nodes, int class, counter_t *counter) {
    row_t low[3] = {{0}, {0}, {0}}, words[CHUNK], rest[KINDS * CHUNK];
    int left_over = 0;
    memset(counter, 0, sizeof *counter);
#define GATE(expression, to)                                                                       \
    do {                                                                                           \
        row_t a = nodes[net->first[i]], b = nodes[net->second[i]];                                 \
        (to) = (expression);                                                                       \
        (void)a, (void)b;                                                                          \
    } while (0);
#define COUNT(expression)                                                                          \
    {                                                                                              \
        for (; i + CHUNK <= end; push(counter, 3, add_chunk(low, words)))                          \
            _Pragma("GCC unroll 8") for (int k = 0; k < CHUNK; k++, i++)                           \
                GATE(expression, words[k])                                                         \
        for (; i < end; i++) GATE(expression, rest[left_over++])                                   \
    }
    for (int32_t r = net->class_run[class]; r < net->class_run[class + 1]; r++) {
        int32_t i = net->counted_run[r], end = net->counted_run[r + 1];
        FOR_KIND(net->counted_kind[r], COUNT)
    }
    while (left_over % CHUNK) rest[left_over++] = (row_t){0};
    for (int i = 0; i < left_over; i += CHUNK) push(counter, 3, add_chunk(low, rest + i));
    memcpy(counter->planes, low, sizeof low);
    for (int p = 3; p < counter->used; p++) {
        row_t word = counter->full[p] ? counter->waiting[p] : (row_t){0};
        for (int q = p; q <= counter->used; q++) {
            row_t carry = counter->planes[q] & word;
            counter->planes[q] ^= word;
            word = carry;
        }
    }
    counter->used = counter->used < 3 ? 3 : counter->used + 1;
}

/* Binary numbers of bits, one plane a place, to whole numbers, one an image. */
ALONE void write_scores(counter_t *counter, int images, int64_t constant, int32_t *scores,
                        int stride) {
    int32_t totals[IMAGES];
    for (int i = 0; i < IMAGES; i++) totals[i] = (int32_t)constant;
    for (int place = 0; place < counter->used; place += 8) {
        transpose_rows(counter->planes + place, 1);
        const uint8_t *bytes = (const uint8_t *)(counter->planes + place);
        for (int i = 0; i < IMAGES; i++) totals[i] += (int32_t)bytes[i] << place;
    }
    /* Byte m of row j is of image 8 m + j. */
    for (int j = 0; j < 8; j++) {
        int32_t *to = scores + (int64_t)j * stride;
        const int32_t *from = totals + j * ROW_BYTES;
        for (int image = j; image < images; image += 8, to += 8 * stride) *to = *from++;
    }
}

/* Returns 0, or 1 where memory ran out. */
int evaluate(const netlist_t *net, const uint8_t *bytes, int64_t images, int32_t *scores) {
    int64_t blocks = (images + IMAGES - 1) / IMAGES;
    int short_of_memory = 0;
    size_t size = (size_t)net->features * net->levels + net->kept;
#pragma omp parallel
    {
        row_t *nodes = aligned_alloc(64, (size * sizeof(row_t) + 63) / 64 * 64);
#pragma omp for schedule(dynamic)
        for (int64_t block = 0; block < blocks; block++) {
            if (!nodes) {
#pragma omp atomic write
                short_of_memory = 1;
                continue;
            }
            int64_t first = block * IMAGES;
            int here = images - first < IMAGES ? (int)(images - first) : IMAGES;
            pack_block(net, bytes + first * net->features, here, nodes);
            keep_gates(net, nodes);
            for (int class = 0; class < net->classes; class++) {
                counter_t counter;
                count_class(net, nodes, class, &counter);
                write_scores(&counter, here, net->constants[class],
                             scores + first * net->classes + class, net->classes);
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
