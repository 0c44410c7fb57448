// The tile transforms of Winograd F(6×6, 3×3), each alone; with weights they are in tiled_convolution.c.

#include <math.h>

#include "families.h"
#include "transforms.h"

/// `[8][8]`: Bᵀ for interpolation points 0, ±1, ±2, ±1/2, ∞.
static const double input_matrix[64] = {
    1, 0,    -5.25, 0,     5.25,  0,     -1, 0,  //
    0, 1,    1,     -4.25, -4.25, 1,     1,  0,  //
    0, -1,   1,     4.25,  -4.25, -1,    1,  0,  //
    0, 0.5,  0.25,  -2.5,  -1.25, 2,     1,  0,  //
    0, -0.5, 0.25,  2.5,   -1.25, -2,    1,  0,  //
    0, 2,    4,     -2.5,  -5,    0.5,   1,  0,  //
    0, -2,   4,     2.5,   -5,    -0.5,  1,  0,  //
    0, -1,   0,     5.25,  0,     -5.25, 0,  1,
};

/// `[6][8]`: Aᵀ, powers of the interpolation points.
static void make_output_matrix(double *matrix) {
    static const double points[7] = {0, 1, -1, 2, -2, 0.5, -0.5};
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 7; j++) matrix[i * 8 + j] = i == 0 ? 1 : pow(points[j], i);
        matrix[i * 8 + 7] = i == 5;
    }
}

/// M·x·Mᵀ of an 8×8 `x`, M of `rows` rows; also with all of it positive.
static void sandwich(const double *matrix, int rows, const double *x, double *out, double *magnitude) {
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < rows; j++) {
            double sum = 0, positive = 0;
            for (int k = 0; k < 64; k++) {
                const double term = matrix[i * 8 + k / 8] * x[k] * matrix[j * 8 + k % 8];
                sum += term;
                positive += fabs(term);
            }
            out[i * rows + j] = sum, magnitude[i * rows + j] = positive;
        }
}

void test_winograd_input(trial *t) {
    const int lanes = t->kernels->lanes, tiles = 1 + (int)(t->seed % 5), columns = 6 * tiles + 2;
    const int64_t row = (int64_t)(columns + random_int(&t->random, 0, 2)) * lanes;
    const int64_t point = (int64_t)(tiles + random_int(&t->random, 0, 2)) * lanes;
    describe(t, "%d tiles, rows %lld and points %lld floats apart", tiles, (long long)row, (long long)point);
    const float *band = new_random_floats(t, 7 * row + columns * lanes, 1);
    expectation e = new_expectation(63 * point + tiles * lanes);
    for (int i = 0; i < tiles * lanes; i++) {
        double x[64], y[64], magnitude[64];
        for (int k = 0; k < 64; k++) x[k] = band[k / 8 * row + (i / lanes * 6 + k % 8) * lanes + i % lanes];
        sandwich(input_matrix, 8, x, y, magnitude);
        for (int k = 0; k < 64; k++) expect_value(e, k * point + i, y[k], 8 * unit * magnitude[k]);
    }
    float *points = new_floats(t, e.count);
    t->kernels->winograd_input(band, row, tiles, points, point);
    check_floats(t, "the points", points, e);
}

/// One tile and lane of 64 points to its 6×6 outputs.
static void inverse(const float *points, int64_t stride, double *out, double *magnitude) {
    double matrix[48], x[64];
    make_output_matrix(matrix);
    for (int k = 0; k < 64; k++) x[k] = points[k * stride];
    sandwich(matrix, 6, x, out, magnitude);
    for (int i = 0; i < 36; i++) magnitude[i] *= 8 * unit;
}

void test_winograd_output(trial *t) {
    test_tile_output(t, (tile_output){t->kernels->winograd_output, sk_winograd_points, sk_winograd_tile, inverse});
}
