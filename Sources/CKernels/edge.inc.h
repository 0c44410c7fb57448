// Runs of tiles: their contracts, and tiles that overhang the picture's right or lower edge.

/// The contract of a transform of `tiles` tiles, `side` outputs and `halo` more inputs wide.
SK_INLINE void check_tile_input(int64_t band_row_stride, int tiles, int64_t point_stride, int side, int halo) {
    SK_ASSERT(tiles > 0);
    SK_ASSERT(band_row_stride >= ((int64_t)tiles * side + halo) * SK_LANES);
    SK_ASSERT(point_stride >= (int64_t)tiles * SK_LANES);
    (void)band_row_stride, (void)tiles, (void)point_stride, (void)side, (void)halo;
}

/// The contract of a transform back: every tile has a pixel inside the picture.
SK_INLINE void check_tile_output(int64_t point_stride, int tiles, const float *out, int64_t out_row_stride, int rows, int columns,
                                 bool bypass_cache, int side) {
    SK_ASSERT(tiles > 0 && rows > 0 && columns > (tiles - 1) * side);
    SK_ASSERT(point_stride >= (int64_t)tiles * SK_LANES);
    SK_ASSERT(rows == 1 || out_row_stride >= (int64_t)(columns < tiles * side ? columns : tiles * side) * SK_LANES);
    SK_ASSERT(!bypass_cache || (is_aligned(out) && out_row_stride % SK_LANES == 0));
    (void)point_stride, (void)tiles, (void)out, (void)out_row_stride, (void)rows, (void)columns, (void)bypass_cache, (void)side;
}

/// Copies the part of an edge tile that exists, and counts only that.
SK_INLINE void store_clipped(const float *tile, int side, float *out, int64_t out_row_stride, int rows, int columns, double *statistics) {
    vf sum = zero(), squares = zero();
    for (int y = 0; y < rows; y++) {
        for (int x = 0; x < columns; x++) {
            vf v = load(tile + (y * side + x) * SK_LANES);
            store(out + y * out_row_stride + x * SK_LANES, v);
            sum += v;
            squares = fma_(v, v, squares);
        }
    }
    add_statistics(statistics, sum, squares);
}
