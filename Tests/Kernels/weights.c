#include "weights.h"

#include <string.h>

float *pack_direct(trial *t, tensor w, int block) {
    const int panel = 2 * t->kernels->lanes, in = w.shape[1], taps = w.shape[2] * w.shape[3];
    float *packed = new_floats(t, w.count);
    for (int64_t index = 0; index < w.count; index++) {
        const int tap = (int)(index % taps), i = (int)(index / taps % in), o = (int)(index / taps / in);
        const int64_t depth = (i / block * taps + tap) * block + i % block;
        packed[((int64_t)(o / panel) * in * taps + depth) * panel + o % panel] = w.values[index];
    }
    return packed;
}

float *pack_depthwise(trial *t, tensor w) {
    const int lanes = t->kernels->lanes;
    float *packed = new_floats(t, w.count);
    for (int64_t index = 0; index < w.count; index++) {
        const int64_t tap = index % 9, channel = index / 9;
        packed[(channel / lanes * 9 + tap) * lanes + channel % lanes] = w.values[index];
    }
    return packed;
}

/// The transform as a GEMM's A, `[depth/L][points][L]`, where `depth` is the taps rounded up to whole blocks; the rest is zero.
static float *blocked_transform(trial *t, const tile_transform *f, int depth) {
    const int lanes = t->kernels->lanes, taps = f->kernel * f->kernel;
    float *matrix = new_floats(t, (int64_t)f->points * depth);
    for (int point = 0; point < f->points; point++)
        for (int tap = 0; tap < depth; tap++)
            matrix[(tap / lanes * f->points + point) * lanes + tap % lanes] = tap < taps ? (float)f->factor(point, tap) : 0;
    return matrix;
}

/// One input channel's kernels for one panel of outputs, `[taps][2L]`.
static void gather(tensor w, int first, int panel, int in, float *taps) {
    const int count = w.shape[2] * w.shape[3];
    for (int column = 0; column < panel; column++) {
        const float *kernel = w.values + ((int64_t)(first + column) * w.shape[1] + in) * count;
        for (int tap = 0; tap < count; tap++) taps[tap * panel + column] = kernel[tap];
    }
}

float *pack_transformed(trial *t, tensor w, const tile_transform *f) {
    const int lanes = t->kernels->lanes, panel = 2 * lanes, out = w.shape[0], in = w.shape[1];
    const int segments = (f->kernel * f->kernel + lanes - 1) / lanes, half = f->points * lanes;
    float *packed = new_floats(t, (int64_t)f->points * out * in), *product = new_floats(t, 2 * half);
    float *taps = new_floats(t, segments * lanes * panel), *matrix = blocked_transform(t, f, segments * lanes);
    memset(taps, 0, (size_t)(segments * lanes * panel) * sizeof *taps);
    int32_t *offsets = new_ints(t, segments);
    for (int i = 0; i < segments; i++) offsets[i] = i * half;
    for (int row = 0; row < out / panel * in; row++) {
        gather(w, row / in * panel, panel, row % in, taps);
        t->kernels->gemm(&(sk_gemm){.a = matrix, .offsets = offsets, .segments = segments, .rows = f->points, .panels = 1, .b = taps,
                                    .c = product, .c_block_stride = half});
        for (int i = 0; i < 2 * half; i++)
            packed[((int64_t)(i / lanes % f->points) * out * in) + (int64_t)row * panel + i / half * lanes + i % lanes] = product[i];
    }
    return packed;
}
