#include "convolution.h"

#include <math.h>

static double *reference(const convolution *c, const double *values, int in_channels, int height, int width, const float *weights) {
    double *out = new_doubles((int64_t)sampled_channels * c->height * c->width);
    sk_reference_convolution(values, in_channels, height, width, weights, NULL, sampled_channels, c->height, c->width, c->kernel,
                             c->stride, c->before, 1, out);
    return out;
}

convolution new_convolution(trial *t, const picture *p, int out_channels, int kernel, int stride, int before, int height, int width) {
    convolution c = {.kernel = kernel, .stride = stride, .before = before, .height = height, .width = width};
    c.channels[0] = random_int(&t->random, 0, out_channels - 1);
    c.channels[1] = (c.channels[0] + random_int(&t->random, 1, out_channels - 1)) % out_channels;
    const int count = sampled_channels * p->channels * kernel * kernel;
    c.weights = new_random_floats(t, count, 0.5f);
    float *positive = new_floats(t, count);
    for (int i = 0; i < count; i++) positive[i] = fabsf(c.weights[i]);
    c.values = reference(&c, p->values, p->channels, p->height, p->width, c.weights);
    c.magnitudes = reference(&c, p->magnitudes, p->channels, p->height, p->width, positive);
    return c;
}

void expect_convolution(const trial *t, const convolution *c, expectation e, int blocks, int y0, int y1, int x0, int x1, double factor) {
    const int lanes = t->kernels->lanes;
    for (int y = y0; y < y1; y++)
        for (int block = 0; block < blocks; block++) {
            const int64_t row = ((int64_t)y * blocks + block) * c->width;
            for (int64_t i = (row + x0) * lanes; i < (row + x1) * lanes; i++) expect_something(e, i);
        }
    for (int sample = 0; sample < sampled_channels; sample++) {
        const int channel = c->channels[sample];
        for (int y = y0; y < y1; y++)
            for (int x = x0; x < x1; x++) {
                const int64_t from = ((int64_t)sample * c->height + y) * c->width + x;
                const int64_t to = (((int64_t)y * blocks + channel / lanes) * c->width + x) * lanes + channel % lanes;
                expect_value(e, to, c->values[from], factor * unit * c->magnitudes[from]);
            }
    }
}

int64_t activation_count(const trial *t, int blocks, int height, int width) {
    return (int64_t)blocks * t->kernels->lanes * height * width;
}
