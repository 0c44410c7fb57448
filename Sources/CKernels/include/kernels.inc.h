// The kernels, each once: SK_KERNEL(result, name, parameters…). Whoever includes this says what to make of a line: `sk_kernels` its
// members, `table.inc.h` their values, Tests/Kernels the families that are run.
#ifndef SK_KERNEL
#error "Define SK_KERNEL(result, name, ...) before including the list of kernels"
#endif

/// Writes rows `y0..<y0+rows` and columns `x0..<x0+columns` of channel block `block` of the source (after all that
/// `sk_source` asks for) to `out`, whose rows are `out_row_stride` floats apart. Rows and columns outside the picture are
/// reflected; beyond reflection's reach (tiles that overhang the edge) the content is arbitrary but finite.
/// A band that starts left of the picture or ends right of it contains the columns that are mirrored there. Where the source is
/// resized, `scratch` holds `(rows + 4)·(columns + 4)·L` floats; otherwise it is not touched.
SK_KERNEL(void, band, const sk_source *_Nonnull source, int32_t block, int32_t y0, int32_t rows, int32_t x0, int32_t columns,
          float *_Nonnull out, int64_t out_row_stride, float *_Nonnull scratch)

/// GEMM over blocked pixels (A's rows are L floats apart, depth L).
SK_KERNEL(void, gemm, const sk_gemm *_Nonnull)
/// The same over every second pixel (A's rows are 2·L floats apart): a convolution of stride 2 through an offset table.
SK_KERNEL(void, gemm_stride2, const sk_gemm *_Nonnull)
/// The same over RGB pixels (A's rows are 3 floats apart, depth 21: seven neighbouring pixels): the first 7×7 layer.
SK_KERNEL(void, gemm_rgb, const sk_gemm *_Nonnull)
/// One product of a Strassen–Winograd step with its additions.
SK_KERNEL(void, strassen_step, const sk_strassen_step *_Nonnull)
/// Operands of one Strassen–Winograd level: of the quarters A11, A12, A21, A22 of a block of `count` floats each, S1 = A21 + A22,
/// S2 = S1 − A11, S3 = A11 − A21, S4 = A12 − S2.
SK_KERNEL(void, strassen_sums, int64_t count, const float *_Nonnull a11, const float *_Nonnull a12, const float *_Nonnull a21,
          const float *_Nonnull a22, float *_Nonnull s1, float *_Nonnull s2, float *_Nonnull s3, float *_Nonnull s4)

/// Winograd F(6×6, 3×3): `tiles` neighbouring 8×8 tiles of a band (6 columns apart) to 64 points, `points_stride` apart, each tile L floats.
SK_KERNEL(void, winograd_input, const float *_Nonnull band, int64_t band_row_stride, int32_t tiles, float *_Nonnull points,
          int64_t point_stride)
/// Back: 64 points of `tiles` neighbouring tiles to 6×6 outputs each, of which the first `rows` rows and `columns` columns of the run exist.
SK_KERNEL(void, winograd_output, const float *_Nonnull points, int64_t point_stride, int32_t tiles, float *_Nonnull out,
          int64_t out_row_stride, int32_t rows, int32_t columns, bool bypass_cache, double *_Nonnull statistics)
/// Real 16×16 FFT of `tiles` neighbouring tiles (10 columns apart) to 382 real points.
SK_KERNEL(void, fourier_input, const float *_Nonnull band, int64_t band_row_stride, int32_t tiles, float *_Nonnull points,
          int64_t point_stride)
/// Back, to the 10×10 outputs that a 7×7 kernel leaves valid.
SK_KERNEL(void, fourier_output, const float *_Nonnull points, int64_t point_stride, int32_t tiles, float *_Nonnull out,
          int64_t out_row_stride, int32_t rows, int32_t columns, bool bypass_cache, double *_Nonnull statistics)

/// Depthwise 3×3 with bias over one row of `width` pixels of one channel block; `weights` is `[9][L]`.
SK_KERNEL(void, depthwise, const float *_Nonnull band, int64_t band_row_stride, int32_t width, const float *_Nonnull weights,
          const float *_Nonnull bias, float *_Nonnull out, bool bypass_cache, double *_Nonnull statistics)

/// The last layer over `columns` pixels of row `y` from column `x`: 1×1 convolution of the source's channels to RGB and
/// tanh. `weights` is `[3][channels]`; red, green and blue go to `planes[0..2]`, `columns` floats each. `scratch` holds
/// `channels·columns` floats.
SK_KERNEL(void, rgb_output, const sk_source *_Nonnull source, const float *_Nonnull weights, int32_t y, int32_t x,
          int32_t columns, float *_Nonnull const *_Nonnull planes, float *_Nonnull scratch)

/// `rounds` rounds of 12·L independent multiply-adds in registers and nothing else, for measuring the processor's peak. The result
/// keeps the compiler from leaving them out.
SK_KERNEL(float, multiply_add, int64_t rounds)

#undef SK_KERNEL
