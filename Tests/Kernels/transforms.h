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

/// A convolution of stride 1 by transformed tiles.
typedef struct {
    int points, tile, kernel;
    void (*forward)(const float *, int64_t, int32_t, float *, int64_t);
    void (*back)(const float *, int64_t, int32_t, float *, int64_t, int32_t, int32_t, bool, double *);
    /// The factor of a tap in a point of the weights.
    double (*factor)(int point, int tap);
} tile_transform;

tile_transform winograd_transform(const sk_kernels *kernels);
tile_transform fourier_transform(const sk_kernels *kernels);

/// A rectangle of tiles.
typedef struct {
    int y0, y1, x0, x1;
    int count;
} tile_chunk;

/// Every tile of a picture.
tile_chunk all_tiles(const tile_transform *f, int height, int width);

/// Runs a chunk as the layers do: band, tiles to points, a GEMM a point, and back into `out`, an activation of the source's size with
/// `out_channels`. `weights` is `[points][panels][in][2L]`.
void convolve_tiles(trial *t, const tile_transform *f, const sk_source *source, tile_chunk c, const float *weights, int out_channels,
                    float *out, double *sums);

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
