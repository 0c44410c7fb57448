// The tile transforms of the 16×16 real FFT, each alone; with weights they are in tiled_convolution.c.

#include <math.h>

#include "families.h"
#include "transforms.h"

fourier_bin fourier_bin_at(int index) {
    if (index < 14) return (fourier_bin){1 + index % 7, index < 7 ? 0 : 8};
    return (fourier_bin){(index - 14) % 16, 1 + (index - 14) / 16};
}

fourier_bin fourier_real_bin_at(int index) { return (fourier_bin){index % 2 * 8, index / 2 * 8}; }

double fourier_angle(fourier_bin bin, int y, int x) {
    return 2 * 3.14159265358979323846 * ((bin.row * y + bin.column * x) & 15) / 16;
}

typedef struct {
    double cosines[16], sines[16];
} circle;

/// Cosines and sines of sixteenths of a turn.
static const circle *sixteenths(void) {
    static circle c;
    if (c.cosines[0] == 0) {
        for (int i = 0; i < 16; i++) {
            const double angle = fourier_angle((fourier_bin){0, 1}, 0, i);
            c.cosines[i] = cos(angle), c.sines[i] = sin(angle);
        }
    }
    return &c;
}

/// The spectrum of a 16×16 tile at a bin.
static void spectrum(const double *x, fourier_bin bin, double *re, double *im) {
    const circle *c = sixteenths();
    *re = *im = 0;
    for (int k = 0; k < 256; k++) {
        const int turn = (bin.row * (k / 16) + bin.column * (k % 16)) & 15;
        *re += x[k] * c->cosines[turn];
        *im -= x[k] * c->sines[turn];
    }
}

/// What one tile and lane must become.
static void expect_points(expectation e, const double *x, int64_t at, int64_t point) {
    double magnitude = 0, re, im;
    for (int k = 0; k < 256; k++) magnitude += fabs(x[k]);
    const double tolerance = unit * magnitude;
    for (int i = 0; i < 126; i++) {
        spectrum(x, fourier_bin_at(i), &re, &im);
        expect_value(e, (3 * i) * point + at, re + im, 2 * tolerance);
        expect_value(e, (3 * i + 1) * point + at, re, tolerance);
        expect_value(e, (3 * i + 2) * point + at, im, tolerance);
    }
    for (int i = 0; i < 4; i++) {
        spectrum(x, fourier_real_bin_at(i), &re, &im);
        expect_value(e, (378 + i) * point + at, re, tolerance);
    }
}

void test_fourier_input(trial *t) {
    const int lanes = t->kernels->lanes, tiles = 1 + (int)(t->seed % 5), columns = 10 * tiles + 6;
    const int64_t row = (int64_t)(columns + random_int(&t->random, 0, 2)) * lanes;
    const int64_t point = (int64_t)(tiles + random_int(&t->random, 0, 2)) * lanes;
    describe(t, "%d tiles, rows %lld and points %lld floats apart", tiles, (long long)row, (long long)point);
    const float *band = new_random_floats(t, 15 * row + columns * lanes, 1);
    expectation e = new_expectation((sk_fourier_points - 1) * point + tiles * lanes);
    for (int i = 0; i < tiles * lanes; i++) {
        double x[256];
        for (int k = 0; k < 256; k++) x[k] = band[k / 16 * row + (i / lanes * 10 + k % 16) * lanes + i % lanes];
        // A few lanes suffice to tell all; the rest need be finite. Every lane is looked at by some seed.
        if ((i + t->seed) % 4 == 0) {
            expect_points(e, x, i, point);
        } else {
            for (int k = 0; k < sk_fourier_points; k++) expect_something(e, k * point + i);
        }
    }
    float *points = new_floats(t, e.count);
    t->kernels->fourier_input(band, row, tiles, points, point);
    check_floats(t, "the points", points, e);
}

/// One tile and lane of 382 points to its 10×10 outputs: each complex bin also stands for its conjugate.
static void inverse(const float *points, int64_t stride, double *out, double *magnitude) {
    const circle *c = sixteenths();
    double total = 0;
    for (int k = 0; k < 100; k++) out[k] = 0;
    for (int i = 0; i < 126; i++) {
        const fourier_bin bin = fourier_bin_at(i);
        const double common = points[3 * i * stride], a = points[(3 * i + 1) * stride], b = points[(3 * i + 2) * stride];
        const double re = common - b, im = common + a;
        total += 2 * (2 * fabs(common) + fabs(a) + fabs(b));
        for (int k = 0; k < 100; k++) {
            const int turn = (bin.row * (k / 10) + bin.column * (k % 10)) & 15;
            out[k] += 2 * (re * c->cosines[turn] - im * c->sines[turn]);
        }
    }
    for (int i = 0; i < 4; i++) {
        const fourier_bin bin = fourier_real_bin_at(i);
        total += fabs(points[(378 + i) * stride]);
        for (int k = 0; k < 100; k++)
            out[k] += points[(378 + i) * stride] * c->cosines[(bin.row * (k / 10) + bin.column * (k % 10)) & 15];
    }
    for (int k = 0; k < 100; k++) magnitude[k] = unit * total;
}

void test_fourier_output(trial *t) {
    test_tile_output(t, (tile_output){t->kernels->fourier_output, sk_fourier_points, sk_fourier_tile, inverse});
}
