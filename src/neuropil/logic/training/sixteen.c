/* The same training step in whole numbers of 16 bits, where the processor has AVX-512.
 *
 * A slot is a sum of shares of at most 1, and a share in steps of 1/65,000 is far finer than the
 * choice it stands for. Thirty-two images fit one register, twice as many as floats, and whole
 * numbers are added twice as fast. The wire gradient is a sum of 12-bit numbers, eight to a lane, so
 * that no sum overflows. Rounding is to the nearest everywhere: sums over images have no bias.
 */
#ifdef __AVX512BW__
#define SIXTEEN_BITS 1
#define WIDE 256     /* images of a block: eight registers of 32 */
#define MOST 4096    /* candidates beyond which rounded shares would no longer sum to 1 */
#define STEEPEST 4000.0f /* eight of them fit 16 bits; 16 times 32,767 of them fit 32 */
#define FULL 32767.0f    /* an activity of 1 */

typedef struct {
    uint16_t *slots;  /* (2 gates, width): inputs of the gates, and then their gradients */
    int16_t *output;  /* (gates, width) in steps of 1 / FULL; none for the last layer */
    float *steepness; /* (2 gates, width / WIDE): gradient of one step of `slots` */
} packed_t;

static inline __m512 to_floats(const uint16_t *from) {
    return _mm512_cvtepi32_ps(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)from)));
}

/* Shares as whole numbers; returns what one of the sum is worth. */
static float round_shares(const float *shares, int n, int bits, uint16_t *rounded) {
    /* Rounded up, n shares exceed their sum by n / 2 at most. */
    float scale = bits ? 65535.0f - (float)n : FULL;
    for (int k = 0; k < n; k++) rounded[k] = (uint16_t)(shares[k] * scale + 0.5f);
    return bits ? 1 / scale : 32768.0f / (FULL * FULL);
}

static void mix_sixteen(const uint32_t *masks, const int16_t *rows, int width, const int32_t *index,
                        const uint16_t *shares, int n, uint16_t *out) {
    for (int at = 0; at < width; at += WIDE) {
        __m512i sum[8];
        for (int v = 0; v < 8; v++) sum[v] = _mm512_setzero_si512();
        for (int k = 0; k < n; k++) {
            __m512i share = _mm512_set1_epi16((short)shares[k]);
            if (masks) {
                const uint32_t *row = masks + ((int64_t)index[k] * width + at) / 32;
                for (int v = 0; v < 8; v++)
                    sum[v] = _mm512_mask_add_epi16(sum[v], row[v], sum[v], share);
            } else {
                const __m512i *row = (const __m512i *)(rows + (int64_t)index[k] * width + at);
                for (int v = 0; v < 8; v++)
                    sum[v] = _mm512_add_epi16(sum[v], _mm512_mulhrs_epi16(row[v], share));
            }
        }
        memcpy(out + at, sum, sizeof sum);
    }
}

/* Sums of the lanes of eight registers, in the lower half of the result. */
static inline __m256i lanes_of_eight(const __m512i *x) {
    __m512i two[4], four[2];
    for (int i = 0; i < 4; i++)
        two[i] = _mm512_add_epi32(_mm512_unpacklo_epi32(x[2 * i], x[2 * i + 1]),
                                  _mm512_unpackhi_epi32(x[2 * i], x[2 * i + 1]));
    for (int i = 0; i < 2; i++)
        four[i] = _mm512_add_epi32(_mm512_unpacklo_epi64(two[2 * i], two[2 * i + 1]),
                                   _mm512_unpackhi_epi64(two[2 * i], two[2 * i + 1]));
    __m256i low = _mm256_add_epi32(_mm512_castsi512_si256(four[0]),
                                   _mm512_extracti64x4_epi64(four[0], 1));
    __m256i high = _mm256_add_epi32(_mm512_castsi512_si256(four[1]),
                                    _mm512_extracti64x4_epi64(four[1], 1));
    return _mm256_add_epi32(_mm256_permute2x128_si256(low, high, 0x20),
                            _mm256_permute2x128_si256(low, high, 0x31));
}

/* Adds to each candidate's sum the products of one block of gradients with its activities. */
static void dot_sixteen(const __m512i *slope, float worth, const uint32_t *masks,
                        const int16_t *rows, int width, int at, const int32_t *index, int n,
                        float *out) {
    const __m512i ones = _mm512_set1_epi16(1);
    for (int k = 0; k < n; k += 8) {
        int here = n - k < 8 ? n - k : 8;
        __m512i sum[8];
        for (int i = 0; i < 8; i++) {
            int64_t place = (int64_t)index[k + (i < here ? i : 0)] * width + at;
            __m512i total = _mm512_setzero_si512();
            if (masks) {
                const uint32_t *row = masks + place / 32;
                for (int v = 0; v < 8; v++)
                    total = _mm512_mask_add_epi16(total, row[v], total, slope[v]);
                total = _mm512_madd_epi16(total, ones);
            } else {
                const __m512i *row = (const __m512i *)(rows + place);
                for (int v = 0; v < 8; v++)
                    total = _mm512_add_epi32(total, _mm512_madd_epi16(row[v], slope[v]));
                total = _mm512_srai_epi32(total, 4); /* sixteen lanes will be summed */
            }
            sum[i] = total;
        }
        float eight[8];
        _mm256_storeu_ps(eight, _mm256_cvtepi32_ps(lanes_of_eight(sum)));
        for (int i = 0; i < here; i++) out[k + i] += worth * eight[i];
    }
}

/* Floats of a block as whole numbers up to STEEPEST; returns what one is worth. */
static float round_slope(const vec *slope, __m512i *rounded) {
    __m512 top = _mm512_setzero_ps();
    for (int v = 0; v < WIDE / LANES; v++)
        top = _mm512_max_ps(top, _mm512_abs_ps((__m512)slope[v]));
    float largest = _mm512_reduce_max_ps(top);
    if (!(largest > 1e-30f)) {
        memset(rounded, 0, 8 * sizeof *rounded);
        return 0;
    }
    __m512 scale = _mm512_set1_ps(STEEPEST / largest);
    for (int v = 0; v < 8; v++) {
        __m256i low = _mm512_cvtepi32_epi16(_mm512_cvtps_epi32((__m512)slope[2 * v] * scale));
        __m256i high = _mm512_cvtepi32_epi16(_mm512_cvtps_epi32((__m512)slope[2 * v + 1] * scale));
        rounded[v] = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
    }
    return largest / STEEPEST;
}

/* `votes` counts the outputs of the last layer; of other layers they are kept. */
static void forward_sixteen(const layer_t *layer, work_t *work, packed_t *packed,
                            const uint32_t *masks, const int16_t *rows, int gate, int width,
                            const float *settings, const plan_t *plan, int32_t *votes) {
    int n = layer->candidates;
    uint16_t rounded[MOST];
    float worth = 0;
    for (int slot = 2 * gate; slot < 2 * gate + 2; slot++) {
        int64_t at = (int64_t)slot * n;
        choose(layer->wires + at, n, settings[0], plan, work->wire_key, at, work->shares + at,
               work->used + at);
        worth = round_shares(work->used + at, n, masks != NULL, rounded);
        mix_sixteen(masks, rows, width, layer->index + at, rounded, n,
                    packed->slots + (int64_t)slot * width);
    }
    mix_kinds(layer, work, gate, settings, plan);
    const float *terms = work->terms + 4 * gate;
    const uint16_t *a = packed->slots + (int64_t)(2 * gate) * width, *b = a + width;
    int16_t *out = votes ? NULL : packed->output + (int64_t)gate * width;
    for (int v = 0; v < width; v += 16) {
        __m512 x = to_floats(a + v) * worth, y = to_floats(b + v) * worth;
        __m512 value = terms[0] + terms[1] * x + (terms[2] + terms[3] * x) * y;
        __m512i whole = _mm512_cvtps_epi32(value * FULL);
        __m512i *count = (__m512i *)(votes + v);
        if (votes) *count = _mm512_add_epi32(*count, whole);
        else _mm256_storeu_si256((__m256i *)(out + v), _mm512_cvtsepi32_epi16(whole));
    }
}

static void backward_sixteen(layer_t *layer, work_t *work, packed_t *packed,
                             const uint32_t *masks, const int16_t *rows, const float *gradient,
                             int gate, int width, const float *settings, float corrected,
                             const plan_t *plan, float *spare) {
    int n = layer->candidates, blocks = width / WIDE;
    const float *terms = work->terms + 4 * gate;
    float unit = masks ? 1 / (65535.0f - (float)n) : 32768.0f / (FULL * FULL);
    uint16_t *slots = packed->slots + (int64_t)(2 * gate) * width;
    vec sums[4] = {{0}};
    /* What the gate after the next will read comes from memory, a line of 64 bytes at a time. */
    if (gate + 2 < layer->gates)
        for (int v = 0; v < 2 * width; v += 32) __builtin_prefetch(slots + 4 * width + v);
    memset(spare, 0, 2 * (size_t)n * sizeof(float));
    for (int block = 0; block < blocks; block++) {
        vec to_a[WIDE / LANES], to_b[WIDE / LANES];
        for (int v = 0; v < WIDE / LANES; v++) {
            int at = block * WIDE + v * LANES;
            vec x = (vec)to_floats(slots + at) * unit, y = (vec)to_floats(slots + width + at) * unit;
            vec slope = *(const vec *)(gradient + at), along = slope * x;
            sums[0] += slope;
            sums[1] += along;
            sums[2] += slope * y;
            sums[3] += along * y;
            to_a[v] = slope * (terms[1] + terms[3] * y);
            to_b[v] = slope * (terms[2] + terms[3] * x);
        }
        if (n == 1 && masks) continue; /* a fixed wire has nothing to learn or to pass on */
        for (int side = 0; side < 2; side++) {
            int slot = 2 * gate + side;
            __m512i slope[8];
            float worth = round_slope(side ? to_b : to_a, slope);
            dot_sixteen(slope, masks ? worth : 16 * worth / FULL, masks, rows, width, block * WIDE,
                        layer->index + (int64_t)slot * n, n, spare + side * n);
            if (masks) continue;
            memcpy(slots + side * width + block * WIDE, slope, sizeof slope);
            packed->steepness[(int64_t)slot * blocks + block] = worth;
        }
    }
    descend_kinds(layer, work, gate, sums, settings, corrected, plan);
    if (n == 1) return;
    for (int side = 0; side < 2; side++) {
        int64_t at = (int64_t)(2 * gate + side) * n;
        descend(layer->wires + at, layer->wires_mean + at, layer->wires_square + at,
                work->shares + at, spare + side * n, n, settings[0], settings[2], corrected, plan);
    }
}

/* Gradient of a source: its share in each slot times the gradient of the slot. */
static void gather_sixteen(const layer_t *layer, const work_t *work, const packed_t *packed,
                           int source, int width, float *out) {
    int n = layer->candidates, blocks = width / WIDE;
    int32_t first = layer->start[source], count = layer->start[source + 1] - first;
    const int32_t *member = layer->member + first;
    const __m512i low_half = _mm512_setr_epi32(0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const __m512i high_half =
        _mm512_setr_epi32(8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    for (int block = 0; block < blocks; block++) {
        float top = 1e-30f, total = 0;
        for (int32_t i = 0; i < count; i++) {
            float weight = work->used[member[i]] *
                           packed->steepness[(int64_t)(member[i] / n) * blocks + block];
            top = weight > top ? weight : top;
            total += weight;
        }
        /* 4,000 times 16 times 32,767 fits 32 bits. */
        float unit = (total / 16 > top ? total / 16 : top) / FULL;
        __m512i sum[16];
        for (int v = 0; v < 16; v++) sum[v] = _mm512_setzero_si512();
        for (int32_t i = 0; i < count; i += 2) {
            const __m512i *row[2];
            uint32_t weight = 0;
            for (int j = 0; j < 2; j++) {
                int32_t at = member[i + j < count ? i + j : i], slot = at / n;
                float share = work->used[at] * packed->steepness[(int64_t)slot * blocks + block];
                row[j] = (const __m512i *)(packed->slots + (int64_t)slot * width + block * WIDE);
                if (i + j < count) weight |= (uint32_t)(share / unit + 0.5f) << (16 * j);
            }
            if (!weight) continue;
            __m512i pair = _mm512_set1_epi32((int)weight);
            for (int v = 0; v < 8; v++) {
                __m512i low = _mm512_unpacklo_epi16(row[0][v], row[1][v]);
                __m512i high = _mm512_unpackhi_epi16(row[0][v], row[1][v]);
                sum[2 * v] = _mm512_add_epi32(sum[2 * v], _mm512_madd_epi16(low, pair));
                sum[2 * v + 1] = _mm512_add_epi32(sum[2 * v + 1], _mm512_madd_epi16(high, pair));
            }
        }
        for (int v = 0; v < 8; v++) {
            __m512i low = _mm512_permutex2var_epi32(sum[2 * v], low_half, sum[2 * v + 1]);
            __m512i high = _mm512_permutex2var_epi32(sum[2 * v], high_half, sum[2 * v + 1]);
            float *to = out + block * WIDE + 32 * v;
            _mm512_storeu_ps(to, _mm512_cvtepi32_ps(low) * unit);
            _mm512_storeu_ps(to + 16, _mm512_cvtepi32_ps(high) * unit);
        }
    }
}

/* Masks of 32 images for each source, from the packed bits of the images. */
static void mask_images(const uint8_t *bits, int64_t stride, const int32_t *order, int sources,
                        int width, uint32_t *masks) {
#pragma omp parallel for schedule(static) if ((int64_t)sources * width > WORTHWHILE)
    for (int first = 0; first < (sources + 7) / 8; first += 64) {
        uint8_t column[64][64] __attribute__((aligned(64)));
        int bytes = (sources + 7) / 8 - first < 64 ? (sources + 7) / 8 - first : 64;
        for (int image = 0; image < width; image += 64) {
            for (int i = 0; i < 64 && image + i < width; i++) {
                const uint8_t *from = bits + (int64_t)order[image + i] * stride + first;
                for (int byte = 0; byte < bytes; byte++) column[byte][i] = from[byte];
            }
            for (int byte = 0; byte < bytes; byte++)
                for (int bit = 0; bit < 8 && 8 * (first + byte) + bit < sources; bit++) {
                    __m512i all = *(const __m512i *)column[byte];
                    uint64_t mask = _mm512_test_epi8_mask(all, _mm512_set1_epi8((char)(1 << bit)));
                    memcpy(masks + ((int64_t)(8 * (first + byte) + bit) * width + image) / 32,
                           &mask, sizeof mask);
                }
        }
    }
}

#else
#define SIXTEEN_BITS 0
#define WIDE 256
#define MOST 0
typedef struct {
    uint16_t *slots;
    int16_t *output;
    float *steepness;
} packed_t;
#define mask_images(...) ((void)0)
#define forward_sixteen(...) ((void)0)
#define backward_sixteen(...) ((void)0)
#define gather_sixteen(...) ((void)0)
#endif
