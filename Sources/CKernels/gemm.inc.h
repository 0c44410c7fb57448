// GEMM: a register block of SK_GEMM_ROWS rows by two vectors of columns; A is broadcast, B streams from packed panels.

/// Accumulates `rows` × 2 vectors over all segments. `rows`, `stride` and `depth` are constants where this is inlined.
SK_INLINE void gemm_accumulate(const int rows, const int stride, const int depth, int segments, const float *a,
                               const int32_t *offsets, const float *b, vf *c0, vf *c1) {
    for (int i = 0; i < segments; i++) {
        const float *segment = a + offsets[i];
        SK_UNROLL for (int k = 0; k < depth; k++) {
            vf b0 = load(b + k * 2 * SK_LANES), b1 = load(b + k * 2 * SK_LANES + SK_LANES);
            SK_UNROLL for (int r = 0; r < rows; r++) {
                vf x = splat(segment[r * stride + k]);
                c0[r] = fma_(x, b0, c0[r]);
                c1[r] = fma_(x, b1, c1[r]);
            }
        }
        b += depth * 2 * SK_LANES;
    }
}

SK_INLINE void gemm_statistics(const int rows, double *statistics, const vf *c0, const vf *c1) {
    vf sum0 = zero(), sum1 = zero(), squares0 = zero(), squares1 = zero();
    SK_UNROLL for (int r = 0; r < rows; r++) {
        sum0 += c0[r];
        sum1 += c1[r];
        squares0 = fma_(c0[r], c0[r], squares0);
        squares1 = fma_(c1[r], c1[r], squares1);
    }
    add_statistics(statistics, sum0 + sum1, squares0 + squares1);
}

SK_INLINE void gemm_store(const int rows, bool bypass_cache, float *out0, float *out1, const vf *c0, const vf *c1) {
    if (bypass_cache) {
        SK_UNROLL for (int r = 0; r < rows; r++) {
            store_past_caches(out0 + r * SK_LANES, c0[r]);
            store_past_caches(out1 + r * SK_LANES, c1[r]);
        }
    } else {
        SK_UNROLL for (int r = 0; r < rows; r++) {
            store(out0 + r * SK_LANES, c0[r]);
            store(out1 + r * SK_LANES, c1[r]);
        }
    }
}

/// Asks for what a block will store, so that the stores at its end need not wait for memory.
SK_INLINE void gemm_prefetch_output(const int rows, bool bypass_cache, float *out0, float *out1) {
    if (bypass_cache) return;
    SK_UNROLL for (int r = 0; r < rows; r++) {
        prefetch_to_write(out0 + r * SK_LANES);
        prefetch_to_write(out1 + r * SK_LANES);
    }
}

SK_INLINE void gemm_block(const int rows, const int stride, const int depth, const sk_gemm *g, int row, int panel) {
    vf c0[SK_GEMM_ROWS], c1[SK_GEMM_ROWS];
    float *out0 = g->c + (int64_t)(2 * panel) * g->c_block_stride + (int64_t)row * SK_LANES, *out1 = out0 + g->c_block_stride;
    // Dense products mostly go to scratch memory, which is in a cache.
    if (stride != SK_LANES) gemm_prefetch_output(rows, g->bypass_cache, out0, out1);
    SK_UNROLL for (int r = 0; r < rows; r++) c0[r] = c1[r] = zero();
    gemm_accumulate(rows, stride, depth, g->segments, g->a + (int64_t)row * stride, g->offsets,
                    g->b + (int64_t)panel * g->segments * depth * 2 * SK_LANES, c0, c1);
    gemm_store(rows, g->bypass_cache, out0, out1, c0, c1);
    if (g->statistics) gemm_statistics(rows, g->statistics, c0, c1);
}

#if SK_GEMM_ROWS == 12
#define SK_EACH_ROW_COUNT(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#elif SK_GEMM_ROWS == 14
#define SK_EACH_ROW_COUNT(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14)
#else
#define SK_EACH_ROW_COUNT(X) X(1) X(2) X(3) X(4) X(5) X(6)
#endif

/// Defines a GEMM over A with the given row stride and depth: one noinline block function per row count, so that each has all
/// registers for itself, and a driver that cuts the rows into even blocks (6,5,5 rather than 6,6,4).
#define SK_DEFINE_BLOCK(name, rows, stride, depth)                                                        \
    static __attribute__((noinline)) void SK_NAME(SK_PASTE(name, rows))(const sk_gemm *g, int row, int panel) { \
        gemm_block(rows, stride, depth, g, row, panel);                                                   \
    }
#define SK_DENSE_BLOCK(rows) SK_DEFINE_BLOCK(gemm_dense_, rows, SK_LANES, SK_LANES)
#define SK_STRIDE2_BLOCK(rows) SK_DEFINE_BLOCK(gemm_stride2_, rows, 2 * SK_LANES, SK_LANES)
#define SK_RGB_BLOCK(rows) SK_DEFINE_BLOCK(gemm_rgb_, rows, 3, 21)
SK_EACH_ROW_COUNT(SK_DENSE_BLOCK)
SK_EACH_ROW_COUNT(SK_STRIDE2_BLOCK)
SK_EACH_ROW_COUNT(SK_RGB_BLOCK)

typedef void (*gemm_block_function)(const sk_gemm *, int, int);
#define SK_DENSE_ENTRY(rows) SK_NAME(SK_PASTE(gemm_dense_, rows)),
#define SK_STRIDE2_ENTRY(rows) SK_NAME(SK_PASTE(gemm_stride2_, rows)),
#define SK_RGB_ENTRY(rows) SK_NAME(SK_PASTE(gemm_rgb_, rows)),
static const gemm_block_function dense_blocks[] = {0, SK_EACH_ROW_COUNT(SK_DENSE_ENTRY)};
static const gemm_block_function stride2_blocks[] = {0, SK_EACH_ROW_COUNT(SK_STRIDE2_ENTRY)};
static const gemm_block_function rgb_blocks[] = {0, SK_EACH_ROW_COUNT(SK_RGB_ENTRY)};

/// The contract of a GEMM.
SK_INLINE void check_gemm(const sk_gemm *g) {
    SK_ASSERT(g->segments > 0 && g->rows > 0 && g->panels > 0);
    SK_ASSERT(g->c_block_stride >= (int64_t)g->rows * SK_LANES);
    SK_ASSERT(!g->bypass_cache || (is_aligned(g->c) && g->c_block_stride % SK_LANES == 0));
    for (int i = 0; i < g->segments; i++) SK_ASSERT(g->offsets[i] >= 0);
    (void)g;
}

SK_INLINE void gemm_all(const gemm_block_function *blocks, const sk_gemm *g) {
    check_gemm(g);
    int cuts = (g->rows + SK_GEMM_ROWS - 1) / SK_GEMM_ROWS;
    for (int panel = 0; panel < g->panels; panel++) {
        for (int cut = 0; cut < cuts; cut++) {
            int row = g->rows * cut / cuts, end = g->rows * (cut + 1) / cuts;
            blocks[end - row](g, row, panel);
        }
    }
}

static void SK_NAME(gemm)(const sk_gemm *g) { gemm_all(dense_blocks, g); }
static void SK_NAME(gemm_stride2)(const sk_gemm *g) { gemm_all(stride2_blocks, g); }
static void SK_NAME(gemm_rgb)(const sk_gemm *g) { gemm_all(rgb_blocks, g); }
