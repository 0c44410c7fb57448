// The last layer: 1×1 convolution to three channels and tanh.

/// tanh by 1 − 2/(e^{2x} + 1); absolute error under 2e-7.
SK_INLINE vf tanh_(vf x) {
    x = vmin(vmax(x, splat(-9)), splat(9));
    // e^{2x} = 2^k · e^f with k integer and |f| ≤ ln2/2; adding 1.5·2²³ rounds to the nearest integer.
    const vf magic = splat(12582912.0f);
    vf y = x * splat(2 * 1.44269504088896f);
    vf k = (y + magic) - magic;
    vf f = (y - k) * splat(0.693147180559945f);
    vf p = splat(1.0f / 5040);
    p = fma_(p, f, splat(1.0f / 720));
    p = fma_(p, f, splat(1.0f / 120));
    p = fma_(p, f, splat(1.0f / 24));
    p = fma_(p, f, splat(1.0f / 6));
    p = fma_(p, f, splat(0.5f));
    p = fma_(p, f, splat(1));
    p = fma_(p, f, splat(1));
    vi exponent = (__builtin_convertvector(k, vi) + 127) << 23;
    p *= (vf)exponent;
    return splat(1) - splat(2) / (p + splat(1));
}

/// [a0+a1, a2+a3, …, b0+b1, …].
SK_INLINE vf add_neighbours(vf a, vf b) {
#if SK_LANES == 4
    return __builtin_shufflevector(a, b, 0, 2, 4, 6) + __builtin_shufflevector(a, b, 1, 3, 5, 7);
#elif SK_LANES == 8
    return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14) + __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
#else
    return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
        + __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
#endif
}

/// Lane i of the result is the sum over the lanes of v[i]; v is used up.
SK_INLINE vf transpose_sum(vf *v) {
    SK_UNROLL for (int n = SK_LANES; n > 1; n /= 2) {
        SK_UNROLL for (int i = 0; i < n / 2; i++) v[i] = add_neighbours(v[2 * i], v[2 * i + 1]);
    }
    return v[0];
}

static void SK_NAME(rgb_output)(const sk_source *s, const float *weights, int32_t y, int32_t x, int32_t columns,
                                float *const *planes, float *scratch) {
    check_source(s, 0);
    SK_ASSERT(!s->row_index && y >= 0 && y < s->height);
    SK_ASSERT(x >= 0 && columns > 0 && x + columns <= s->width);
    const int channels = s->blocks * SK_LANES;
    const int64_t line = (int64_t)columns * SK_LANES;
    for (int block = 0; block < s->blocks; block++) activate(s, block, y, x, columns, scratch + block * line);
    for (int begin = 0; begin < columns; begin += SK_LANES) {
        const int count = columns - begin < SK_LANES ? columns - begin : SK_LANES;
        vf red[SK_LANES], green[SK_LANES], blue[SK_LANES];
        SK_UNROLL for (int i = 0; i < SK_LANES; i++) {
            red[i] = green[i] = blue[i] = zero();
            if (i >= count) continue;
            for (int block = 0; block < s->blocks; block++) {
                const float *w = weights + block * SK_LANES;
                vf v = load(scratch + block * line + (begin + i) * SK_LANES);
                red[i] = fma_(v, load(w), red[i]);
                green[i] = fma_(v, load(w + channels), green[i]);
                blue[i] = fma_(v, load(w + 2 * channels), blue[i]);
            }
        }
        float rgb[3][SK_LANES];
        store(rgb[0], tanh_(transpose_sum(red)));
        store(rgb[1], tanh_(transpose_sum(green)));
        store(rgb[2], tanh_(transpose_sum(blue)));
        for (int c = 0; c < 3; c++) memcpy(planes[c] + begin, rgb[c], (size_t)count * sizeof(float));
    }
}
