// A convolution of a picture by the plain reference, for a few output channels, and the kernels' way there.
#ifndef KERNEL_TESTS_CONVOLUTION_H
#define KERNEL_TESTS_CONVOLUTION_H

#include "picture.h"

/// Output channels looked at. The rest of a panel gets arbitrary weights and must come out finite.
enum { sampled_channels = 2 };

typedef struct {
    int kernel, stride, before, height, width;  ///< the last two of the output
    int channels[sampled_channels];
    float *weights;      ///< `[sampled_channels][in][kernel][kernel]`
    double *values;      ///< `[sampled_channels][height][width]`
    double *magnitudes;  ///< of the absolute values
} convolution;

/// Random weights, and what the reference makes of the picture by them.
convolution new_convolution(trial *t, const picture *p, int out_channels, int kernel, int stride, int before, int height, int width);

/// Expects rows `y0..<y1`, columns `x0..<x1` of an activation `[height][blocks][width][L]`, within `factor` roundings.
void expect_convolution(const trial *t, const convolution *c, expectation e, int blocks, int y0, int y1, int x0, int x1, double factor);

/// Floats of a stored activation.
int64_t activation_count(const trial *t, int blocks, int height, int width);

#endif
