#include "picture.h"

#include <math.h>
#include <stdio.h>

int mirrored(int i, int count) {
    if (i < 0) i = -i;
    return i >= count ? 2 * count - 2 - i : i;
}

bool reflection_reaches(int i, int count) { return i > -count && i < 2 * count - 1; }

const char *picture_words(picture_kind kind) {
    static char words[100];
    static const char *const resizes[] = {"", ", resized with aligned corners", ", resized from half pixels"};
    snprintf(words, sizeof words, "%d blocks of %d×%d%s%s%s%s", kind.blocks, kind.height, kind.width,
             kind.normalised ? ", normalised" : "", kind.activated ? ", activated" : "", kind.residual ? ", residual" : "",
             resizes[kind.resize]);
    return words;
}

picture_kind random_picture_kind(trial *t, int blocks, int height, int width) {
    picture_kind kind = {blocks, height, width, true, false, false, resize_none};
    switch (random_int(&t->random, 0, 6)) {
        case 0: kind.normalised = false; break;
        case 1: break;
        case 2: kind.residual = true; break;
        case 3: kind.resize = resize_align_corners, kind.activated = true; break;
        case 4: kind.resize = resize_half_pixel, kind.activated = true; break;
        case 5: kind.resize = random_int(&t->random, 1, 2), kind.residual = true; break;
        default: kind.activated = true;
    }
    if (kind.resize != resize_none) kind.height /= 2, kind.width /= 2;
    return kind;
}

/// What the stored activation is after normalisation, activation and residual, and its magnitude.
static void activate(const sk_source *s, int lanes, int channel, int y, int x, double *value, double *magnitude) {
    const int64_t index = (((int64_t)y * s->blocks + channel / lanes) * s->width + x) * lanes + channel % lanes;
    *value = s->data[index];
    *magnitude = fabs(*value);
    if (!s->scale) return;
    *value = *value * s->scale[channel] + s->shift[channel];
    *magnitude = *magnitude * fabs(s->scale[channel]) + fabs(s->shift[channel]);
    if (*value < 0) *value *= s->slope;
    if (!s->residual) return;
    *value += s->residual[index];
    *magnitude += fabs(s->residual[index]);
}

/// One axis of a bilinear resize as the engine makes it, in single precision.
static void axis(int from, int to, resize_kind kind, int32_t *index, float *weight) {
    const float aligned = to > 1 ? (float)(from - 1) / (float)(to - 1) : 0, halves = (float)from / (float)to;
    for (int i = 0; i < to; i++) {
        float position = kind == resize_align_corners ? aligned * (float)i : halves * ((float)i + 0.5f) - 0.5f;
        if (position < 0) position = 0;
        index[i] = (int)position < from - 2 ? (int)position : from - 2;
        weight[i] = fminf(1, position - (float)index[i]);
    }
}

static double mix(double first, double second, double weight) { return first * (1 - weight) + second * weight; }

/// Single precision mixes by first + (second − first)·weight, so either may leave its error whatever the weight.
static double larger_of(double first, double second, double weight) {
    (void)weight;
    return fmax(first, second);
}

/// Resizes planes of the stored size by the source's tables.
static double *resized(const sk_source *s, int channels, const double *planes, double (*join)(double, double, double)) {
    double *out = new_doubles((int64_t)channels * s->out_height * s->out_width), *next = out;
    for (int c = 0; c < channels; c++) {
        const double *plane = planes + (int64_t)c * s->height * s->width;
        for (int y = 0; y < s->out_height; y++) {
            const double *upper = plane + s->row_index[y] * s->width, *lower = upper + s->width;
            for (int x = 0; x < s->out_width; x++) {
                const int left = s->column_index[x];
                const double weight = s->column_weight[x];
                const double above = join(upper[left], upper[left + 1], weight), below = join(lower[left], lower[left + 1], weight);
                *next++ = join(above, below, s->row_weight[y]);
            }
        }
    }
    return out;
}

static int larger(int a, int b) { return a > b ? a : b; }

void resize_source(trial *t, sk_source *s, int height, int width, resize_kind kind) {
    int32_t *rows = new_ints(t, height), *columns = new_ints(t, width);
    float *row_weights = new_floats(t, height), *column_weights = new_floats(t, width);
    axis(s->height, height, kind, rows, row_weights);
    axis(s->width, width, kind, columns, column_weights);
    s->out_height = height, s->out_width = width;
    s->row_index = rows, s->row_weight = row_weights, s->column_index = columns, s->column_weight = column_weights;
}

/// To twice the size, or to anything near it.
static void resize_at_random(trial *t, sk_source *s, resize_kind kind) {
    int height = 2 * s->height, width = 2 * s->width;
    if (random_int(&t->random, 0, 1)) {
        height = random_int(&t->random, larger(4, s->height), 2 * s->height + 3);
        width = random_int(&t->random, larger(4, s->width), 2 * s->width + 3);
    }
    resize_source(t, s, height, width, kind);
}

/// The tables that the test makes must say what the plain reference says, as far as single precision goes.
static void compare_with_reference(trial *t, const picture *p, const double *stored, resize_kind kind) {
    const sk_source *s = &p->source;
    const int64_t count = (int64_t)p->channels * p->height * p->width;
    double *reference = new_doubles(count);
    sk_reference_resize(stored, p->channels, s->height, s->width, p->height, p->width, kind == resize_align_corners, reference);
    double worst = 0;
    for (int64_t i = 0; i < count; i++) worst = fmax(worst, fabs(reference[i] - p->values[i]));
    if (worst < 1e-4) return;
    t->failed = true;
    printf("FAILED %s, seed %llu, %s: the resize differs from the reference by %.3g\n", t->family, (unsigned long long)t->seed,
           t->shape, worst);
}

picture new_picture(trial *t, picture_kind kind) {
    const int lanes = t->kernels->lanes, channels = kind.blocks * lanes;
    const int64_t area = (int64_t)kind.height * kind.width;
    picture p = {.channels = channels, .height = kind.height, .width = kind.width};
    sk_source *s = &p.source;
    *s = (sk_source){.data = new_random_floats(t, channels * area, 2), .slope = kind.activated ? 0.2f : 1, .blocks = kind.blocks,
                     .height = kind.height, .width = kind.width, .out_height = kind.height, .out_width = kind.width};
    if (kind.normalised) s->scale = new_random_floats(t, channels, 1.5f), s->shift = new_random_floats(t, channels, 1);
    if (kind.residual) s->residual = new_random_floats(t, channels * area, 2);
    double *values = new_doubles(channels * area), *magnitudes = new_doubles(channels * area);
    for (int c = 0; c < channels; c++)
        for (int y = 0; y < kind.height; y++)
            for (int x = 0; x < kind.width; x++) {
                const int64_t i = c * area + y * kind.width + x;
                activate(s, lanes, c, y, x, values + i, magnitudes + i);
            }
    p.values = values, p.magnitudes = magnitudes;
    if (kind.resize == resize_none) return p;
    resize_at_random(t, s, kind.resize);
    p.height = s->out_height, p.width = s->out_width;
    p.values = resized(s, channels, values, mix), p.magnitudes = resized(s, channels, magnitudes, larger_of);
    compare_with_reference(t, &p, values, kind.resize);
    return p;
}

float *padded_picture(trial *t, const picture *p) {
    const int width = p->width + 6;
    float *padded = new_floats(t, (int64_t)(p->height + 6) * width * 3);
    for (int y = 0; y < p->height + 6; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++)
                padded[(y * width + x) * 3 + c] =
                    (float)p->values[(c * p->height + mirrored(y - 3, p->height)) * p->width + mirrored(x - 3, p->width)];
    return padded;
}
