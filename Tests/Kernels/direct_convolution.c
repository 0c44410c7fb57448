// Whole convolutions by the direct kernels, as the layers run them, against the plain reference.

#include <math.h>

#include "convolution.h"
#include "families.h"

static const double roundings = 12;

/// Arbitrary weights `[panels][depth][2L]`, with those of the channels looked at in their place: `tap_of` names the weight of row `k`.
static float *pack_weights(trial *t, const convolution *c, int in_channels, int depth, int out_channels,
                           int64_t (*tap_of)(const trial *t, int k)) {
    const int panel = 2 * t->kernels->lanes, taps = in_channels * c->kernel * c->kernel;
    float *packed = new_random_floats(t, (int64_t)depth * out_channels, 0.1f);
    for (int sample = 0; sample < sampled_channels; sample++) {
        const int n = c->channels[sample];
        for (int k = 0; k < depth; k++)
            packed[((int64_t)(n / panel) * depth + k) * panel + n % panel] = c->weights[sample * taps + tap_of(t, k)];
    }
    return packed;
}

/// Rows go by channel block, tap, lane.
static int64_t stride2_tap(const trial *t, int k) {
    const int lanes = t->kernels->lanes;
    return (k / (9 * lanes) * lanes + k % lanes) * 9 + k / lanes % 9;
}

void test_stride2_convolution(trial *t) {
    const int lanes = t->kernels->lanes, out_blocks = 2 * random_int(&t->random, 1, 2), out_channels = out_blocks * lanes;
    const int height = 4 + (int)(t->seed % 16);
    const picture_kind kind = {random_int(&t->random, 1, 3), height, random_int(&t->random, 4, 50), true, true, false, resize_none};
    describe(t, "%s, to %d channels", picture_words(kind), out_channels);
    const picture p = new_picture(t, kind);
    const convolution c = new_convolution(t, &p, out_channels, 3, 2, 0, height / 2, p.width / 2);
    const float *weights = pack_weights(t, &c, p.channels, p.channels * 9, out_channels, stride2_tap);
    // One row of outputs, part of it.
    const int y = random_int(&t->random, 0, c.height - 1), x0 = random_int(&t->random, 0, c.width - 1);
    const int x1 = random_int(&t->random, x0 + 1, c.width), columns = 2 * (x1 - x0) + 1;
    float *bands = new_floats(t, (int64_t)p.channels * 3 * columns);
    float *scratch = new_floats(t, (int64_t)7 * (columns + 4) * lanes);
    int32_t *offsets = new_ints(t, 9 * kind.blocks);
    for (int block = 0; block < kind.blocks; block++) {
        const int start = block * 3 * columns * lanes;
        t->kernels->band(&p.source, block, 2 * y, 3, 2 * x0, columns, bands + start, (int64_t)columns * lanes, scratch);
        for (int tap = 0; tap < 9; tap++) offsets[block * 9 + tap] = start + (tap / 3 * columns + tap % 3) * lanes;
    }
    expectation e = new_expectation(activation_count(t, out_blocks, c.height, c.width));
    expect_convolution(t, &c, e, out_blocks, y, y + 1, x0, x1, roundings);
    float *out = new_floats(t, e.count);
    statistics s = new_statistics(t);
    t->kernels->gemm_stride2(&(sk_gemm){.a = bands, .offsets = offsets, .segments = 9 * kind.blocks, .rows = x1 - x0,
                                        .panels = out_blocks / 2, .b = weights,
                                        .c = out + ((int64_t)y * out_blocks * c.width + x0) * lanes,
                                        .c_block_stride = (int64_t)c.width * lanes, .statistics = s.sums});
    check_floats(t, "the row", out, e);
    check_statistics(t, s, out, e);
}

/// Rows go by tap and colour: 21 to a row of taps.
static int64_t rgb_tap(const trial *t, int k) {
    (void)t;
    return k % 3 * 49 + k / 3;
}

void test_rgb_convolution(trial *t) {
    const int lanes = t->kernels->lanes, out_channels = 32, blocks = out_channels / lanes;
    picture p = {.channels = 3, .height = 4 + (int)(t->seed % 7), .width = random_int(&t->random, 4, 50)};
    describe(t, "a picture of %d×%d", p.height, p.width);
    const int64_t count = (int64_t)3 * p.height * p.width;
    p.values = new_doubles(count), p.magnitudes = new_doubles(count);
    for (int64_t i = 0; i < count; i++) p.values[i] = random_float(&t->random, 1), p.magnitudes[i] = fabs(p.values[i]);
    const float *padded = padded_picture(t, &p);
    const convolution c = new_convolution(t, &p, out_channels, 7, 1, 3, p.height, p.width);
    const float *weights = pack_weights(t, &c, 3, 147, out_channels, rgb_tap);
    const int y = random_int(&t->random, 0, p.height - 1), row_stride = (p.width + 6) * 3;
    int32_t *offsets = new_ints(t, 7);
    for (int row = 0; row < 7; row++) offsets[row] = row * row_stride;
    expectation e = new_expectation(activation_count(t, blocks, p.height, p.width));
    expect_convolution(t, &c, e, blocks, y, y + 1, 0, p.width, roundings);
    float *out = new_floats(t, e.count);
    statistics s = new_statistics(t);
    t->kernels->gemm_rgb(&(sk_gemm){.a = padded + y * row_stride, .offsets = offsets, .segments = 7, .rows = p.width,
                                    .panels = blocks / 2, .b = weights, .c = out + (int64_t)y * blocks * p.width * lanes,
                                    .c_block_stride = (int64_t)p.width * lanes, .statistics = s.sums});
    check_floats(t, "the row", out, e);
    check_statistics(t, s, out, e);
}

/// The reference's groups are all channels here, so every one is looked at.
static void expect_depthwise(trial *t, const picture *p, const float *weights, const float *bias, expectation e) {
    const int64_t area = (int64_t)p->height * p->width;
    const int lanes = t->kernels->lanes, blocks = p->source.blocks;
    double *values = new_doubles(p->channels * area), *magnitudes = new_doubles(p->channels * area);
    float *positive = new_floats(t, p->channels * 9), *positive_bias = new_floats(t, p->channels);
    for (int i = 0; i < p->channels * 9; i++) positive[i] = fabsf(weights[i]);
    for (int i = 0; i < p->channels; i++) positive_bias[i] = fabsf(bias[i]);
    sk_reference_convolution(p->values, p->channels, p->height, p->width, weights, bias, p->channels, p->height, p->width, 3, 1, 1,
                             p->channels, values);
    sk_reference_convolution(p->magnitudes, p->channels, p->height, p->width, positive, positive_bias, p->channels, p->height, p->width,
                             3, 1, 1, p->channels, magnitudes);
    for (int64_t i = 0; i < p->channels * area; i++) {
        const int64_t channel = i / area, y = i % area / p->width, x = i % p->width;
        expect_value(e, ((y * blocks + channel / lanes) * p->width + x) * lanes + channel % lanes, values[i],
                     roundings * unit * magnitudes[i]);
    }
}

void test_depthwise_convolution(trial *t) {
    const int lanes = t->kernels->lanes, height = 4 + (int)(t->seed % 9);
    const picture_kind kind = random_picture_kind(t, random_int(&t->random, 1, 3), height, random_int(&t->random, 4, 40));
    describe(t, "%s", picture_words(kind));
    const picture p = new_picture(t, kind);
    const int64_t stride = (int64_t)(p.width + 2) * lanes;
    const float *weights = new_random_floats(t, 9 * p.channels, 1), *bias = new_random_floats(t, p.channels, 1);
    expectation e = new_expectation(activation_count(t, kind.blocks, p.height, p.width));
    expect_depthwise(t, &p, weights, bias, e);
    float *out = new_floats(t, e.count), *band = new_floats(t, (p.height + 2) * stride), *packed = new_floats(t, 9 * lanes);
    float *scratch = new_floats(t, (int64_t)(p.height + 6) * (p.width + 6) * lanes);
    statistics s = new_statistics(t);
    for (int block = 0; block < kind.blocks; block++) {
        for (int i = 0; i < 9 * lanes; i++) packed[i] = weights[(block * lanes + i % lanes) * 9 + i / lanes];
        t->kernels->band(&p.source, block, -1, p.height + 2, -1, p.width + 2, band, stride, scratch);
        for (int y = 0; y < p.height; y++)
            t->kernels->depthwise(band + y * stride, stride, p.width, packed, bias + block * lanes,
                                  out + ((int64_t)y * kind.blocks + block) * p.width * lanes, y % 2 == 1, s.sums);
    }
    check_floats(t, "the picture", out, e);
    check_statistics(t, s, out, e);
}
