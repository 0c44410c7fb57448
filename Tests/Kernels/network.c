// The generator's layers in their order, each run as the engine runs it, but on one thread, with a buffer for every activation, and
// the 1×1 layers by the plain GEMM.

#include "network.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "transforms.h"
#include "weights.h"

typedef struct {
    trial *t;
    const checkpoint *weights;
} network;

/// A layer's stored output `[height][channels/L][width][L]`, and the normalisation after it.
typedef struct {
    int channels, height, width;
    float *floats, *scale, *shift;
    double sums[2 * most_lanes];
} activation;

static int lanes_of(const network *n) { return n->t->kernels->lanes; }

static activation new_activation(const network *n, int channels, int height, int width) {
    return (activation){.channels = channels, .height = height, .width = width,
                        .floats = new_floats(n->t, (int64_t)channels * height * width)};
}

/// Row `y` of channel block 0.
static float *row_of(const activation *a, int y) { return a->floats + (int64_t)y * a->channels * a->width; }

/// GroupNorm with one group as a scale and a shift per channel, from the statistics.
static void normalise(const network *n, activation *a, const char *layer, const char *norm) {
    const tensor weight = read_tensor(n->t, n->weights, "%s.%s.weight", layer, norm);
    const tensor bias = read_tensor(n->t, n->weights, "%s.%s.bias", layer, norm);
    const int lanes = lanes_of(n);
    const double count = (double)a->channels * a->height * a->width;
    double sum = 0, squares = 0;
    for (int lane = 0; lane < lanes; lane++) sum += a->sums[lane], squares += a->sums[lanes + lane];
    const double mean = sum / count, inverse = 1 / sqrt(fmax(0, squares / count - mean * mean) + 1e-5);
    a->scale = new_floats(n->t, a->channels), a->shift = new_floats(n->t, a->channels);
    for (int channel = 0; channel < a->channels; channel++) {
        const double gain = weight.values[channel] * inverse;
        a->scale[channel] = (float)gain;
        a->shift[channel] = (float)(bias.values[channel] - mean * gain);
    }
}

// What a layer reads.

static sk_source normalised(const network *n, const activation *a, const float *residual) {
    return (sk_source){.data = a->floats, .residual = residual, .scale = a->scale, .shift = a->shift, .slope = 1,
                       .blocks = a->channels / lanes_of(n), .height = a->height, .width = a->width, .out_height = a->height,
                       .out_width = a->width};
}

static sk_source activated(const network *n, const activation *a) {
    sk_source source = normalised(n, a, NULL);
    source.slope = 0.2f;
    return source;
}

static sk_source resized(const network *n, const activation *a, int height, int width, resize_kind convention) {
    sk_source source = activated(n, a);
    resize_source(n->t, &source, height, width, convention);
    return source;
}

// Layers. `layer` is the checkpoint's name of one.

/// 7×7 from RGB.
static activation first(const network *n, const picture *p, const char *layer) {
    const int lanes = lanes_of(n), row_stride = (p->width + 6) * 3;
    const tensor w = read_tensor(n->t, n->weights, "%s.1.weight", layer);
    const float *padded = padded_picture(n->t, p), *weights = pack_direct(n->t, w, 3);
    activation out = new_activation(n, w.shape[0], p->height, p->width);
    int32_t *offsets = new_ints(n->t, 7);
    for (int row = 0; row < 7; row++) offsets[row] = row * row_stride;
    for (int y = 0; y < out.height; y++)
        n->t->kernels->gemm_rgb(&(sk_gemm){.a = padded + y * row_stride, .offsets = offsets, .segments = 7, .rows = out.width,
                                           .panels = out.channels / (2 * lanes), .b = weights, .c = row_of(&out, y),
                                           .c_block_stride = (int64_t)out.width * lanes, .bypass_cache = true, .statistics = out.sums});
    normalise(n, &out, layer, "2");
    return out;
}

/// 3×3 of stride 2, padded right and below only.
static activation strided(const network *n, sk_source in, const char *layer) {
    const int lanes = lanes_of(n);
    const tensor w = read_tensor(n->t, n->weights, "%s.1.weight", layer);
    const float *weights = pack_direct(n->t, w, lanes);
    activation out = new_activation(n, w.shape[0], in.height / 2, in.width / 2);
    const int columns = 2 * out.width + 1, row_stride = columns * lanes, segments = 9 * in.blocks;
    float *bands = new_floats(n->t, (int64_t)in.blocks * 3 * row_stride), *untouched = new_floats(n->t, 0);
    int32_t *offsets = new_ints(n->t, segments);
    for (int i = 0; i < segments; i++) offsets[i] = (i / 9 * 3 + i % 9 / 3) * row_stride + i % 3 * lanes;
    for (int y = 0; y < out.height; y++) {
        for (int block = 0; block < in.blocks; block++)
            n->t->kernels->band(&in, block, 2 * y, 3, 0, columns, bands + block * 3 * row_stride, row_stride, untouched);
        n->t->kernels->gemm_stride2(&(sk_gemm){.a = bands, .offsets = offsets, .segments = segments, .rows = out.width,
                                               .panels = out.channels / (2 * lanes), .b = weights, .c = row_of(&out, y),
                                               .c_block_stride = (int64_t)out.width * lanes, .statistics = out.sums});
    }
    normalise(n, &out, layer, "2");
    return out;
}

/// 3×3 by Winograd or 7×7 by FFT, all tiles at once.
static activation tiled(const network *n, sk_source in, const char *layer) {
    const tensor w = read_tensor(n->t, n->weights, "%s.1.weight", layer);
    const tile_transform f = w.shape[2] == 3 ? winograd_transform(n->t->kernels) : fourier_transform(n->t->kernels);
    activation out = new_activation(n, w.shape[0], in.out_height, in.out_width);
    convolve_tiles(n->t, &f, &in, all_tiles(&f, out.height, out.width), pack_transformed(n->t, w, &f), out.channels, out.floats,
                   out.sums);
    normalise(n, &out, layer, "2");
    return out;
}

/// 1×1; keeps what it reads, normalised, in `kept` if that is given.
static activation pointwise(const network *n, sk_source in, const char *layer, const char *weight, const char *norm, float *kept) {
    const int lanes = lanes_of(n), row = in.width * lanes;
    const tensor w = read_tensor(n->t, n->weights, "%s.%s", layer, weight);
    const float *weights = pack_direct(n->t, w, lanes);
    activation out = new_activation(n, w.shape[0], in.height, in.width);
    float *pixels = new_floats(n->t, (int64_t)in.blocks * row), *untouched = new_floats(n->t, 0);
    int32_t *offsets = new_ints(n->t, in.blocks);
    for (int block = 0; block < in.blocks; block++) offsets[block] = block * row;
    for (int y = 0; y < in.height; y++) {
        for (int block = 0; block < in.blocks; block++)
            n->t->kernels->band(&in, block, y, 1, 0, in.width, pixels + block * row, 0, untouched);
        if (kept) memcpy(kept + (int64_t)y * in.blocks * row, pixels, (size_t)(in.blocks * row) * sizeof *kept);
        n->t->kernels->gemm(&(sk_gemm){.a = pixels, .offsets = offsets, .segments = in.blocks, .rows = in.width,
                                       .panels = out.channels / (2 * lanes), .b = weights, .c = row_of(&out, y), .c_block_stride = row,
                                       .bypass_cache = y % 2 == 1, .statistics = out.sums});
    }
    normalise(n, &out, layer, norm);
    return out;
}

static activation depthwise(const network *n, sk_source in, const char *layer) {
    const int lanes = lanes_of(n), row = in.width * lanes, stride = row + 2 * lanes;
    const tensor w = read_tensor(n->t, n->weights, "%s.1.weight", layer), bias = read_tensor(n->t, n->weights, "%s.1.bias", layer);
    const float *weights = pack_depthwise(n->t, w);
    activation out = new_activation(n, w.shape[0], in.height, in.width);
    float *band = new_floats(n->t, (int64_t)(in.height + 2) * stride), *untouched = new_floats(n->t, 0);
    for (int block = 0; block < in.blocks; block++) {
        n->t->kernels->band(&in, block, -1, in.height + 2, -1, in.width + 2, band, stride, untouched);
        for (int y = 0; y < in.height; y++)
            n->t->kernels->depthwise(band + y * stride, stride, in.width, weights + block * 9 * lanes, bias.values + block * lanes,
                                     row_of(&out, y) + block * row, y % 2 == 1, out.sums);
    }
    normalise(n, &out, layer, "2");
    return out;
}

/// Expand, depthwise, project.
static activation inverted_residual(const network *n, sk_source in, int block, float *kept) {
    char expand[32], middle[32], project[32];
    snprintf(expand, sizeof expand, "block_c.%d.layers.0", block);
    snprintf(middle, sizeof middle, "block_c.%d.layers.1", block);
    snprintf(project, sizeof project, "block_c.%d.layers", block);
    activation x = pointwise(n, in, expand, "1.weight", "2", kept);
    x = depthwise(n, activated(n, &x), middle);
    return pointwise(n, activated(n, &x), project, "2.weight", "3", NULL);
}

/// All of block c, at a quarter of the picture's size. Every inverted residual block but the first adds what it read.
static activation block_c(const network *n, activation x) {
    x = tiled(n, activated(n, &x), "block_c.0");
    x = inverted_residual(n, activated(n, &x), 1, NULL);
    float *kept = NULL;
    for (int block = 2; block <= 4; block++) {
        float *next = new_floats(n->t, (int64_t)x.channels * x.height * x.width);
        x = inverted_residual(n, normalised(n, &x, kept), block, next);
        kept = next;
    }
    return tiled(n, normalised(n, &x, kept), "block_c.5");
}

static float *output(const network *n, sk_source in) {
    const tensor w = read_tensor(n->t, n->weights, "out_layer.0.weight");
    const int64_t area = (int64_t)in.height * in.width;
    float *out = new_floats(n->t, 3 * area), *scratch = new_floats(n->t, (int64_t)in.blocks * lanes_of(n) * in.width);
    for (int y = 0; y < in.height; y++) {
        float *row = out + (int64_t)y * in.width, *planes[3] = {row, row + area, row + 2 * area};
        n->t->kernels->rgb_output(&in, w.values, y, 0, in.width, planes, scratch);
    }
    return out;
}

float *run_network(trial *t, const checkpoint *weights, const picture *p, resize_kind convention) {
    const network net = {t, weights}, *n = &net;
    activation x = first(n, p, "block_a.0");
    x = strided(n, activated(n, &x), "block_a.1");
    x = tiled(n, activated(n, &x), "block_a.2");
    const int height = x.height, width = x.width;
    x = strided(n, activated(n, &x), "block_b.0");
    x = tiled(n, activated(n, &x), "block_b.1");
    x = block_c(n, x);
    x = tiled(n, resized(n, &x, height, width, convention), "block_d.0");
    x = tiled(n, activated(n, &x), "block_d.1");
    x = tiled(n, resized(n, &x, p->height, p->width, convention), "block_e.0");
    x = tiled(n, activated(n, &x), "block_e.1");
    x = tiled(n, activated(n, &x), "block_e.2");
    return output(n, activated(n, &x));
}
