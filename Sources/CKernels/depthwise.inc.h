// Depthwise 3×3: six neighbouring outputs share their nine weights in registers.

SK_INLINE void depthwise_run(const int run, const float *band, int64_t stride, const vf *w, vf bias, float *out,
                              const bool bypass_cache, vf *sum, vf *squares) {
    vf o[6];
    SK_UNROLL for (int i = 0; i < run; i++) o[i] = bias;
    SK_UNROLL for (int ky = 0; ky < 3; ky++) {
        SK_UNROLL for (int x = 0; x < run + 2; x++) {
            vf v = load(band + ky * stride + x * SK_LANES);
            SK_UNROLL for (int kx = 0; kx < 3; kx++)
                if (x - kx >= 0 && x - kx < run) o[x - kx] = fma_(v, w[ky * 3 + kx], o[x - kx]);
        }
    }
    SK_UNROLL for (int i = 0; i < run; i++) {
        store_either(bypass_cache, out + i * SK_LANES, o[i]);
        *sum += o[i];
        *squares = fma_(o[i], o[i], *squares);
    }
}

SK_INLINE void depthwise_row(const float *band, int64_t band_row_stride, int width, const float *weights, const float *bias, float *out,
                             const bool bypass_cache, double *statistics) {
    vf w[9], b = load(bias), sum = zero(), squares = zero();
    SK_UNROLL for (int k = 0; k < 9; k++) w[k] = load(weights + k * SK_LANES);
    int x = 0;
    for (; x + 6 <= width; x += 6)
        depthwise_run(6, band + x * SK_LANES, band_row_stride, w, b, out + x * SK_LANES, bypass_cache, &sum, &squares);
    for (; x < width; x++)
        depthwise_run(1, band + x * SK_LANES, band_row_stride, w, b, out + x * SK_LANES, bypass_cache, &sum, &squares);
    add_statistics(statistics, sum, squares);
}

static void SK_NAME(depthwise)(const float *band, int64_t band_row_stride, int32_t width, const float *weights, const float *bias,
                               float *out, bool bypass_cache, double *statistics) {
    SK_ASSERT(width > 0 && band_row_stride >= (int64_t)(width + 2) * SK_LANES);
    SK_ASSERT(!bypass_cache || is_aligned(out));
    if (bypass_cache) depthwise_row(band, band_row_stride, width, weights, bias, out, true, statistics);
    else depthwise_row(band, band_row_stride, width, weights, bias, out, false, statistics);
}
