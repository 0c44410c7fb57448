#include "transforms.h"

/// What one tile and lane must come to, as far as the picture reaches.
static void expect_tile(const trial *t, tile_output o, const float *points, int64_t stride, int index, int rows, int columns,
                        expectation e, int64_t out_row) {
    enum { largest = sk_fourier_tile * sk_fourier_tile };
    const int lanes = t->kernels->lanes, left = index / lanes * o.tile;
    double values[largest], tolerances[largest];
    o.inverse(points + index, stride, values, tolerances);
    for (int y = 0; y < o.tile && y < rows; y++)
        for (int x = 0; x < o.tile && left + x < columns; x++)
            expect_value(e, y * out_row + (int64_t)(left + x) * lanes + index % lanes, values[y * o.tile + x],
                         tolerances[y * o.tile + x]);
}

void test_tile_output(trial *t, tile_output o) {
    const int lanes = t->kernels->lanes, tiles = 1 + (int)(t->seed % 5);
    // Inside the picture, or clipped below, at the right, or both; a layer tells how much is left, which may be more than a run.
    const int rows = random_int(&t->random, 1, 2 * o.tile), columns = random_int(&t->random, (tiles - 1) * o.tile + 1, (tiles + 1) * o.tile);
    const int high = rows < o.tile ? rows : o.tile, wide = columns < tiles * o.tile ? columns : tiles * o.tile;
    const int64_t point = (int64_t)(tiles + random_int(&t->random, 0, 2)) * lanes;
    const int64_t out_row = (int64_t)(wide + random_int(&t->random, 0, 2)) * lanes;
    describe(t, "%d tiles, %d rows and %d columns left, points %lld and rows %lld floats apart", tiles, rows, columns,
             (long long)point, (long long)out_row);
    const float *points = new_random_floats(t, (o.points - 1) * point + tiles * lanes, 1);
    expectation e = new_expectation((high - 1) * out_row + (int64_t)wide * lanes);
    for (int i = 0; i < tiles * lanes; i++) expect_tile(t, o, points, point, i, rows, columns, e, out_row);
    float *out = new_floats(t, e.count);
    statistics s = new_statistics(t);
    o.function(points, point, tiles, out, out_row, rows, columns, random_int(&t->random, 0, 1), s.sums);
    check_floats(t, "the outputs", out, e);
    check_statistics(t, s, out, e);
}
