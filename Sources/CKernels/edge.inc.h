// Tiles that overhang the picture's right or lower edge.

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
