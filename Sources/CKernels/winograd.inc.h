// Winograd F(6×6, 3×3) with interpolation points 0, ±1, ±2, ±1/2, ∞ (Lavin & Gray, arXiv:1509.09308): 64 products give 36 outputs
// in place of 324.

/// Bᵀ·r for one line of eight.
SK_INLINE void winograd_input_line(const vf *r, vf *t) {
    const vf k21_4 = splat(5.25f), k17_4 = splat(4.25f), k5_4 = splat(1.25f), k5_2 = splat(2.5f), two = splat(2), half = splat(0.5f),
             quarter = splat(0.25f), four = splat(4), five = splat(5);
    t[0] = fma_(r[4] - r[2], k21_4, r[0] - r[6]);
    t[7] = fma_(r[3] - r[5], k21_4, r[7] - r[1]);
    vf even = fnma_(r[4], k17_4, r[2] + r[6]), odd = fnma_(r[3], k17_4, r[1] + r[5]);
    t[1] = even + odd;
    t[2] = even - odd;
    even = fnma_(r[4], k5_4, fma_(r[2], quarter, r[6]));
    odd = fma_(r[5], two, fnma_(r[3], k5_2, r[1] * half));
    t[3] = even + odd;
    t[4] = even - odd;
    even = fnma_(r[4], five, fma_(r[2], four, r[6]));
    odd = fma_(r[5], half, fnma_(r[3], k5_2, r[1] * two));
    t[5] = even + odd;
    t[6] = even - odd;
}

/// Aᵀ·m for one line of eight, to six.
SK_INLINE void winograd_output_line(const vf *m, vf *o) {
    vf s1 = m[1] + m[2], d1 = m[1] - m[2], s2 = m[3] + m[4], d2 = m[3] - m[4], s3 = m[5] + m[6], d3 = m[5] - m[6];
    o[0] = (m[0] + s1) + (s2 + s3);
    o[1] = fma_(d3, splat(0.5f), fma_(d2, splat(2), d1));
    o[2] = fma_(s3, splat(0.25f), fma_(s2, splat(4), s1));
    o[3] = fma_(d3, splat(0.125f), fma_(d2, splat(8), d1));
    o[4] = fma_(s3, splat(0.0625f), fma_(s2, splat(16), s1));
    o[5] = fma_(d3, splat(0.03125f), fma_(d2, splat(32), d1)) + m[7];
}

static void SK_NAME(winograd_input)(const float *band, int64_t band_row_stride, int32_t tiles, float *points, int64_t point_stride) {
    check_tile_input(band_row_stride, tiles, point_stride, sk_winograd_tile, 2);
    for (int tile = 0; tile < tiles; tile++, band += 6 * SK_LANES, points += SK_LANES) {
        vf w[8][8];
        for (int x = 0; x < 8; x++) {
            vf r[8], t[8];
            SK_UNROLL for (int i = 0; i < 8; i++) r[i] = load(band + i * band_row_stride + x * SK_LANES);
            winograd_input_line(r, t);
            SK_UNROLL for (int i = 0; i < 8; i++) w[i][x] = t[i];
        }
        for (int i = 0; i < 8; i++) {
            vf t[8];
            float *out = points + (int64_t)i * 8 * point_stride;
            winograd_input_line(w[i], t);
            SK_UNROLL for (int j = 0; j < 8; j++) store(out + j * point_stride, t[j]);
        }
    }
}

/// Asks for the place of a tile that is to be stored next.
SK_INLINE void winograd_prefetch_output(float *out, int64_t out_row_stride) {
    for (int y = 0; y < 6; y++)
        SK_UNROLL for (int x = 0; x < 6; x++) prefetch_to_write(out + y * out_row_stride + x * SK_LANES);
}

SK_INLINE void winograd_output_tile(const float *points, int64_t point_stride, float *out, int64_t out_row_stride,
                                      const bool bypass_cache, vf *sum, vf *squares) {
    vf w[6][8];
    for (int x = 0; x < 8; x++) {
        vf m[8], t[6];
        SK_UNROLL for (int i = 0; i < 8; i++) m[i] = load(points + (int64_t)(i * 8 + x) * point_stride);
        winograd_output_line(m, t);
        SK_UNROLL for (int i = 0; i < 6; i++) w[i][x] = t[i];
    }
    vf s = zero(), q = zero();
    for (int i = 0; i < 6; i++) {
        vf t[6];
        winograd_output_line(w[i], t);
        SK_UNROLL for (int j = 0; j < 6; j++) {
            store_either(bypass_cache, out + i * out_row_stride + j * SK_LANES, t[j]);
            s += t[j];
            q = fma_(t[j], t[j], q);
        }
    }
    *sum = s;
    *squares = q;
}

static void SK_NAME(winograd_output)(const float *points, int64_t point_stride, int32_t tiles, float *out, int64_t out_row_stride,
                                     int32_t rows, int32_t columns, bool bypass_cache, double *statistics) {
    check_tile_output(point_stride, tiles, out, out_row_stride, rows, columns, bypass_cache, sk_winograd_tile);
    for (int tile = 0; tile < tiles; tile++, points += SK_LANES, out += 6 * SK_LANES, columns -= 6) {
        vf sum, squares;
        if (rows < 6 || columns < 6) {
            float whole[6 * 6 * SK_LANES];
            winograd_output_tile(points, point_stride, whole, 6 * SK_LANES, false, &sum, &squares);
            store_clipped(whole, 6, out, out_row_stride, rows < 6 ? rows : 6, columns < 6 ? columns : 6, statistics);
            continue;
        }
        if (!bypass_cache && tile + 1 < tiles) winograd_prefetch_output(out + 6 * SK_LANES, out_row_stride);
        if (bypass_cache) winograd_output_tile(points, point_stride, out, out_row_stride, true, &sum, &squares);
        else winograd_output_tile(points, point_stride, out, out_row_stride, false, &sum, &squares);
        add_statistics(statistics, sum, squares);
    }
}
