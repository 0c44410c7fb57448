// Whole convolutions by transformed tiles, as the layers run them: band, tiles to points, a GEMM a point, and back; against the
// plain reference. Parts of the picture, at and away from every border.

#include <math.h>

#include "convolution.h"
#include "families.h"
#include "transforms.h"

tile_chunk all_tiles(const tile_transform *f, int height, int width) {
    const int high = (height + f->tile - 1) / f->tile, wide = (width + f->tile - 1) / f->tile;
    return (tile_chunk){0, high, 0, wide, high * wide};
}

static int smaller(int a, int b) { return a < b ? a : b; }

static tile_chunk random_chunk(trial *t, const tile_transform *f, int height, int width) {
    const tile_chunk all = all_tiles(f, height, width);
    tile_chunk c = {.y0 = random_int(&t->random, 0, all.y1 - 1), .x0 = random_int(&t->random, 0, all.x1 - 1)};
    c.y1 = c.y0 + random_int(&t->random, 1, smaller(all.y1 - c.y0, 2));
    c.x1 = c.x0 + random_int(&t->random, 1, smaller(all.x1 - c.x0, 5));
    c.count = (c.y1 - c.y0) * (c.x1 - c.x0);
    return c;
}

/// Weights as the GEMMs read them, `[points][panels][in][2L]`; those of the channels that are not looked at are arbitrary.
static float *pack_weights(trial *t, const tile_transform *f, const convolution *c, int in_channels, int out_channels) {
    const int panel = 2 * t->kernels->lanes, taps = f->kernel * f->kernel;
    const int64_t matrix = (int64_t)in_channels * out_channels;
    float *packed = new_random_floats(t, f->points * matrix, 0.1f);
    for (int sample = 0; sample < sampled_channels; sample++)
        for (int i = 0; i < in_channels; i++) {
            const float *taps_of = c->weights + (int64_t)(sample * in_channels + i) * taps;
            const int n = c->channels[sample];
            for (int point = 0; point < f->points; point++) {
                double sum = 0;
                for (int tap = 0; tap < taps; tap++) sum += f->factor(point, tap) * taps_of[tap];
                packed[point * matrix + ((int64_t)(n / panel) * in_channels + i) * panel + n % panel] = (float)sum;
            }
        }
    return packed;
}

/// The chunk's input as points, `stride` apart.
static float *transform_input(trial *t, const tile_transform *f, const sk_source *source, tile_chunk c, int64_t stride) {
    const int lanes = t->kernels->lanes, halo = f->kernel - 1, wide = c.x1 - c.x0;
    const int rows = (c.y1 - c.y0) * f->tile + halo, columns = wide * f->tile + halo;
    const int64_t row_stride = (int64_t)columns * lanes;
    float *points = new_floats(t, (f->points - 1) * stride + (int64_t)source->blocks * lanes * c.count);
    float *band = new_floats(t, rows * row_stride), *scratch = new_floats(t, (int64_t)(rows + 4) * (columns + 4) * lanes);
    for (int block = 0; block < source->blocks; block++) {
        t->kernels->band(source, block, c.y0 * f->tile - halo / 2, rows, c.x0 * f->tile - halo / 2, columns, band, row_stride,
                         scratch);
        for (int row = 0; row < c.y1 - c.y0; row++)
            f->forward(band + row * f->tile * row_stride, row_stride, wide, points + (int64_t)(block * c.count + row * wide) * lanes,
                       stride);
    }
    return points;
}

static float *multiply(trial *t, const tile_transform *f, int in_blocks, tile_chunk c, const float *points, int64_t stride,
                       const float *weights, int out_channels, int64_t out_stride) {
    const int lanes = t->kernels->lanes;
    float *products = new_floats(t, (f->points - 1) * out_stride + (int64_t)out_channels * c.count);
    int32_t *offsets = new_ints(t, in_blocks);
    for (int block = 0; block < in_blocks; block++) offsets[block] = block * c.count * lanes;
    for (int point = 0; point < f->points; point++) {
        const sk_gemm g = {.a = points + point * stride, .offsets = offsets, .segments = in_blocks, .rows = c.count,
                           .panels = out_channels / (2 * lanes), .b = weights + (int64_t)point * in_blocks * lanes * out_channels,
                           .c = products + point * out_stride, .c_block_stride = (int64_t)c.count * lanes};
        t->kernels->gemm(&g);
    }
    return products;
}

static void transform_output(trial *t, const tile_transform *f, const sk_source *source, tile_chunk c, const float *products,
                             int64_t stride, float *out, int blocks, double *sums) {
    const int lanes = t->kernels->lanes, wide = c.x1 - c.x0, x = c.x0 * f->tile, height = source->out_height, width = source->out_width;
    for (int block = 0; block < blocks; block++)
        for (int row = 0; row < c.y1 - c.y0; row++) {
            const int y = (c.y0 + row) * f->tile;
            f->back(products + (int64_t)(block * c.count + row * wide) * lanes, stride, wide,
                    out + (((int64_t)y * blocks + block) * width + x) * lanes, (int64_t)blocks * width * lanes, height - y, width - x,
                    block % 2 == 1, sums);
        }
}

void convolve_tiles(trial *t, const tile_transform *f, const sk_source *source, tile_chunk c, const float *weights, int out_channels,
                    float *out, double *sums) {
    const int lanes = t->kernels->lanes;
    const int64_t in_stride = (int64_t)source->blocks * lanes * c.count + 16, out_stride = (int64_t)out_channels * c.count + 16;
    const float *points = transform_input(t, f, source, c, in_stride);
    const float *products = multiply(t, f, source->blocks, c, points, in_stride, weights, out_channels, out_stride);
    transform_output(t, f, source, c, products, out_stride, out, out_channels / lanes, sums);
}

/// `roundings` that an output may be off, of its magnitude.
static void test_transform(trial *t, const tile_transform *f, double roundings) {
    const int lanes = t->kernels->lanes, out_blocks = 2 * random_int(&t->random, 1, 2), out_channels = out_blocks * lanes;
    const int height = 4 + (int)(t->seed % 16), width = random_int(&t->random, 4, random_int(&t->random, 4, 5 * f->tile + 3));
    const picture_kind kind = random_picture_kind(t, random_int(&t->random, 1, 2), height, width);
    describe(t, "%s", picture_words(kind));
    const picture p = new_picture(t, kind);
    const tile_chunk c = random_chunk(t, f, p.height, p.width);
    describe(t, "%s to %d×%d; rows %d..<%d and columns %d..<%d of tiles, %d output channels", picture_words(kind), p.height, p.width,
             c.y0, c.y1, c.x0, c.x1, out_channels);
    const convolution convolved = new_convolution(t, &p, out_channels, f->kernel, 1, f->kernel / 2, p.height, p.width);
    const float *weights = pack_weights(t, f, &convolved, p.channels, out_channels);
    expectation e = new_expectation(activation_count(t, out_blocks, p.height, p.width));
    expect_convolution(t, &convolved, e, out_blocks, c.y0 * f->tile, smaller(c.y1 * f->tile, p.height), c.x0 * f->tile,
                       smaller(c.x1 * f->tile, p.width), roundings);
    float *out = new_floats(t, e.count);
    statistics s = new_statistics(t);
    convolve_tiles(t, f, &p.source, c, weights, out_channels, out, s.sums);
    check_floats(t, "the picture", out, e);
    check_statistics(t, s, out, e);
}

/// G ⊗ G for interpolation points 0, ±1, ±2, ±1/2, ∞ (Lavin & Gray, arXiv:1509.09308).
static double winograd_factor(int point, int tap) {
    static const double g[8][3] = {{1, 0, 0},
                                   {-2.0 / 9, -2.0 / 9, -2.0 / 9},
                                   {-2.0 / 9, 2.0 / 9, -2.0 / 9},
                                   {1.0 / 90, 1.0 / 45, 2.0 / 45},
                                   {1.0 / 90, -1.0 / 45, 2.0 / 45},
                                   {32.0 / 45, 16.0 / 45, 8.0 / 45},
                                   {32.0 / 45, -16.0 / 45, 8.0 / 45},
                                   {0, 0, 1}};
    return g[point / 8][tap / 3] * g[point % 8][tap % 3];
}

/// The conjugated spectrum of the kernel over 256: of a + ib the three points are a, b − a and a + b.
static double fourier_factor(int point, int tap) {
    if (point >= 378) return cos(fourier_angle(fourier_real_bin_at(point - 378), tap / 7, tap % 7)) / 256;
    const double angle = fourier_angle(fourier_bin_at(point / 3), tap / 7, tap % 7), a = cos(angle) / 256, b = sin(angle) / 256;
    return point % 3 == 0 ? a : point % 3 == 1 ? b - a : a + b;
}

tile_transform winograd_transform(const sk_kernels *k) {
    return (tile_transform){sk_winograd_points, sk_winograd_tile, 3, k->winograd_input, k->winograd_output, winograd_factor};
}

tile_transform fourier_transform(const sk_kernels *k) {
    return (tile_transform){sk_fourier_points, sk_fourier_tile, 7, k->fourier_input, k->fourier_output, fourier_factor};
}

void test_winograd_convolution(trial *t) {
    const tile_transform f = winograd_transform(t->kernels);
    test_transform(t, &f, 150);
}

void test_fourier_convolution(trial *t) {
    const tile_transform f = fourier_transform(t->kernels);
    test_transform(t, &f, 8);
}
