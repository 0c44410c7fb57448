// The plain reference implementation: the definitions, in double precision. Kept for ever; whatever is fast is compared to it.

#include <math.h>

#include "CKernels.h"

#pragma STDC FP_CONTRACT OFF

static int reflect(int i, int n) {
    if (i < 0) i = -i;
    return i >= n ? 2 * n - 2 - i : i;
}

void sk_reference_convolution(const double *in, int32_t in_channels, int32_t height, int32_t width, const float *weights,
                              const float *bias, int32_t out_channels, int32_t out_height, int32_t out_width, int32_t kernel,
                              int32_t stride, int32_t before, int32_t groups, double *out) {
    const int in_group = in_channels / groups, out_group = out_channels / groups;
    for (int o = 0; o < out_channels; o++) {
        double *plane = out + (int64_t)o * out_height * out_width;
        for (int64_t i = 0; i < (int64_t)out_height * out_width; i++) plane[i] = bias ? bias[o] : 0;
        for (int c = 0; c < in_group; c++) {
            const double *source = in + (int64_t)(o / out_group * in_group + c) * height * width;
            for (int ky = 0; ky < kernel; ky++) {
                for (int kx = 0; kx < kernel; kx++) {
                    const double w = weights[((int64_t)(o * in_group + c) * kernel + ky) * kernel + kx];
                    for (int y = 0; y < out_height; y++) {
                        const double *row = source + (int64_t)reflect(y * stride + ky - before, height) * width;
                        for (int x = 0; x < out_width; x++)
                            plane[(int64_t)y * out_width + x] += w * row[reflect(x * stride + kx - before, width)];
                    }
                }
            }
        }
    }
}

void sk_reference_normalise(double *values, int32_t channels, int64_t area, const float *weight, const float *bias, double slope) {
    const int64_t count = channels * area;
    double mean = 0, variance = 0;
    for (int64_t i = 0; i < count; i++) mean += values[i];
    mean /= (double)count;
    for (int64_t i = 0; i < count; i++) variance += (values[i] - mean) * (values[i] - mean);
    const double inverse = 1 / sqrt(variance / (double)count + 1e-5);
    for (int c = 0; c < channels; c++) {
        for (int64_t i = c * area; i < (c + 1) * area; i++) {
            double v = (values[i] - mean) * inverse * weight[c] + bias[c];
            values[i] = v < 0 ? v * slope : v;
        }
    }
}

static double source_position(int i, int in, int out, bool align_corners) {
    if (align_corners) return out > 1 ? (double)i * (in - 1) / (out - 1) : 0;
    const double position = (i + 0.5) * in / out - 0.5;
    return position < 0 ? 0 : position;
}

void sk_reference_resize(const double *in, int32_t channels, int32_t height, int32_t width, int32_t out_height, int32_t out_width,
                         bool align_corners, double *out) {
    for (int y = 0; y < out_height; y++) {
        const double py = source_position(y, height, out_height, align_corners);
        const int y0 = (int)py, y1 = y0 + 1 < height ? y0 + 1 : y0;
        for (int x = 0; x < out_width; x++) {
            const double px = source_position(x, width, out_width, align_corners);
            const int x0 = (int)px, x1 = x0 + 1 < width ? x0 + 1 : x0;
            const double fy = py - y0, fx = px - x0;
            for (int c = 0; c < channels; c++) {
                const double *plane = in + (int64_t)c * height * width;
                const double upper = plane[y0 * width + x0] * (1 - fx) + plane[y0 * width + x1] * fx;
                const double lower = plane[y1 * width + x0] * (1 - fx) + plane[y1 * width + x1] * fx;
                out[((int64_t)c * out_height + y) * out_width + x] = upper * (1 - fy) + lower * fy;
            }
        }
    }
}
