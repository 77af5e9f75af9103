/* What a training step of a gate network is made of, in floats: forward, backward and Adam.
 *
 * The same mathematics as model.py and jax_engine.py, which are the reference. Activities are rows
 * of one source over the batch, so that a slot is a weighted sum of contiguous rows and the
 * gradient of a wire is a dot product of two rows. Sums are taken over blocks of fixed size and
 * then in order, so that a result does not depend on the number of threads.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

#ifdef __AVX512F__
#define LANES 16
#else
#define LANES 8
#endif
#define WORTHWHILE (1 << 22) /* multiplications of a layer below which threads cost more than they give */
#define BLOCK 32 /* gates that a thread takes at a time */

typedef float vec __attribute__((vector_size(4 * LANES), may_alias));
typedef float loose __attribute__((vector_size(4 * LANES), may_alias, aligned(4)));
typedef float half __attribute__((vector_size(2 * LANES), may_alias));
typedef int32_t ints __attribute__((vector_size(4 * LANES), may_alias));

typedef struct {
    int32_t sources, gates, candidates;
    const int32_t *index;                     /* (2 gates, candidates) source of a candidate */
    float *wires, *wires_mean, *wires_square; /* (2 gates, candidates) logits, Adam moments */
    float *kinds, *kinds_mean, *kinds_square; /* (gates, 16) logits, Adam moments */
    const int32_t *start, *member;            /* of each source: its places in `index` */
} layer_t;

typedef struct {
    int32_t layers, classes, batch, steps, adaptive; /* adaptive: whether tau follows the scores */
    int64_t taken;                                   /* steps of Adam before this call */
    float first_decay, second_decay, epsilon;
    float tau, tau_limit, tau_divisor;
    int32_t straight; /* whether the forward pass takes the likeliest option alone */
    int32_t exact;    /* whether sums are of floats everywhere */
    uint32_t seed;    /* of the noise */
    float noise;      /* scale of the Gumbel noise on sharpened logits */
    float smoothing;  /* share of each label that is spread over all classes */
} plan_t;

/* Columns of the table of the sixteen gates: 1, A, B, AB. */
static const float BASIS[16][4] = {
    {0, 0, 0, 0},  {0, 0, 0, 1},  {0, 1, 0, -1}, {0, 1, 0, 0},  {0, 0, 1, -1}, {0, 0, 1, 0},
    {0, 1, 1, -2}, {0, 1, 1, -1}, {1, -1, -1, 1}, {1, -1, -1, 2}, {1, 0, -1, 0}, {1, 0, -1, 1},
    {1, -1, 0, 0}, {1, -1, 0, 1}, {1, 0, 0, -1}, {1, 0, 0, 0}};

static inline vec larger(vec a, vec b) {
    ints more = a > b;
    return (vec)((more & (ints)a) | (~more & (ints)b));
}

/* e^x for x <= 0, to a few units in the last place of a float. */
static inline vec exp_below_zero(vec x) {
    vec t = larger(x * 1.44269504f, (vec){0} - 125.0f);
    ints whole = __builtin_convertvector(t - 0.5f, ints);
    vec f = (t - __builtin_convertvector(whole, vec)) * 0.69314718f;
    vec value = (vec){0} + 1.0f / 720.0f;
    value = value * f + 1.0f / 120.0f;
    value = value * f + 1.0f / 24.0f;
    value = value * f + 1.0f / 6.0f;
    value = value * f + 0.5f;
    value = value * f + 1.0f;
    value = value * f + 1.0f;
    return value * (vec)((whole + 127) << 23);
}

static inline float lanes(vec x) {
    union { vec whole; half part[2]; } all = {.whole = x};
    half sum = all.part[0] + all.part[1];
    float total = 0;
    for (int i = 0; i < LANES / 2; i++) total += sum[i];
    return total;
}

/* Some floats as full lanes; `rest` fills those beyond the last. */
static inline vec load(const float *from, int n, float rest) {
    if (n >= LANES) return *(const loose *)from;
    vec all = (vec){0} + rest;
#ifdef __AVX512F__
    return (vec)_mm512_mask_loadu_ps((__m512)all, (__mmask16)((1u << n) - 1), from);
#else
    memcpy(&all, from, (size_t)n * sizeof(float));
    return all;
#endif
}

static inline void store(float *to, int n, vec all) {
    if (n >= LANES) *(loose *)to = all;
#ifdef __AVX512F__
    else _mm512_mask_storeu_ps(to, (__mmask16)((1u << n) - 1), (__m512)all);
#else
    else memcpy(to, &all, (size_t)n * sizeof(float));
#endif
}

static inline vec root(vec x) {
#ifdef __AVX512F__
    return (vec)_mm512_sqrt_ps((__m512)x);
#else
    for (int i = 0; i < LANES; i++) x[i] = sqrtf(x[i]);
    return x;
#endif
}

static void softmax(const float *logits, int n, float sharpness, float *shares) {
    vec best = (vec){0} + logits[0], total = {0};
    for (int i = 0; i < n; i += LANES) best = larger(load(logits + i, n - i, logits[0]), best);
    float top = best[0];
    for (int i = 1; i < LANES; i++) top = best[i] > top ? best[i] : top;
    for (int i = 0; i < n; i += LANES) {
        vec share = exp_below_zero(sharpness * (load(logits + i, n - i, top - 1e4f) - top));
        store(shares + i, n - i, share);
        total += share;
    }
    float scale = 1 / lanes(total);
    for (int i = 0; i < n; i += LANES) store(shares + i, n - i, load(shares + i, n - i, 0) * scale);
}

static inline uint32_t scramble(uint32_t x) {
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}

/* A number for each step, layer, and kind of choice (0: wires, 1: gates). */
static uint32_t noise_key(const plan_t *plan, int layer, int part) {
    return scramble(plan->seed + scramble((uint32_t)(plan->taken - 1) * 0x9e3779b9u +
                                          (uint32_t)(2 * layer + part)));
}

/* Softmax of n logits, with noise where the plan has it, and what the forward pass mixes with:
 * the same shares, or the likeliest option alone. `at` is the place of the first logit. */
static void choose(const float *logits, int n, float sharpness, const plan_t *plan, uint32_t key,
                   int64_t at, float *shares, float *used) {
    if (plan->noise > 0) {
        for (int i = 0; i < n; i++) {
            uint32_t drawn = scramble(key + (uint32_t)(at + i) * 0x9e3779b9u) >> 8;
            float uniform = ((float)drawn + 0.5f) / 16777216.0f;
            shares[i] = logits[i] - plan->noise / sharpness * logf(-logf(uniform));
        }
        logits = shares;
    }
    int best = 0;
    if (plan->straight)
        for (int i = 1; i < n; i++) best = logits[i] > logits[best] ? i : best;
    softmax(logits, n, sharpness, shares);
    if (plan->straight)
        for (int i = 0; i < n; i++) used[i] = i == best;
}

/* One Adam update of n logits from the gradient of their shares. */
static void descend(float *logits, float *mean, float *square, const float *shares,
                    const float *gradient, int n,
                    float sharpness, float rate, float corrected, const plan_t *plan) {
    float a = plan->first_decay, b = plan->second_decay, epsilon = plan->epsilon;
    vec sum = {0};
    for (int i = 0; i < n; i += LANES) sum += load(shares + i, n - i, 0) * load(gradient + i, n - i, 0);
    float along = lanes(sum), larger_by = 1 / corrected;
    for (int i = 0; i < n; i += LANES) {
        vec g = sharpness * load(shares + i, n - i, 0) * (load(gradient + i, n - i, 0) - along);
        vec m = a * load(mean + i, n - i, 0) + (1 - a) * g;
        vec s = b * load(square + i, n - i, 0) + (1 - b) * g * g;
        store(mean + i, n - i, m);
        store(square + i, n - i, s);
        vec step = rate * m / (root(s * larger_by) + epsilon);
        store(logits + i, n - i, load(logits + i, n - i, 0) - step);
    }
}

/* out = sum over k of shares[k] times row index[k]. */
static void mix(const float *rows, int width, const int32_t *index, const float *shares, int n,
                float *out) {
    int at = 0;
    for (; at + 8 * LANES <= width; at += 8 * LANES) {
        vec sum[8] = {{0}};
        for (int k = 0; k < n; k++) {
            const vec *row = (const vec *)(rows + (int64_t)index[k] * width + at);
            float share = shares[k];
            for (int v = 0; v < 8; v++) sum[v] += share * row[v];
        }
        memcpy(out + at, sum, sizeof sum);
    }
    for (; at < width; at += LANES) {
        vec sum = {0};
        for (int k = 0; k < n; k++)
            sum += shares[k] * *(const vec *)(rows + (int64_t)index[k] * width + at);
        *(vec *)(out + at) = sum;
    }
}

/* The same two sums where the rows are bits, so that they are read from a nearer cache: masks of
 * one bit with AVX-512; of one byte with AVX2, which pays only where the rows are too many for the
 * second cache. */
#if defined(__AVX512F__)
typedef __mmask16 mask_t; /* of LANES columns */
static inline vec add_where(vec sum, mask_t where, vec value) {
    return (vec)_mm512_mask_add_ps((__m512)sum, where, (__m512)sum, (__m512)value);
}
static inline mask_t mask_of(vec row) {
    return _mm512_cmpneq_ps_mask((__m512)row, _mm512_setzero_ps());
}
#define MASKS_PAY(bytes) 1
#elif defined(__AVX2__)
typedef int64_t mask_t;
static inline vec add_where(vec sum, mask_t where, vec value) {
    __m256i wide = _mm256_cvtepi8_epi32(_mm_cvtsi64_si128(where));
    return sum + (vec)_mm256_and_si256(wide, (__m256i)value);
}
static inline mask_t mask_of(vec row) {
    __m256i wide = (__m256i)(row != 0);
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
    return _mm_cvtsi128_si64(_mm_packs_epi16(words, words));
}
#define MASKS_PAY(bytes) ((bytes) > (1 << 21))
#else
typedef int8_t mask_t;
#define add_where(sum, where, value) (sum)
#define mask_of(row) 0
#define MASKS_PAY(bytes) 0
#endif
#define TOGETHER 8 /* sums that are kept in registers */

static void mix_bits(const mask_t *rows, int width, const int32_t *index, const float *shares,
                     int n, float *out) {
    int masks = width / LANES;
    for (int at = 0; at < masks; at += TOGETHER) {
        int here = masks - at < TOGETHER ? masks - at : TOGETHER;
        vec sum[TOGETHER] = {{0}};
        if (here == TOGETHER)
            for (int k = 0; k < n; k++) {
                const mask_t *row = rows + (int64_t)index[k] * masks + at;
                vec share = (vec){0} + shares[k];
                for (int v = 0; v < TOGETHER; v++) sum[v] = add_where(sum[v], row[v], share);
            }
        else
            for (int k = 0; k < n; k++)
                for (int v = 0; v < here; v++)
                    sum[v] = add_where(sum[v], rows[(int64_t)index[k] * masks + at + v],
                                       (vec){0} + shares[k]);
        memcpy(out + at * LANES, sum, (size_t)here * sizeof(vec));
    }
}

static void dot_bits(const float *row, const mask_t *rows, const int32_t *index, int n, int width,
                     float *out) {
    int masks = width / LANES;
    for (int k = 0; k < n; k += TOGETHER) {
        int here = n - k < TOGETHER ? n - k : TOGETHER;
        vec sum[TOGETHER] = {{0}};
        const mask_t *mask[TOGETHER];
        for (int i = 0; i < TOGETHER; i++)
            mask[i] = rows + (int64_t)index[k + (i < here ? i : 0)] * masks;
        for (int v = 0; v < masks; v++)
            for (int i = 0; i < TOGETHER; i++)
                sum[i] = add_where(sum[i], mask[i][v], ((const vec *)row)[v]);
        for (int i = 0; i < here; i++) out[k + i] = lanes(sum[i]);
    }
}

static void mask_rows(const float *rows, int sources, int width, mask_t *masks) {
#pragma omp parallel for schedule(static) if ((int64_t)sources * width > WORTHWHILE)
    for (int64_t at = 0; at < (int64_t)sources * width / LANES; at++)
        masks[at] = mask_of(((const vec *)rows)[at]);
}

/* Dot products of one row with the rows of four candidates, which share its loads. */
static inline void dot_four(const float *row, const float *rows, const int32_t *index, int width,
                            float *out) {
    vec sum[4] = {{0}};
    const vec *other[4];
    for (int k = 0; k < 4; k++) other[k] = (const vec *)(rows + (int64_t)index[k] * width);
    for (int v = 0; v < width / LANES; v++) {
        vec here = ((const vec *)row)[v];
        for (int k = 0; k < 4; k++) sum[k] += here * other[k][v];
    }
    for (int k = 0; k < 4; k++) out[k] = lanes(sum[k]);
}

static float dot(const float *row, const float *other, int width) {
    vec sum = {0};
    for (int v = 0; v < width / LANES; v++) sum += ((const vec *)row)[v] * ((const vec *)other)[v];
    return lanes(sum);
}

typedef struct {
    float *shares, *kind_shares, *terms; /* softmaxed wires, softmaxed gates, (gates, 4) */
    float *used;                         /* what wires are mixed with: shares, or one of each */
    uint32_t wire_key, kind_key;         /* of this step's noise */
    float *slots, *output, *gradient;    /* rows over the batch: 2 gates, gates, gates */
} work_t;

static float *rows_of(int64_t count) {
    size_t bytes = ((size_t)count * sizeof(float) + 63) / 64 * 64;
    return aligned_alloc(64, bytes ? bytes : 64);
}

static int64_t size_of(const layer_t *layer, int width) {
    return 2 * (int64_t)layer->gates * layer->candidates * width;
}

/* The shares of a gate's sixteen functions, and the coefficients of their mixture. */
static void mix_kinds(const layer_t *layer, work_t *work, int gate, const float *settings,
                      const plan_t *plan) {
    float *kinds = work->kind_shares + 16 * gate, *terms = work->terms + 4 * gate, one[16];
    float *mixed = plan->straight ? one : kinds;
    choose(layer->kinds + 16 * gate, 16, settings[1], plan, work->kind_key, 16 * (int64_t)gate,
           kinds, mixed);
    for (int term = 0; term < 4; term++) {
        terms[term] = 0;
        for (int kind = 0; kind < 16; kind++) terms[term] += mixed[kind] * BASIS[kind][term];
    }
}

/* One Adam update of the sixteen functions, from the gradients of the four coefficients by lane. */
static void descend_kinds(layer_t *layer, work_t *work, int gate, const vec *sums,
                          const float *settings, float corrected, const plan_t *plan) {
    float along[16], by_term[4];
    for (int term = 0; term < 4; term++) by_term[term] = lanes(sums[term]);
    for (int kind = 0; kind < 16; kind++) {
        along[kind] = 0;
        for (int term = 0; term < 4; term++) along[kind] += by_term[term] * BASIS[kind][term];
    }
    descend(layer->kinds + 16 * gate, layer->kinds_mean + 16 * gate,
            layer->kinds_square + 16 * gate, work->kind_shares + 16 * gate, along, 16, settings[1],
            settings[3], corrected, plan);
}

static void forward(const layer_t *layer, work_t *work, const float *input,
                    const mask_t *masks, int gate, int width, const float *settings,
                    const plan_t *plan) {
    int n = layer->candidates;
    for (int slot = 2 * gate; slot < 2 * gate + 2; slot++) {
        int64_t at = (int64_t)slot * n;
        float *used = work->used + at;
        choose(layer->wires + at, n, settings[0], plan, work->wire_key, at, work->shares + at, used);
        float *out = work->slots + (int64_t)slot * width;
        if (masks) mix_bits(masks, width, layer->index + at, used, n, out);
        else mix(input, width, layer->index + at, used, n, out);
    }
    mix_kinds(layer, work, gate, settings, plan);
    const float *terms = work->terms + 4 * gate;
    const vec *a = (const vec *)(work->slots + (int64_t)(2 * gate) * width);
    const vec *b = (const vec *)(work->slots + (int64_t)(2 * gate + 1) * width);
    vec *out = (vec *)(work->output + (int64_t)gate * width);
    for (int v = 0; v < width / LANES; v++)
        out[v] = terms[0] + terms[1] * a[v] + (terms[2] + terms[3] * a[v]) * b[v];
}

static void backward(layer_t *layer, work_t *work, const float *input, const mask_t *masks,
                     const float *gradient, int gate, int width, const float *settings,
                     float corrected, const plan_t *plan, float *spare) {
    int n = layer->candidates;
    float *terms = work->terms + 4 * gate;
    vec *a = (vec *)(work->slots + (int64_t)(2 * gate) * width);
    vec *b = (vec *)(work->slots + (int64_t)(2 * gate + 1) * width);
    const vec *g = (const vec *)gradient;
    vec sums[4] = {{0}};
    for (int v = 0; v < width / LANES; v++) {
        vec x = a[v], y = b[v], slope = g[v];
        sums[0] += slope;
        sums[1] += slope * x;
        sums[2] += slope * y;
        sums[3] += slope * x * y;
        a[v] = slope * (terms[1] + terms[3] * y);
        b[v] = slope * (terms[2] + terms[3] * x);
    }
    descend_kinds(layer, work, gate, sums, settings, corrected, plan);
    if (n == 1) return; /* a fixed wire has nothing to learn */
    for (int slot = 2 * gate; slot < 2 * gate + 2; slot++) {
        int64_t at = (int64_t)slot * n;
        const float *row = work->slots + (int64_t)slot * width;
        int k = masks ? n : 0;
        if (masks) dot_bits(row, masks, layer->index + at, n, width, spare);
        for (; k + 4 <= n; k += 4) dot_four(row, input, layer->index + at + k, width, spare + k);
        for (; k < n; k++)
            spare[k] = dot(row, input + (int64_t)layer->index[at + k] * width, width);
        descend(layer->wires + at, layer->wires_mean + at, layer->wires_square + at,
                work->shares + at, spare, n, settings[0], settings[2], corrected, plan);
    }
}

static void backward_to_sources(const layer_t *layer, const work_t *work, int source, int width,
                                float *out) {
    int n = layer->candidates;
    memset(out, 0, (size_t)width * sizeof(float));
    for (int32_t i = layer->start[source]; i < layer->start[source + 1]; i++) {
        int32_t at = layer->member[i];
        float share = work->used[at];
        const vec *row = (const vec *)(work->slots + (int64_t)(at / n) * width);
        for (int v = 0; v < width / LANES; v++) ((vec *)out)[v] += share * row[v];
    }
}

static void unpack(const uint8_t *bits, int64_t stride, const int32_t *order, int sources,
                   int width, float *rows) {
#pragma omp parallel for schedule(static) if ((int64_t)sources * width > WORTHWHILE)
    for (int byte = 0; byte < (sources + 7) / 8; byte++)
        for (int image = 0; image < width; image++) {
            uint8_t value = bits[(int64_t)order[image] * stride + byte];
            for (int bit = 0; bit < 8 && 8 * byte + bit < sources; bit++)
                rows[(int64_t)(8 * byte + bit) * width + image] = (float)((value >> bit) & 1);
        }
}
