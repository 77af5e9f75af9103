/* The training steps of a call: whole numbers of 16 bits where they can be, floats elsewhere. */
/* Scores to loss and, in place, to the gradient of each class's bits. */
static float judge(float *scores, const int32_t *labels, const int32_t *order, int width,
                   const plan_t *plan) {
    int classes = plan->classes;
    float loss = 0, tau = plan->tau, spread = plan->smoothing / (float)classes;
    for (int image = 0; image < width; image++) {
        float top = -1e30f, total = 0, aim = 0;
        int label = labels[order[image]];
        for (int c = 0; c < classes; c++) {
            float score = scores[(int64_t)c * width + image] / tau;
            scores[(int64_t)c * width + image] = score;
            top = score > top ? score : top;
            aim += spread * score;
        }
        aim += (1 - plan->smoothing) * scores[(int64_t)label * width + image];
        for (int c = 0; c < classes; c++) total += expf(scores[(int64_t)c * width + image] - top);
        loss += logf(total) + top - aim;
        for (int c = 0; c < classes; c++) {
            float *score = scores + (int64_t)c * width + image;
            float wanted = spread + (c == label ? 1 - plan->smoothing : 0);
            *score = (expf(*score - top) / total - wanted) / (tau * (float)width);
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

/* Counts of a class. */
static void count_floats(const float *output, int first, int last, int width, float *scores) {
    memset(scores, 0, (size_t)width * sizeof(float));
    for (int gate = first; gate < last; gate++)
        for (int v = 0; v < width / LANES; v++)
            ((vec *)scores)[v] += ((const vec *)(output + (int64_t)gate * width))[v];
}

/* What the steps of one call work in. Of `rows` and `masks` or `columns`, and of floats or 16 bits in
 * each layer, one is used and the other is empty. */
typedef struct {
    layer_t *layers;
    plan_t *plan;
    work_t *work;
    packed_t *packed;
    float *rows, *scores;
    int32_t *votes; /* scores in steps of 1 / 32767 */
    mask_t *masks;
    uint32_t *columns;
    int sixteen, widest;
} run_t;

static int uses_sixteen(const layer_t *layers, const plan_t *plan) {
    int voters = layers[plan->layers - 1].gates / plan->classes;
    /* 65,536 times 32,767 votes fit 32 bits. */
    if (!SIXTEEN_BITS || plan->exact || plan->batch % WIDE || voters > 65536) return 0;
    for (int l = 0; l < plan->layers; l++)
        if (layers[l].candidates > MOST) return 0;
    return 1;
}

/* Returns 0, or 1 where memory ran out. */
static int take_memory(run_t *run) {
    const plan_t *plan = run->plan;
    int64_t width = plan->batch, bits_read = run->layers[0].sources * width;
    int masked = !run->sixteen && MASKS_PAY(bits_read * sizeof(float)), missing = 0;
    for (int l = 0; l < plan->layers; l++) {
        int64_t gates = run->layers[l].gates, n = run->layers[l].candidates;
        int64_t floats = run->sixteen ? 0 : gates * width, whole = run->sixteen ? gates * width : 0;
        int64_t passed_on = l + 1 < plan->layers ? whole : 0;
        work_t *work = run->work + l;
        packed_t *packed = run->packed + l;
        run->widest = n > run->widest ? (int)n : run->widest;
        *work = (work_t){rows_of(2 * gates * n), rows_of(16 * gates), rows_of(4 * gates),
                         NULL, 0, 0, rows_of(2 * floats), rows_of(floats),
                         l + 1 < plan->layers ? rows_of(gates * width) : NULL};
        work->used = plan->straight ? rows_of(2 * gates * n) : work->shares;
        *packed = (packed_t){(uint16_t *)rows_of(whole), (int16_t *)rows_of((passed_on + 1) / 2),
                             rows_of(2 * whole / WIDE)};
        missing |= !work->shares || !work->used || !work->kind_shares || !work->terms ||
                   !work->slots || !work->output || (l + 1 < plan->layers && !work->gradient) ||
                   !packed->slots || !packed->output || !packed->steepness;
    }
    run->rows = rows_of(run->sixteen ? 0 : bits_read);
    run->scores = rows_of(plan->classes * width);
    run->votes = (int32_t *)rows_of(run->sixteen ? plan->classes * width : 0);
    run->masks = masked ? malloc((size_t)bits_read / LANES * sizeof(mask_t)) : NULL;
    run->columns = run->sixteen ? malloc((size_t)bits_read / 8) : NULL;
    return missing || !run->rows || !run->scores || !run->votes || (masked && !run->masks) ||
           (run->sixteen && !run->columns);
}

static void give_memory_back(run_t *run) {
    for (int l = 0; l < run->plan->layers; l++) {
        work_t *work = run->work + l;
        packed_t *packed = run->packed + l;
        if (run->plan->straight) free(work->used);
        free(work->shares), free(work->kind_shares), free(work->terms);
        free(work->slots), free(work->output), free(work->gradient);
        free(packed->slots), free(packed->output), free(packed->steepness);
    }
    free(run->rows), free(run->scores), free(run->votes), free(run->masks), free(run->columns);
}

static void forward_layer(run_t *run, int l, const float *settings) {
    const plan_t *plan = run->plan;
    layer_t *layer = run->layers + l;
    work_t *work = run->work + l;
    int width = plan->batch, per_class = layer->gates / plan->classes;
    int64_t counted = run->sixteen && l + 1 == plan->layers ? (int64_t)plan->classes * width : 0;
    work->wire_key = noise_key(plan, l, 0), work->kind_key = noise_key(plan, l, 1);
    memset(run->votes, 0, (size_t)counted * sizeof *run->votes);
#pragma omp parallel if (size_of(layer, width) > WORTHWHILE)
    {
        /* Whole numbers: the sum over threads does not depend on their order. */
        int32_t *votes = (int32_t *)rows_of(counted);
        memset(votes, 0, (size_t)counted * sizeof *votes);
#pragma omp for schedule(dynamic, BLOCK)
        for (int gate = 0; gate < layer->gates; gate++)
            if (run->sixteen)
                forward_sixteen(layer, work, run->packed + l, l ? NULL : run->columns,
                                l ? run->packed[l - 1].output : NULL, gate, width, settings, plan,
                                counted ? votes + (int64_t)(gate / per_class) * width : NULL);
            else
                forward(layer, work, l ? run->work[l - 1].output : run->rows,
                        l ? NULL : run->masks, gate, width, settings, plan);
#pragma omp critical
        for (int64_t i = 0; i < counted; i++) run->votes[i] += votes[i];
        free(votes);
    }
}

/* Gradient of the scores or of the outputs in, updated logits and the gradient of the inputs out. */
static void backward_layer(run_t *run, int l, const float *settings, float corrected) {
    const plan_t *plan = run->plan;
    layer_t *layer = run->layers + l;
    work_t *work = run->work + l;
    int width = plan->batch, last = l + 1 == plan->layers, per_class = layer->gates / plan->classes;
#pragma omp parallel if (size_of(layer, width) > WORTHWHILE)
    {
        float *spare = rows_of(2 * run->widest);
#pragma omp for schedule(dynamic, BLOCK)
        for (int gate = 0; gate < layer->gates; gate++) {
            const float *gradient = last ? run->scores + (int64_t)(gate / per_class) * width
                                         : work->gradient + (int64_t)gate * width;
            if (run->sixteen)
                backward_sixteen(layer, work, run->packed + l, l ? NULL : run->columns,
                                 l ? run->packed[l - 1].output : NULL, gradient, gate, width,
                                 settings, corrected, plan, spare);
            else
                backward(layer, work, l ? run->work[l - 1].output : run->rows,
                         l ? NULL : run->masks, gradient, gate, width, settings, corrected, plan,
                         spare);
        }
        free(spare);
        if (l) {
#pragma omp for schedule(dynamic, BLOCK)
            for (int source = 0; source < layer->sources; source++) {
                float *out = run->work[l - 1].gradient + (int64_t)source * width;
                if (run->sixteen)
                    gather_sixteen(layer, work, run->packed + l, source, width, out);
                else
                    backward_to_sources(layer, work, source, width, out);
            }
        }
    }
}

static void count_classes(run_t *run) {
    if (run->sixteen) {
        for (int i = 0; i < run->plan->classes * run->plan->batch; i++)
            run->scores[i] = (float)run->votes[i] / 32767.0f;
        return;
    }
    int last = run->plan->layers - 1, width = run->plan->batch, classes = run->plan->classes;
    int per_class = run->layers[last].gates / classes;
#pragma omp parallel for schedule(static) if (size_of(run->layers, width) > WORTHWHILE)
    for (int c = 0; c < classes; c++) {
        float *scores = run->scores + (int64_t)c * width;
        count_floats(run->work[last].output, c * per_class, (c + 1) * per_class, width, scores);
    }
}

/* Settings hold four numbers a step: sharpness of wires, of gates, rate of wires, of gates.
 * Returns 0, or 1 where memory ran out before the first step. */
int train(layer_t *layers, plan_t *plan, const uint8_t *bits, int64_t stride,
          const int32_t *labels, const int32_t *order, const float *settings, float *losses) {
    int depth = plan->layers, width = plan->batch, classes = plan->classes;
    work_t work[depth];
    packed_t packed[depth];
    run_t run = {.layers = layers, .plan = plan, .work = work, .packed = packed, .widest = 1,
                 .sixteen = uses_sixteen(layers, plan)};
    int short_of_memory = take_memory(&run);
    for (int step = 0; !short_of_memory && step < plan->steps; step++) {
        const float *now = settings + 4 * step;
        const int32_t *images = order + (int64_t)step * width;
        float age = (float)(++plan->taken);
        float first = 1 - powf(plan->first_decay, age), second = 1 - powf(plan->second_decay, age);
        float scaled[4] = {now[0], now[1], now[2] / first, now[3] / first};
        if (run.sixteen) mask_images(bits, stride, images, layers[0].sources, width, run.columns);
        else unpack(bits, stride, images, layers[0].sources, width, run.rows);
        if (run.masks) mask_rows(run.rows, layers[0].sources, width, run.masks);
        for (int l = 0; l < depth; l++) forward_layer(&run, l, now);
        count_classes(&run);
        if (plan->adaptive) {
            float wanted = spread(run.scores, (int64_t)classes * width) / plan->tau_divisor;
            float tau = 0.97f * plan->tau + 0.03f * wanted;
            plan->tau = tau < plan->tau_limit ? tau : plan->tau_limit;
        }
        losses[step] = judge(run.scores, labels, images, width, plan);
        for (int l = depth - 1; l >= 0; l--) backward_layer(&run, l, scaled, second);
    }
    give_memory_back(&run);
    return short_of_memory;
}
