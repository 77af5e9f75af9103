/* Training steps of a gate network on the processor: forward, backward and Adam in one pass.
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

#define LANES 16
#define BLOCK 32 /* gates that a thread takes at a time */

typedef float vec __attribute__((vector_size(64), may_alias));

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
} plan_t;

/* Columns of the table of the sixteen gates: 1, A, B, AB. */
static const float BASIS[16][4] = {
    {0, 0, 0, 0},  {0, 0, 0, 1},  {0, 1, 0, -1}, {0, 1, 0, 0},  {0, 0, 1, -1}, {0, 0, 1, 0},
    {0, 1, 1, -2}, {0, 1, 1, -1}, {1, -1, -1, 1}, {1, -1, -1, 2}, {1, 0, -1, 0}, {1, 0, -1, 1},
    {1, -1, 0, 0}, {1, -1, 0, 1}, {1, 0, 0, -1}, {1, 0, 0, 0}};

/* e^x for x <= 0, to a few units in the last place of a float. */
static inline float exp_below_zero(float x) {
    float t = x * 1.44269504f;
    t = t < -125.0f ? -125.0f : t;
    int32_t whole = (int32_t)(t - 0.5f);
    float f = (t - (float)whole) * 0.69314718f;
    float value = 1.0f / 720.0f;
    value = value * f + 1.0f / 120.0f;
    value = value * f + 1.0f / 24.0f;
    value = value * f + 1.0f / 6.0f;
    value = value * f + 0.5f;
    value = value * f + 1.0f;
    value = value * f + 1.0f;
    union { int32_t i; float f; } scale = {.i = (whole + 127) << 23};
    return value * scale.f;
}

static void softmax(const float *logits, int n, float sharpness, float *shares) {
    float top = logits[0], total = 0;
    for (int i = 1; i < n; i++) top = logits[i] > top ? logits[i] : top;
    for (int i = 0; i < n; i++) shares[i] = exp_below_zero(sharpness * (logits[i] - top));
    for (int i = 0; i < n; i++) total += shares[i];
    for (int i = 0; i < n; i++) shares[i] /= total;
}

/* One Adam update of n logits from the gradient of their shares. */
static void descend(float *logits, float *mean, float *square, const float *shares, float *gradient,
                    int n, float sharpness, float rate, float corrected, const plan_t *plan) {
    float along = 0, a = plan->first_decay, b = plan->second_decay;
    for (int i = 0; i < n; i++) along += shares[i] * gradient[i];
    for (int i = 0; i < n; i++) {
        float g = sharpness * shares[i] * (gradient[i] - along);
        mean[i] = a * mean[i] + (1 - a) * g;
        square[i] = b * square[i] + (1 - b) * g * g;
        logits[i] -= rate * mean[i] / (sqrtf(square[i] / corrected) + plan->epsilon);
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

static float dot(const float *left, const float *right, int width) {
    vec sum[4] = {{0}};
    int at = 0;
    for (; at + 4 * LANES <= width; at += 4 * LANES)
        for (int v = 0; v < 4; v++)
            sum[v] += ((const vec *)(left + at))[v] * ((const vec *)(right + at))[v];
    for (; at < width; at += LANES) sum[0] += *(const vec *)(left + at) * *(const vec *)(right + at);
    vec all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    float total = 0;
    for (int i = 0; i < LANES; i++) total += all[i];
    return total;
}

typedef struct {
    float *shares, *kind_shares, *terms; /* softmaxed wires, softmaxed gates, (gates, 4) */
    float *slots, *output, *gradient;    /* rows over the batch: 2 gates, gates, gates */
} work_t;

static float *rows_of(int64_t count) {
    size_t bytes = ((size_t)count * sizeof(float) + 63) / 64 * 64;
    return aligned_alloc(64, bytes ? bytes : 64);
}

static void forward(const layer_t *layer, work_t *work, const float *input, int gate, int width,
                    float sharp_wires, float sharp_kinds) {
    int n = layer->candidates;
    for (int slot = 2 * gate; slot < 2 * gate + 2; slot++) {
        float *shares = work->shares + (int64_t)slot * n;
        softmax(layer->wires + (int64_t)slot * n, n, sharp_wires, shares);
        mix(input, width, layer->index + (int64_t)slot * n, shares, n,
            work->slots + (int64_t)slot * width);
    }
    float *kinds = work->kind_shares + 16 * gate, *terms = work->terms + 4 * gate;
    softmax(layer->kinds + 16 * gate, 16, sharp_kinds, kinds);
    for (int term = 0; term < 4; term++) {
        terms[term] = 0;
        for (int kind = 0; kind < 16; kind++) terms[term] += kinds[kind] * BASIS[kind][term];
    }
    const vec *a = (const vec *)(work->slots + (int64_t)(2 * gate) * width);
    const vec *b = (const vec *)(work->slots + (int64_t)(2 * gate + 1) * width);
    vec *out = (vec *)(work->output + (int64_t)gate * width);
    for (int v = 0; v < width / LANES; v++)
        out[v] = terms[0] + terms[1] * a[v] + (terms[2] + terms[3] * a[v]) * b[v];
}

static float lanes(vec x) {
    float total = 0;
    for (int i = 0; i < LANES; i++) total += x[i];
    return total;
}

static void backward(layer_t *layer, work_t *work, const float *input, const float *gradient,
                     int gate, int width, const float *settings, float corrected,
                     const plan_t *plan, float *spare) {
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
    float along[16], by_term[4];
    for (int term = 0; term < 4; term++) by_term[term] = lanes(sums[term]);
    for (int kind = 0; kind < 16; kind++) {
        along[kind] = 0;
        for (int term = 0; term < 4; term++) along[kind] += by_term[term] * BASIS[kind][term];
    }
    descend(layer->kinds + 16 * gate, layer->kinds_mean + 16 * gate,
            layer->kinds_square + 16 * gate, work->kind_shares + 16 * gate, along, 16, settings[1],
            settings[3], corrected, plan);
    if (n == 1) return; /* a fixed wire has nothing to learn */
    for (int slot = 2 * gate; slot < 2 * gate + 2; slot++) {
        int64_t at = (int64_t)slot * n;
        const float *row = work->slots + (int64_t)slot * width;
        for (int k = 0; k < n; k++)
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
        float share = work->shares[at];
        const vec *row = (const vec *)(work->slots + (int64_t)(at / n) * width);
        for (int v = 0; v < width / LANES; v++) ((vec *)out)[v] += share * row[v];
    }
}

static void unpack(const uint8_t *bits, int64_t stride, const int32_t *order, int sources,
                   int width, float *rows) {
#pragma omp parallel for schedule(static)
    for (int byte = 0; byte < (sources + 7) / 8; byte++)
        for (int image = 0; image < width; image++) {
            uint8_t value = bits[(int64_t)order[image] * stride + byte];
            for (int bit = 0; bit < 8 && 8 * byte + bit < sources; bit++)
                rows[(int64_t)(8 * byte + bit) * width + image] = (float)((value >> bit) & 1);
        }
}

/* Scores to loss and, in place, to the gradient of each class's bits. */
static float judge(float *scores, const int32_t *labels, const int32_t *order, int classes,
                   int width, float tau) {
    float loss = 0;
    for (int image = 0; image < width; image++) {
        float top = -1e30f, total = 0;
        int label = labels[order[image]];
        for (int c = 0; c < classes; c++) {
            float score = scores[(int64_t)c * width + image] / tau;
            scores[(int64_t)c * width + image] = score;
            top = score > top ? score : top;
        }
        float right = scores[(int64_t)label * width + image];
        for (int c = 0; c < classes; c++) total += expf(scores[(int64_t)c * width + image] - top);
        loss += logf(total) + top - right;
        for (int c = 0; c < classes; c++) {
            float *score = scores + (int64_t)c * width + image;
            *score = (expf(*score - top) / total - (c == label)) / (tau * (float)width);
        }
    }
    return loss / (float)width;
}

static float spread(const float *scores, int64_t n) {
    double sum = 0, square = 0;
    for (int64_t i = 0; i < n; i++) sum += scores[i];
    for (int64_t i = 0; i < n; i++) square += (scores[i] - sum / n) * (scores[i] - sum / n);
    return (float)sqrt(square / (double)n);
}

/* Settings hold four numbers a step: sharpness of wires, of gates, rate of wires, of gates. */
int train(layer_t *layers, plan_t *plan, const uint8_t *bits, int64_t stride,
          const int32_t *labels, const int32_t *order, const float *settings, float *losses) {
    int depth = plan->layers, width = plan->batch, classes = plan->classes;
    int largest = 1;
    work_t work[depth];
    for (int l = 0; l < depth; l++) {
        int64_t gates = layers[l].gates, n = layers[l].candidates;
        largest = n > largest ? (int)n : largest;
        work[l] = (work_t){rows_of(2 * gates * n), rows_of(16 * gates), rows_of(4 * gates),
                           rows_of(2 * gates * width), rows_of(gates * width),
                           l + 1 < depth ? rows_of(gates * width) : NULL};
    }
    float *rows = rows_of((int64_t)layers[0].sources * width);
    float *scores = rows_of((int64_t)classes * width);
    int per_class = layers[depth - 1].gates / classes;
    for (int step = 0; step < plan->steps; step++) {
        const float *now = settings + 4 * step;
        const int32_t *images = order + (int64_t)step * width;
        float age = (float)(++plan->taken);
        float first = 1 - powf(plan->first_decay, age), second = 1 - powf(plan->second_decay, age);
        float scaled[4] = {now[0], now[1], now[2] / first, now[3] / first};
        unpack(bits, stride, images, layers[0].sources, width, rows);
        for (int l = 0; l < depth; l++) {
            const float *input = l ? work[l - 1].output : rows;
#pragma omp parallel for schedule(dynamic, BLOCK)
            for (int gate = 0; gate < layers[l].gates; gate++)
                forward(layers + l, work + l, input, gate, width, now[0], now[1]);
        }
        memset(scores, 0, (size_t)classes * (size_t)width * sizeof(float));
#pragma omp parallel for schedule(static)
        for (int c = 0; c < classes; c++)
            for (int gate = c * per_class; gate < (c + 1) * per_class; gate++)
                for (int v = 0; v < width / LANES; v++)
                    ((vec *)(scores + (int64_t)c * width))[v] +=
                        ((vec *)(work[depth - 1].output + (int64_t)gate * width))[v];
        if (plan->adaptive) {
            float wanted = spread(scores, (int64_t)classes * width) / plan->tau_divisor;
            float tau = 0.97f * plan->tau + 0.03f * wanted;
            plan->tau = tau < plan->tau_limit ? tau : plan->tau_limit;
        }
        losses[step] = judge(scores, labels, images, classes, width, plan->tau);
        for (int l = depth - 1; l >= 0; l--) {
            const float *input = l ? work[l - 1].output : rows;
#pragma omp parallel
            {
                float *spare = rows_of(largest);
#pragma omp for schedule(dynamic, BLOCK)
                for (int gate = 0; gate < layers[l].gates; gate++) {
                    const float *gradient = l == depth - 1
                                                ? scores + (int64_t)(gate / per_class) * width
                                                : work[l].gradient + (int64_t)gate * width;
                    backward(layers + l, work + l, input, gradient, gate, width, scaled, second,
                             plan, spare);
                }
                free(spare);
                if (l) {
#pragma omp for schedule(dynamic, BLOCK)
                    for (int source = 0; source < layers[l].sources; source++)
                        backward_to_sources(layers + l, work + l, source, width,
                                            work[l - 1].gradient + (int64_t)source * width);
                }
            }
        }
    }
    for (int l = 0; l < depth; l++) {
        free(work[l].shares), free(work[l].kind_shares), free(work[l].terms);
        free(work[l].slots), free(work[l].output), free(work[l].gradient);
    }
    free(rows), free(scores);
    return 0;
}
