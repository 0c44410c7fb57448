// One row of one channel block of a depthwise convolution.

#include <math.h>

#include "families.h"

void test_depthwise(trial *t) {
    const int lanes = t->kernels->lanes;
    // Consecutive seeds sweep the widths around runs of six.
    const int width = t->seed % 10 == 9 ? random_int(&t->random, 60, 200) : 1 + (int)(t->seed % 27);
    const int64_t stride = (int64_t)(width + 2 + random_int(&t->random, 0, 3)) * lanes;
    describe(t, "%d pixels, rows %lld floats apart", width, (long long)stride);
    const float *band = new_random_floats(t, 2 * stride + (width + 2) * lanes, 1);
    const float *weights = new_random_floats(t, 9 * lanes, 1), *bias = new_random_floats(t, lanes, 1);
    expectation e = new_expectation((int64_t)width * lanes);
    for (int64_t i = 0; i < e.count; i++) {
        const int lane = (int)(i % lanes);
        double sum = bias[lane], magnitude = fabs(sum);
        for (int tap = 0; tap < 9; tap++) {
            const double product = (double)weights[tap * lanes + lane] * band[tap / 3 * stride + i + tap % 3 * lanes];
            sum += product;
            magnitude += fabs(product);
        }
        expect_value(e, i, sum, sum_tolerance(9) * magnitude);
    }
    float *out = new_floats(t, e.count);
    statistics s = new_statistics(t);
    t->kernels->depthwise(band, stride, width, weights, bias, out, random_int(&t->random, 0, 1), s.sums);
    check_floats(t, "the row", out, e);
    check_statistics(t, s, out, e);
}
