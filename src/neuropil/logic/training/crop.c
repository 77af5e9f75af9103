/* Crops of images as packed bits: the same as crops.py and encoders.py, in one pass. */

static int reflect(int at, int size) {
    if (size == 1) return 0;
    int period = 2 * (size - 1);
    at = abs(at) % period;
    return at < period - at ? at : period - at;
}

/* For each value of a channel, one bit for each threshold that it reaches. */
static void tabulate(float gain, const float *levels, int n, uint64_t *codes) {
    for (int value = 0; value < 256; value++) {
        float dimmed = gain * (float)value;
        codes[value] = 0;
        for (int level = 0; level < n; level++)
            codes[value] |= (uint64_t)(dimmed >= levels[level]) << level;
    }
}

/* `sizes` are images, height, width, channels and levels. */
void crop(const int32_t *sizes, const uint8_t *images, const int32_t *corner,
          const uint8_t *mirrored, const float *gain, const int32_t *box, const float *levels,
          uint8_t *packed, int64_t stride) {
    int height = sizes[1], width = sizes[2], channels = sizes[3], n = sizes[4];
#pragma omp parallel
    {
        uint64_t *codes = malloc((size_t)channels * 256 * sizeof *codes), nothing[256];
        tabulate(0, levels, n, nothing);
#pragma omp for schedule(static)
        for (int image = 0; image < sizes[0]; image++) {
            const uint8_t *from = images + (int64_t)image * height * width * channels;
            uint8_t *to = packed + image * stride;
            const int32_t *cut = box + 4 * image;
            uint64_t word = 0;
            int held = 0;
            for (int c = 0; c < channels; c++)
                tabulate(gain[image * channels + c], levels, n, codes + 256 * c);
            for (int y = 0; y < height; y++) {
                int row = reflect(corner[2 * image] + y, height);
                for (int x = 0; x < width; x++) {
                    int place = corner[2 * image + 1] + (mirrored[image] ? width - 1 - x : x);
                    const uint8_t *pixel = from + (row * width + reflect(place, width)) * channels;
                    int gone = y >= cut[0] && y < cut[1] && x >= cut[2] && x < cut[3];
                    for (int c = 0; c < channels; c++) {
                        word |= (gone ? nothing[0] : codes[256 * c + pixel[c]]) << held;
                        for (held += n; held >= 8; held -= 8, word >>= 8) *to++ = (uint8_t)word;
                    }
                }
            }
            if (held) *to = (uint8_t)word;
        }
        free(codes);
    }
}
