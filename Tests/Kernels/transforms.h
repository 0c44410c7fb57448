// What the tests of both tile transforms share.
#ifndef KERNEL_TESTS_TRANSFORMS_H
#define KERNEL_TESTS_TRANSFORMS_H

#include "trial.h"

/// A transform back from points, and how it should come out.
typedef struct {
    void (*function)(const float *, int64_t, int32_t, float *, int64_t, int32_t, int32_t, bool, double *);
    int points, tile;
    /// One tile and lane, whose points are `stride` apart: `tile`×`tile` values and tolerances.
    void (*inverse)(const float *points, int64_t stride, double *values, double *tolerances);
} tile_output;

/// Random points of a run of tiles, clipped at the picture's edges or not, through the transform back.
void test_tile_output(trial *t, tile_output output);

typedef struct {
    int row, column;
} fourier_bin;

/// The complex bin 0..<126 and the real bin 0..<4 in the order of the points.
fourier_bin fourier_bin_at(int index);
fourier_bin fourier_real_bin_at(int index);
/// The bin's phase at a place of the tile.
double fourier_angle(fourier_bin bin, int y, int x);

#endif
