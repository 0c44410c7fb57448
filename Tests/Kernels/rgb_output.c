// The last layer: 1×1 convolution to red, green and blue, and tanh.

#include <math.h>

#include "families.h"
#include "picture.h"

/// What `tanh` itself may add to an error, as its source says.
static const double tanh_tolerance = 2e-7;

void test_rgb_output(trial *t) {
    const int lanes = t->kernels->lanes, height = random_int(&t->random, 4, 8);
    const int columns = 1 + (int)(t->seed % (uint64_t)(3 * lanes + 1)), x = random_int(&t->random, 0, 5);
    const int width = x + columns + random_int(&t->random, 0, 3), y = random_int(&t->random, 0, height - 1);
    const picture_kind kind = {random_int(&t->random, 1, 8), height, width, true, random_int(&t->random, 0, 1), false, resize_none};
    describe(t, "%s; row %d, columns %d..<%d", picture_words(kind), y, x, x + columns);
    const picture p = new_picture(t, kind);
    const float *weights = new_random_floats(t, 3 * p.channels, 0.4f);
    float *const planes[3] = {new_floats(t, columns), new_floats(t, columns), new_floats(t, columns)};
    float *scratch = new_floats(t, (int64_t)p.channels * columns);
    t->kernels->rgb_output(&p.source, weights, y, x, columns, planes, scratch);
    static const char *const names[3] = {"red", "green", "blue"};
    for (int color = 0; color < 3; color++) {
        expectation e = new_expectation(columns);
        for (int i = 0; i < columns; i++) {
            double sum = 0, magnitude = 0;
            for (int c = 0; c < p.channels; c++) {
                const int64_t at = ((int64_t)c * height + y) * width + x + i;
                sum += weights[color * p.channels + c] * p.values[at];
                magnitude += fabs(weights[color * p.channels + c]) * p.magnitudes[at];
            }
            expect_value(e, i, tanh(sum), tanh_tolerance + (sum_tolerance(p.channels) + picture_tolerance) * magnitude);
        }
        check_floats(t, names[color], planes[color], e);
    }
}

/// tanh alone: a picture of one channel block whose first channel holds the arguments, and weights that pick it.
void test_tanh(trial *t) {
    const int lanes = t->kernels->lanes, columns = 512;
    static const float reaches[6] = {0.01f, 1, 5, 12, 100, 1e30f};
    const float reach = reaches[t->seed % 6];
    describe(t, "arguments within ±%g", reach);
    float *data = new_floats(t, (int64_t)columns * lanes);
    for (int i = 0; i < columns * lanes; i++) data[i] = i % lanes == 0 ? random_float(&t->random, reach) : 0;
    data[0] = 0, data[lanes] = reach, data[2 * lanes] = -reach, data[3 * lanes] = 9, data[4 * lanes] = -9;
    float *weights = new_floats(t, 3 * lanes);
    for (int i = 0; i < 3 * lanes; i++) weights[i] = i % lanes == 0 ? (float)(1 - i / lanes) : 0;  // 1, 0 and −1 times
    const sk_source source = {.data = data, .slope = 1, .blocks = 1, .height = 1, .width = columns, .out_height = 1, .out_width = columns};
    float *const planes[3] = {new_floats(t, columns), new_floats(t, columns), new_floats(t, columns)};
    t->kernels->rgb_output(&source, weights, 0, 0, columns, planes, new_floats(t, (int64_t)columns * lanes));
    for (int color = 0; color < 3; color++) {
        expectation e = new_expectation(columns);
        for (int i = 0; i < columns; i++) expect_value(e, i, tanh(data[i * lanes] * (1.0 - color)), tanh_tolerance);
        check_floats(t, "tanh", planes[color], e);
    }
}
