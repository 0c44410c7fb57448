// 7×7 convolution by 16×16 real FFT tiles (overlap-save, 10×10 valid outputs). A product of two complex numbers takes three real ones
// (Gauss), so a tile is 126·3 + 4 = 382 real points. The inverse is unnormalised; the weights carry 1/256.
//
// Order of points: the complex bin c has its three at 3c. Bins 0..<7 are rows 1...7 of column 0, 7..<14 those of column 8, then
// 16 rows each of columns 1...7. Points 378..<382 are the real bins (0,0), (8,0), (0,8), (8,8).

typedef struct { vf re, im; } vc;

SK_INLINE vc vc_add(vc a, vc b) { return (vc){a.re + b.re, a.im + b.im}; }
SK_INLINE vc vc_sub(vc a, vc b) { return (vc){a.re - b.re, a.im - b.im}; }
SK_INLINE vc vc_conj(vc a) { return (vc){a.re, -a.im}; }
/// a·(c + i·s).
SK_INLINE vc vc_turn(vc a, float c, float s) {
    const vf vc_ = splat(c), vs = splat(s);
    return (vc){fnma_(a.im, vs, a.re * vc_), fma_(a.re, vs, a.im * vc_)};
}

#define SK_COS1 0.92387953251128674f  // cos(π/8)
#define SK_SIN1 0.38268343236508977f  // sin(π/8)
#define SK_COS2 0.70710678118654752f  // cos(π/4)

// Real transforms give bins 0...n/2; those of 0 and n/2 are real. Decimation in time: n from two of n/2.

SK_INLINE void real_fft4(vf x0, vf x1, vf x2, vf x3, vc *o) {
    vf even = x0 + x2, odd = x1 + x3;
    o[0] = (vc){even + odd, zero()};
    o[1] = (vc){x0 - x2, x3 - x1};
    o[2] = (vc){even - odd, zero()};
}

SK_INLINE void real_fft8(const vf *x, int step, vc *o) {
    vc e[3], d[3];
    real_fft4(x[0], x[2 * step], x[4 * step], x[6 * step], e);
    real_fft4(x[step], x[3 * step], x[5 * step], x[7 * step], d);
    vc t = vc_turn(d[1], SK_COS2, -SK_COS2);
    o[0] = (vc){e[0].re + d[0].re, zero()};
    o[4] = (vc){e[0].re - d[0].re, zero()};
    o[1] = vc_add(e[1], t);
    o[3] = vc_conj(vc_sub(e[1], t));
    o[2] = (vc){e[2].re, -d[2].re};
}

SK_INLINE void real_fft16(const vf *x, vc *o) {
    vc e[5], d[5];
    real_fft8(x, 2, e);
    real_fft8(x + 1, 2, d);
    vc t1 = vc_turn(d[1], SK_COS1, -SK_SIN1), t2 = vc_turn(d[2], SK_COS2, -SK_COS2), t3 = vc_turn(d[3], SK_SIN1, -SK_COS1);
    o[0] = (vc){e[0].re + d[0].re, zero()};
    o[8] = (vc){e[0].re - d[0].re, zero()};
    o[1] = vc_add(e[1], t1);
    o[7] = vc_conj(vc_sub(e[1], t1));
    o[2] = vc_add(e[2], t2);
    o[6] = vc_conj(vc_sub(e[2], t2));
    o[3] = vc_add(e[3], t3);
    o[5] = vc_conj(vc_sub(e[3], t3));
    o[4] = (vc){e[4].re, -d[4].re};
}

SK_INLINE void inverse_real_fft4(const vc *x, vf *o, int step) {
    vf sum = x[0].re + x[2].re, difference = x[0].re - x[2].re, re = x[1].re + x[1].re, im = x[1].im + x[1].im;
    o[0] = sum + re;
    o[2 * step] = sum - re;
    o[step] = difference - im;
    o[3 * step] = difference + im;
}

SK_INLINE void inverse_real_fft8(const vc *x, vf *o, int step) {
    vc e[3], d[3];
    e[0].re = x[0].re + x[4].re;
    d[0].re = x[0].re - x[4].re;
    e[1] = vc_add(x[1], vc_conj(x[3]));
    d[1] = vc_turn(vc_sub(x[1], vc_conj(x[3])), SK_COS2, SK_COS2);
    e[2].re = x[2].re + x[2].re;
    d[2].re = -(x[2].im + x[2].im);
    inverse_real_fft4(e, o, 2 * step);
    inverse_real_fft4(d, o + step, 2 * step);
}

/// 16 times the inverse.
SK_INLINE void inverse_real_fft16(const vc *x, vf *o) {
    vc e[5], d[5];
    e[0].re = x[0].re + x[8].re;
    d[0].re = x[0].re - x[8].re;
    e[1] = vc_add(x[1], vc_conj(x[7]));
    d[1] = vc_turn(vc_sub(x[1], vc_conj(x[7])), SK_COS1, SK_SIN1);
    e[2] = vc_add(x[2], vc_conj(x[6]));
    d[2] = vc_turn(vc_sub(x[2], vc_conj(x[6])), SK_COS2, SK_COS2);
    e[3] = vc_add(x[3], vc_conj(x[5]));
    d[3] = vc_turn(vc_sub(x[3], vc_conj(x[5])), SK_SIN1, SK_COS1);
    e[4].re = x[4].re + x[4].re;
    d[4].re = -(x[4].im + x[4].im);
    inverse_real_fft8(e, o, 2);
    inverse_real_fft8(d, o + 1, 2);
}

/// A radix-4 butterfly; `sign` is −1 forward, +1 inverse.
SK_INLINE void fft4(vc *a, const int sign) {
    vc s = vc_add(a[0], a[2]), d = vc_sub(a[0], a[2]), t = vc_add(a[1], a[3]), u = vc_sub(a[1], a[3]);
    vc turned = sign < 0 ? (vc){u.im, -u.re} : (vc){-u.im, u.re};
    a[0] = vc_add(s, t);
    a[2] = vc_sub(s, t);
    a[1] = vc_add(d, turned);
    a[3] = vc_sub(d, turned);
}

/// Complex FFT of 16 as 4×4, in place.
SK_INLINE void fft16(vc *a, const int sign) {
    vc y[4][4];
    SK_UNROLL for (int b = 0; b < 4; b++) {
        vc t[4] = {a[b], a[b + 4], a[b + 8], a[b + 12]};
        fft4(t, sign);
        SK_UNROLL for (int k = 0; k < 4; k++) y[k][b] = t[k];
    }
    y[1][1] = vc_turn(y[1][1], SK_COS1, sign * SK_SIN1);
    y[2][1] = vc_turn(y[2][1], SK_COS2, sign * SK_COS2);
    y[3][1] = vc_turn(y[3][1], SK_SIN1, sign * SK_COS1);
    y[1][2] = vc_turn(y[1][2], SK_COS2, sign * SK_COS2);
    y[2][2] = sign < 0 ? (vc){y[2][2].im, -y[2][2].re} : (vc){-y[2][2].im, y[2][2].re};
    y[3][2] = vc_turn(y[3][2], -SK_COS2, sign * SK_COS2);
    y[1][3] = vc_turn(y[1][3], SK_SIN1, sign * SK_COS1);
    y[2][3] = vc_turn(y[2][3], -SK_COS2, sign * SK_COS2);
    y[3][3] = vc_turn(y[3][3], -SK_COS1, sign * -SK_SIN1);
    SK_UNROLL for (int k = 0; k < 4; k++) {
        fft4(y[k], sign);
        SK_UNROLL for (int j = 0; j < 4; j++) a[k + 4 * j] = y[k][j];
    }
}

/// The three real points whose products with the weights' three make a complex product.
SK_INLINE void store_bin(float *points, int64_t point_stride, int bin, vc v) {
    float *p = points + (int64_t)(3 * bin) * point_stride;
    store(p, v.re + v.im);
    store(p + point_stride, v.re);
    store(p + 2 * point_stride, v.im);
}

SK_INLINE vc load_bin(const float *points, int64_t point_stride, int bin) {
    const float *p = points + (int64_t)(3 * bin) * point_stride;
    vf common = load(p);
    return (vc){common - load(p + 2 * point_stride), common + load(p + point_stride)};
}

SK_INLINE void fourier_input_tile(const float *band, int64_t band_row_stride, float *points, int64_t point_stride) {
    vc w[16][9];
    for (int y = 0; y < 16; y++) {
        vf x[16];
        SK_UNROLL for (int i = 0; i < 16; i++) x[i] = load(band + y * band_row_stride + i * SK_LANES);
        real_fft16(x, w[y]);
    }
    for (int edge = 0; edge < 2; edge++) {
        vf x[16];
        vc o[9];
        SK_UNROLL for (int i = 0; i < 16; i++) x[i] = w[i][8 * edge].re;
        real_fft16(x, o);
        store(points + (378 + 2 * edge) * point_stride, o[0].re);
        store(points + (379 + 2 * edge) * point_stride, o[8].re);
        SK_UNROLL for (int k = 1; k < 8; k++) store_bin(points, point_stride, 7 * edge + k - 1, o[k]);
    }
    for (int column = 1; column < 8; column++) {
        vc a[16];
        SK_UNROLL for (int i = 0; i < 16; i++) a[i] = w[i][column];
        fft16(a, -1);
        SK_UNROLL for (int i = 0; i < 16; i++) store_bin(points, point_stride, 14 + (column - 1) * 16 + i, a[i]);
    }
}

SK_INLINE void fourier_output_tile(const float *points, int64_t point_stride, float *out, int64_t out_row_stride,
                                      const bool bypass_cache, vf *sum, vf *squares) {
    vc w[10][9];
    for (int edge = 0; edge < 2; edge++) {
        vc x[9];
        vf o[16];
        x[0].re = load(points + (378 + 2 * edge) * point_stride);
        x[8].re = load(points + (379 + 2 * edge) * point_stride);
        SK_UNROLL for (int k = 1; k < 8; k++) x[k] = load_bin(points, point_stride, 7 * edge + k - 1);
        inverse_real_fft16(x, o);
        SK_UNROLL for (int i = 0; i < 10; i++) w[i][8 * edge].re = o[i];
    }
    for (int column = 1; column < 8; column++) {
        vc a[16];
        SK_UNROLL for (int i = 0; i < 16; i++) a[i] = load_bin(points, point_stride, 14 + (column - 1) * 16 + i);
        fft16(a, 1);
        SK_UNROLL for (int i = 0; i < 10; i++) w[i][column] = a[i];
    }
    vf s = zero(), q = zero();
    for (int y = 0; y < 10; y++) {
        vf o[16];
        inverse_real_fft16(w[y], o);
        SK_UNROLL for (int j = 0; j < 10; j++) {
            store_either(bypass_cache, out + y * out_row_stride + j * SK_LANES, o[j]);
            s += o[j];
            q = fma_(o[j], o[j], q);
        }
    }
    *sum = s;
    *squares = q;
}

static void SK_NAME(fourier_input)(const float *band, int64_t band_row_stride, int32_t tiles, float *points, int64_t point_stride) {
    check_tile_input(band_row_stride, tiles, point_stride, sk_fourier_tile, 6);
    for (int tile = 0; tile < tiles; tile++, band += 10 * SK_LANES, points += SK_LANES)
        fourier_input_tile(band, band_row_stride, points, point_stride);
}

static void SK_NAME(fourier_output)(const float *points, int64_t point_stride, int32_t tiles, float *out, int64_t out_row_stride,
                                     int32_t rows, int32_t columns, bool bypass_cache, double *statistics) {
    check_tile_output(point_stride, tiles, out, out_row_stride, rows, columns, bypass_cache, sk_fourier_tile);
    for (int tile = 0; tile < tiles; tile++, points += SK_LANES, out += 10 * SK_LANES, columns -= 10) {
        vf sum, squares;
        if (rows < 10 || columns < 10) {
            float whole[10 * 10 * SK_LANES];
            fourier_output_tile(points, point_stride, whole, 10 * SK_LANES, false, &sum, &squares);
            store_clipped(whole, 10, out, out_row_stride, rows < 10 ? rows : 10, columns < 10 ? columns : 10, statistics);
            continue;
        }
        if (bypass_cache) fourier_output_tile(points, point_stride, out, out_row_stride, true, &sum, &squares);
        else fourier_output_tile(points, point_stride, out, out_row_stride, false, &sum, &squares);
        add_statistics(statistics, sum, squares);
    }
}
